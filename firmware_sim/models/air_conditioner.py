"""A split room air conditioner with an inverter compressor, in a room of its own.

The thermostat switches with a hysteresis of half a kelvin to each side; in between a controller sets the speed, so that the room stays near
the target. The compressor rests 180 s between runs; a power write completes at once and the compressor follows when it may (`waits`).
Capacity falls with the outdoor temperature; in heating below 5 Cel frost grows and is melted now and then with the room's heat.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.compressor import InverterCompressor
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.heat_pump import FAN_WATTS, LATENT_JOULES, STANDBY_WATTS, cold, drawn, warmth
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.room import Room
from firmware_sim.refusal import Refusal

HYSTERESIS = 0.5
FAN: dict[str, float] = {"quiet": 0.35, "low": 0.5, "medium": 0.7, "high": 0.9, "turbo": 1.0}
"""Fan mode -> share of full speed."""
ACTIVE = {"cool": "cooling", "heat": "heating", "dry": "dehumidifying"}
CLEANING = (("frosting", 600.0), ("melting", 300.0), ("drying", 600.0))
PREHEAT, DEFROST, FROST_TIME = 60.0, 240.0, 2700.0
SLOWEST, FASTEST, GENTLE, STEADY = 0.22, 1.15, 0.7, 0.35
"""Shares of rated speed: the ends, the most in economy and sleep, and the speed of drying and frosting."""
GAIN, SETTLING, NEAR = 0.5, 900.0, 1.0
"""Of the speed controller: share of speed for a kelvin; seconds; and how near (K) the target is before it learns the load."""
ROOM_JOULES = 1_300_000.0
"""J/K of a furnished room with brick walls: 4 K take half an hour, as a measured bedroom did (tests say which)."""


class AirConditioner(Model):
    """Cooling 3.5 kW at 35 Cel outdoors, heating 4 kW at 7 Cel."""

    KIND = "air-conditioner"
    PREFIX = "ac"
    FEATURES = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "PCT", "ECO", "SLP", "AUX", "MTR", "CLN", "CON", "MNS", "VST", "VLT", "HRS", "IDF")
    PRODUCT = "HS-AC35"
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "mode": "cool",
        "targetTemperature": 26.0,
        "fanMode": "auto",
        "fanPercent": 50,
        "targetHumidity": 55,
        "verticalSwing": False,
        "eco": False,
        "sleepMode": "off",
        "auxHeat": False,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "roomTemperature": {"type": "number", "unit": "Cel", "minimum": -40, "maximum": 60},
        "outdoorTemperature": {"type": "number", "unit": "Cel", "minimum": -40, "maximum": 55},
        "filter": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
    }

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.room = Room(random, capacity=ROOM_JOULES)
        self.compressor = InverterCompressor(rest=180.0, start_volts=176.0, stall_volts=160.0, slowest=SLOWEST, fastest=FASTEST)
        self.filter = Consumable(
            "filter", "filter-hepa", life=1500, used=random.uniform(0, 600), part="HS-F1", installed=self.papers.made + timedelta(days=40)
        )
        self.cleaning: Procedure | None = None
        self.demand: str | None = None
        self.frost = 0.0
        self.defrost_left = 0.0
        self.preheat_left = 0.0
        self.heat = self.drying = 0.0
        self._offset = SLOWEST

    def run(self, seconds: float) -> None:
        """Thermostat, compressor, room, in this order."""
        self._end_cleaning()
        self._drive(seconds)
        self._ice(seconds)
        self.heat, self.drying = self._flows()
        self.room.step(seconds, self.heat, self.drying)
        self.watts = self._draw()
        if self.fan_share:
            self.wear(self.filter, seconds)

    def _drive(self, seconds: float) -> None:
        """Decide, then start, stop or steer the compressor; with no time to pass it starts at once where it may."""
        self._decide()
        was_running = self.compressor.running
        self._steer(seconds)
        self.compressor.step(seconds, wanted=self._compressor_wanted(), volts=self.volts if self.powered else 0.0)
        if self.compressor.running and not was_running:
            self.preheat_left = PREHEAT if self.demand == "heat" else 0.0

    @property
    def effective_mode(self) -> str:
        """The mode with `auto` decided by the room."""
        mode = str(self.settings["mode"])
        if mode != "auto":
            return mode
        return "heat" if self.room.temperature < self.settings["targetTemperature"] - 1.5 or self.demand == "heat" else "cool"

    @property
    def fan_share(self) -> float:
        """Speed of the indoor fan, 0..1."""
        if not self.powered or (not self.settings["power"] and self.cleaning is None) or self.preheat_left > 0 or self.defrost_left > 0:
            return 0.0
        if self.cleaning is not None:
            return 0.5 if self.cleaning.phase == "drying" else 0.1
        if self.settings["sleepMode"] == "on":
            return FAN["quiet"]
        if self.settings["fanMode"] != "auto":
            return max(0.1, float(self.settings["fanPercent"]) / 100)
        distance = abs(self.room.temperature - self.settings["targetTemperature"])
        return 0.9 if distance > 3 else 0.7 if distance > 1 else 0.5  # noqa: PLR2004 - kelvin, as a thermostat's table

    def _decide(self) -> None:
        """Renew the demand; the circuit cannot be turned round under a running compressor."""
        before, self.demand = self.demand, self._demand() if self.powered else None
        if self.compressor.running and (before == "heat") is not (self.demand == "heat"):
            self.compressor.stop()

    def _demand(self) -> str | None:
        """Decide with hysteresis what the compressor is wanted for."""
        if not self.settings["power"] or self.cleaning is not None:
            return None
        mode, target, room = self.effective_mode, self.settings["targetTemperature"], self.room.temperature
        reach = -HYSTERESIS if self.demand == mode else HYSTERESIS
        if {"cooling", "heating"} & set(self.disabled):
            return None
        if mode == "cool":
            return "cool" if room > target + reach else None
        if mode == "heat":
            return "heat" if room < target - reach else None
        if mode == "dry":
            wet = self.room.humidity > self.settings["targetHumidity"] + 4 * reach
            return "dry" if wet and room > 18 + reach else None
        return None

    def _compressor_wanted(self) -> bool:
        frosting = self.cleaning is not None and self.cleaning.phase == "frosting" and bool(self.settings["power"])
        return self.demand is not None or frosting

    def _ice(self, seconds: float) -> None:
        """Grow frost while heating in the cold, melt it when there is too much."""
        self.preheat_left = max(0.0, self.preheat_left - seconds)
        self.defrost_left = max(0.0, self.defrost_left - seconds) if self.compressor.running else 0.0
        heating = self.compressor.running and self.demand == "heat"
        if heating and self.defrost_left <= 0 and self.room.outdoor < 5:  # noqa: PLR2004 - above this no frost grows
            self.frost += seconds / FROST_TIME
        if heating and self.frost >= 1:
            self.frost, self.defrost_left = 0.0, DEFROST

    def _steer(self, seconds: float) -> None:
        """Set the speed the compressor aims at: by distance from the target, and by how long there was one."""
        if self.demand not in ("cool", "heat"):
            self._offset, self.compressor.aim = SLOWEST, STEADY
            return
        above = self.room.temperature - self.settings["targetTemperature"]
        missing = above if self.demand == "cool" else -above
        if self.compressor.running and abs(missing) < NEAR:
            self._offset = min(FASTEST, max(SLOWEST, self._offset + GAIN * missing * seconds / SETTLING))
        most = GENTLE if self.settings["eco"] or self.settings["sleepMode"] == "on" else FASTEST
        self.compressor.aim = min(most, self._offset + GAIN * missing)

    def _flows(self) -> tuple[float, float]:
        """Return heat into the room (W) and water out of it (g/s)."""
        heat = 1000.0 if self._aux_on() else 0.0
        if not self.compressor.running:
            return heat, 0.0
        if self.defrost_left > 0:
            return heat - 300.0, 0.0
        if self.demand == "heat":
            return heat + warmth(self.compressor.speed, self.fan_share, self.room.outdoor), 0.0
        capacity = cold(self.compressor.speed, self.fan_share, self.room.outdoor)
        dew, most = (6.5, 0.65) if self.demand == "dry" else (10.0, 0.35)
        wet = min(most, max(0.0, self.room.moisture - dew) / 10)
        return heat - capacity * (1 - wet), capacity * wet / LATENT_JOULES

    def _aux_on(self) -> bool:
        cold = self.room.temperature < self.settings["targetTemperature"] - 1
        return self.powered and bool(self.settings["auxHeat"]) and self.demand == "heat" and cold

    def _draw(self) -> float:
        if not self.powered:
            return 0.0
        watts = STANDBY_WATTS + FAN_WATTS * self.fan_share**2 + (1000.0 if self._aux_on() else 0.0)
        if self.compressor.running:
            watts += drawn(self.compressor.speed, self.room.outdoor, heating=self.demand == "heat")
        return watts

    def operating_state(self) -> str:
        """Say what the unit is doing now, in the profile's words."""
        if self.cleaning is not None:
            frosting = "cooling" if self.compressor.running else "fan"
            shown = {"frosting": frosting, "melting": "defrosting"}.get(str(self.cleaning.phase), "drying-coil")
            return shown if self.settings["power"] else "drying-coil"
        if not self.settings["power"]:
            return "off"
        if self.compressor.running and self.demand is not None:
            if self.demand == "heat" and (self.defrost_left > 0 or self.preheat_left > 0):
                return "defrosting" if self.defrost_left > 0 else "preheating"
            return ACTIVE[self.demand]
        return "fan" if self.settings["mode"] == "fan" else "idle"

    def readings(self) -> dict[str, Any]:
        """Room, outdoors, what it does, and the filter."""
        return super().readings() | {
            "roomTemperature": self.room.temperature,
            "roomHumidity": self.room.humidity,
            "outdoorTemperature": self.room.outdoor,
            "operatingState": self.operating_state(),
            "minStartVoltage": self.compressor.start_volts,
            "consumables": [self.filter.document()],
        }

    def waits(self) -> dict[str, float | None]:
        """`operatingState` while the compressor is wanted and must rest; an unknown time while the voltage is too low to start."""
        if self.compressor.running or not self._compressor_wanted():
            return {}
        if self.volts < self.compressor.start_volts:
            return {"operatingState": None}
        return {"operatingState": self.compressor.wait}

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Refuse a speed in words and another one in per cent in the same breath: one of the two would not be shown."""
        mode, percent = changes.get("fanMode", "auto"), changes.get("fanPercent")
        if mode != "auto" and percent not in (None, meant := round(100 * FAN[mode])):
            raise Refusal("state-conflict", f"{mode} is {meant} %, not {percent} %: write one of the two", property="fanPercent")

    def changed(self, names: Collection[str]) -> None:
        """Keep fan mode and fan percent in step; decide anew what the compressor is wanted for."""
        if "fanPercent" in names and "fanMode" not in names:
            percent = self.settings["fanPercent"] / 100
            self.settings["fanMode"] = min(("quiet", "low", "medium", "high"), key=lambda mode: abs(FAN[mode] - percent))
        elif self.settings["fanMode"] != "auto":
            self.settings["fanPercent"] = round(100 * FAN[self.settings["fanMode"]])
        self._drive(0.0)

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Self-clean the coil, or reset the filter."""
        if action == "selfClean":
            return self._clean()
        if action == "resetConsumable":
            self.renew(self.filter, input)
            return None
        return super().begin(action, input)

    def _clean(self) -> Procedure:
        if self.cleaning is not None:
            raise Refusal("state-conflict", "the coil is being cleaned already")
        if not self.settings["power"]:
            raise Refusal("state-conflict", "it is switched off, and the coil is frosted by the compressor: switch it on first")
        before = self.energy
        procedure = Procedure(CLEANING, finish=lambda result: self._cleaned(result, before), held=self._frost_waits)
        self.cleaning, self.demand = procedure, None
        self.compressor.stop()
        return procedure

    def _frost_waits(self) -> bool:
        return self.cleaning is not None and self.cleaning.phase == "frosting" and not self.compressor.running

    def _cleaned(self, result: str, before: float) -> dict[str, Any]:
        invocation = self.cleaning.identifier if self.cleaning else ""
        self.cleaning = None
        self._drive(0.0)
        self.happen("coilCleaned", invocation=invocation, result=result)
        return {"result": result, "energy": round(self.energy - before, 3)}

    def _end_cleaning(self) -> None:
        """Give the cleaning up where it cannot go on: off means that no compressor runs."""
        if self.cleaning is not None and "cooling" in self.disabled:
            self.cleaning.failure = "the refrigerant circuit has a fault"
        elif self.cleaning is not None and not self.settings["power"] and self.cleaning.phase == "frosting":
            self.cleaning.failure = "it was switched off before the coil was frosted"

    def checks(self) -> list[Check]:
        """Supply, room sensor, filter, and a trial run of the compressor."""
        able = self.volts >= self.compressor.start_volts and "cooling" not in self.disabled
        return [
            *super().checks(),
            Check("room-sensor", passed=-40 < self.room.temperature < 85),  # noqa: PLR2004 - the sensor's range
            Check("filter", passed=self.filter.remaining > self.filter.order_at, suspects=("CONSUMABLE.FILTER-SPENT",)),
            Check("compressor", passed=able, needs="motor", suspects=("REFRIG.COMPRESSOR.NO-START",)),
        ]

    def touch(self, name: str, value: Any) -> None:
        """Open a window, change the weather, put in a filter that is not new."""
        match name:
            case "roomTemperature":
                self.room.temperature = float(value)
            case "outdoorTemperature":
                self.room.outdoor_mean += float(value) - self.room.outdoor
            case "filter":
                self.filter.used = self.filter.life * (1 - float(value) / 100)
            case _:
                super().touch(name, value)

    def dark(self) -> None:
        """Stop the compressor."""
        self.compressor.stop()
        self.demand = None
        self.preheat_left = self.defrost_left = 0.0

    def lit(self, outage: float) -> None:
        """Give the compressor a full rest: the unit cannot know how long the cut was."""
        super().lit(outage)
        self.compressor.restart_guard()

    def truth(self) -> dict[str, Any]:
        """Room, machine and guard."""
        return super().truth() | {
            "roomTemperature": self.room.temperature,
            "roomHumidity": self.room.humidity,
            "outdoorTemperature": self.room.outdoor,
            "compressor": self.compressor.running,
            "compressorSpeed": self.compressor.speed,
            "heat": self.heat,
            "drying": self.drying,
            "compressorStarts": self.compressor.starts,
            "restartIn": self.compressor.wait,
            "frost": self.frost,
            "fan": self.fan_share,
        }
