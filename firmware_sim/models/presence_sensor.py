"""A sensor on a wall with a contact at the door: somebody counts as there until the hold time after the last sign of life is over."""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered

IDLE_WATTS = 0.0002


class PresenceSensor(BatteryPowered):
    """Radar, light sensor and a reed contact, 6 Wh."""

    KIND = "presence-sensor"
    PREFIX = "presence"
    FEATURES = ("OCC", "HLD", "CNT", "LUX", "BAT", "HRS", "IDF")
    PRODUCT = "HS-P1"
    WATT_HOURS = 6.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"holdTime": 60}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "person": {"type": "boolean"},
        "door": {"type": "string", "enum": ["open", "closed"]},
        "lux": {"type": "integer", "unit": "lx", "minimum": 0, "maximum": 100000},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.person = False
        self.door_open = False
        self.lux = random.randrange(50, 400)
        self.hold_left = 0.0

    def run(self, seconds: float) -> None:
        """See who is there; let the hold time pass."""
        self.hold_left = float(self.settings["holdTime"]) if self.person else max(0.0, self.hold_left - seconds)
        self.spend(IDLE_WATTS, seconds)

    def changed(self, names: Collection[str]) -> None:
        """Take a shorter hold time at once."""
        if "holdTime" in names:
            self.hold_left = min(self.hold_left, float(self.settings["holdTime"]))

    def readings(self) -> dict[str, Any]:
        """People, door, light."""
        return super().readings() | {
            "occupied": self.hold_left > 0,
            "doors": [{"id": "door", "open": self.door_open}],
            "illuminance": self.lux,
        }

    def touch(self, name: str, value: Any) -> None:
        """Walk in or out, open the door, draw the curtain."""
        match name:
            case "person":
                self.person = value
                self.hold_left = float(self.settings["holdTime"]) if value else self.hold_left
            case "door":
                self.door_open = value == "open"
            case "lux":
                self.lux = int(value)
            case _:
                super().touch(name, value)

    def truth(self) -> dict[str, Any]:
        """Who is really there."""
        return super().truth() | {"person": self.person, "doorOpen": self.door_open, "lux": self.lux, "holdLeft": self.hold_left}
