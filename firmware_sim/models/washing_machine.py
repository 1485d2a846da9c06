"""A front-loading washing machine for 8 kg: cold water in, a heated drum, a pump, a door that is locked while it must be.

The program says what is to be done (`task`), the drum what comes of it. Without water, with a blocked drain, on weak mains or with the
door open a program stands still in `error` and goes on by itself. Who stops a program leaves it to the machine to cool hot water down and
to pump it out; the door opens when nothing turns, no water stands in it and it is cool. Eco does what a real machine does (`recipe`).
"""

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.bolt import Bolt
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.laundering import COOL, DRYER_WATTS, HEATER_WATTS, STEAM_HEAT, Laundering
from firmware_sim.models.laundry_supplies import supplies
from firmware_sim.models.model import NOMINAL_VOLTS, Check
from firmware_sim.models.plumbing import Plumbing
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.program import Step
from firmware_sim.models.spin import SPREAD
from firmware_sim.refusal import Refusal
from firmware_sim.surface import Surface

LOCK_ABOVE, SILL = 55.0, 3.0
"""Cel that locks the door; litres that would run out of an open one."""
START_VOLTS, STALL_VOLTS = 176.0, 160.0
OUT_OF_REACH, FULL = 0.1, 25.0
"""Litres the pump leaves; litres it does not fill beyond to cool."""
CAUSES = {"inlet": "WATER.NO-SUPPLY", "drain": "WATER.NOT-DRAINING", "door": "DOOR.LEFT-OPEN"}


