"""An instantaneous gas water heater: drawn water lights it, the burner modulates, and whatever goes wrong shuts the gas until a reset."""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.burner import MONOXIDE, GasModel
from firmware_sim.models.model import Check

MOST, LEAST, LIGHTING = 31000.0, 3500.0, 6.0
"""Watts the burner gives at most and at least; seconds of lighting until it gives up."""
LEAST_FLOW, WATER_HEAT, LAG = 0.04, 4186.0, 4.0
"""l/s that make it light; J/(kg K); seconds the heat needs to the outlet."""
TOO_HOT, TOO_MUCH_CO, NO_FLOW = 85.0, 100.0, 5.0
RUNNING, STANDBY = 35.0, 2.0
OVERHEAT = "SAFETY.WATER-OVERHEAT"


class GasWaterHeater(GasModel):
    """16 litres a minute."""

    KIND = "gas-water-heater"
    PREFIX = "gwh"
    FEATURES = ("VOL", "GSP", "WSP", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-G16"
    RATED_WATTS = RUNNING
    PROTECTIONS: ClassVar[Mapping[str, str]] = {**GasModel.PROTECTIONS, "carbon-monoxide": MONOXIDE, "overheat": OVERHEAT}
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": True, "targetTemperature": 42, "bathVolume": 0, "powerOnState": "last"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **GasModel.HANDS,
        "tap": {"type": "number", "unit": "l/s", "minimum": 0, "maximum": 0.4},
        "inlet": {"type": "number", "unit": "Cel", "minimum": 2, "maximum": 70},
        "waterSupply": {"type": "boolean"},
        "flameOut": {"type": "boolean", "const": True},
        "monoxide": {"type": "number", "unit": "ppm", "minimum": 0, "maximum": 2000},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.tap, self.inlet = 0.0, 15.0
        self.water_on, self.dry_for = True, 0.0
        self.burning = False
        self.outlet_temperature = 20.0
        self.monoxide = 5.0
        self.filled = 0.0
        self._lighting = 0.0

    @property
    def flow(self) -> float:
        """Litres a second through it."""
        return self.tap if self.water_on else 0.0

    @property
    def no_water(self) -> bool:
        """Whether a tap that was open ran dry: the flow stopped at once from full."""
        return self.dry_for >= NO_FLOW

    @property
    def wanted(self) -> bool:
        """Whether somebody draws water with the heater on."""
        return self.may_burn and bool(self.settings["power"]) and self.flow >= LEAST_FLOW

    def put_out(self) -> None:
        """Shut the gas."""
        self.burning, self._lighting = False, 0.0

    def run(self, seconds: float) -> None:
        """Watch the water, light, burn, warm, watch what is dangerous."""
        super().run(seconds)
        self._watch_water(seconds)
        self._light(seconds)
        heat = self._heat() if self.burning else 0.0
        end = self.inlet + heat / (self.flow * WATER_HEAT) if self.flow > 0 else 20.0
        self.outlet_temperature += (end - self.outlet_temperature) * min(1.0, seconds / (LAG if self.flow > 0 else 900.0))
        self._fill(seconds)
        self._watch()
        self.watts = (RUNNING if self.burning or self._lighting > 0 else STANDBY) if self.powered else 0.0

    def _heat(self) -> float:
        need = self.flow * WATER_HEAT * (float(self.settings["targetTemperature"]) - self.inlet)
        return min(MOST, max(LEAST, need))

    def _watch_water(self, seconds: float) -> None:
        """Take an open tap without flow for a cut of the water; only water that flows again says that it is back."""
        was_dry, outage = self.no_water, self.dry_for
        if self.powered and self.tap > 0 and not self.water_on:
            self.dry_for += seconds
        elif self.flow > 0:
            self.dry_for = 0.0
        if self.no_water and not was_dry:
            self.put_out()
            self.happen("supplyInterrupted", supply="water")
            self.trouble("WATER.NO-SUPPLY")
        elif was_dry and not self.no_water:
            self.happen("supplyRestored", supply="water", outage=round(outage, 1))
            self.trouble("WATER.NO-SUPPLY", on=False)

    def _light(self, seconds: float) -> None:
        if not self.wanted:
            self.put_out()
        elif self.burning and not self.gas:
            self.failed("went-out")
        elif not self.burning:
            self._lighting += seconds
            if self.gas:
                self.burning, self._lighting = True, 0.0
                self.lit_up()
            elif self._lighting >= LIGHTING:
                self.failed("not-lit")

    def _fill(self, seconds: float) -> None:
        """Count towards the bath that was ordered."""
        ordered = self.settings["bathVolume"]
        before, self.filled = self.filled, self.filled + self.flow * seconds if ordered else 0.0
        if ordered and before < ordered <= self.filled:
            self.happen("bathFull")
            self.settings["bathVolume"] = 0

    def _watch(self) -> None:
        if self.outlet_temperature > TOO_HOT and self.burning:
            self.put_out()
            self.protection = "overheat"
            self.trouble(OVERHEAT, freeze={"outletTemperature": round(self.outlet_temperature, 1)})
        if self.monoxide >= TOO_MUCH_CO and self.powered:
            self.protect("carbon-monoxide", "coAlarm", level=self.monoxide)

    def changed(self, names: Collection[str]) -> None:
        """Off is off at once."""
        if "power" in names and not self.settings["power"]:
            self.put_out()

    def reset(self) -> None:
        """Nothing is reset while there is still carbon monoxide."""
        if self.monoxide < TOO_MUCH_CO:
            super().reset()

    def touch(self, name: str, value: Any) -> None:
        """Draw water, cut it off, warm the inlet (a solar tank before it), blow the flame out, let monoxide come."""
        match name:
            case "tap" | "inlet" | "monoxide":
                setattr(self, name, float(value))
            case "waterSupply":
                self.water_on = value
            case "flameOut":
                if self.burning:
                    self.failed("went-out")
            case _:
                super().touch(name, value)
        if not self.wanted:
            self.put_out()

    def dark(self) -> None:
        """Let the gas valve fall shut."""
        self.put_out()

    def working(self) -> bool:
        """Hours of burning."""
        return self.burning

    def readings(self) -> dict[str, Any]:
        """Return flame, water and what is dangerous; a fault that has just come puts the flame out at once."""
        if not self.wanted:
            self.put_out()
        return super().readings() | {
            "burning": self.burning,
            "outletTemperature": self.outlet_temperature,
            "flow": self.flow,
            "waterSupply": "interrupted" if self.no_water else "normal",
            "consumables": [],
        }

    def checks(self) -> list[Check]:
        """Supply, flame guard, gas, carbon monoxide."""
        return [*super().checks(), Check("carbon-monoxide", passed=self.monoxide < TOO_MUCH_CO, suspects=(MONOXIDE,))]

    def truth(self) -> dict[str, Any]:
        """Flame, tap and the temperatures."""
        return super().truth() | {"burning": self.burning, "flow": self.flow, "outlet": self.outlet_temperature, "monoxide": self.monoxide}
