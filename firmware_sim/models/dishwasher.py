"""A dishwasher: water let in, heated, pumped round and out again, phase by phase.

It knows only by filling whether there is water: when none comes for half a minute the program stands still, the valve is tried on, and the
program goes on when some comes. What stands in the tub when a program is cut off is let out at the next start.
"""

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.interlocked import Interlocked
from firmware_sim.models.lump import Lump
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.program import Step

HEATER, PUMP, DRAIN_PUMP, DRY_FAN, STANDBY = 1800.0, 60.0, 30.0, 12.0, 0.7
FILL_RATE, DRAIN_RATE, NO_FLOW = 2.0 / 60, 12.0 / 60, 30.0
"""Litres a second in and out; seconds without flow until it says so."""
COLD, DISHES, LOSS, WATER_HEAT = 15.0, 14000.0, 4.0, 4186.0
"""Degrees of tap water; J/K of tub and dishes; W/K; J/K of a litre."""
PROGRAMS: Mapping[str, tuple[tuple[str, float, float, float], ...]] = {
    "intensive": (("prewash", 4.0, 45, 600), ("wash", 3.5, 70, 1800), ("rinse", 3.0, 0, 300), ("rinse", 3.0, 67, 300)),
    "normal": (("prewash", 3.0, 0, 420), ("wash", 3.0, 60, 1500), ("rinse", 3.0, 0, 240), ("rinse", 2.8, 62, 240)),
    "eco": (("wash", 3.0, 55, 3600), ("rinse", 2.8, 0, 240), ("rinse", 2.8, 45, 240)),
    "quick": (("wash", 3.0, 50, 600), ("rinse", 2.8, 55, 180)),
    "glass": (("wash", 3.0, 50, 900), ("rinse", 2.8, 0, 180), ("rinse", 2.8, 50, 180)),
    "rinse": (("prewash", 3.0, 0, 600),),
}
"""Program -> its baths: phase, litres, degrees it is heated to (0: not), seconds pumped round."""
WASHED_AT: Mapping[str, int] = {"intensive": 70, "normal": 60, "eco": 55, "quick": 50, "glass": 50, "rinse": 30}
"""Program -> degrees it washes at when nothing else is set."""
DRYING, EXTRA_DRYING = 1500.0, 2700.0