class WashingMachine(Laundering):
    """8 kg, 1400 turns a minute, 2 kW of heat."""

    KIND = "washing-machine"
    PREFIX = "washer"
    FEATURES = ("LVL", "SOK", "WTR", "TMP", "DOS", "UNB", "MTR", "CON", "MNS", "VST", "HRS", "CHL", "RMT", "IDF")
    PRODUCT = "HS-W80"
    RATED_WATTS = 2100.0
    NARROWED: ClassVar[Mapping[str, Mapping[str, Any]]] = {"/properties/spinSpeed": {"maximum": 1400}}
    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "power": False,
        "program": "cotton",
        "waterTemperature": 40,
        "spinSpeed": 1200,
        "rinses": 2,
        "waterLevel": 5,
        "soakTime": 0,
        "dryLevel": "none",
        "detergentDose": 60,
        "softenerDose": 30,
        "powerOnState": "last",
    }
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "door": {"type": "boolean"},
        "laundry": {"type": "number", "unit": "kg", "minimum": 0, "maximum": 10},
        "unbalance": {"type": "number", "minimum": 0, "maximum": 1},
        "tap": {"type": "boolean"},
        "drainBlocked": {"type": "boolean"},
        "inletTemperature": {"type": "number", "unit": "Cel", "minimum": 1, "maximum": 35},
        "roomTemperature": {"type": "number", "unit": "Cel", "minimum": 0, "maximum": 45},
        "detergent": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "softener": {"type": "number", "unit": "%", "minimum": 0, "maximum": 100},
        "button": {"type": "boolean", "const": True},
    }

    def __init__(self, random: Random) -> None:
        self.room = random.uniform(19.0, 26.0)
        super().__init__(random, round(random.uniform(2.0, 5.0), 1), self.room)
        self.plumbing = Plumbing(self.drum, self.inlet_temperature)
        self.supplies = supplies(random, self.papers.made)
        self.unbalance = random.uniform(0.0, 0.3)
        self.door = Bolt()
        self.heating = False
        self._doses: set[str] = set()
        self._told: set[str] = set()
        self._weak = False

    def furnish(self, surface: Surface) -> None:
        """Without dispensers there is nothing in them."""
        if "detergentDose" not in surface.properties:
            self.settings["detergentDose"] = self.settings["softenerDose"] = 0
            self.supplies = {name: part for name, part in self.supplies.items() if name == "drum"}

    # What happens

    def plan(self) -> Sequence[Step]:
        """Load the dispensers, forget how the last laundry lay."""
        self._doses = {"detergent", "softener"}
        self.trouble("MOTION.UNBALANCED", on=False)
        return super().plan()

    def run(self, seconds: float) -> None:
        """Valves, heater, motor and pump as the task asks, then the program and the lock."""
        task = self._task()
        self.begin_spin(task)
        if self.powered and self.program.state != "paused":
            self._pipes(task, seconds)
        else:
            self.plumbing.rest()
        self._motor(task, seconds)
        self._heat(task, seconds)
        self._dose(task)
        if self.powered:
            self._obstructions(task)
            self.program.step(seconds)
            self._lock()
        self.watts = self._draw(task)

    def _task(self) -> str:
        """Return what is to be done; after the end of a program hot water is cooled and all of it pumped out."""
        step = self.program.current
        if not self.powered or self.program.state == "paused":
            return ""
        if step is not None:
            return step.task
        if self.drum.free <= OUT_OF_REACH:
            return ""
        return "cool" if self.drum.temperature > COOL and self.drum.free < FULL and self.plumbing.tap else "drain"

    def _pipes(self, task: str, seconds: float) -> None:
        """Open the valve, run the pump; water is counted for the life of the machine."""
        fill = task == "fill" or (task == "cool" and self.drum.temperature > COOL)
        self.plumbing.step(seconds, fill=fill, drain=task in ("drain", "between", "spin"), disabled=self.disabled)
        self.water = self.plumbing.total

    def _motor(self, task: str, seconds: float) -> None:
        """Turn the drum; what lies badly is spread and tried again."""
        free = self.powered and self.program.running and "turning" not in self.disabled and self.drum.free < SILL
        wanted = self.spinning.wanted if task in ("between", "spin") and free else 0.0
        self.drum.turn(seconds, wanted)
        if wanted and self.spinning.step(seconds, self.unbalance):
            self.happen("unbalanced", attempt=self.spinning.attempts, givenUp=self.spinning.given_up)
            if self.spinning.given_up:
                self.trouble("MOTION.UNBALANCED", freeze={"unbalance": round(self.unbalance, 2)})
            self.unbalance *= SPREAD

    def _heat(self, task: str, seconds: float) -> None:
        """Heat the water, keep it warm (eco lets it cool), dry the laundry."""
        able = self.powered and self.program.running and "heating" not in self.disabled
        reach = 0.0 if self.heating else 2.0
        keep = task == "wash" and self.settings["program"] != "eco" and self.drum.temperature < self.target() - reach
        self.heating = able and (task == "heat" or keep) and self.drum.free > SILL
        watts = HEATER_WATTS * self.mains_share if self.heating else 0.0
        if able and task == "dry":
            self.drum.dry(DRYER_WATTS * self.mains_share * seconds / STEAM_HEAT)
            watts = 150.0 if self.drum.temperature < LOCK_ABOVE else 0.0
        self.drum.warm(watts, seconds, self.room)

    @property
    def mains_share(self) -> float:
        """What a heater gives at the present voltage, as a share of what it gives at 220 V."""
        return (self.volts / NOMINAL_VOLTS) ** 2

    def _dose(self, task: str) -> None:
        for name, moment in (("detergent", "wash"), ("softener", "rinse")):
            if task == moment and name in self._doses and self.program.running:
                self._doses.discard(name)
                if name in self.supplies and self.settings[f"{name}Dose"]:
                    self.use(self.supplies[name], self.settings[f"{name}Dose"] * (0.4 + 0.6 * min(1.0, self.share)))

    def _obstructions(self, task: str) -> None:
        """Hold the program while something is in its way, and say what; a motor that does not turn ends it."""
        if "turning" in self.disabled:
            self.program.halt("failed")
        moving = self.program.state in ("running", "error")
        found = set(self.plumbing.complaints) | ({"door"} if self.door.open and moving else set())
        for name in sorted(found ^ self._told):
            self.trouble(CAUSES[name], on=name in found, freeze={"water": round(self.drum.water, 1)})
        self._told = found
        self._weak = self.volts < (START_VOLTS if self._weak else STALL_VOLTS)
        cold = task == "heat" and "heating" in self.disabled
        self.program.trouble = self.plumbing.stuck or "door" in found or self._weak or cold

    def _lock(self) -> None:
        """Lock while something runs or turns, water stands in it or it is hot."""
        hot = self.drum.temperature > (COOL if self.door.locked else LOCK_ABOVE)
        moving = self.program.state in ("running", "error") or self.drum.speed > 0
        self.door.step(needed=moving or hot or self.drum.free > SILL, disabled=self.disabled)

    def _draw(self, task: str) -> float:
        """Electronics, pump, valve, motor, heaters."""
        if not self.powered:
            return 0.0
        watts = (3.0 if self.settings["power"] else 0.4) + (28.0 if self.plumbing.pumping else 0.0)
        if not self.program.running:
            return watts
        if task in ("soak", "heat", "wash", "rinse", "fill", "dry"):
            watts += self.recipe.vigour * (14.0 + 22.0 * self.share)
        if task in ("between", "spin"):
            watts += 50.0 + 300.0 * (self.drum.speed / 1400) ** 2 + (200.0 if self.drum.speed < self.spinning.wanted else 0.0)
        watts += HEATER_WATTS * self.mains_share if self.heating else 0.0
        return watts + (DRYER_WATTS * self.mains_share if task == "dry" and "heating" not in self.disabled else 0.0)

    # What is asked of it

    def check_start(self) -> None:
        """Refuse with the door open or unable to lock, and on weak mains."""
        if self.door.open:
            raise Refusal("state-conflict", "the door is open")
        if {"locking", "turning"} & set(self.disabled):
            raise Refusal("state-conflict", "a fault of the door lock or the motor keeps it from running")
        if self.volts < START_VOLTS:
            raise Refusal("state-conflict", f"the mains brings {self.volts:.0f} V, it takes {START_VOLTS:.0f} V to start")

    def changed(self, names: Collection[str]) -> None:
        """Wool is not dried; what is switched off forgets that a program was done."""
        if self.settings["program"] == "wool":
            self.settings["dryLevel"] = "none"
        if "power" in names and not self.settings["power"]:
            self.program.forget()

    def finished(self, result: str) -> None:
        """Note that a wash dirties the drum and its cleaning program cleans it."""
        part = self.supplies["drum"]
        if self.settings["program"] != "drum-clean":
            self.use(part, 1.0)
        elif result == "done":
            self.renew_one((part,), {"id": part.identifier})

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Programs, and refilled dispensers; the door locks at once."""
        if action == "resetConsumable":
            self.renew_one(tuple(self.supplies.values()), input)
            return None
        output = super().begin(action, input)
        self._lock()
        return output

    def repaired(self, code: str) -> None:
        """Try anew what service cleared."""
        for name in [name for name in self._told if CAUSES[name] == code]:
            self._told.discard(name)
            if name in ("inlet", "drain"):
                self.plumbing.retry(name)

    def touch(self, name: str, value: Any) -> None:
        """Open the door, put laundry in, turn the tap, press start."""
        match name:
            case "door":
                self._move_door(value)
            case "laundry":
                self._load(float(value))
            case "tap":
                self.plumbing.tap = value
            case "drainBlocked":
                self.plumbing.blocked = value
            case "unbalance":
                self.unbalance = float(value)
            case "inletTemperature":
                self.plumbing.temperature = self.inlet_temperature = float(value)
            case "roomTemperature":
                self.room = float(value)
            case "detergent" | "softener":
                self._refill(name, float(value))
            case "button":
                self._press()
            case _:
                super().touch(name, value)

    def _move_door(self, open: bool) -> None:
        self.door.move(open)
        if open:
            self.program.forget()

    def _load(self, laundry: float) -> None:
        if not self.door.open:
            raise Refusal("state-conflict", "open the door first")
        self.drum.change(laundry, self.room)

    def _refill(self, name: str, percent: float) -> None:
        part: Consumable | None = self.supplies.get(name)
        if part is None:
            raise Refusal("unknown", f"this machine has no {name} tank")
        if percent > part.remaining:
            self.renew_one(tuple(self.supplies.values()), {"id": name})
        part.used = part.life * (1 - percent / 100)
        self.use(part, 0.0)

    def _press(self) -> None:
        if not self.settings["power"] or not self.powered:
            raise Refusal("state-conflict", "it is switched off")
        action = {"running": "pause", "error": "pause", "paused": "resume", "delayed": "stop"}.get(self.program.state, "startProgram")
        self.begin(action, {})

    # What it shows

    def readings(self) -> dict[str, Any]:
        """Program, door, water, dispensers."""
        used = (self.water or 0.0) - self._at_start[1]
        return super().readings() | {
            "doorLocked": self.door.locked,
            "doors": [{"id": "door", "open": self.door.open}],
            "drumTemperature": self.drum.temperature,
            "waterUsed": used,
            "minStartVoltage": START_VOLTS,
            "consumables": [part.document() for part in self.supplies.values()],
        }

    def checks(self) -> list[Check]:
        """Supply, door, water, drain, balance, and trial runs of motor and heater."""
        drum = self.supplies["drum"]
        return [
            *super().checks(),
            Check("door", passed=not self.door.open and "locking" not in self.disabled, suspects=("DOOR.NOT-LOCKING",)),
            Check("water-supply", passed=self.plumbing.tap and "filling" not in self.disabled, suspects=("WATER.NO-SUPPLY",)),
            Check("drain", passed=not self.plumbing.blocked and "draining" not in self.disabled, suspects=("WATER.NOT-DRAINING",)),
            Check("drum-clean", passed=drum.remaining > drum.order_at, suspects=("CONSUMABLE.DRUM-DIRTY",)),
            Check("motor", passed="turning" not in self.disabled, needs="motor", suspects=("MOTION.DRUM-MOTOR",)),
            Check("heater", passed="heating" not in self.disabled, needs="heat", suspects=("HEATER.ELEMENT", "SENSOR.DRUM-TEMPERATURE")),
        ]

    def kept(self) -> dict[str, Any]:
        """Return what is used of the supplies."""
        return {"used": {name: part.used for name, part in self.supplies.items()}}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take the supplies back as they were."""
        for name, used in kept["used"].items():
            if name in self.supplies:
                self.supplies[name].recall(float(used))

    def truth(self) -> dict[str, Any]:
        """Return the drum, the door, the valves."""
        return super().truth() | {
            "doorOpen": self.door.open,
            "doorLocked": self.door.locked,
            "laundry": self.drum.laundry,
            "moisture": self.drum.moisture,
            "drumTemperature": self.drum.temperature,
            "drumSpeed": self.drum.speed,
            "freeWater": self.drum.free,
            "heating": self.heating,
            "tap": self.plumbing.tap,
            "drainBlocked": self.plumbing.blocked,
            "unbalance": self.unbalance,
            "water": self.water,
        }
