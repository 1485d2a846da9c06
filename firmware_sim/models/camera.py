"""A camera at a door: it sees somebody walk by while its shutter is open, rings, and names a stream for the one who asks."""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.procedure import Procedure

SHUT_WATTS, OPEN_WATTS, NIGHT_WATTS = 1.2, 3.5, 2.0
VALID = 120
"""Seconds a stream's address is good for."""


class Camera(BatteryPowered):
    """A doorbell camera on a cord. There is no picture behind its streams, only the address."""

    KIND = "camera"
    PREFIX = "cam"
    FEATURES = ("STR", "NGT", "BEL", "MNS", "HRS", "IDF")
    PRODUCT = "HS-C1"
    WATT_HOURS = 20.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": True, "privacy": False, "nightShot": "auto"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "walk": {"type": "string", "minLength": 1, "maxLength": 32},
        "ring": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.streams = 0

    @property
    def looking(self) -> bool:
        """Whether the shutter is open."""
        return self.powered and bool(self.settings["power"])

    def run(self, seconds: float) -> None:
        """Draw power for the sensor and the lamps of the night."""
        night = self.settings["nightShot"] == "on" or (self.settings["nightShot"] == "auto" and not 6 <= self.time_of_day / 3600 < 19)  # noqa: PLR2004
        self.spend((OPEN_WATTS + (NIGHT_WATTS if night else 0.0)) if self.looking else SHUT_WATTS, seconds)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Name a stream; the address holds a word that nobody can guess."""
        if action == "getStream":
            self.streams += 1
            quality = (input or {}).get("quality", "low")
            return {"url": f"urn:simulated-stream:{quality}:{self.random.getrandbits(64):016x}", "validFor": VALID}
        return super().begin(action, input)

    def touch(self, name: str, value: Any) -> None:
        """Walk by, or ring."""
        match name:
            case "walk" if self.looking:
                self.happen("motion", zone=value, confidence=round(self.random.uniform(0.7, 0.99), 2))
            case "walk":
                pass
            case "ring" if self.powered:
                self.happen("doorbell", button="door")
            case _:
                super().touch(name, value)

    def truth(self) -> dict[str, Any]:
        """Shutter and streams."""
        return super().truth() | {"looking": self.looking, "streams": self.streams}
