"""A refrigerator with a cold and a frozen compartment behind two doors, one compressor and a damper between them.

Each compartment has its thermostat; the compressor runs while either asks, and rests five minutes between runs. An open door lets the
kitchen in, stops the fan to the cold compartment, and is complained about after two minutes. Frost on the evaporator is melted after eight
hours of running. There is no switch: nobody turns it off from afar. One that was ordered with a variable zone has a third compartment and
door; one with an ice maker freezes water from a tank.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.cabinet import Cabinet
from firmware_sim.models.compressor import Compressor
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.ice_maker import TANK_LITRES, IceMaker
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal
from firmware_sim.surface import Surface

AJAR_SECONDS = 120.0
DEFROST_EVERY, DEFROST_SECONDS, DEFROST_WATTS = 8 * 3600.0, 900.0, 150.0
WARM = {"fridge": 10.0, "freezer": -12.0}
"""Air temperatures (Cel) above which food has suffered from a power cut."""
QUICK = {"quick-cool": 3 * 3600.0, "quick-freeze": 26 * 3600.0}
"""Seconds after which a quick mode ends by itself."""
COOLING_WATTS, ELECTRIC_WATTS, SPEED = 130.0, 70.0, 2850.0
"""At 25 Cel around it; a warmer kitchen takes cold away and asks for more power."""
CONTROL_WATTS = 1.5


class Refrigerator(Model):
    """A two-door refrigerator of 210 l and 90 l, 0.62 kWh a day on its label."""

    KIND = "refrigerator"
    PREFIX = "fridge"
    FEATURES = ("MOD", "HOL", "QCK", "CMP", "AMB", "PLW", "MTR", "CON", "MNS", "VST", "VLT", "CHL", "IDF")
    PRODUCT = "HS-R300"
    STEP = 5.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "fridgeTarget": 4,
        "freezerTarget": -18,
        "mode": "normal",
        "variableZoneTarget": 0,
        "iceMaker": "off",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "fridgeDoor": {"type": "boolean"},
        "freezerDoor": {"type": "boolean"},
        "variableDoor": {"type": "boolean"},
        "iceWater": {"type": "number", "unit": "l", "minimum": 0, "maximum": TANK_LITRES},
        "doorOpen": {"type": "boolean"},
        "ambientTemperature": {"type": "number", "unit": "Cel", "minimum": -20, "maximum": 60},
        "filter": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.ambient = random.uniform(22.0, 27.0)
        self.cabinets = {
            "fridge": Cabinet(random.uniform(3.5, 4.5), air=15_000, food=100_000, wall=1.0),
            "freezer": Cabinet(random.uniform(-18.5, -17.5), air=12_000, food=80_000, wall=0.46),
        }
        self.compressor = Compressor(rest=300.0, start_volts=170.0, stall_volts=150.0)
        self.filter = Consumable(
            "odour-filter",
            "filter-carbon",
            life=4380,
            used=random.uniform(0, 2000),
            part="HS-OF",
            installed=self.papers.made + timedelta(days=40),
        )
        self.calls = dict.fromkeys(self.cabinets, False)
        self.defrost_left = 0.0
        self._since_defrost = random.uniform(0, DEFROST_EVERY / 2)
        self._quick_left = 0.0
        self._complained: set[str] = set()
        self._warmest = dict.fromkeys(self.cabinets, -100.0)
        self.ice_maker = IceMaker(water=random.uniform(0.5, 1) * TANK_LITRES)

    def furnish(self, surface: Surface) -> None:
        """Build in the variable zone where the profile shows one."""
        super().furnish(surface)
        if "variableZoneTarget" in surface.properties:
            self.cabinets["variable"] = Cabinet(0.0, air=6_000, food=30_000, wall=0.3)
            self.calls["variable"] = False
            self._warmest["variable"] = -100.0

    def run(self, seconds: float) -> None:
        """Thermostats, compressor, compartments, complaints."""
        self._end_quick_mode(seconds)
        self._thermostats()
        self.compressor.step(seconds, wanted=self._wanted(), volts=self.volts if self.powered else 0.0)
        self._defrost(seconds)
        flows = self._flows()
        flows["freezer"] += self._freeze_water(seconds)
        for name, cabinet in self.cabinets.items():
            cabinet.step(seconds, flows[name], self.ambient)
            self._warmest[name] = max(self._warmest[name], cabinet.air) if not self.powered else -100.0
            self._complain(name, cabinet)
        self.watts = self._draw()
        if self.powered:
            self.wear(self.filter, seconds)

    def target(self, name: str) -> float:
        """Return what the thermostat of a compartment holds: its setting, or the cold end of a quick mode."""
        mode = self.settings["mode"]
        if name == "fridge":
            return 2.0 if mode == "quick-cool" else float(self.settings["fridgeTarget"])
        if name == "variable":
            return float(self.settings["variableZoneTarget"])
        return -28.0 if mode == "quick-freeze" else float(self.settings["freezerTarget"])

    def _thermostats(self) -> None:
        spread = 1.5 if self.settings["mode"] == "eco" else 1.0
        for name, cabinet in self.cabinets.items():
            reach = -spread if self.calls[name] else spread
            self.calls[name] = cabinet.air > self.target(name) + reach

    def _wanted(self) -> bool:
        return self.powered and any(self.calls.values()) and self.defrost_left <= 0 and "cooling" not in self.disabled

    def _defrost(self, seconds: float) -> None:
        self.defrost_left = max(0.0, self.defrost_left - seconds) if self.powered else 0.0
        self._since_defrost += seconds if self.compressor.running else 0.0
        if self._since_defrost >= DEFROST_EVERY and self.powered:
            self._since_defrost, self.defrost_left = 0.0, DEFROST_SECONDS
            self.compressor.stop()

    def _flows(self) -> dict[str, float]:
        """Return the watts into each compartment; the damper shares the cold among those that ask."""
        if self.defrost_left > 0:
            return dict.fromkeys(self.cabinets, 0.0) | {"freezer": DEFROST_WATTS * 0.3}
        if not self.compressor.running:
            return dict.fromkeys(self.cabinets, 0.0)
        asking = [name for name, calls in self.calls.items() if calls and not (name == "fridge" and self.cabinets[name].open)]
        cooling = COOLING_WATTS * (1 - 0.006 * (self.ambient - 25))
        return {name: -cooling / len(asking) if name in asking else 0.0 for name in self.cabinets}

    def _freeze_water(self, seconds: float) -> float:
        """Return the watts the ice maker gives to the freezer; "standby" means that it is not to make any for now."""
        wanted = self.powered and self.settings["iceMaker"] == "on"
        return self.ice_maker.step(seconds, wanted=wanted, temperature=self.cabinets["freezer"].air)

    def _draw(self) -> float:
        if not self.powered:
            return 0.0
        lamp = 2.0 if self.cabinets["fridge"].open else 0.0
        heater = DEFROST_WATTS if self.defrost_left > 0 else 0.0
        motor = ELECTRIC_WATTS * (1 + 0.012 * (self.ambient - 25)) if self.compressor.running else 0.0
        return CONTROL_WATTS + lamp + heater + motor

    def _complain(self, name: str, cabinet: Cabinet) -> None:
        """Raise `doorAjar` once per opening, and the fault that goes when the door is shut."""
        if self.powered and cabinet.open_seconds >= AJAR_SECONDS and name not in self._complained:
            self._complained.add(name)
            self.happen("doorAjar", door=name, open=round(cabinet.open_seconds))
            self.trouble("DOOR.LEFT-OPEN", freeze={"door": name, "temperature": round(cabinet.air, 1)})

    def _end_quick_mode(self, seconds: float) -> None:
        if self.settings["mode"] in QUICK:
            self._quick_left -= seconds
            if self._quick_left <= 0:
                self.settings["mode"] = "normal"

    def changed(self, names: Collection[str]) -> None:
        """Start the time of a quick mode."""
        if "mode" in names:
            self._quick_left = QUICK.get(self.settings["mode"], 0.0)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Reset the filter."""
        if action != "resetConsumable":
            return super().begin(action, input)
        self.renew(self.filter, input)
        return None

    def readings(self) -> dict[str, Any]:
        """Compartments, doors, kitchen, compressor, filter."""
        doors = [{"id": name, "open": cabinet.open} for name, cabinet in self.cabinets.items()]
        return super().readings() | {
            "fridgeTemperature": self.cabinets["fridge"].air,
            "freezerTemperature": self.cabinets["freezer"].air,
            "doors": doors,
            "ambientTemperature": self.ambient,
            "compressorSpeed": SPEED if self.compressor.running else 0.0,
            "iceTank": "empty" if self.ice_maker.empty else "ok",
            **({"variableZoneTemperature": self.cabinets["variable"].air} if "variable" in self.cabinets else {}),
            "minStartVoltage": self.compressor.start_volts,
            "consumables": [self.filter.document()],
        }

    def touch(self, name: str, value: Any) -> None:
        """Open (true) or shut a door, heat the kitchen, put in a filter that is not new."""
        match name:
            case "fridgeDoor" | "doorOpen":
                self._move_door("fridge", value)
            case "freezerDoor" | "variableDoor":
                self._move_door(name.removesuffix("Door"), value)
            case "iceWater":
                self.ice_maker.water = float(value)
            case "filter":
                self.filter.used = self.filter.life * (1 - float(value) / 100)
            case "ambientTemperature":
                self.ambient = float(value)
            case _:
                super().touch(name, value)

    def _move_door(self, name: str, open: bool) -> None:
        if name not in self.cabinets:
            raise Refusal("unknown", f"this refrigerator has no {name} compartment", property=f"{name}Door")
        self.cabinets[name].open = open
        if not open and name in self._complained:
            self._complained.discard(name)
            if not self._complained:
                self.trouble("DOOR.LEFT-OPEN", on=False)

    def checks(self) -> list[Check]:
        """Supply, sensors, doors, compressor, filter."""
        able = self.volts >= self.compressor.start_volts and "cooling" not in self.disabled
        return [
            *super().checks(),
            Check("doors", passed=not any(cabinet.open for cabinet in self.cabinets.values()), suspects=("DOOR.LEFT-OPEN",)),
            Check("temperatures", passed=self._cold_enough(), suspects=("REFRIG.LOW-CHARGE",)),
            Check("filter", passed=self.filter.remaining > self.filter.order_at, suspects=("CONSUMABLE.FILTER-SPENT",)),
            Check("compressor", passed=able, needs="motor", suspects=("REFRIG.COMPRESSOR.NO-START",)),
        ]

    def _cold_enough(self) -> bool:
        return all(self.cabinets[name].air <= warm for name, warm in WARM.items())

    def dark(self) -> None:
        """Stop the compressor; the compartments go on warming."""
        self.compressor.stop()
        self.defrost_left = 0.0

    def lit(self, outage: float) -> None:
        """Say how warm it became; the compressor rests before it starts."""
        super().lit(outage)
        self.compressor.restart_guard()
        warm = {name: self._warmest[name] for name, most in WARM.items() if self._warmest[name] > most}
        if warm:
            self.happen("powerLossWarm", **{name: round(self._warmest[name], 1) for name in WARM}, outage=round(outage, 1))
            self.trouble("THERMAL.FOOD-WARM", freeze={name: round(value, 1) for name, value in warm.items()})

    def truth(self) -> dict[str, Any]:
        """Air and food of both compartments, machine and doors."""
        return super().truth() | {
            "fridgeTemperature": self.cabinets["fridge"].air,
            "fridgeFood": self.cabinets["fridge"].food,
            "freezerTemperature": self.cabinets["freezer"].air,
            "freezerFood": self.cabinets["freezer"].food,
            "fridgeDoor": self.cabinets["fridge"].open,
            "freezerDoor": self.cabinets["freezer"].open,
            **({"variableTemperature": self.cabinets["variable"].air} if "variable" in self.cabinets else {}),
            "ice": self.ice_maker.ice,
            "iceWater": self.ice_maker.water,
            "ambientTemperature": self.ambient,
            "compressor": self.compressor.running,
            "compressorStarts": self.compressor.starts,
            "defrosting": self.defrost_left > 0,
            "restartIn": self.compressor.wait,
        }
