"""A condensing tumble dryer: heat evaporates the water in the laundry, which then stands in the tank.

About three quarters of the heat evaporates water (2,260 kJ/kg); the rest leaves through the walls. Sensor drying ends at the moisture
that the dryness level names, timed drying after its minutes.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.interlocked import Interlocked
from firmware_sim.models.lump import NEVER
from firmware_sim.models.program import Step

HEATER, DRUM, STANDBY = 2000.0, 250.0, 0.6
EVAPORATION, SHARE = 2.26e6, 0.75
MOISTURE: dict[str, float] = {"low": 0.12, "normal": 0.03, "extra": 0.01, "max": 0.0}
"""Water left, as a share of the dry laundry."""
TANK = 4.2
COOLING, ANTICREASE = 300.0, 1800.0
LINT_PER_HOUR = 0.12


class ClothesDryer(Interlocked):
    """8 kg, condensing, electrically heated."""

    KIND = "clothes-dryer"
    PREFIX = "dryer"
    FEATURES = ("TIM", "ACR", "TNK", "LNT", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-D8C"
    RATED_WATTS = HEATER + DRUM
    NEEDS = ("heating", "turning")
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "program": "cotton",
        "dryLevel": "normal",
        "dryTime": 60,
        "antiCrease": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **Interlocked.HANDS,
        "laundry": {"type": "number", "unit": "kg", "minimum": 0, "maximum": 8},
        "emptyTank": {"type": "boolean", "const": True},
        "cleanLint": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.laundry = 4.0
        self.moisture = self.laundry * 0.6
        self.tank = 0.0
        self.lint = 0.2

    def plan(self) -> Sequence[Step]:
        """Dry by sensor or by time, cool down, perhaps loosen the laundry now and then."""
        timed = self.settings["program"] == "timed"
        dry = Step("drying", self.settings["dryTime"] * 60.0) if timed else Step("drying", self._drying_left(), left=self._drying_left)
        return [dry, Step("cooling", COOLING), Step("anticrease", ANTICREASE, skip=lambda: not self.settings["antiCrease"])]

    def stuck(self) -> str | None:
        """Return also that the tank is full, which stops the drying, not what comes after."""
        full = self.tank >= TANK and self.program.phase == "drying"
        return super().stuck() or ("the water tank is full" if full else None)

    def _heater(self) -> float:
        return self.resistive(HEATER * (0.5 if self.settings["program"] == "delicates" else 1.0))

    def _drying_left(self) -> float:
        surplus = max(0.0, self.moisture - MOISTURE[self.settings["dryLevel"]] * self.laundry)
        return min(NEVER * 4, surplus * EVAPORATION / SHARE / self._heater()) if self.powered else surplus * 1e3

    def work(self, seconds: float) -> None:
        """Heat while drying, turn the drum in every phase."""
        running = self.at_work
        heat = self._heater() if running and self.program.phase == "drying" else 0.0
        drum = DRUM if running and self.program.phase != "anticrease" else DRUM / 15 if running else 0.0
        gone = min(self.moisture, heat * SHARE * seconds / EVAPORATION)
        self.moisture -= gone
        self._fill(gone)
        self._shed(seconds if running else 0.0)
        self.watts = heat + drum + STANDBY

    def _fill(self, water: float) -> None:
        before, self.tank = self.tank, min(TANK, self.tank + water)
        if before < TANK <= self.tank:
            self.trouble("WATER.TANK-FULL", freeze={"tank": TANK})

    def _shed(self, seconds: float) -> None:
        before, self.lint = self.lint, min(1.0, self.lint + LINT_PER_HOUR * seconds / 3600)
        if before < 1 <= self.lint:
            self.happen("lintFilterFull")
            self.trouble("CONSUMABLE.LINT-FULL")

    def touch(self, name: str, value: Any) -> None:
        """Put wet laundry in, empty the tank, clean the lint filter."""
        match name:
            case "laundry":
                self.laundry, self.moisture = float(value), float(value) * 0.6
            case "emptyTank":
                self.trouble("WATER.TANK-FULL", on=False)
                self.tank = 0.0
            case "cleanLint":
                self.trouble("CONSUMABLE.LINT-FULL", on=False)
                self.lint = 0.0
            case _:
                super().touch(name, value)

    def readings(self) -> dict[str, Any]:
        """Return the tank beside the program."""
        return super().readings() | {"tankFull": self.tank >= TANK}

    def truth(self) -> dict[str, Any]:
        """Kilograms of laundry and of water in it, litres in the tank."""
        return super().truth() | {"laundry": self.laundry, "moisture": self.moisture, "tank": self.tank, "lint": self.lint}
