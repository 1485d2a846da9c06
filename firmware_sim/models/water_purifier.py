"""A reverse-osmosis water purifier: it filters while somebody draws water, flushes its membrane, and shuts its inlet when it leaks.

The membrane holds back 97 % of the dissolved solids when new and less as it wears. Hot water is heated as it is drawn.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

PUMP, HEATER, STANDBY = 45.0, 2100.0, 1.2
MOST, FLUSHING, COLD, WATER_HEAT = 0.03, 0.02, 18.0, 4186.0
"""l/s the membrane gives at most; l/s that flushing uses; degrees of tap water; J/(l K)."""
REJECTION, WORN = 0.97, 0.25
"""Share of solids held back by a new membrane, and how much less by a spent one."""
NO_FLOW, FLUSH = 5.0, 60.0


class WaterPurifier(Model):
    """1.8 litres a minute, with hot water."""

    KIND = "water-purifier"
    PREFIX = "ro"
    FEATURES = ("FLS", "TOT", "HOT", "LEK", "WSP", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-RO6"
    RATED_WATTS = HEATER
    SETTINGS: ClassVar[Mapping[str, Any]] = {"dispenseTemperature": "room"}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tap": {"type": "number", "unit": "l/s", "minimum": 0, "maximum": 0.05},
        "waterSupply": {"type": "boolean"},
        "leak": {"type": "boolean"},
        "reset": {"type": "boolean", "const": True},
        "tdsIn": {"type": "number", "unit": "ppm", "minimum": 0, "maximum": 2000},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.tap, self.tds_in = 0.0, round(random.uniform(120, 380), 1)
        self.water_on, self.dry_for = True, 0.0
        self.leak, self.shut = False, False
        self.total = round(random.uniform(50, 2000), 1)
        self.flushing: Procedure | None = None
        self.flushed = 0.0
        bought = self.papers.bought
        self.membrane = Consumable("ro", "membrane-ro", life=8000, used=random.uniform(100, 4000), part="RO-600", installed=bought)
        self.carbon = Consumable("carbon", "filter-carbon", life=4000, used=random.uniform(100, 2000), part="PAC-1", installed=bought)

    @property
    def making(self) -> str:
        """What it does now."""
        if self.shut:
            return "fault"
        if not self.powered or self.no_water or "filling" in self.disabled:
            return "idle"
        return "flushing" if self.flushing is not None else "filtering" if self.tap > 0 else "idle"

    @property
    def no_water(self) -> bool:
        """Whether the last demand found no water."""
        return self.dry_for >= NO_FLOW

    @property
    def tds_out(self) -> float:
        """Dissolved solids of what comes out, in ppm."""
        return self.tds_in * (1 - REJECTION + WORN * (1 - self.membrane.remaining / 100))

    def run(self, seconds: float) -> None:
        """Watch the water, filter, heat."""
        self._watch_water(seconds)
        making = self.making if self.water_on else "idle"
        flow = min(self.tap, MOST) if making == "filtering" else 0.0
        heat, flow = self._heated(flow)
        self.total += flow * seconds
        self.flushed += FLUSHING * seconds if making == "flushing" else 0.0
        for part in (self.membrane, self.carbon) if flow > 0 else ():
            self.wear(part, flow * seconds * 3600)
        self.watts = heat + (PUMP if making in ("filtering", "flushing") else 0.0) + STANDBY

    def _heated(self, flow: float) -> tuple[float, float]:
        """Return heater watts and the flow it can warm as wanted."""
        wish = self.settings["dispenseTemperature"]
        if wish == "room" or flow <= 0 or "heating" in self.disabled:
            return 0.0, flow
        flow = min(flow, HEATER / (WATER_HEAT * (int(wish) - COLD)))
        return flow * WATER_HEAT * (int(wish) - COLD), flow

    def _watch_water(self, seconds: float) -> None:
        was_dry, outage = self.no_water, self.dry_for
        wanted = self.powered and not self.shut and (self.tap > 0 or self.flushing is not None)
        self.dry_for = self.dry_for + seconds if wanted and not self.water_on else 0.0 if wanted else self.dry_for
        if self.no_water and not was_dry:
            self.happen("supplyInterrupted", supply="water")
            self.trouble("WATER.NO-SUPPLY")
        elif was_dry and not self.no_water:
            self.happen("supplyRestored", supply="water", outage=round(outage, 1))
            self.trouble("WATER.NO-SUPPLY", on=False)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Flush; take note of a new filter."""
        match action:
            case "resetConsumable":
                self.renew_one((self.membrane, self.carbon), input)
            case "flush":
                return self._flush(float((input or {}).get("seconds", FLUSH)))
            case _:
                return super().begin(action, input)
        return None

    def _flush(self, length: float) -> Procedure:
        if self.making == "fault":
            raise Refusal("state-conflict", "the inlet valve is shut")
        self.flushed = 0.0
        self.flushing = Procedure([("flushing", length)], finish=self._end_flush, held=lambda: self.making != "flushing")
        return self.flushing

    def _end_flush(self, result: str) -> dict[str, Any]:
        self.flushing = None
        return {"result": result, "water": round(self.flushed, 1)}

    def touch(self, name: str, value: Any) -> None:
        """Draw water, cut it off, let it leak, reset it once the floor is dry."""
        match name:
            case "tap":
                self.tap = float(value)
            case "waterSupply":
                self.water_on = value
            case "leak":
                self.leak = value
                if value and not self.shut:
                    self._shut_inlet()
            case "reset":
                self.repaired("WATER.LEAK")
            case "tdsIn":
                self.tds_in = float(value)
            case _:
                super().touch(name, value)

    def _shut_inlet(self) -> None:
        self.shut = True
        self.happen("leak")
        self.trouble("WATER.LEAK")
        if self.flushing is not None:
            self.flushing.failure = "it leaks"

    def repaired(self, code: str) -> None:
        """Open the inlet again, unless it still leaks."""
        if code == "WATER.LEAK" and self.shut and not self.leak:
            self.shut = False
            self.trouble(code, on=False)

    def working(self) -> bool:
        """Hours of filtering."""
        return self.making == "filtering"

    def readings(self) -> dict[str, Any]:
        """Return water, filters and valve."""
        return super().readings() | {
            "tdsIn": self.tds_in,
            "tdsOut": self.tds_out,
            "making": self.making,
            "consumables": [self.membrane.document(), self.carbon.document()],
            "totalWater": self.total,
            "inletValve": "closed" if self.shut else "open",
            "waterSupply": "interrupted" if self.no_water else "normal",
        }

    def checks(self) -> list[Check]:
        """Supply, leak, water."""
        dry = Check("leak", passed=not self.leak, suspects=("WATER.LEAK",))
        return [*super().checks(), dry, Check("water", passed=not self.no_water, suspects=("WATER.NO-SUPPLY",))]

    def truth(self) -> dict[str, Any]:
        """Litres made, solids, tap."""
        return super().truth() | {"total": self.total, "tdsOut": self.tds_out, "tap": self.tap, "water": self.water_on, "leak": self.leak}
