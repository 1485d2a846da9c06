"""A room air purifier: a fan that pulls the room through a filter, faster the dirtier the air is.

Air delivered grows with the speed of the fan, its power with the cube (affinity laws). The filter is worn by the dust it has caught: at the
end of its life (GB/T 18801's accumulate clean mass) it delivers half, as that standard has it. Carbon dioxide passes through any filter.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.fouled_air import FouledAir
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure

CADR, HCHO_CADR = 400.0, 160.0
"""Cubic metres an hour of clean air at full speed with a new filter."""
FAN_WATTS, ELECTRONICS_WATTS, STANDBY_WATTS, ION_WATTS, UV_WATTS = 36.0, 3.0, 0.6, 1.5, 6.0
CCM_MILLIGRAMS = 12_000.0
"""Dust caught when the filter is spent: class P4 begins here (GB/T 18801-2015)."""
CARBON_HOURS = 4380.0
SLEEP, DIRTY_SLEEP, BOOST = 15, 30, 100
STEPS = ((10, 20), (35, 40), (75, 70), (150, 100))
"""Automatic mode: dust (ug/m3) -> percent of speed, straight lines between."""
COARSE = 5
"""Percent by which the automatic speed must be off before it changes."""
GRADES = ((35, "good"), (75, "fair"), (115, "moderate"), (150, "poor"))
"""Upper ends of the daily means in HJ 633-2012 (m): excellent, good, lightly, moderately, heavily polluted."""
FLOW_TIME = 2.0
"""Seconds the air needs to follow the fan."""
COVER, STALLED = "DOOR.COVER-OPEN", "FAN.PURIFIER.STALLED"


class AirPurifier(Model):
    """400 m3/h at 39 W, for rooms of 28 to 48 m2."""

    KIND = "air-purifier"
    PREFIX = "purifier"
    FEATURES = ("AQI", "HCH", "CO2", "ANI", "UVL", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-AP400"
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "mode": "auto",
        "fanPercent": 0,
        "anion": False,
        "uv": False,
        "childLock": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "pm25": {"type": "number", "unit": "ug/m3", "minimum": 0, "maximum": 5000},
        "hcho": {"type": "number", "unit": "ug/m3", "minimum": 0, "maximum": 5000},
        "dustSource": {"type": "number", "minimum": 0, "maximum": 1e6},
        "outdoorDust": {"type": "number", "unit": "ug/m3", "minimum": 0, "maximum": 2000},
        "volume": {"type": "number", "unit": "m3", "minimum": 3, "maximum": 500},
        "exchange": {"type": "number", "minimum": 0, "maximum": 20},
        "people": {"type": "number", "minimum": 0, "maximum": 20},
        "cover": {"type": "boolean"},
        "filter": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "carbon": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.air = FouledAir(dust=random.uniform(40, 90), hcho=random.uniform(40, 80), co2=random.uniform(500, 900))
        installed = self.papers.made + timedelta(days=30)
        used = random.uniform(0, 0.3)
        self.filter = Consumable(
            "filter", "filter-hepa", life=CCM_MILLIGRAMS, used=used * CCM_MILLIGRAMS, part="HS-AP400-H13", installed=installed
        )
        self.carbon = Consumable(
            "carbon", "filter-carbon", life=CARBON_HOURS, used=used * CARBON_HOURS, part="HS-AP400-C", installed=installed
        )
        self.manual = 50
        self.flow = 0.0
        self.cover_open = False

    def run(self, seconds: float) -> None:
        """Choose the speed, let the air follow, clean it."""
        speed = self._set_speed() / 100
        share = min(1.0, seconds / FLOW_TIME)
        self.flow += (speed - self.flow) * share
        caught = self.air.step(seconds, dust_delivery=self.cadr, hcho_delivery=HCHO_CADR * self.flow * self._left(self.carbon))
        self._wear(caught / 1000, seconds)
        self.watts = self._draw(speed)

    @property
    def cadr(self) -> float:
        """Clean air delivered now, m3/h."""
        return CADR * self.flow * self._left(self.filter)

    @staticmethod
    def _left(part: Consumable) -> float:
        """Return what a worn filter still does: half at the end of its life, and less after it."""
        return max(0.0, 1 - 0.5 * part.used / part.life)

    def _wear(self, milligrams: float, seconds: float) -> None:
        self.wear(self.filter, milligrams * 3600)  # worn by milligrams, not by hours
        if self.flow > 0.01:  # noqa: PLR2004 - no air, no wear
            self.wear(self.carbon, seconds * self.flow)

    def _draw(self, speed: float) -> float:
        if not self.powered:
            return 0.0
        if not self.settings["power"]:
            return STANDBY_WATTS
        extras = (ION_WATTS if self.settings["anion"] else 0.0) + (UV_WATTS if self.uv_lit() else 0.0)
        return ELECTRONICS_WATTS + FAN_WATTS * speed**3 + extras

    def uv_lit(self) -> bool:
        """Whether the lamp shines: never out of an open cover, never without wind."""
        return bool(self.settings["uv"]) and self.settings["fanPercent"] > 0 and not self.cover_open

    def _set_speed(self) -> int:
        """Drive the fan and return its percent."""
        self.settings["fanPercent"] = self._speed()
        return int(self.settings["fanPercent"])

    def _speed(self) -> int:
        if not self.powered or not self.settings["power"] or self.cover_open or "fan" in self.disabled:
            return 0
        match self.settings["mode"]:
            case "boost":
                return BOOST
            case "sleep":
                return DIRTY_SLEEP if self.air.dust > GRADES[1][0] else SLEEP
            case "manual":
                return self.manual
            case _:
                return self._automatic()

    def _automatic(self) -> int:
        wanted = _between(self.air.dust)
        now = int(self.settings["fanPercent"])
        return now if now >= STEPS[0][1] and abs(wanted - now) < COARSE else round(wanted)

    def changed(self, names: Collection[str]) -> None:
        """Remember the speed a person chose; drive the fan anew."""
        if "fanPercent" in names and self.settings["power"] and self.settings["mode"] == "manual":
            self.manual = int(self.settings["fanPercent"])
        self._set_speed()

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Note that a filter was replaced."""
        if action == "resetConsumable":
            self.renew_one((self.filter, self.carbon), input)
            return None
        return super().begin(action, input)

    def readings(self) -> dict[str, Any]:
        """Tell what the sensors say, and the filters."""
        self._set_speed()
        return super().readings() | {
            "fanPercent": self.settings["fanPercent"],
            "pm25": self.air.dust,
            "hcho": self.air.hcho,
            "co2": self.air.co2,
            "airQuality": next((word for end, word in GRADES if self.air.dust <= end), "very-poor"),
            "consumables": [self.filter.document(), self.carbon.document()],
        }

    def touch(self, name: str, value: Any) -> None:
        """Smoke, cook, open the window, come in, open the cover, put in a filter that is not new."""
        match name:
            case "pm25":
                self.air.dust = float(value)
            case "hcho":
                self.air.hcho = float(value)
            case "dustSource":
                self.air.dust_source = float(value)
            case "outdoorDust":
                self.air.outdoor_dust = float(value)
            case "volume" | "exchange" | "people":
                setattr(self.air, name, float(value))
            case "cover":
                self._open_cover(bool(value))
            case "filter" | "carbon":
                part = self.filter if name == "filter" else self.carbon
                part.used = part.life * (1 - float(value) / 100)
            case _:
                super().touch(name, value)

    def _open_cover(self, opened: bool) -> None:
        if opened != self.cover_open:
            self.cover_open = opened
            self.trouble(COVER, on=opened)

    def checks(self) -> list[Check]:
        """Supply, sensor, filters, cover, and a trial run of the fan."""
        worn = ("CONSUMABLE.FILTER-SPENT",)
        return [
            *super().checks(),
            Check("dust-sensor", passed=0 <= self.air.dust <= 1000, suspects=("SENSOR.PM25",)),  # noqa: PLR2004 - the sensor's range
            Check("filters", passed=min(self.filter.remaining, self.carbon.remaining) > self.filter.order_at, suspects=worn),
            Check("cover", passed=not self.cover_open, suspects=(COVER,)),
            Check("fan", passed="fan" not in self.disabled, needs="motor", suspects=(STALLED,)),
        ]

    def dark(self) -> None:
        """Stand still."""
        self._set_speed()

    def lit(self, outage: float) -> None:
        """Go on as `powerOnState` says."""
        super().lit(outage)
        self._set_speed()

    def kept(self) -> dict[str, Any]:
        """Keep what the filters have taken, coarsely, and the speed a person chose."""
        return {"filter": round(self.filter.used), "carbon": round(self.carbon.used), "manual": self.manual}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Find the same filters again."""
        self.filter.used, self.carbon.used, self.manual = float(kept["filter"]), float(kept["carbon"]), int(kept["manual"])

    def truth(self) -> dict[str, Any]:
        """Show the air, and how much of it is cleaned."""
        return super().truth() | {
            "dust": self.air.dust,
            "hcho": self.air.hcho,
            "co2": self.air.co2,
            "cadr": self.cadr,
            "uvLit": self.uv_lit(),
            "coverOpen": self.cover_open,
            "filterMilligrams": self.filter.used,
        }


def _between(dust: float) -> float:
    """Return the automatic speed for a concentration."""
    if dust <= STEPS[0][0]:
        return STEPS[0][1]
    for (low, slow), (high, fast) in pairwise(STEPS):
        if dust <= high:
            return slow + (fast - slow) * (dust - low) / (high - low)
    return STEPS[-1][1]
