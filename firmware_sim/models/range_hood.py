"""A range hood over a hob: a fan with a grease filter before it, a lamp, a smoke sensor, and a bath for its own impeller.

In automatic mode the fan follows the smoke and stands still when the air is clean. Boost goes back to high after ten minutes, the longest
that (EU) 65/2014 lets it last. A lit hob that is linked switches the fan on; three minutes after the hob went out it switches off. Grease
in the filter makes the air's way harder and the flow smaller.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from math import ceil
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.blower import Blower
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.model import NOMINAL_VOLTS, Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal

BLOWER = Blower(free_flow=1200.0, pressure=460.0, efficiency=0.34, idle=8.0)
PERCENT: dict[str, int] = {"low": 45, "medium": 65, "high": 85, "boost": 100}
"""Fan mode -> share of full speed."""
DUCT, CLOGGED = 300.0, 900.0
"""Pa at 1000 m3/h through a clean filter, and what a full one adds."""
BOOST_SECONDS, LINK_SECONDS = 600.0, 180.0
AGILITY = 0.15
"""Share of full speed gained or lost in a second."""
LAMP_WATTS, STANDBY_WATTS, BATH_WATTS = 4.0, 0.4, 800.0
START_VOLTS, FULL_VOLTS = 150.0, 170.0
KITCHEN, LINGER = 20.0, 900.0
"""m3 the smoke spreads in; seconds in which it goes by itself."""
SOURCE = 1.2
"""Percent of smoke a second from a wok at full heat."""
CLEAN, RUN_ON = 3.0, 60.0
"""Percent of smoke below which automatic mode stops, after so many seconds."""
WASH = (("heating", 180.0), ("washing", 300.0), ("spinning", 120.0))


class RangeHood(Model):
    """20 m3/min free flow, 182 W at its best point."""

    KIND = "range-hood"
    PREFIX = "hood"
    FEATURES = ("PCT", "AUTO", "SMK", "OFD", "WSH", "HOB", "MTR", "CON", "MNS", "VST", "HRS", "CHL", "IDF")
    PRODUCT = "HS-H20"
    RATED_WATTS = 200.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "fanMode": "medium",
        "fanPercent": 0,
        "light": False,
        "offDelay": 0,
        "powerOnState": "off",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "cooking": {"type": "number", "minimum": 0, "maximum": 1},
        "hob": {"type": "boolean"},
        "filter": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "duct": {"type": "number", "minimum": 0, "maximum": 5000},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.filter = Consumable(
            "filter",
            "filter-grease",
            life=120,
            used=random.uniform(0, 60),
            part="HS-GF",
            installed=self.papers.made + timedelta(days=40),
        )
        self.duct = DUCT * random.uniform(0.8, 1.3)
        self.smoke = 0.0
        self.cooking = 0.0
        self.hob = False
        self.speed = 0.0
        self.bath: Procedure | None = None
        self._boost_left = 0.0
        self._off_in = 0.0
        self._calm = 0.0
        self._linked = False

    @property
    def resistance(self) -> float:
        """Pa at 1000 m3/h of duct and filter."""
        return self.duct + CLOGGED * min(1.0, self.filter.used / self.filter.life) ** 2

    @property
    def airflow(self) -> float:
        """Present flow in m3/h."""
        return BLOWER.flow(self.speed, self.resistance)

    def run(self, seconds: float) -> None:
        """Timers, speed, smoke, filter."""
        if self.powered:
            self._count_down(seconds)
            self._follow_smoke(seconds)
        self._turn(seconds)
        gone = self.airflow / 3600 / KITCHEN + 1 / LINGER
        self.smoke = max(0.0, min(100.0, self.smoke + (SOURCE * self.cooking - self.smoke * gone) * seconds))
        if self.speed > 0 and self.bath is None:
            self.wear(self.filter, seconds * (0.3 + self.smoke / 40))
        self.watts = self._draw()

    def _count_down(self, seconds: float) -> None:
        """Let boost and the delayed switch-off run out."""
        self._boost_left = max(0.0, self._boost_left - seconds)
        if self.settings["fanMode"] == "boost" and self._boost_left <= 0:
            self.settings["fanMode"] = "high"
            self._set_speed({"fanMode"})
        if self._off_in > 0:
            self._off_in = max(0.0, self._off_in - seconds)
            self.settings["offDelay"] = ceil(self._off_in / 60)
            if self._off_in <= 0:
                self.settings["power"] = False
                self._set_speed({"power"})

    def _follow_smoke(self, seconds: float) -> None:
        """Choose the speed in automatic mode, in steps of at least ten percent."""
        if not self.settings["power"] or self.settings["fanMode"] != "auto":
            return
        self._calm = self._calm + seconds if self.smoke < CLEAN else 0.0
        if self._calm >= RUN_ON:
            self.settings["fanPercent"] = 0
        elif self.smoke >= CLEAN:
            wanted = min(100, 5 * round((40 + self.smoke) / 5))
            if abs(wanted - self.settings["fanPercent"]) >= 10:  # noqa: PLR2004 - percent
                self.settings["fanPercent"] = wanted

    def _turn(self, seconds: float) -> None:
        """Bring the fan towards its speed; weak mains hold it back, a fault stops it."""
        wanted = self.settings["fanPercent"] / 100 if self.settings["power"] else 0.0
        if self.bath is not None:
            wanted = 0.3 if self.bath.phase != "heating" else 0.0
        if not self.powered or "fan" in self.disabled or (self.volts < START_VOLTS and self.speed == 0):
            wanted = 0.0
        wanted *= min(1.0, self.volts / FULL_VOLTS) if self.powered else 0.0
        change = AGILITY * seconds
        self.speed = max(0.0, min(self.speed + change, wanted)) if wanted >= self.speed else max(wanted, self.speed - change)

    def _draw(self) -> float:
        if not self.powered:
            return 0.0
        heating = self.bath is not None and self.bath.phase == "heating"
        bath = BATH_WATTS * (self.volts / NOMINAL_VOLTS) ** 2 if heating else 0.0
        turning = self.settings["power"] or self.bath is not None
        fan = BLOWER.watts(self.speed, self.resistance) if turning else 0.0
        return STANDBY_WATTS + fan + bath + (LAMP_WATTS if self.settings["light"] else 0.0)

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Keep the fan off while its impeller is bathed."""
        if changes.get("power") and self.bath is not None:
            raise Refusal("state-conflict", "it is washing itself", property="power")

    def changed(self, names: Collection[str]) -> None:
        """Keep mode and percent in step; begin or end what is timed."""
        if "fanPercent" in names and "fanMode" not in names and self.settings["fanPercent"]:
            percent = self.settings["fanPercent"]
            self.settings["fanMode"] = min(PERCENT, key=lambda mode: abs(PERCENT[mode] - percent))
        if "offDelay" in names:
            self._off_in = 60.0 * self.settings["offDelay"]
        self._set_speed(names)

    def _set_speed(self, names: Collection[str]) -> None:
        """Let the percentage follow power and mode."""
        mode = self.settings["fanMode"]
        if not self.settings["power"]:
            self.settings["fanPercent"] = self.settings["offDelay"] = 0
            self._off_in = self._calm = 0.0
            self._linked = False
        elif mode != "auto" and "fanPercent" not in names and {"power", "fanMode"} & set(names):
            self.settings["fanPercent"] = PERCENT[mode]
        elif mode == "auto" and {"power", "fanMode"} & set(names):
            self._calm = 0.0
            self.settings["fanPercent"] = max(40, self.settings["fanPercent"])
        if mode == "boost" and self._boost_left <= 0:
            self._boost_left = BOOST_SECONDS
        elif mode != "boost":
            self._boost_left = 0.0

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Wash itself, or note a clean filter."""
        if action == "wash":
            return self._wash()
        if action == "resetConsumable":
            self.renew(self.filter, input)
            return None
        return super().begin(action, input)

    def _wash(self) -> Procedure:
        if "fan" in self.disabled:
            raise Refusal("state-conflict", "the fan has a fault")
        before = self.energy
        self.bath = Procedure(WASH, finish=lambda result: self._washed(result, before))
        return self.bath

    def _washed(self, result: str, before: float) -> dict[str, Any]:
        self.bath = None
        return {"result": result, "energy": round(self.energy - before, 3)}

    def touch(self, name: str, value: Any) -> None:
        """Cook, light the hob, put in another filter, bend the duct."""
        match name:
            case "cooking":
                self.cooking = float(value)
            case "hob":
                self._light_hob(value)
            case "filter":
                self.filter.used = self.filter.life * (1 - float(value) / 100)
            case "duct":
                self.duct = float(value)
            case _:
                super().touch(name, value)

    def _light_hob(self, lit: bool) -> None:
        """Follow a linked hob: start when it is lit, stop some minutes after it went out."""
        began, self.hob = lit and not self.hob, lit
        if began and self.powered:
            start = not self.settings["power"] and self.bath is None
            if start:
                self.settings["power"], self._linked = True, True
                self._set_speed({"power"})
            self._off_in = self.settings["offDelay"] = 0
            self.happen("linkedHobOn", started=start)
        elif not lit and self._linked and self.settings["power"]:
            self._off_in = LINK_SECONDS
            self.settings["offDelay"] = ceil(LINK_SECONDS / 60)

    def lit(self, outage: float) -> None:
        """As `powerOnState` says."""
        super().lit(outage)
        self._set_speed({"power"})

    def working(self) -> bool:
        """Whether the hour meter counts: while the fan turns."""
        return self.powered and self.speed > 0

    def readings(self) -> dict[str, Any]:
        """Smoke and filter."""
        return super().readings() | {
            "smoke": self.smoke,
            "minStartVoltage": START_VOLTS,
            "consumables": [self.filter.document()],
        }

    def checks(self) -> list[Check]:
        """Supply, filter, flow, and a trial run of the fan."""
        able = "fan" not in self.disabled and self.volts >= START_VOLTS
        return [
            *super().checks(),
            Check("filter", passed=self.filter.remaining > self.filter.order_at, suspects=("CONSUMABLE.FILTER-SPENT",)),
            Check("duct", passed=BLOWER.flow(1.0, self.resistance) > BLOWER.free_flow / 2, suspects=("CONSUMABLE.FILTER-SPENT",)),
            Check("fan", passed=able, needs="motor", suspects=("FAN.HOOD.STALLED",)),
        ]

    def kept(self) -> dict[str, Any]:
        """Return what is used of the filter."""
        return {"filter": self.filter.used}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take the filter back as it was."""
        self.filter.recall(float(kept["filter"]))

    def truth(self) -> dict[str, Any]:
        """Return fan, air and hob."""
        return super().truth() | {
            "speed": self.speed,
            "airflow": self.airflow,
            "pressure": BLOWER.lift(self.speed, self.resistance),
            "resistance": self.resistance,
            "smoke": self.smoke,
            "cooking": self.cooking,
            "hob": self.hob,
            "light": bool(self.settings["light"]) and self.powered,
            "washing": self.bath is not None,
        }
