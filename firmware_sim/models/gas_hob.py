"""A gas hob with two burners. A knob is turned and pressed by hand; from afar it can only be put out.

The valve in front of both burners falls shut when a flame goes out, gas leaks or a pot boils dry, and stays shut until the knobs are at
zero and somebody resets it. Without mains (its electronics) the valve falls shut too.
"""

import math
from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.burner import LEAK, GasModel
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.procedure import Procedure

BURNERS = ("left", "right")
LEAKING, TOO_HOT = 10.0, 280.0
"""Percent of the lower explosive limit; degrees under a pot that has boiled dry."""
ALONE, TOO_LONG = 20 * 60.0, 120 * 60.0
"""Seconds without a hand at the hob until it says so, until it puts the burners out."""
OVERHEAT, STANDBY = "SAFETY.OVERHEAT", 1.0
ONE = 3600.0
"""The battery's life is counted in lightings: one is worn like an hour."""


class GasHob(GasModel):
    """Two burners of 5 kW."""

    KIND = "gas-hob"
    PREFIX = "hob"
    FEATURES = ("TMR", "GLK", "UNA", "GSP", "CON", "MNS", "CHL", "IDF")
    PRODUCT = "HS-K2"
    RATED_WATTS = STANDBY
    PROTECTIONS: ClassVar[Mapping[str, str]] = {**GasModel.PROTECTIONS, "gas-leak": LEAK, "overheat": OVERHEAT}
    SETTINGS: ClassVar[Mapping[str, Any]] = {"offTimer": 0}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **GasModel.HANDS,
        **{burner: {"type": "integer", "minimum": 0, "maximum": 9} for burner in BURNERS},
        "flameOut": {"type": "string", "enum": list(BURNERS)},
        "leak": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "potTemperature": {"type": "number", "unit": "Cel", "minimum": 0, "maximum": 400},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.levels = dict.fromkeys(BURNERS, 0)
        self.leak = 0.0
        self.pot = 60.0
        self.alone = 0.0
        self._timer = 0.0
        bought, used, fault = self.papers.bought, random.uniform(50, 900), "CONSUMABLE.IGNITION-BATTERY"
        self.battery = Consumable("battery", "battery", life=1000, used=used, part="LR20", installed=bought, fault=fault)

    @property
    def burning(self) -> bool:
        """Whether a flame stands."""
        return any(self.levels.values())

    def put_out(self) -> None:
        """Shut the gas of all burners."""
        self.levels = dict.fromkeys(BURNERS, 0)
        self._timer, self.settings["offTimer"] = 0.0, 0

    def run(self, seconds: float) -> None:
        """Watch gas, pot, timer and whether anybody is there."""
        super().run(seconds)
        self._look()
        if self.burning:
            self._count_down(seconds)
            self._miss(seconds)
        self.watts = STANDBY if self.powered else 0.0

    def _look(self) -> None:
        """Shut the gas where something is wrong; needs no time to pass."""
        if self.leak >= LEAKING and self.powered:
            self.protect("gas-leak", "gasLeak", level=self.leak)
        if not self.burning:
            return
        if not self.gas:
            self.failed("went-out", burner=next(name for name, level in self.levels.items() if level))
        elif not self.may_burn:
            self.put_out()
        elif self.pot >= TOO_HOT:
            self.put_out()
            self.protection = "overheat"
            self.trouble(OVERHEAT, freeze={"potTemperature": self.pot})

    def _count_down(self, seconds: float) -> None:
        if self._timer > 0:
            self._timer = max(0.0, self._timer - seconds)
            self.settings["offTimer"] = math.ceil(self._timer / 60)
            if self._timer <= 0:
                self.put_out()

    def _miss(self, seconds: float) -> None:
        before, self.alone = self.alone, self.alone + seconds
        if before < ALONE <= self.alone:
            self.happen("unattended", minutes=round(self.alone / 60, 1))
        if self.alone >= TOO_LONG:
            self.put_out()

    def changed(self, names: Collection[str]) -> None:
        """Start the timer."""
        if "offTimer" in names:
            self._timer = self.settings["offTimer"] * 60.0

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Put all burners out; take note of a new battery."""
        match action:
            case "allOff":
                self.put_out()
            case "resetConsumable":
                self.renew(self.battery, input)
            case _:
                return super().begin(action, input)
        return None

    def _turn(self, burner: str, level: int) -> None:
        """Turn a knob: it lights by its spark when there is gas and nothing forbids it."""
        self.alone = 0.0
        was_off = not self.levels[burner]
        if level and (not self.may_burn or self.battery.remaining == 0):
            return
        self.levels[burner] = level
        if level and was_off:
            self.wear(self.battery, ONE)
            self.lit_up() if self.gas else self.failed("not-lit", burner=burner)
        if not self.burning:
            self.put_out()

    def touch(self, name: str, value: Any) -> None:
        """Turn a knob, blow out a flame, let gas leak, let a pot boil dry."""
        match name:
            case "left" | "right":
                self._turn(name, value)
            case "flameOut":
                if self.levels[value]:
                    self.failed("went-out", burner=value)
            case "leak":
                self.leak = float(value)
            case "potTemperature":
                self.pot = float(value)
            case _:
                super().touch(name, value)
        self._look()

    def reset(self) -> None:
        """Nothing is reset while gas still leaks."""
        if self.leak < LEAKING:
            super().reset()

    def dark(self) -> None:
        """Let the valve fall shut."""
        self.put_out()

    def working(self) -> bool:
        """Hours of burning."""
        return self.burning

    def readings(self) -> dict[str, Any]:
        """Return burners and battery; a fault that has just come shuts the gas at once."""
        if not self.may_burn:
            self.put_out()
        burners = [{"id": burner, "on": level > 0, "level": level} for burner, level in self.levels.items()]
        return super().readings() | {"burners": burners, "burning": self.burning, "consumables": [self.battery.document()]}

    def truth(self) -> dict[str, Any]:
        """Return what burns, and what is dangerous."""
        return super().truth() | {"levels": dict(self.levels), "leak": self.leak, "pot": self.pot, "alone": self.alone}
