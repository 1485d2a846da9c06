"""A fresh-air ventilator in a living room: people breathe carbon dioxide out, the fan brings outdoor air in."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure

CUBIC_METRES, FULL_FLOW, LEAKAGE = 75.0, 200.0, 20.0
"""Of the room; cubic metres an hour of the fan at full speed and through the gaps."""
BREATH, OUTDOOR = 0.018, 420.0
"""Cubic metres of CO2 an hour a person breathes out at rest; ppm outdoors."""
FIXED_SPEED = {"sleep": 20, "boost": 100}
STANDBY_WATTS, FAN_WATTS, PREHEATER_WATTS = 1.5, 70.0, 800.0


class FreshAir(Model):
    """A wall unit of 200 m3/h with heat exchanger."""

    KIND = "fresh-air"
    PREFIX = "air"
    FEATURES = ("AUTO", "HRV", "CO2", "PRE", "MTR", "MNS", "HRS", "IDF")
    PRODUCT = "HS-V200"
    STEP = 5.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "mode": "manual",
        "fanPercent": 40,
        "preheater": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "people": {"type": "integer", "minimum": 0, "maximum": 20},
        "filter": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.co2 = random.uniform(500, 900)
        self.people = 2
        self.filter = Consumable(
            "filter", "filter-hepa", life=4000, used=random.uniform(0, 2000), part="HS-VF1", installed=self.papers.made + timedelta(days=30)
        )

    def run(self, seconds: float) -> None:
        """Choose the speed, change the air, wear the filter."""
        self._choose_speed()
        flow = FULL_FLOW * self.speed + LEAKAGE
        hours = seconds / 3600
        self.co2 += (self.people * BREATH * 1e6 - flow * (self.co2 - OUTDOOR)) * hours / CUBIC_METRES
        self.watts = STANDBY_WATTS + FAN_WATTS * self.speed**3 + (PREHEATER_WATTS if self.settings["preheater"] and self.speed else 0.0)
        if self.speed:
            self.wear(self.filter, seconds * self.speed)

    @property
    def speed(self) -> float:
        """Share of full speed the fan turns with."""
        turning = self.powered and self.settings["power"] and "fan" not in self.disabled
        return float(self.settings["fanPercent"]) / 100 if turning else 0.0

    def _choose_speed(self) -> None:
        """In the modes that choose the speed themselves; automatic goes by CO2 in steps, so that it does not hunt."""
        mode = str(self.settings["mode"])
        if mode in FIXED_SPEED:
            self.settings["fanPercent"] = FIXED_SPEED[mode]
        elif mode == "auto":
            wanted = min(100.0, max(20.0, (self.co2 - 500) / 7))
            if abs(wanted - self.settings["fanPercent"]) > 12:  # noqa: PLR2004 - per cent, more than half a step
                self.settings["fanPercent"] = min(100, round(wanted / 20) * 20)

    def readings(self) -> dict[str, Any]:
        """CO2 and the filter."""
        return super().readings() | {"co2": self.co2, "consumables": [self.filter.document()]}

    def changed(self, names: Collection[str]) -> None:
        """Take the speed of the mode at once."""
        if "mode" in names:
            self._choose_speed()

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Reset the filter."""
        if action == "resetConsumable":
            self.renew(self.filter, input)
            return None
        return super().begin(action, input)

    def touch(self, name: str, value: Any) -> None:
        """Let people come and go; put in a filter that is not new."""
        match name:
            case "people":
                self.people = int(value)
            case "filter":
                self.filter.used = self.filter.life * (1 - float(value) / 100)
            case _:
                super().touch(name, value)

    def lit(self, outage: float) -> None:
        """Come back as `powerOnState` says; off means without preheater."""
        super().lit(outage)
        self.settings["preheater"] = self.settings["preheater"] and self.settings["power"]

    def checks(self) -> list[Check]:
        """Supply, filter, motor."""
        return [
            *super().checks(),
            Check("filter", passed=self.filter.remaining > self.filter.order_at, suspects=(self.filter.fault,)),
            Check("motor", passed="fan" not in self.disabled, needs="motor", suspects=("FAN.STALLED",)),
        ]

    def truth(self) -> dict[str, Any]:
        """Air of the room and what moves it."""
        return super().truth() | {"co2": self.co2, "people": self.people, "flow": FULL_FLOW * self.speed}
