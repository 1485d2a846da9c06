"""An electric floor heating of 20 square metres: a slow slab, a room above it, a week's programme, a limit of the slab."""

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.model import NOMINAL_VOLTS, Check, Model
from firmware_sim.models.room import Room
from firmware_sim.models.thermostat import Thermostat

STANDBY_WATTS, CABLE_WATTS = 1.5, 2000.0
SLAB, INTO_ROOM = 1_500_000.0, 180.0
"""Joules a kelvin of 4 cm of screed; watts a kelvin from the slab to the room."""
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class FloorHeating(Model):
    """A thermostat with floor sensor and its heating cable, 100 W a square metre."""

    KIND = "floor-heating"
    PREFIX = "floor"
    FEATURES = ("FLR", "LIM", "SCH", "MTR", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-T20"
    STEP = 5.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "targetTemperature": 20.0,
        "floorLimit": 29.0,
        "schedule": [],
        "childLock": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "roomTemperature": {"type": "number", "unit": "Cel", "minimum": -20, "maximum": 50},
        "outdoorTemperature": {"type": "number", "unit": "Cel", "minimum": -40, "maximum": 45},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.room = Room(random)
        self.room.outdoor_mean, self.room.outdoor_moisture, self.room.moisture = random.uniform(-5, 5), 3.0, 5.0
        self.room.temperature = random.uniform(14, 18)
        self.slab = self.room.temperature + 2
        self.weekday = random.randrange(7)
        self.thermostat = Thermostat()
        self._before = self.time_of_day

    def run(self, seconds: float) -> None:
        """Programme, thermostat, slab, room."""
        self._follow_programme()
        on = self.powered and self.settings["power"] and "heating" not in self.disabled
        cool = self.slab < self.settings["floorLimit"]
        heating = self.thermostat.decide(self.room.temperature, self.settings["targetTemperature"], allowed=bool(on and cool))
        heat = CABLE_WATTS * (self.volts / NOMINAL_VOLTS) ** 2 if heating else 0.0
        given = INTO_ROOM * (self.slab - self.room.temperature)
        self.slab += (heat - given) * seconds / SLAB
        self.room.step(seconds, given, 0.0)
        self.watts = heat + STANDBY_WATTS

    def _follow_programme(self) -> None:
        """Take the targets whose time has come since the last step; a target above the limit of the floor is cut down to it."""
        before, self._before = self._before, self.time_of_day
        if self.time_of_day < before:
            self.weekday, before = (self.weekday + 1) % 7, -1.0
        if not self.powered:
            return
        today = [entry for entry in self.settings["schedule"] if entry["day"] == WEEK[self.weekday]]
        due = [entry for entry in today if before < _seconds(entry["time"]) <= self.time_of_day]
        for entry in sorted(due, key=lambda entry: _seconds(entry["time"])):
            self.settings["targetTemperature"] = min(entry["target"], self.settings["floorLimit"])

    def readings(self) -> dict[str, Any]:
        """Room, floor, what it does."""
        return super().readings() | {
            "roomTemperature": self.room.temperature,
            "floorTemperature": self.slab,
            "operatingState": self.thermostat.state(on=bool(self.settings["power"])),
        }

    def touch(self, name: str, value: Any) -> None:
        """Open a window, change the weather."""
        match name:
            case "roomTemperature":
                self.room.temperature = float(value)
            case "outdoorTemperature":
                self.room.outdoor_mean += float(value) - self.room.outdoor
            case _:
                super().touch(name, value)

    def checks(self) -> list[Check]:
        """Supply, floor sensor, cable."""
        fine = "heating" not in self.disabled
        return [
            *super().checks(),
            Check("floor-sensor", passed=fine, suspects=("SENSOR.FLOOR-TEMPERATURE",)),
            Check("cable", passed=fine, needs="heat", suspects=("HEATER.ELEMENT",)),
        ]

    def truth(self) -> dict[str, Any]:
        """Room, slab, cable, the day of its clock."""
        return super().truth() | {
            "roomTemperature": self.room.temperature,
            "slab": self.slab,
            "heating": self.thermostat.heating,
            "weekday": WEEK[self.weekday],
        }


def _seconds(time: str) -> float:
    hours, minutes = time.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0
