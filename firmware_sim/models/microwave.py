"""A microwave oven: an inverter magnetron that warms the food, and a thermal cut-out for when there is none.

The door holds everything at once, and nothing goes on by itself after a power cut.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.interlocked import Interlocked
from firmware_sim.models.lump import Lump
from firmware_sim.models.model import Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.program import Step
from firmware_sim.refusal import Refusal

OUTPUT, EFFICIENCY = 800.0, 0.63
LAMP_AND_FAN, GRILL, STANDBY = 55.0, 1000.0, 0.8
FOOD_HEAT, CAVITY = 3600.0, 4000.0
"""J/(kg K) of food; J/K of the cavity."""
CUT_OUT = 115.0
LONGEST: Mapping[int, int] = {100: 3240, 90: 3240, 80: 4050, 70: 4050}
"""Seconds in all at a power level, as the profile says; 5,400 at lower ones."""
SHARES: Mapping[str, tuple[float, float]] = {"heat": (1.0, 0.0), "defrost": (0.3, 0.0), "grill": (0.0, 1.0), "combi": (0.5, 0.5)}
"""Mode -> share of the magnetron's level, share of the grill."""


class Microwave(Interlocked):
    """23 litres, 800 W, with a grill."""

    KIND = "microwave"
    PREFIX = "micro"
    FEATURES = ("MOD", "GRL", "ADD", "MTR", "MNS", "RMT", "CHL", "IDF")
    PRODUCT = "HS-M23"
    RATED_WATTS = OUTPUT / EFFICIENCY + LAMP_AND_FAN
    SETTINGS: ClassVar[Mapping[str, Any]] = {"cookTime": 60, "powerLevel": 100, "mode": "heat"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **Interlocked.HANDS,
        "food": {"type": "number", "unit": "kg", "minimum": 0, "maximum": 4},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.food = 0.4
        self.contents = self._contents()

    def _contents(self) -> Lump:
        """Return what the waves warm: the food, or the empty cavity."""
        return Lump(self.food * FOOD_HEAT if self.food else CAVITY, 1.5 if self.food else 3.0)

    def plan(self) -> Sequence[Step]:
        """One stretch."""
        return [Step("cooking", float(self.settings["cookTime"]))]

    def work(self, seconds: float) -> None:
        """Magnetron and grill as the mode shares them; food keeps the cavity below 100 degrees as long as there is any."""
        waves, grill = SHARES[self.settings["mode"]] if self.at_work else (0.0, 0.0)
        output = OUTPUT * waves * self.settings["powerLevel"] / 100
        coil = self.resistive(GRILL * grill)
        self.contents.heat(output + coil, seconds)
        if self.food > 0:
            self.contents.temperature = min(100.0, self.contents.temperature)
        self.watts = output / EFFICIENCY + coil + (LAMP_AND_FAN if self.program.running or self.open else 0.0) + STANDBY
        if self.contents.temperature >= CUT_OUT and self.program.running:
            self.trouble("SAFETY.OVERHEAT", freeze={"temperature": round(self.contents.temperature, 1)})
            self.program.halt("failed")

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Add time to what runs."""
        if action != "addTime":
            return super().begin(action, input)
        if self.program.current is None:
            raise Refusal("state-conflict", "nothing is cooking")
        room = LONGEST.get(self.settings["powerLevel"], 5400) - self.program.elapsed - self.program.remaining
        if input["seconds"] > room:
            raise Refusal("state-conflict", f"at this power level {max(0, int(room))} s more are allowed", property="cookTime")
        self.program.insert(Step("cooking", float(input["seconds"])))
        return None

    def touch(self, name: str, value: Any) -> None:
        """Put food in, at the temperature of the room."""
        if name == "food":
            self.food = float(value)
            self.contents = self._contents()
        else:
            super().touch(name, value)

    def checks(self) -> list[Check]:
        """Supply, door switch, magnetron."""
        return [*super().checks(), Check("magnetron", passed="heating" not in self.disabled, needs="heat", suspects=("HEATER.MAGNETRON",))]

    def truth(self) -> dict[str, Any]:
        """Food and its temperature."""
        return super().truth() | {"food": self.food, "temperature": self.contents.temperature}
