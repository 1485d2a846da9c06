"""A convector heater in a winter room. Tipped over, or covered until it is too hot, it trips and waits for somebody's hand.

The latch outlives power cuts and restarts. After a power cut the heater stays off whatever it was.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import NOMINAL_VOLTS, Check, Model
from firmware_sim.models.off_timer import OffTimer
from firmware_sim.models.room import Room
from firmware_sim.models.thermostat import Thermostat

STANDBY_WATTS, LEVEL_WATTS = 0.8, 500.0
CUT_OUT, COOL = 120.0, 60.0
"""Cel of the body at which it trips, and below which it can be reset."""
FREE, COVERED = 32.0, 8.0
"""Watts a kelvin that leave the body, uncovered and covered."""
BODY = 4000.0
"""Joules a kelvin."""
CAUSE = {"tipped": "SAFETY.TIP-OVER", "overheated": "THERMAL.HEATER-HOT"}


class SpaceHeater(Model):
    """2 kW in four levels."""

    KIND = "space-heater"
    PREFIX = "heater"
    FEATURES = ("LVL", "TMR", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-H20"
    SETTINGS: ClassVar[Mapping[str, Any]] = {"power": False, "targetTemperature": 20, "heatLevel": 4, "offTimer": 0, "childLock": False}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tipped": {"type": "boolean"},
        "covered": {"type": "boolean"},
        "reset": {"type": "boolean", "const": True},
        "roomTemperature": {"type": "number", "unit": "Cel", "minimum": -20, "maximum": 50},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.room = Room(random)
        self.room.outdoor_mean, self.room.outdoor_moisture, self.room.moisture = random.uniform(-3, 6), 3.0, 5.0
        self.room.temperature = self.body = random.uniform(12, 16)
        self.timer = OffTimer(self.settings)
        self.thermostat = Thermostat()
        self.tipped = self.covered = False
        self.protection = "normal"

    def run(self, seconds: float) -> None:
        """Thermostat, body, room, protection."""
        if self.powered:
            self.timer.step(seconds)
        on = self.powered and self.settings["power"] and "heating" not in self.disabled
        heating = self.thermostat.decide(self.room.temperature, self.settings["targetTemperature"], allowed=bool(on))
        heat = LEVEL_WATTS * self.settings["heatLevel"] * (self.volts / NOMINAL_VOLTS) ** 2 if heating else 0.0
        self.watts = heat + STANDBY_WATTS
        given = (COVERED if self.covered else FREE) * (self.body - self.room.temperature)
        self.body += (heat - given) * seconds / BODY
        self.room.step(seconds, given, 0.0)
        self._watch()

    def _watch(self) -> None:
        if self.protection == "normal" and self.powered and (self.tipped or self.body >= CUT_OUT):
            self._trip("tipped" if self.tipped else "overheated")

    def _trip(self, cause: str) -> None:
        drawn, self.protection = self.watts, cause
        self.settings["power"] = self.thermostat.heating = False
        self.timer.end()
        self.watts = STANDBY_WATTS
        self.trouble(CAUSE[cause], freeze={"power": round(drawn, 1), "body": round(self.body, 1)})
        if cause == "tipped":
            self.happen("tipOver", power=round(drawn, 1))

    def _reset(self) -> None:
        """Let go of the latch, if the heater stands upright and has cooled down."""
        if self.protection != "normal" and not self.tipped and self.body < COOL:
            self.trouble(CAUSE[self.protection], on=False)
            self.protection = "normal"

    def repaired(self, code: str) -> None:
        """Set it upright, uncover it and let the latch go with its fault."""
        if CAUSE.get(self.protection) == code:
            self.protection, self.tipped, self.covered = "normal", False, False
            self.body = min(self.body, COOL)

    def readings(self) -> dict[str, Any]:
        """Room, latch, what it does."""
        return super().readings() | {
            "roomTemperature": self.room.temperature,
            "operatingState": self.thermostat.state(on=bool(self.settings["power"])),
            "protection": self.protection,
        }

    def changed(self, names: Collection[str]) -> None:
        """Let the timer follow."""
        self.timer.changed(names)

    def touch(self, name: str, value: Any) -> None:
        """Knock it over, hang a towel on it, press its reset."""
        match name:
            case "tipped":
                self.tipped = value
                self._watch()
            case "covered":
                self.covered = value
            case "reset":
                self._reset()
            case "roomTemperature":
                self.room.temperature = float(value)
            case _:
                super().touch(name, value)

    def lit(self, outage: float) -> None:
        """Stay off."""
        super().lit(outage)
        self.settings["power"] = self.thermostat.heating = False
        self.timer.end()
        self._watch()

    def kept(self) -> dict[str, Any]:
        """Keep the latch."""
        return {"protection": self.protection}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take the latch back, and its fault."""
        self.protection = kept["protection"]
        if self.protection in CAUSE:
            self.trouble(CAUSE[self.protection])

    def checks(self) -> list[Check]:
        """Supply, tilt switch, element."""
        return [
            *super().checks(),
            Check("protection", passed=self.protection == "normal", suspects=tuple(CAUSE.values())),
            Check("element", passed="heating" not in self.disabled, needs="heat", suspects=("HEATER.ELEMENT",)),
        ]

    def truth(self) -> dict[str, Any]:
        """Room, body, latch, and what is left of the timer (s)."""
        return super().truth() | {
            "roomTemperature": self.room.temperature,
            "body": self.body,
            "tipped": self.tipped,
            "covered": self.covered,
            "heating": self.thermostat.heating,
            "timerLeft": self.timer.left,
        }
