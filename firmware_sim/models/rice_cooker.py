"""A rice cooker: it soaks, boils until the water is taken up (the pot then gets hotter than 100 degrees), rests, and keeps warm.

It remembers a program over a power cut of two hours, as cookers sold in China do.
"""

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.interlocked import Interlocked
from firmware_sim.models.lump import Lump
from firmware_sim.models.program import Step

HEATER, STANDBY = 860.0, 0.8
POT, RICE_HEAT, LOSS = 1800.0, 3600.0, 2.2
"""J/K of the pot; J/K of a kilogram of rice and water; W/K."""
BOILING, DONE, WARM = 100.0, 104.0, 70.0
VAPOUR = 2.26e6
LONGEST_WARM = 24 * 3600.0
SOAK: Mapping[str, float] = {"rice": 600.0, "quick": 120.0, "porridge": 300.0, "soup": 0.0, "steam": 0.0}
SIMMER: Mapping[str, float] = {"porridge": 2700.0, "soup": 5400.0, "steam": 1500.0}
"""Program -> seconds it soaks; seconds it simmers where it does not boil dry."""


class RiceCooker(Interlocked):
    """4 litres, 860 W."""

    KIND = "rice-cooker"
    PREFIX = "rice"
    FEATURES = ("LID", "SOU", "MTR", "MNS", "CHL", "IDF")
    PRODUCT = "HS-R4"
    RATED_WATTS = HEATER
    DOOR = "lid"
    SURVIVES = 7200.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"program": "rice", "keepWarm": True}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "lid": {"type": "boolean"},
        "pot": {"type": "boolean"},
        "load": {"type": "number", "unit": "kg", "minimum": 0, "maximum": 4},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.pot_in = True
        self.load = 1.2
        self.spare = 0.15
        self.body = Lump(POT + self.load * RICE_HEAT, LOSS)
        self.warm_left = 0.0

    @property
    def interlock(self) -> bool:
        """The pot stands in it and the lid is shut."""
        return super().interlock and self.pot_in

    @property
    def warming(self) -> bool:
        """Whether it keeps warm after a program, or as one."""
        return self.program.phase == "keep-warm" or (self.program.state == "done" and self.warm_left > 0)

    def plan(self) -> Sequence[Step]:
        """Soak, boil, rest; or keep warm."""
        program = str(self.settings["program"])
        if program == "keep-warm":
            self.settings["keepWarm"] = True
            return [Step("keep-warm", LONGEST_WARM)]
        boil = Step("cooking", 1500.0, left=lambda: self._boiling_left(DONE if program in ("rice", "quick") else BOILING))
        rest = Step("steaming", 600.0 if program == "rice" else 240.0) if program in ("rice", "quick") else Step("cooking", SIMMER[program])
        return [Step("preheat", SOAK[program], skip=lambda: SOAK[program] == 0), boil, rest]

    def _boiling_left(self, degrees: float) -> float:
        heater = max(1.0, self.resistive(HEATER))
        vapour = self.spare * VAPOUR / heater if degrees > BOILING else 0.0
        return self.body.time_to(degrees, heater) + vapour

    def work(self, seconds: float) -> None:
        """Heat to what the phase wants; boiling takes the spare water away before it gets hotter."""
        self.warm_left = max(0.0, self.warm_left - seconds) if self.settings["keepWarm"] else 0.0
        wanted = self._wanted() if self.powered and self.interlock else 0.0
        heat = self.resistive(HEATER) if self.body.temperature < wanted and "heating" not in self.disabled else 0.0
        self.body.heat(heat, seconds)
        if self.body.temperature > BOILING and self.spare > 0:
            self.spare = max(0.0, self.spare - (self.body.temperature - BOILING) * self.body.capacity / VAPOUR)
            self.body.temperature = BOILING
        self.watts = heat + STANDBY

    def _wanted(self) -> float:
        phase = self.program.phase if self.program.running else "keep-warm" if self.warming else "idle"
        dry = self.settings["program"] in ("rice", "quick")
        return {"preheat": 50.0, "cooking": DONE + 2 if dry else BOILING, "steaming": 96.0, "keep-warm": WARM}.get(phase, 0.0)

    def finished(self, result: str) -> None:
        """Keep warm where that was wanted."""
        wanted = result == "done" and self.settings["keepWarm"] and self.settings["program"] != "keep-warm"
        self.warm_left = LONGEST_WARM if wanted else 0.0

    def changed(self, names: Collection[str]) -> None:
        """Whoever does not want it kept warm ends that at once; who wants it after all has it."""
        if "keepWarm" not in names:
            return
        self.warm_left = LONGEST_WARM if self.settings["keepWarm"] and self.program.state == "done" else 0.0
        if not self.settings["keepWarm"] and self.program.phase == "keep-warm":
            self.program.halt()

    def touch(self, name: str, value: Any) -> None:
        """Lift or shut the lid, take the pot out or put it back, fill it anew."""
        match name:
            case "lid":
                self.set_open(value)
            case "pot":
                self.pot_in = value
                if not value:
                    self.program.forget()
            case "load":
                self.load, self.spare = float(value), 0.125 * float(value)
                self.body = Lump(POT + self.load * RICE_HEAT, LOSS)
            case _:
                super().touch(name, value)

    def set_open(self, open: bool) -> None:
        """Lift or shut the lid; an open one holds the program, and what is done stays so, for it is kept warm."""
        self.open = open

    def readings(self) -> dict[str, Any]:
        """Return the program, and keeping warm as its last phase."""
        told = super().readings()
        return told | ({"phase": "keep-warm"} if self.warming else {})

    def truth(self) -> dict[str, Any]:
        """Temperature of the pot, water that is not taken up yet, whether it keeps warm."""
        return super().truth() | {"temperature": self.body.temperature, "spare": self.spare, "warming": self.warming, "pot": self.pot_in}
