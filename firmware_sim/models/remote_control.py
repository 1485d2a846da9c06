"""A handheld remote control: keys that a thumb presses, and a battery that every press drains a little.

`press` holds a key for some seconds: the press is told at once, the holding while time passes, the release when the thumb lets go. A second
press within 0.4 s of the last release of the same key counts up, and the count is told when no further one comes.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery import Battery
from firmware_sim.models.model import Check, Model
from firmware_sim.refusal import Refusal
from firmware_sim.surface import Surface

KEYS = (
    *("power", "source", "home", "menu", "back", "ok", "up", "down", "left", "right", "voice", "settings"),
    *("volume-up", "volume-down", "mute", "channel-up", "channel-down", "play-pause"),
    *("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
)
HELD_EVERY, BETWEEN = 0.5, 0.4
"""Seconds of holding between two `keyHeld`, and from a release to the press that counts with it."""
LONGEST, MOST = 60.0, 10
ASLEEP_WATTS, SENDING_WATTS, CHARGER_WATTS = 90e-6, 0.06, 1.0
SENDING = 0.05
"""Seconds the radio is on for each message."""
WATT_HOURS = 2.4
"""Two AAA cells."""


class RemoteControl(Model):
    """A Bluetooth or Zigbee remote of a television, on two AAA cells."""

    KIND = "remote-control"
    PREFIX = "remote"
    FEATURES = ("MUL", "IDF")
    PRODUCT = "HS-RC28"
    STEP = 0.5
    SETTINGS: ClassVar[Mapping[str, Any]] = {"bindsTo": []}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "press": {
            "type": "object",
            "required": ["key"],
            "properties": {
                "key": {"type": "string", "enum": list(KEYS)},
                "seconds": {"type": "number", "unit": "s", "minimum": 0, "maximum": LONGEST},
            },
            "additionalProperties": False,
        },
        "battery": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "charger": {"type": "boolean"},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.battery = Battery(WATT_HOURS, stored=WATT_HOURS * random.uniform(0.6, 1.0))
        self.charger = False
        self.messages = 0
        self._key: str | None = None
        self._held = self._wanted = self._told = 0.0
        self._last: str | None = None
        self._since, self._count = 0.0, 0
        self._rechargeable = False

    def furnish(self, surface: Surface) -> None:
        """Learn whether it has a charging socket."""
        self._rechargeable = "charging" in surface.properties

    def runs_at(self, volts: float) -> bool:
        """Run whatever the mains do."""
        del volts
        return True

    def working(self) -> bool:
        """Count no hours: it has no hour meter."""
        return False

    def run(self, seconds: float) -> None:
        """Hold a key, let it go, count presses, drain the battery."""
        before = self.messages
        self._wait(self._hold(seconds))
        sent = self.messages - before
        self.watts = ASLEEP_WATTS + (SENDING_WATTS * SENDING * sent / seconds if seconds else 0.0)
        charging = CHARGER_WATTS if self._charging() else 0.0
        self.battery.take((self.watts - charging) * seconds / 3600)
        if (low := self.battery.warned()) is not None:
            self.trouble("BATTERY.LOW", on=low)

    def _hold(self, seconds: float) -> float:
        """Hold the key for some time, or let it go; return the seconds left with no key down."""
        if self._key is None:
            return seconds
        left = max(0.0, self._held + seconds - self._wanted)
        self._held = min(self._wanted, self._held + seconds)
        while self._told + HELD_EVERY <= self._held + 1e-9 and self._told + HELD_EVERY < self._wanted:
            self._told += HELD_EVERY
            self._say("keyHeld", key=self._key, held=round(self._told, 1))
        if self._held < self._wanted - 1e-9:
            return 0.0
        self._release()
        return left

    def _release(self) -> None:
        self._say("keyReleased", key=self._key, held=round(self._held, 2))
        self._last, self._key, self._since = self._key, None, 0.0
        if self._held >= HELD_EVERY:
            self._count = 0

    def _wait(self, seconds: float) -> None:
        """Tell a series of presses when no further one came in time."""
        if self._key is not None or self._count == 0:
            return
        self._since += seconds
        if self._since > BETWEEN:
            self._tell_series()

    def _tell_series(self) -> None:
        if self._count > 1:
            self._say("keyMultiPressed", key=self._last, count=min(MOST, self._count))
        self._count = 0

    def _press(self, key: str, seconds: float) -> None:
        if self.battery.empty:
            raise Refusal("offline", "its battery is empty")
        if self._key is not None:
            self._release()
        if key != self._last:
            self._tell_series()
        self._key, self._held, self._told, self._wanted = key, 0.0, 0.0, max(0.1, seconds)
        self._count += 1
        self._say("keyPressed", key=key)

    def _say(self, event: str, **data: Any) -> None:
        self.messages += 1
        self.happen(event, **data)

    def _charging(self) -> bool:
        return self.charger and self._rechargeable

    def readings(self) -> dict[str, Any]:
        """Keys and battery."""
        return super().readings() | {"keys": list(KEYS), "battery": self.battery.percent, "charging": self._charging()}

    def touch(self, name: str, value: Any) -> None:
        """Press a key, put cells in, plug the charger in."""
        match name:
            case "press":
                self._press(str(value["key"]), float(value.get("seconds", 0.1)))
            case "battery":
                self.battery.fill(float(value))
            case "charger":
                self.charger = bool(value)
            case _:
                super().touch(name, value)

    def checks(self) -> list[Check]:
        """Battery, and no key that sticks."""
        return [
            Check("battery", passed=not self.battery.low, suspects=("BATTERY.LOW",)),
            Check("keys", passed=self._key is None),
        ]

    def kept(self) -> dict[str, Any]:
        """Keep what is left in the cells."""
        return {"percent": self.battery.percent}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Find the same cells again."""
        self.battery.fill(float(kept["percent"]))

    def truth(self) -> dict[str, Any]:
        """Show cells, thumb, messages sent."""
        return super().truth() | {"stored": self.battery.stored, "key": self._key, "messages": self.messages}
