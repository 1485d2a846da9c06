"""An 80 l wall-hung electric water heater: one element at the bottom of a layered tank, a thermostat, an anode, three protections.

What trips (heating without water, leakage current, water above 90 Cel) switches it off and holds until somebody presses reset at the heater
with the cause gone; a power cut does not reset it. The element is a resistance: on weak mains it heats less, by the square of the voltage.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from math import ceil
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.disinfection import HOT, SLACK, Disinfection
from firmware_sim.models.model import NOMINAL_VOLTS, Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.tank import Tank
from firmware_sim.refusal import Refusal

VOLUME, LOSS = 80.0, 0.49
"""Litres and W/K: 0.53 kWh a day at 45 K above the room."""
MOST_WATTS, STANDBY_WATTS = 3000, 1.2
SWING, ECO_SWING, HOLD_SWING = 4.0, 8.0, 1.0
"""Kelvin below the target at which it heats again: else, in eco, and while legionella are killed."""
ECO_LIMIT = 55.0
VALLEY = (23 * 3600, 7 * 3600)
"""Seconds of the day between which the night tariff holds."""
USABLE = 40.0
ELEMENT_HEAT, WET, DRY = 800.0, 100.0, 3.0
"""J/K of the element; W/K from it to water and to air."""
BURNT, TOO_HOT, LEAK_LIMIT = 140.0, 90.0, 10.0
"""Cel of the element, Cel of the water, mA: what trips the protections."""
ONE_SHOT = 2 * 3600.0
"""Seconds after which a boost without a time ends at the latest."""
CAUSES = {"dry-burn": "SAFETY.DRY-BURN", "leakage": "SAFETY.LEAKAGE-CURRENT", "overheat": "SAFETY.WATER-OVERHEAT"}


class ElectricWaterHeater(Model):
    """80 l, 1 to 3 kW."""

    KIND = "electric-water-heater"
    PREFIX = "heater"
    FEATURES = ("NGT", "VAC", "BST", "HOT", "VOL", "PWR", "ALG", "DRB", "LKC", "MTR", "CON", "MNS", "HRS", "CHL", "IDF")
    PRODUCT = "HS-E80"
    STEP = 5.0
    RATED_WATTS = float(MOST_WATTS)
    NARROWED: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "/properties/heatPower": {"minimum": 1000, "maximum": MOST_WATTS, "multipleOf": 1000},
    }
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": True,
        "mode": "normal",
        "targetTemperature": 60,
        "heatPower": 2000,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "flow": {"type": "number", "unit": "l/min", "minimum": 0, "maximum": 20},
        "filled": {"type": "boolean"},
        "leakage": {"type": "number", "unit": "mA", "minimum": 0, "maximum": 1000},
        "thermostatStuck": {"type": "boolean"},
        "inletTemperature": {"type": "number", "unit": "Cel", "minimum": 1, "maximum": 35},
        "roomTemperature": {"type": "number", "unit": "Cel", "minimum": -10, "maximum": 45},
        "tankTemperature": {"type": "number", "unit": "Cel", "minimum": 1, "maximum": 89},
        "timeOfDay": {"type": "number", "unit": "h", "minimum": 0, "maximum": 24},
        "anode": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "reset": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.room = random.uniform(18.0, 26.0)
        self.inlet = random.uniform(12.0, 18.0)
        self.tank = Tank(VOLUME, LOSS, random.uniform(56.0, 60.0))
        self.anode = Consumable(
            "anode",
            "anode-magnesium",
            life=17_520,
            used=random.uniform(0, 9000),
            part="HS-MG80",
            installed=self.papers.made + timedelta(days=40),
            fault="CONSUMABLE.ANODE-SPENT",
        )
        self.element = self.tank.sensor
        self.flow = 0.0
        self.filled = True
        self.leakage = 0.0
        self.stuck = False
        self.drawn = 0.0
        self.heating = False
        self.protection = "none"
        self.disinfection: Disinfection | None = None
        self._boost_left = 0.0
        self._boost_target = 0
        self._one_shot = False
        self._mode_before = "normal"

    def run(self, seconds: float) -> None:
        """Protections, thermostat, element, tank, taps."""
        self._protect()
        self._end_boost(seconds)
        self._watch_disinfection()
        self.heating = self._wanted()
        watts = self.heater_watts() if self.heating else 0.0
        self._element(seconds, watts)
        if self.filled:
            self.tank.step(seconds, watts, self.room)
            self.drawn += self.tank.draw(self.flow / 60 * seconds, self.inlet) / 3.6e6 if self.flow else 0.0
            self.use(self.anode, seconds / 3600 * 2 ** ((self.tank.mean - 55) / 15))
        self.watts = watts + STANDBY_WATTS if self.powered else 0.0

    def heater_watts(self) -> float:
        """Return what the element draws at the present voltage."""
        power = MOST_WATTS if self.settings["mode"] == "boost" else int(self.settings["heatPower"])
        return power * (self.volts / NOMINAL_VOLTS) ** 2

    def target(self) -> float | None:
        """Return the temperature it holds now; None when it holds none."""
        if self.disinfection is not None:
            return HOT + SLACK
        mode, target = self.settings["mode"], float(self.settings["targetTemperature"])
        if mode == "boost":
            return float(self._boost_target)
        if mode == "night" and not self._valley():
            return None
        return min(target, ECO_LIMIT) if mode == "eco" else target

    def _valley(self) -> bool:
        start, end = VALLEY
        return self.time_of_day >= start or self.time_of_day < end

    def _wanted(self) -> bool:
        """Decide with hysteresis whether the element is on."""
        target = self.target()
        if not self.powered or not self.settings["power"] or self.protection != "none" or "heating" in self.disabled:
            return False
        if self.stuck or target is None:
            return self.stuck
        return self.felt < target - (0.0 if self.heating else self._swing())

    def _swing(self) -> float:
        if self.disinfection is not None:
            return HOLD_SWING
        return ECO_SWING if self.settings["mode"] == "eco" else SWING

    @property
    def felt(self) -> float:
        """What the thermostat feels: the water, or the air in an empty tank."""
        return self.tank.sensor if self.filled else self.room

    def _element(self, seconds: float, watts: float) -> None:
        """Follow the temperature of the element: close to the water, or glowing in air."""
        around, conductance = (self.tank.layers[0], WET) if self.filled else (self.room, DRY)
        rest = around + watts / conductance
        self.element = rest + (self.element - rest) * max(0.0, 1 - seconds * conductance / ELEMENT_HEAT)

    def _protect(self) -> None:
        """Trip on the first cause that holds; without mains nothing is watched."""
        if not self.powered or self.protection != "none":
            return
        if self.leakage > LEAK_LIMIT:
            self.happen("leakCurrent", current=round(self.leakage, 1))
            self._trip("leakage")
        elif self.element >= BURNT:
            self.happen("dryBurn", temperature=round(self.element, 1))
            self._trip("dry-burn")
        elif self.filled and self.tank.hottest >= TOO_HOT:
            self._trip("overheat")

    def _trip(self, cause: str) -> None:
        self.protection = cause
        self.settings["power"] = False
        self._stop_boost()
        measured = {"element": round(self.element, 1), "tankTemperature": round(self.tank.sensor, 1), "leakage": round(self.leakage, 1)}
        self.trouble(CAUSES[cause], freeze=measured)

    def _end_boost(self, seconds: float) -> None:
        """Go back to the mode before when the time is over, or, where none was given, the water hot."""
        if self.settings["mode"] != "boost" or not self.powered:
            return
        self._boost_left -= seconds
        if self._boost_left <= 0 or (self._one_shot and self.felt >= self._boost_target):
            self._stop_boost()

    def _stop_boost(self) -> None:
        self._boost_left = 0.0
        if self.settings["mode"] == "boost":
            self.settings["mode"] = self._mode_before
            if self._mode_before == "vacation":
                self.settings["targetTemperature"] = min(45, self.settings["targetTemperature"])

    def _watch_disinfection(self) -> None:
        if self.disinfection is not None and (not self.settings["power"] or "heating" in self.disabled):
            self.disinfection.failure = "it was switched off"

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Refuse a boost of what is off, and stays off; remember which mode a boost interrupts."""
        if changes.get("mode") == "boost" and not changes.get("power", self.settings["power"]):
            raise Refusal("state-conflict", "it is off: switch it on to boost", property="mode")
        if changes.get("mode") == "boost" and self.settings["mode"] != "boost":
            self._mode_before = self.settings["mode"]

    def changed(self, names: Collection[str]) -> None:
        """Start or end a boost; a new wish is heated for at once, what is switched off stops at once."""
        if "mode" in names and self.settings["mode"] != "boost":
            self._boost_left = 0.0
        elif "mode" in names:
            self._boost_left, self._one_shot = ONE_SHOT, True
        if {"mode", "targetTemperature"} & set(names):
            self._boost_target = int(self.settings["targetTemperature"])
        if not self.settings["power"]:
            self._stop_boost()
        self._heat_at_once(really=bool({"power", "mode", "targetTemperature"} & set(names)))

    def _heat_at_once(self, *, really: bool = True) -> None:
        """Decide anew, without the swing of the thermostat."""
        self.heating = really or self.heating
        self.heating = self._wanted()

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Boost, kill legionella, or note a new anode."""
        match action:
            case "boost":
                self._boost(input)
            case "antiLegionella":
                return self._disinfect()
            case "resetConsumable":
                self.renew(self.anode, input)
            case _:
                return super().begin(action, input)
        return None

    def _boost(self, input: Mapping[str, Any]) -> None:
        self.veto({"mode": "boost"})
        self.settings["mode"] = "boost"
        self._boost_left, self._one_shot = float(input["duration"]), False
        self._boost_target = int(input.get("target", self.settings["targetTemperature"]))
        self._heat_at_once()

    def _disinfect(self) -> Procedure:
        if not self.filled:
            raise Refusal("state-conflict", "there is no water in the tank")
        before = self.energy
        self.disinfection = Disinfection(lambda: self.tank.coldest, self._until_hot, lambda result: self._disinfected(result, before))
        self._heat_at_once()
        return self.disinfection

    def _until_hot(self) -> float:
        return self.tank.heat_to(HOT) / max(1.0, self.heater_watts())

    def _disinfected(self, result: str, before: float) -> dict[str, Any]:
        self.disinfection = None
        return {"result": result, "energy": round(self.energy - before, 3)}

    def repaired(self, code: str) -> None:
        """Let a protection go with the fault that service cleared; it stays off."""
        self.protection = "none" if CAUSES.get(self.protection) == code else self.protection

    def touch(self, name: str, value: Any) -> None:
        """Open a tap, drain or fill the tank, press reset, change the surroundings."""
        match name:
            case "flow" | "leakage":
                setattr(self, name, float(value))
            case "filled":
                self._fill(value)
            case "thermostatStuck":
                self.stuck = value
            case "inletTemperature":
                self.inlet = float(value)
            case "roomTemperature":
                self.room = float(value)
            case "tankTemperature":
                self.tank.refill(float(value))
            case "timeOfDay":
                self.time_of_day = float(value) * 3600 % 86400
            case "anode":
                self.anode.used = self.anode.life * (1 - float(value) / 100)
            case "reset":
                self._reset()
            case _:
                super().touch(name, value)

    def _fill(self, filled: bool) -> None:
        if filled and not self.filled:
            self.tank.refill(self.inlet)
        self.filled = filled

    def _reset(self) -> None:
        """Press the reset button behind the cover."""
        if self.protection == "none":
            return
        if self.leakage > LEAK_LIMIT or self.element >= BURNT - 40 or self.tank.hottest >= TOO_HOT - 5:
            raise Refusal("state-conflict", f"the cause of {self.protection} is still there")
        self.trouble(CAUSES[self.protection], on=False)
        self.protection = "none"

    def dark(self) -> None:
        """Switch the element off; a boost ends."""
        self.heating = False
        self._stop_boost()

    def lit(self, outage: float) -> None:
        """As `powerOnState` says, unless a protection holds: it outlives a power cut."""
        super().lit(outage)
        if self.protection != "none":
            self.settings["power"] = False
        self._stop_boost()

    def working(self) -> bool:
        """Whether the hour meter counts: while it heats."""
        return self.heating

    def readings(self) -> dict[str, Any]:
        """Tank, element, protections, anode."""
        return super().readings() | {
            "tankTemperature": max(0.0, self.felt),
            "heating": self.heating,
            "protection": self.protection,
            "hotWater": self.tank.usable(USABLE) if self.filled else 0.0,
            "tankVolume": VOLUME,
            "boostRemaining": ceil(self._boost_left / 60),
            "consumables": [self.anode.document()],
        }

    def checks(self) -> list[Check]:
        """Supply, water, insulation, anode, and a trial of the element."""
        able = "heating" not in self.disabled and self.protection == "none"
        return [
            *super().checks(),
            Check("water", passed=self.filled, suspects=("SAFETY.DRY-BURN",)),
            Check("insulation", passed=self.leakage <= LEAK_LIMIT / 2, suspects=("SAFETY.LEAKAGE-CURRENT",)),
            Check("thermostat", passed=not self.stuck, suspects=("SENSOR.TANK-TEMPERATURE",)),
            Check("anode", passed=self.anode.remaining > self.anode.order_at, suspects=("CONSUMABLE.ANODE-SPENT",)),
            Check("element", passed=able, needs="heat", suspects=("HEATER.ELEMENT",)),
        ]

    def kept(self) -> dict[str, Any]:
        """Return what is used of the anode, and a protection that holds."""
        return {"anode": self.anode.used, "protection": self.protection}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take the anode and a protection back as they were."""
        self.anode.recall(float(kept["anode"]))
        if kept["protection"] in CAUSES:
            self.protection = str(kept["protection"])
            self.trouble(CAUSES[self.protection])

    def truth(self) -> dict[str, Any]:
        """Return tank, element, taps and clock."""
        return super().truth() | {
            "tankTemperature": self.tank.sensor,
            "layers": list(self.tank.layers),
            "outletTemperature": self.tank.hottest if self.filled else self.room,
            "element": self.element,
            "heating": self.heating,
            "filled": self.filled,
            "flow": self.flow,
            "leakage": self.leakage,
            "drawn": self.drawn,
            "anode": 1 - self.anode.used / self.anode.life,
            "protection": self.protection,
            "timeOfDay": self.time_of_day / 3600,
        }
