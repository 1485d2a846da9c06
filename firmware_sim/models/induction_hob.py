"""An induction hob with one zone and a pot of water on it.

It knows that somebody is there while its keys are pressed (for a minute), and may have a sensor. Without a pot it stops after a minute,
with one that boiled dry it locks until it was cleared, and after two hours without a hand it stops by itself.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.lump import Lump
from firmware_sim.models.model import NOMINAL_VOLTS, Check, Model
from firmware_sim.models.procedure import Procedure

WATTS = (0.0, 120.0, 300.0, 500.0, 800.0, 1000.0, 1200.0, 1400.0, 1800.0, 2100.0)
"""Draw by level."""
COIL, STANDBY, FAN = 0.88, 1.5, 6.0
POT, WATER_HEAT, LOSS, VAPOUR = 900.0, 4186.0, 3.0, 2.26e6
CUT_OUT, PRESSED, NO_POT, TOO_LONG = 260.0, 60.0, 60.0, 7200.0


class InductionHob(Model):
    """2.1 kW, one zone."""

    KIND = "induction-hob"
    PREFIX = "ind"
    FEATURES = ("ZTM", "TMR", "UNA", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-I21"
    RATED_WATTS = 2100.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {"level": 0, "zoneTemperature": 240}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "key": {"type": "integer", "minimum": 0, "maximum": 9},
        "person": {"type": "boolean"},
        "pot": {"type": "boolean"},
        "water": {"type": "number", "unit": "kg", "minimum": 0, "maximum": 5},
        "timer": {"type": "number", "unit": "min", "minimum": 0, "maximum": 180},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.pot = True
        self.water = 1.5
        self.body = Lump(POT + self.water * WATER_HEAT, LOSS)
        self.person = False
        self.alone = TOO_LONG
        self.timer = 0.0
        self._empty = 0.0

    @property
    def attended(self) -> bool:
        """Whether it is sure that somebody is there."""
        return self.person or self.alone < PRESSED

    @property
    def heating(self) -> bool:
        """Whether it puts power into a pot."""
        cool = self.body.temperature < self.settings["zoneTemperature"]
        return self.powered and self.settings["level"] > 0 and self.pot and cool and "heating" not in self.disabled

    def run(self, seconds: float) -> None:
        """Heat, boil, watch."""
        watts = WATTS[self.settings["level"]] * (self.volts / NOMINAL_VOLTS) ** 2 if self.heating else 0.0
        self.body.heat(watts * COIL, seconds)
        if self.body.temperature > 100 and self.water > 0:  # noqa: PLR2004 - water boils
            gone = min(self.water, (self.body.temperature - 100) * self.body.capacity / VAPOUR)
            self.water -= gone
            self.body.temperature = 100.0
            self.body.capacity -= gone * WATER_HEAT
        self.watts = watts + (FAN if watts else 0.0) + STANDBY
        self._watch(seconds)

    def _watch(self, seconds: float) -> None:
        """Stop by the timer, without a pot, when nobody was there for long, or when it is too hot."""
        on = self.settings["level"] > 0
        before, self.alone = self.alone, 0.0 if self.person else min(TOO_LONG, self.alone + seconds)
        self._empty = self._empty + seconds if on and not self.pot else 0.0
        timed, self.timer = self.timer > 0, max(0.0, self.timer - seconds)
        if self.body.temperature >= CUT_OUT and on:
            self.trouble("SAFETY.OVERHEAT", freeze={"temperature": round(self.body.temperature, 1)})
            self._stop()
        elif before < TOO_LONG <= self.alone and on:
            self.happen("unattended", minutes=TOO_LONG / 60)
            self._stop()
        elif self._empty >= NO_POT or (timed and self.timer <= 0):
            self._stop()

    def _stop(self) -> None:
        self.settings["level"], self.timer = 0, 0.0

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Stop."""
        if action != "allOff":
            return super().begin(action, input)
        self._stop()
        return None

    def touch(self, name: str, value: Any) -> None:
        """Press the key of a level, come and go, lift the pot, fill it, set the timer."""
        match name:
            case "key":
                self.settings["level"] = value if "heating" not in self.disabled else 0
                self.alone = 0.0
            case "water":
                self.water = float(value)
                self.body = Lump(POT + self.water * WATER_HEAT, LOSS)
            case "timer":
                self.timer = value * 60.0
            case "pot" | "person":
                setattr(self, name, value)
            case _:
                super().touch(name, value)

    def dark(self) -> None:
        """Nothing heats by itself when the mains come back."""
        self._stop()

    def working(self) -> bool:
        """Hours of heating."""
        return self.heating

    def readings(self) -> dict[str, Any]:
        """Return what it heats and whether somebody is there; after a fault it is at level 0."""
        if "heating" in self.disabled:
            self._stop()
        return super().readings() | {"heating": self.heating, "attended": self.attended, "remaining": self.timer}

    def checks(self) -> list[Check]:
        """Supply, and whether it may heat."""
        return [*super().checks(), Check("coil", passed="heating" not in self.disabled, needs="heat", suspects=("SAFETY.OVERHEAT",))]

    def truth(self) -> dict[str, Any]:
        """Pot, water and temperature."""
        return super().truth() | {"pot": self.pot, "water": self.water, "temperature": self.body.temperature, "heating": self.heating}
