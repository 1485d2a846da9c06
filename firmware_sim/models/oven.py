"""A steam and baking oven: a thermostat on one thermal mass, a water tank, and a cut-out in case the relay sticks."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.interlocked import Interlocked
from firmware_sim.models.lump import Lump
from firmware_sim.models.model import Check
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.program import Step
from firmware_sim.refusal import Refusal

ELEMENT, STEAMER, FAN, STANDBY = 2400.0, 1800.0, 30.0, 1.0
SWING, CUT_OUT = 3.0, 290.0
TANK, LOW, BOIL_OFF = 1.2, 0.15, 0.5 / 3600
"""Litres in a full tank, litres at which it is low, litres a second while steaming."""
COOLING = 300.0
DESCALING = (("soaking", 1200.0), ("rinsing", 600.0), ("drying", 600.0))


class Oven(Interlocked):
    """60 litres: bake, grill, convection, air fry, steam, ferment."""

    KIND = "oven"
    PREFIX = "oven"
    FEATURES = ("STM", "AFR", "FRM", "DSC", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-O60"
    STEP = 2.0
    RATED_WATTS = ELEMENT
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "mode": "bake",
        "targetTemperature": 180,
        "cookTime": 1800,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **Interlocked.HANDS,
        "tank": {"type": "boolean"},
        "fillTank": {"type": "boolean", "const": True},
        "stuckRelay": {"type": "boolean"},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.cavity = Lump(14000.0, 6.0)
        self.tank_in = True
        self.tank = TANK
        self.stuck_relay = False
        self.descaling: Procedure | None = None
        self._heating = False

    def plan(self) -> Sequence[Step]:
        """Preheat, cook, let it cool a little."""
        heat_up = Step("preheating", self._heating_left(), left=self._heating_left)
        return [heat_up, Step("cooking", float(self.settings["cookTime"])), Step("cooling", COOLING)]

    def _heating_left(self) -> float:
        return self.cavity.time_to(self.settings["targetTemperature"] - SWING, self._element())

    def _element(self) -> float:
        return self.resistive(STEAMER if self.settings["mode"] == "steam" else ELEMENT)

    @property
    def tank_state(self) -> str:
        """The state of the tank."""
        return "missing" if not self.tank_in else "low" if self.tank < LOW else "ok"

    def stuck(self) -> str | None:
        """Steam needs water."""
        dry = self.settings["mode"] == "steam" and (not self.tank_in or (self.tank <= 0 and self.program.phase != "cooling"))
        return super().stuck() or ("there is no water for steam" if dry else None)

    def check_start(self) -> None:
        """Nothing is cooked while it is descaled."""
        if self.descaling is not None:
            raise Refusal("state-conflict", "it is being descaled")
        super().check_start()

    def work(self, seconds: float) -> None:
        """Thermostat, water, cut-out."""
        wanted = self.at_work and self.program.phase in ("preheating", "cooking")
        target = self.settings["targetTemperature"]
        warm = self.cavity.temperature > (target if self._heating else target - SWING)
        self._heating = (self.stuck_relay or (wanted and not warm)) and "heating" not in self.disabled
        heat = self._element() if self._heating else 0.0
        self.cavity.loss = 40.0 if self.open else 6.0
        self.cavity.heat(heat, seconds)
        self._boil(seconds if wanted and self.settings["mode"] == "steam" else 0.0)
        self.watts = heat + (FAN if self.program.running else 0.0) + STANDBY
        if self.cavity.temperature > CUT_OUT and self._heating:
            self.trouble("SAFETY.OVERHEAT", freeze={"cavityTemperature": round(self.cavity.temperature, 1)})
            self._heating = False
            self.program.halt("failed")

    def _boil(self, seconds: float) -> None:
        before, self.tank = self.tank, max(0.0, self.tank - BOIL_OFF * seconds)
        if before > 0 >= self.tank:
            self.trouble("WATER.TANK-EMPTY")

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Descale."""
        if action != "descale":
            return super().begin(action, input)
        if self.program.busy or not self.settings["power"]:
            raise Refusal("state-conflict", "it is switched off, or a program is under way")
        self.descaling = Procedure(DESCALING, finish=self._descaled, held=lambda: not self.interlock)
        return self.descaling

    def _descaled(self, result: str) -> dict[str, Any]:
        self.descaling = None
        return {"result": result}

    def touch(self, name: str, value: Any) -> None:
        """Take the tank out or put it in, fill it, let the relay stick."""
        match name:
            case "tank":
                self.tank_in = value
            case "fillTank":
                self.tank = TANK
                self.trouble("WATER.TANK-EMPTY", on=False)
            case "stuckRelay":
                self.stuck_relay = value
            case _:
                super().touch(name, value)

    def repaired(self, code: str) -> None:
        """Service mends the relay with the cut-out."""
        if code == "SAFETY.OVERHEAT":
            self.stuck_relay = False

    def readings(self) -> dict[str, Any]:
        """Return temperature and tank beside the program."""
        return super().readings() | {"cavityTemperature": self.cavity.temperature, "waterTank": self.tank_state}

    def checks(self) -> list[Check]:
        """Supply, door switch, element, sensor."""
        heats = "heating" not in self.disabled
        return [*super().checks(), Check("element", passed=heats, needs="heat", suspects=("HEATER.ELEMENT", "SENSOR.CAVITY-TEMPERATURE"))]

    def truth(self) -> dict[str, Any]:
        """Temperature, heater, litres in the tank."""
        return super().truth() | {"temperature": self.cavity.temperature, "heating": self._heating, "tank": self.tank}
