"""A handheld remote control: keys that a thumb presses, and a battery that every press drains a little.

`press` holds a key for some seconds: the press is told at once, the holding while time passes, the release when the thumb lets go. A second
press within 0.4 s of the last release of the same key counts up, and the count is told when no further one comes.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.model import Check
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
ASLEEP_WATTS, SENDING_WATTS = 90e-6, 0.06
SENDING = 0.05
"""Seconds the radio is on for each message."""


class RemoteControl(BatteryPowered):
    """A Bluetooth or Zigbee remote of a television, on two AAA cells."""

    KIND = "remote-control"
    PREFIX = "remote"
    FEATURES = ("MUL", "IDF")
    PRODUCT = "HS-RC28"
    STEP = 0.5
    WATT_HOURS = 2.4
    CHARGER_WATTS = 1.0
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
        "charger": {"type": "boolean"},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.charger = False
        self.messages = self._paid = 0
        self._key: str | None = None
        self._held = self._wanted = self._told = 0.0
        self._last: str | None = None
        self._since, self._count = 0.0, 0
        self._rechargeable = False

    def furnish(self, surface: Surface) -> None:
        """Learn whether it has a charging socket."""
        super().furnish(surface)
        self._rechargeable = "charging" in surface.properties

    def plugged(self) -> bool:
        """Whether it hangs on a charger."""
        return self.charger and self._rechargeable

    def working(self) -> bool:
        """Count no hours: it has no hour meter."""
        return False

    def run(self, seconds: float) -> None:
        """Hold a key, let it go, count presses, drain the battery."""
        self._wait(self._hold(seconds))
        sent, self._paid = self.messages - self._paid, self.messages
        self.spend(ASLEEP_WATTS + (SENDING_WATTS * SENDING * sent / seconds if seconds else 0.0), seconds)

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
        if self.charge <= 0:
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

    def readings(self) -> dict[str, Any]:
        """Tell its keys, and the battery."""
        return super().readings() | {"keys": list(KEYS)}

    def touch(self, name: str, value: Any) -> None:
        """Press a key, put cells in, plug the charger in."""
        match name:
            case "press":
                self._press(str(value["key"]), float(value.get("seconds", 0.1)))
            case "charger":
                self.charger = bool(value)
            case _:
                super().touch(name, value)

    def checks(self) -> list[Check]:
        """Battery, and no key that sticks."""
        return [*super().checks(), Check("keys", passed=self._key is None)]

    def truth(self) -> dict[str, Any]:
        """Show cells, thumb, messages sent."""
        return super().truth() | {"key": self._key, "messages": self.messages}
