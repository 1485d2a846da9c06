"""A phone that comes and goes with its owner. Nobody controls it; wiped, it is nobody's and not at home."""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered

IDLE_WATTS = 0.35


class Phone(BatteryPowered):
    """15 Wh, charged with 20 W."""

    KIND = "phone"
    PREFIX = "phone"
    FEATURES = ("CHG", "HRS", "IDF")
    PRODUCT = "HS-M15"
    WATT_HOURS = 15.0
    CHARGER_WATTS = 20.0
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "home": {"type": "boolean"},
        "plugged": {"type": "boolean"},
        "wipe": {"type": "string", "enum": ["yes", "attested"]},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.home = True
        self.in_charger = False
        self.wiped = "no"

    def plugged(self) -> bool:
        """Hang on its charger, which is at home."""
        return self.in_charger and self.home

    def run(self, seconds: float) -> None:
        """Use up its charge."""
        self.spend(IDLE_WATTS, seconds)

    def readings(self) -> dict[str, Any]:
        """At home or not, wiped or not."""
        return super().readings() | {"present": self.home and self.wiped == "no", "dataWiped": self.wiped}

    def touch(self, name: str, value: Any) -> None:
        """Carry it out, plug it in, wipe it."""
        match name:
            case "home":
                self.home = value
            case "plugged":
                self.in_charger = value
            case "wipe":
                self.wiped = value
            case _:
                super().touch(name, value)

    def kept(self) -> dict[str, Any]:
        """Keep that it was wiped."""
        return super().kept() | {"wiped": self.wiped}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Stay wiped."""
        super().recalled(kept)
        self.wiped = str(kept["wiped"])

    def truth(self) -> dict[str, Any]:
        """Where it is."""
        return super().truth() | {"home": self.home, "wiped": self.wiped}
