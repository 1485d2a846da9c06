"""A set-top box: a cold boot shows a first picture, loads, and comes to the normal picture; a switch of channel buffers for a moment.

The boot time it reports is the one of its last cold start, measured from mains or `reboot` to the normal picture. While it starts it
accepts settings and keys, as boxes do, and acts on them when the picture is there. `reboot` restarts the player; the module that talks to
the home stays up, so that the run can be followed.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

LINE_UP: dict[int, str] = {
    1: "CCTV-1",
    2: "CCTV-2",
    5: "CCTV-5",
    8: "CCTV-8",
    13: "CCTV-13",
    16: "CCTV-16",
    101: "CCTV-4K",
    801: "Radio 1",
}
"""Channels with a programme, by number."""
ZAP, WAKE = 1.2, 4.0
"""Seconds from a channel switch, and from standby, to the picture."""
STOPPING = 2.0
"""Seconds a `reboot` needs to stop the player."""
BEARABLE = {"jitter": 50.0, "loss": 0.001, "delay": 1000.0}
"""What a box must bear without damage to the picture (GY/T 399-2024 as reported): ms, share of packets, ms."""
TOLERANCE = {"jitter": 80.0, "loss": 0.002, "delay": 1500.0}
"""What this one bears: its buffer holds a little more."""
CALMING = 30.0
"""Seconds in which the line comes back to what it usually is."""
STANDARD_SINCE = date(2024, 3, 29)
"""Since when GY/T 399-2024 is in force; an operator activates no box that follows no standard in force."""
STANDBY_WATTS, RUNNING_WATTS, BOOT_WATTS = 0.5, 9.0, 12.0


class SetTopBox(Model):
    """A smart 4K box of an IPTV operator."""

    KIND = "set-top-box"
    PREFIX = "stb"
    FEATURES = ("PLB", "CDC", "BTM", "FPT", "IPQ", "EBC", "MUT", "RBT", "MTR", "MNS", "HRS", "IDF")
    PRODUCT = "HS-B4K"
    STEP = 0.5
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": True, "channel": 1, "volume": 30, "mute": False, "powerOnState": "last"}
    MADE: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "reception": {"type": "string", "enum": ["dth", "iptv", "cable", "ott", "dtmb"]},
        "videoClass": {"type": "string", "enum": ["SD", "HD", "UHD4K", "UHD8K"]},
        "smart": {"type": "boolean"},
        "standards": {"type": "array", "maxItems": 32, "items": {"type": "string", "maxLength": 64}},
        "firstActivated": {"type": "string", "pattern": r"\A\d{4}-\d{2}-\d{2}\Z"},
        "firstPicture": {"type": "number", "unit": "s", "minimum": 0.5, "maximum": 60},
        "normalPicture": {"type": "number", "unit": "s", "minimum": 1, "maximum": 120},
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "emergencyBroadcast": {
            "type": "object",
            "required": ["level", "text"],
            "properties": {
                "level": {"type": "integer", "minimum": 1, "maximum": 4},
                "text": {"type": "string", "maxLength": 1024},
                "area": {"type": "string", "maxLength": 128},
            },
            "additionalProperties": False,
        },
        "jitter": {"type": "number", "unit": "ms", "minimum": 0, "maximum": 1000},
        "loss": {"type": "number", "minimum": 0, "maximum": 1},
        "delay": {"type": "number", "unit": "ms", "minimum": 0, "maximum": 5000},
        "key": {"type": "string", "minLength": 1, "maxLength": 16},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.first_picture = random.uniform(2.5, 4.5)
        self.normal_picture = self.first_picture + random.uniform(13.0, 22.0)
        self.boot_time = self.normal_picture
        self.activated = max(self.papers.bought + timedelta(days=3), STANDARD_SINCE + timedelta(days=30))
        self.box: dict[str, Any] = {
            "reception": "iptv",
            "videoClass": "UHD4K",
            "smart": True,
            "standards": ["GY/T 399-2024", "YD/T 2726-2014"],
            "firstActivated": self.activated.isoformat(),
        }
        self.uptime = self.normal_picture
        self.paused = False
        self.line = {"jitter": 4.0, "loss": 0.0002, "delay": 18.0}
        self.network = dict(self.line)
        self.tolerance = dict(TOLERANCE)
        self._buffering = 0.0
        self._digits = ""
        self._digits_left = 0.0

    def build_as(self, name: str, value: Any) -> None:
        """Be a box for another way of reception, of another class; or one that starts faster or slower than its like."""
        if name == "firstPicture":
            self.first_picture = float(value)
            return
        if name == "normalPicture":
            self.normal_picture = self.boot_time = self.uptime = float(value)
            return
        self.box[name] = self.papers.facts[name] = value

    @property
    def booted(self) -> bool:
        """Whether the cold start is over."""
        return self.powered and self.uptime >= self.normal_picture

    @property
    def picture(self) -> str:
        """What is on the screen: none, first (logo or a still), normal."""
        if not self.powered or not self.settings["power"] or self.uptime < self.first_picture:
            return "none"
        return "normal" if self.booted and self._buffering <= 0 and self._has_signal() else "first"

    def _has_signal(self) -> bool:
        borne = all(self.network[name] <= most for name, most in self.tolerance.items())
        return self.settings["channel"] in LINE_UP and "picture" not in self.disabled and borne

    def run(self, seconds: float) -> None:
        """Boot, buffer, wander about on the network."""
        if not self.powered:
            return
        was_booted = self.booted
        self.uptime += seconds
        if self.booted and not was_booted:
            self.boot_time = self.normal_picture
        if self.booted and self.settings["power"]:
            self._buffering = max(0.0, self._buffering - seconds)
        self._digits_left = max(0.0, self._digits_left - seconds)
        if self._digits and self._digits_left <= 0:
            digits, self._digits = self._digits, ""
            if self.settings["power"]:
                self._tune(int(digits))
        for name, unrest in (("jitter", 0.2), ("delay", 0.4)):
            back = (self.line[name] - self.network[name]) * seconds / CALMING
            self.network[name] = max(0.0, self.network[name] + back + self.random.gauss(0, unrest) * seconds**0.5)
        self.watts = BOOT_WATTS if not self.booted else RUNNING_WATTS if self.settings["power"] else STANDBY_WATTS

    def playback(self) -> str:
        """Say what the player does."""
        if not self.settings["power"] or not self.powered:
            return "idle"
        if not self.booted or self._buffering > 0:
            return "buffering"
        if not self._has_signal():
            return "idle"
        return "paused" if self.paused else "playing"

    def readings(self) -> dict[str, Any]:
        """Tell the fixed facts of the box, playback, boot time, network."""
        return super().readings() | {
            **self.box,
            "playback": self.playback(),
            "codecs": ["AVS2", "AVS3", "HEVC", "H264"],
            "hdr": ["HDR10", "HLG", "HDRVivid"],
            "bootTime": self.boot_time,
            "firstPictureTime": self.first_picture,
            "ipQuality": {name: round(value, 4 if name == "loss" else 0) for name, value in self.network.items()},
        }

    def changed(self, names: Collection[str]) -> None:
        """Buffer after a switch of channel, wake up from standby."""
        if "power" in names and self.settings["power"]:
            self._buffering = WAKE
        elif "channel" in names:
            self._buffering = max(self._buffering, ZAP)
            self.paused = False

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Press a key, tune, pause, start anew."""
        match action:
            case "sendKey":
                self._key(str(input["key"]))
            case "setChannel":
                self._tune(self._number(input or {}))
            case "playPause":
                self._need_picture()
                self.paused = not self.paused
            case "reboot":
                return self._reboot()
            case _:
                return super().begin(action, input)
        return None

    def _number(self, wish: Mapping[str, Any]) -> int:
        if "number" in wish:
            return int(wish["number"])
        found = [number for number, name in LINE_UP.items() if name == wish.get("name")]
        if not found:
            raise Refusal("unknown", f"there is no channel {wish.get('name')!r}")
        return found[0]

    def _need_on(self) -> None:
        if not self.settings["power"]:
            raise Refusal("state-conflict", "the box is in standby", property="power")

    def _need_picture(self) -> None:
        self._need_on()
        if not self.booted:
            raise Refusal("state-conflict", "the box is starting")

    def _tune(self, number: int) -> None:
        self._need_on()
        self._digits = ""
        self.settings["channel"] = number
        self.changed({"channel"})

    def _key(self, key: str) -> None:
        """Act on a key of the remote; keys of menus change nothing that the profile shows."""
        if key == "power":
            self.settings["power"] = not self.settings["power"]
            self.changed({"power"})
            return
        self._need_on()
        if key.isdigit():
            self._digits = (self._digits + key)[-4:]
            self._digits_left = 2.0
            return
        handler = self._keys().get(key)
        if handler is not None:
            handler()

    def _keys(self) -> dict[str, Callable[[], None]]:
        return {
            "volume-up": lambda: self._volume(5),
            "volume-down": lambda: self._volume(-5),
            "channel-up": lambda: self._step_channel(1),
            "channel-down": lambda: self._step_channel(-1),
            "mute": self._mute,
            "play-pause": self._toggle_pause,
            "play": lambda: self._pause(False),
            "pause": lambda: self._pause(True),
        }

    def _volume(self, by: int) -> None:
        self.settings["volume"] = min(100, max(0, self.settings["volume"] + by))

    def _mute(self) -> None:
        self.settings["mute"] = not self.settings["mute"]

    def _toggle_pause(self) -> None:
        self._pause(not self.paused)

    def _pause(self, paused: bool) -> None:
        self.paused = paused and self.booted

    def _step_channel(self, by: int) -> None:
        numbers = sorted(LINE_UP)
        later = [number for number in numbers if number > self.settings["channel"]]
        earlier = [number for number in numbers if number < self.settings["channel"]]
        following = (later or numbers)[0] if by > 0 else (earlier or numbers)[-1]
        self._tune(following)

    def _reboot(self) -> Procedure:
        self.uptime, self.paused = -STOPPING, False
        return Procedure([("stopping", STOPPING), ("booting", self.normal_picture)])

    def touch(self, name: str, value: Any) -> None:
        """Let the operator broadcast or its network suffer; press a key of the remote."""
        match name:
            case "emergencyBroadcast":
                self.happen("emergencyBroadcast", **value)
            case "jitter" | "loss" | "delay":
                self.line[name] = self.network[name] = float(value)
            case "key":
                self._key(str(value))
            case _:
                super().touch(name, value)

    def checks(self) -> list[Check]:
        """Supply, start, signal, network."""
        return [
            *super().checks(),
            Check("start", passed=self.boot_time <= 35),  # noqa: PLR2004 - the standard's limit for the normal picture
            Check("signal", passed=self._has_signal(), suspects=("COMM.NO-SIGNAL",)),
            Check("network", passed=all(self.network[name] <= most for name, most in BEARABLE.items())),
        ]

    def dark(self) -> None:
        """Lose the picture."""
        self.uptime, self.paused, self._digits = 0.0, False, ""

    def lit(self, outage: float) -> None:
        """Start cold."""
        super().lit(outage)
        self.uptime, self._buffering = 0.0, 0.0

    def truth(self) -> dict[str, Any]:
        """Screen, uptime and the marks of the cold start."""
        return super().truth() | {
            "picture": self.picture,
            "uptime": self.uptime,
            "firstPictureAt": self.first_picture,
            "normalPictureAt": self.normal_picture,
            "programme": LINE_UP.get(self.settings["channel"]),
            "playback": self.playback(),
        }
