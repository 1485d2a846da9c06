"""A 55 inch television with a backlit panel: what it draws follows the backlight, the picture mode and what is shown.

From standby the picture is there within seconds; after a power cut it starts cold and shows an advertisement first, as they do. It also
hears its infrared remote. Once the screen time of the day is used up it goes to standby, and no key, button or write brings it back.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.air import Air, Burst
from firmware_sim.infrared import nec
from firmware_sim.infrared.keys import TV_ADDRESS, TV_COMMANDS
from firmware_sim.models.model import Check, Model
from firmware_sim.models.panel import PICTURES, Panel
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.screen_time import ScreenTime
from firmware_sim.models.tv_keys import DIGITS, LEVELS, PRESSES, TURNS
from firmware_sim.models.tv_source import HOME, Source
from firmware_sim.refusal import Refusal

STANDBY_WATTS, ELECTRONICS_WATTS, SPEAKER_WATTS = 0.4, 23.0, 0.04
"""Watts: in standby, without light, of the sound for each percent of volume."""
EYE_CARE_MOST = 60
WAKE, APP_START, ZAP, ADVERTISEMENT = 4.0, 3.0, 1.0, 15.0
"""Seconds from standby, and from opening an app or another input, to the picture; the advertisement of a cold start."""
INPUTS = ("home", "tuner", "hdmi-1", "hdmi-2", "hdmi-3", "usb", "usb-c", "cast")
"""What this unit has; `usb-c` is no word of the standard, and allowed: the list is open."""
APPS = ("live-tv", "films", "children", "education", "karaoke", "news", "browser", "hulian-video")
TIME_OVER = "tv-time-over"


class UhdTv(Model):
    """A 4K set: 77 W in the home picture, EU class F in SDR."""

    KIND = "uhd-tv"
    PREFIX = "tv"
    FEATURES = ("APP", "BKL", "PIC", "PLB", "MSG", "STL", "CDC", "BTM", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-U55"
    STEP = 1.0
    NARROWED: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "/properties/input": {"enum": list(INPUTS)},
        "/actions/launchApp/input/properties/app": {"enum": list(APPS)},
    }
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "volume": 20,
        "mute": False,
        "input": "home",
        "backlight": 50,
        "pictureMode": "standard",
        "screenTimeLimit": 0,
        "childLock": False,
        "powerOnState": "off",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "key": {"type": "string", "minLength": 1, "maxLength": 16},
        "content": {
            "type": "object",
            "properties": {"hdr": {"type": "boolean"}, "level": {"type": "number", "minimum": 0, "maximum": 1}},
            "additionalProperties": False,
        },
        "signal": {
            "type": "object",
            "required": ["input", "present"],
            "properties": {"input": {"type": "string", "enum": list(INPUTS)}, "present": {"type": "boolean"}},
            "additionalProperties": False,
        },
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.air = Air()
        self.time = ScreenTime()
        self.cold_start = random.uniform(9.0, 16.0) + ADVERTISEMENT
        self.boot_time = self.cold_start
        self.source = Source()
        self.panel = Panel()
        self.message, self._message_left = "", 0.0
        self.sleep_left = 0.0
        self._cold = self._up = False
        self._from = str(self.settings["input"])
        self._starting = self._booted = 0.0

    def enter(self, air: Air) -> None:
        """Hear what remotes send in the room."""
        self.air = air
        air.listen(self.hear)

    def hear(self, burst: Burst) -> None:
        """Obey its own remote."""
        key = nec.decode(burst)
        if key is None or key.address != TV_ADDRESS or not self.powered:
            return
        name = TV_COMMANDS.get(key.command)
        if name is not None and (self.settings["power"] or name == "power") and not (name == "power" and self.time.over):
            self.press(name)

    # Physics

    @property
    def on(self) -> bool:
        """Whether it is not in standby."""
        return self.powered and bool(self.settings["power"])

    @property
    def picture(self) -> bool:
        """Whether there is a picture."""
        return self.on and self._starting <= 0

    def run(self, seconds: float) -> None:
        """Start, count the viewing, draw power."""
        self.time.tick(self.time_of_day)
        self.watts = self._draw()
        if not self.on:
            return
        self._pass(seconds)
        allowed = self.time.watch(seconds)
        if self.time.due():
            self.happen("screenTimeEnding", remaining=round(self.time.remaining))
        if self.time.over:
            self.watts = (self.watts * allowed + STANDBY_WATTS * (seconds - allowed)) / seconds if seconds else STANDBY_WATTS
            self.end_viewing()

    def _pass(self, seconds: float) -> None:
        """Let the start, the message, the digits and the sleep timer run."""
        if self._starting > 0:
            self._booted += min(seconds, self._starting)
            self._starting -= seconds
            if self._starting <= 0 and self._cold:
                self._cold, self.boot_time = False, self._booted
        self._message_left -= seconds
        if self._message_left <= 0:
            self.message = ""
        self.source.step(seconds)
        if self.sleep_left > 0:
            self.sleep_left -= seconds
            if self.sleep_left <= 0:
                self.settings["power"] = False
                self._rest()

    def _draw(self) -> float:
        if not self.powered:
            return 0.0
        if not self.on:
            return STANDBY_WATTS
        sound = 0.0 if self.settings["mute"] or self.playback() != "playing" else SPEAKER_WATTS * self.settings["volume"]
        return ELECTRONICS_WATTS + self.panel.watts(self.light()) + sound

    def light(self) -> float:
        """Drive of the backlight, 0..1."""
        if not self.picture or "backlight" in self.disabled:
            return 0.0
        return self.panel.drive(self.settings["backlight"], str(self.settings["pictureMode"]))

    def playback(self) -> str:
        """Say what plays."""
        if not self.on:
            return "idle"
        if not self.picture:
            return "buffering"
        return self.source.playback(str(self.settings["input"]))

    def end_viewing(self) -> None:
        """Go to standby because the time of the day is used up."""
        self.settings["power"] = False
        self._rest()
        self.happen("screenTimeEnding", remaining=0)

    def _rest(self) -> None:
        """Leave behind what does not outlive standby."""
        self.source.close()
        self.message = ""
        self._starting = self.sleep_left = 0.0
        self._up = False

    def _start(self) -> None:
        if not self._up:
            self._up, self._starting, self._booted = True, self.cold_start if self._cold else WAKE, 0.0

    # What is asked

    def changed(self, names: Collection[str]) -> None:
        """Start or stop, change the input, take the limit."""
        if "screenTimeLimit" in names:
            self.time.set_limit(float(self.settings["screenTimeLimit"]))
        if "power" in names:
            self._start() if self.settings["power"] else self._rest()
        if "input" in names:
            self.source.close()
            self._starting = max(self._starting, 0.0 if self.settings["input"] == self._from else ZAP)
        self._from = str(self.settings["input"])
        if self.time.over and self.settings["power"]:
            self.end_viewing()

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Press a key, open an app, pause, show a message."""
        match action:
            case "sendKey":
                self._need_on(unless=input["key"] == "power")
                self.press(str(input["key"]))
            case "launchApp":
                self.settings["input"] = self._from = HOME
                self.source.open(str(input["app"]))
                self._starting = max(self._starting, APP_START)
            case "playPause":
                self._pause(not self.source.paused)
            case "showMessage":
                self.message, self._message_left = str(input["text"]), float(input.get("seconds", 10))
            case _:
                return super().begin(action, input)
        return None

    def _need_on(self, *, unless: bool) -> None:
        if not self.on and not unless:
            raise Refusal("state-conflict", "the television is in standby", property="power")
        if unless and not self.on and self.time.over:
            raise Refusal("state-conflict", "the screen time of today is used up", constraint=TIME_OVER, property="power")

    def _pause(self, paused: bool) -> None:
        if self.playback() not in ("playing", "paused") or not self.source.app:
            raise Refusal("state-conflict", "nothing plays that could be paused", property="playback")
        self.source.paused = paused

    def press(self, key: str) -> None:
        """Act on a key; keys that only move about in menus change nothing the profile shows."""
        if key == "power":
            self.settings["power"] = not self.settings["power"]
            self.changed({"power"})
        elif key in DIGITS and self.settings["input"] == "tuner":
            self.source.dial(key)
        elif key in LEVELS:
            self.settings["volume"] = min(100, max(0, self.settings["volume"] + LEVELS[key]))
            self.settings["mute"] = False
        elif key in TURNS:
            self._turn(key)
        elif key in PRESSES and self.source.app:
            wanted = PRESSES[key]
            self.source.paused = not self.source.paused if wanted is None else wanted

    def _turn(self, key: str) -> None:
        """Go to the next of several: input, picture, channel, time to sleep."""
        match key:
            case "mute":
                self.settings["mute"] = not self.settings["mute"]
            case "source":
                self._go(INPUTS[(INPUTS.index(self.settings["input"]) + 1) % len(INPUTS)])
            case "home" | "tv":
                self._go(HOME if key == "home" else "tuner")
            case "channel-up" | "channel-down":
                self.source.zap(1 if key == "channel-up" else -1)
            case "picture-mode":
                names = list(PICTURES)
                self.settings["pictureMode"] = names[(names.index(self.settings["pictureMode"]) + 1) % len(names)]
                if self.settings["pictureMode"] == "eye-care":
                    self.settings["backlight"] = min(EYE_CARE_MOST, self.settings["backlight"])
            case "sleep":
                self.sleep_left = 1800.0 if self.sleep_left <= 0 else 3600.0 if self.sleep_left <= 1800 else 0.0  # noqa: PLR2004

    def _go(self, source: str) -> None:
        self.settings["input"] = source
        self.changed({"input"})

    # What it tells

    def readings(self) -> dict[str, Any]:
        """Tell its fixed facts, playback, app, screen time."""
        return super().readings() | {
            "videoClass": "UHD4K",
            "app": self.source.app,
            "playback": self.playback(),
            "screenTimeUsed": self.time.used,
            "screenTimeOver": self.time.over,
            "codecs": ["AVS2", "AVS3", "HEVC", "H264", "AV1"],
            "hdr": ["HDR10", "HLG", "HDRVivid"],
            "bootTime": self.boot_time,
        }

    def touch(self, name: str, value: Any) -> None:
        """Press a key on its own remote, show something else, plug a player in."""
        match name:
            case "key":
                self._need_on(unless=value == "power")
                self.press(str(value))
            case "content":
                self.panel.hdr = bool(value.get("hdr", self.panel.hdr))
                self.panel.level = float(value.get("level", self.panel.level))
            case "signal":
                self.source.signals[str(value["input"])] = bool(value["present"])
            case _:
                super().touch(name, value)

    def checks(self) -> list[Check]:
        """Supply, light, signal."""
        signal = self.settings["input"] == HOME or self.source.signals[self.settings["input"]]
        return [
            *super().checks(),
            Check("backlight", passed="backlight" not in self.disabled, suspects=("DISPLAY.BACKLIGHT",)),
            Check("signal", passed=bool(signal), suspects=("COMM.NO-SIGNAL",)),
        ]

    def dark(self) -> None:
        """Lose the picture, and all that stands in RAM."""
        self._rest()

    def lit(self, outage: float) -> None:
        """Do as `powerOnState` says, cold; not when the time of the day is used up."""
        super().lit(outage)
        self._cold = True
        self.time.set_limit(float(self.settings["screenTimeLimit"]))
        if self.time.over:
            self.settings["power"] = False
        if self.settings["power"]:
            self._start()

    def kept(self) -> dict[str, Any]:
        """Keep the time watched, by the minute."""
        return {"used": self.time.used // 60 * 60}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Remember the time watched."""
        self.time.used = float(kept["used"])

    def truth(self) -> dict[str, Any]:
        """Show screen, light, sound and what is watched."""
        return super().truth() | {
            "picture": self.picture,
            "light": self.light(),
            "app": self.source.app,
            "channel": self.source.channel,
            "message": self.message,
            "watched": self.time.used,
            "coldStart": self.cold_start,
            "sleepLeft": self.sleep_left,
        }