class Dishwasher(Interlocked):
    """14 place settings."""

    KIND = "dishwasher"
    PREFIX = "dish"
    FEATURES = ("WTM", "XDR", "WSP", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-W14"
    STEP = 2.0
    RATED_WATTS = HEATER + PUMP
    NEEDS = ("heating", "filling", "washing", "draining")
    SURVIVES = 1800.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "program": "eco",
        "waterTemperature": 55,
        "extraDry": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {**Interlocked.HANDS, "waterSupply": {"type": "boolean"}}

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.water = 0.0
        self.litres = 0.0
        self.tub = Lump(DISHES, LOSS)
        self.tap = True
        self.dry_for = 0.0
        bought = self.papers.bought
        salt, aid = random.uniform(5, 30), random.uniform(5, 40)
        self.parts = (
            Consumable("salt", "salt", life=60, used=salt, part="SALT-1", installed=bought, fault="CONSUMABLE.SALT-EMPTY"),
            Consumable("rinse-aid", "rinse-aid", life=90, used=aid, part="AID-1", installed=bought, fault="CONSUMABLE.RINSE-AID-EMPTY"),
        )

    def plan(self) -> Sequence[Step]:
        """Turn the baths into filling, heating, washing, draining; dry at the end where there was a hot bath."""
        baths = PROGRAMS[self.settings["program"]]
        steps = [step for bath in baths for step in self._bath(*bath)]
        dry = Step("dry", EXTRA_DRYING if self.settings["extraDry"] else DRYING, "dry", skip=lambda: self.settings["program"] == "rinse")
        return [self._drain(baths[0][0]), *steps, dry]

    def _bath(self, phase: str, litres: float, degrees: float, seconds: float) -> list[Step]:
        hot = float(self.settings["waterTemperature"]) if phase == "wash" else degrees
        fill = Step(phase, litres / FILL_RATE, "fill", left=lambda: (litres - self.litres) / FILL_RATE)
        heat = Step(phase, (hot - COLD) * 16.0, "heat", left=lambda: self._heating_left(hot), skip=lambda: degrees == 0)
        return [fill, heat, Step(phase, seconds, "wash"), self._drain(phase)]

    def _drain(self, phase: str) -> Step:
        return Step(phase, 20.0, "drain", left=lambda: self.litres / DRAIN_RATE)

    def _heating_left(self, degrees: float) -> float:
        return self.tub.time_to(degrees, self.resistive(HEATER))

    @property
    def no_water(self) -> bool:
        """Whether the last filling found none."""
        return self.dry_for >= NO_FLOW

    def stuck(self) -> str | None:
        """Without water it stands still."""
        return super().stuck() or ("no water comes in" if self.no_water else None)

    def changed(self, names: Collection[str]) -> None:
        """Choosing a program sets its water temperature, unless one is named beside it."""
        super().changed(names)
        if "program" in names and "waterTemperature" not in names:
            self.settings["waterTemperature"] = WASHED_AT[self.settings["program"]]

    def work(self, seconds: float) -> None:
        """Valve, heater, pumps."""
        task = self.program.task if self.powered else ""
        if task == "fill" or (self.no_water and self.powered and self.interlock and self.settings["power"]):
            self._fill(seconds)
        if task == "drain":
            self._let(-min(self.litres, DRAIN_RATE * seconds), self.tub.temperature)
        heat = self.resistive(HEATER) if task == "heat" else 0.0
        self.tub.heat(heat, seconds)
        pumps = {"heat": PUMP, "wash": PUMP, "drain": DRAIN_PUMP, "dry": DRY_FAN + self._dry_heat()}
        self.watts = heat + pumps.get(task, 0.0) + STANDBY
        for part in self.parts if self.at_work else ():
            self.wear(part, seconds)

    def _dry_heat(self) -> float:
        return self.resistive(120.0) if self.settings["extraDry"] else 0.0

    def _fill(self, seconds: float) -> None:
        """Let water in, or notice that none comes; and notice when it is back."""
        was_dry, outage = self.no_water, self.dry_for
        if self.tap:
            self._let(FILL_RATE * seconds, COLD)
            self.water = (self.water or 0.0) + FILL_RATE * seconds
            self.dry_for = 0.0
        else:
            self.dry_for += seconds
        if self.no_water and not was_dry:
            self.happen("supplyInterrupted", supply="water")
            self.trouble("WATER.NO-SUPPLY")
        elif was_dry and not self.no_water:
            self.happen("supplyRestored", supply="water", outage=round(outage, 1))
            self.trouble("WATER.NO-SUPPLY", on=False)

    def _let(self, litres: float, degrees: float) -> None:
        self.litres += litres
        self.tub.mix(litres * WATER_HEAT, degrees)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Take note of salt and rinse aid."""
        if action != "resetConsumable":
            return super().begin(action, input)
        self.renew_one(self.parts, input)
        return None

    def touch(self, name: str, value: Any) -> None:
        """Open (true) or close the tap, or what is before it."""
        if name == "waterSupply":
            self.tap = value
        else:
            super().touch(name, value)

    def readings(self) -> dict[str, Any]:
        """Return water and consumables beside the program."""
        supply = "interrupted" if self.no_water else "normal"
        return super().readings() | {"waterSupply": supply, "consumables": [part.document() for part in self.parts]}

    def truth(self) -> dict[str, Any]:
        """Litres in the tub, their temperature, litres in the whole life."""
        return super().truth() | {"litres": self.litres, "temperature": self.tub.temperature, "water": self.water, "tap": self.tap}
