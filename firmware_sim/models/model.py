"""What every kind's physics has in common: settings, mains, an energy meter, hours, surroundings and things that happen.

A kind derives from `Model` and fills in a few steps: `run` (physics for some seconds, ending with `self.watts`), `readings`, and
where needed `changed`, `begin`, `touch`, `waits`, `dark` and `lit`. A model knows nothing of profiles, wires or wall time: it is handed
seconds and collects `happenings`, which the appliance fetches after each step.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from firmware_sim.models.consumable import Consumable
from firmware_sim.models.papers import Papers
from firmware_sim.models.procedure import Procedure
from firmware_sim.refusal import Refusal
from firmware_sim.surface import Surface

NOMINAL_VOLTS = 220.0
SAG, SWELL, BROWN_OUT = 198.0, 235.4, 90.0
"""Volts: 220 V -10 % and +7 %; under the last one no electronics runs."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the profile happened."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault came (`on`) or went; `freeze` is what the appliance measured at that moment."""

    code: str
    on: bool
    freeze: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a self-diagnosis; `needs` names what must be allowed to run it; `suspects` are fault codes a failure points at."""

    name: str
    passed: bool
    needs: str | None = None
    suspects: tuple[str, ...] = ()


class Model:
    """Base of every kind's physics; times in physical seconds, temperatures in degrees Celsius, power in watts, energy in kWh."""

    KIND: ClassVar[str]
    PREFIX: ClassVar[str] = "x"
    FEATURES: ClassVar[tuple[str, ...]] = ()
    STEP: ClassVar[float] = 1.0
    SETTINGS: ClassVar[Mapping[str, Any]] = {}
    HANDS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    MADE: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What can be chosen when a unit is ordered, each with the schema of its value."""
    PRODUCT: ClassVar[str] = "Simulated appliance"
    RATED_WATTS: ClassVar[float] = 100.0
    NARROWED: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """What this unit narrows of its kind: JSON pointer of a schema in the profile -> the terms it states itself."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.settings: dict[str, Any] = dict(self.SETTINGS)
        self.happenings: list[Event | Trouble] = []
        self.disabled: Collection[str] = ()
        self.volts = NOMINAL_VOLTS
        self.powered = True
        self._supply = "normal"
        self.watts = 0.0
        self.energy = round(random.uniform(5, 400), 3)
        self.hours = round(random.uniform(20, 3000), 1)
        self.time_of_day = 12 * 3600.0
        self.identify_left = 0.0
        self.remote_enabled = True
        self.loads: list[Callable[[], float]] = []
        self.exercised: list[str] = []
        self.papers = Papers(self.PRODUCT, self.KIND, random)

    def furnish(self, surface: Surface) -> None:
        """Learn, before anything else, what this unit shows of its profile."""

    def begin_as_set(self) -> None:
        """Stand, before its first moment, as its settings say; what moves by itself has nothing to do."""

    def build_as(self, name: str, value: Any) -> None:
        """Be ordered with a value that fits one of `MADE`, before anything else."""

    def unknown(self) -> Collection[str]:
        """Return the properties it has no value for; they are left out of what is told."""
        return ()

    def step(self, seconds: float) -> None:
        """Let physical time pass, at most `STEP` seconds at a time."""
        self.identify_left = max(0.0, self.identify_left - seconds)
        self.time_of_day = (self.time_of_day + seconds) % 86400
        self._watch_supply()
        self.run(seconds)
        if not self.powered:
            self.watts = 0.0
        self.energy += self.watts * seconds / 3.6e6
        self.hours += seconds / 3600 if self.working() else 0.0

    def _watch_supply(self) -> None:
        """Raise and clear the two supply faults as the voltage goes."""
        if not self.powered or self._supply == (now := self.supply()):
            return
        for state, code in (("sag", "MAINS.UNDERVOLTAGE"), ("swell", "MAINS.OVERVOLTAGE")):
            if state in (now, self._supply):
                self.trouble(code, on=state == now, freeze={"voltage": round(self.volts, 1)})
        self._supply = now

    def run(self, seconds: float) -> None:
        """Physics of the kind; leaves the present draw in `watts`."""

    def working(self) -> bool:
        """Whether the hour meter counts."""
        return self.powered and bool(self.settings.get("power", True))

    def readings(self) -> dict[str, Any]:
        """Return what the appliance can tell beyond its settings, unrounded; names the profile does not have are ignored."""
        return {
            "powerDraw": self.watts,
            "energyTotal": self.energy,
            "voltage": self.volts,
            "current": self.watts / self.volts if self.powered and self.volts else 0.0,
            "mains": self.supply(),
            "operatingHours": self.hours,
            "remoteEnabled": self.remote_enabled,
        }

    def supply(self) -> str:
        """Name the state of the mains."""
        if not self.powered or self.volts < BROWN_OUT:
            return "interrupted"
        if self.volts < SAG:
            return "sag"
        return "swell" if self.volts > SWELL else "normal"

    def runs_at(self, volts: float) -> bool:
        """Whether its electronics run while the mains bring `volts`; a kind with a battery runs without."""
        return volts >= BROWN_OUT

    def outlet(self) -> float:
        """Return the volts it passes on to what is plugged into it, or is a part of it."""
        return self.volts if self.powered else 0.0

    def changed(self, names: Collection[str]) -> None:
        """React to settings that were just written."""

    def veto(self, changes: Mapping[str, Any]) -> None:
        """Raise Refusal when the appliance cannot take these settings now, for a reason the profile does not know."""

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Start an action: return a Procedure when it takes time, else the output. Kinds handle their own, then ask here."""
        if action == "identify":
            self.identify_left = float((input or {}).get("seconds", 10)) if isinstance(input, Mapping) else float(input or 10)
            return None
        raise Refusal("device-error", f"this unit was built without {action}")

    def checks(self) -> list[Check]:
        """Return the self-diagnosis of the kind, every line true to the physical state."""
        return [Check("supply-voltage", passed=SAG <= self.volts <= SWELL, suspects=("MAINS.UNDERVOLTAGE", "MAINS.OVERVOLTAGE"))]

    def waits(self) -> dict[str, float | None]:
        """Return the properties that wait, with the physical seconds left (None = nobody knows)."""
        return {}

    def repaired(self, code: str) -> None:
        """React to a fault that service cleared."""

    def qualities(self) -> dict[str, str]:
        """Return the properties whose value is not good."""
        return {}

    def touch(self, name: str, value: Any) -> None:
        """Do what a person on site does beyond pressing buttons: one of `hands()`, with a value that fits."""
        if name == "remoteEnabled":
            self.remote_enabled = value

    @classmethod
    def hands(cls) -> Mapping[str, Mapping[str, Any]]:
        """Return what hands can do, each with the schema of its value."""
        return {"remoteEnabled": {"type": "boolean"}, **cls.HANDS}

    def dark(self) -> None:
        """Lose the mains, and with it what lives in RAM."""

    def lit(self, outage: float) -> None:
        """Start after `outage` seconds without mains as `powerOnState` says; a kind without it starts as it was."""
        del outage
        wish = self.settings.get("powerOnState", "last")
        if "power" in self.settings and wish in ("on", "off"):
            self.settings["power"] = wish == "on"

    def kept(self) -> dict[str, Any]:
        """Return what outlives the program beside settings and meters, as JSON; empty where there is nothing."""
        return {}

    def recalled(self, kept: Mapping[str, Any]) -> None:
        """Take back what `kept` returned before."""

    def truth(self) -> dict[str, Any]:
        """Return the physical truth, unrounded."""
        return {
            "powered": self.powered,
            "volts": self.volts if self.powered else 0.0,
            "watts": self.watts,
            "energy": self.energy,
            "identifying": self.identify_left > 0,
            "canaries": [self.papers.serial],
            "exercised": self.exercised,
        }

    def wear(self, part: Consumable, seconds: float) -> None:
        """Use a consumable for some time and say when it runs low or out."""
        self.use(part, seconds / 3600)

    def use(self, part: Consumable, amount: float) -> None:
        """Use some of a consumable, in the measure of its life, and say when it runs low or out."""
        if (event := part.wear(amount)) == "consumableLow":
            self.happen(event, id=part.identifier, remaining=part.remaining)
        elif event is not None:
            self.happen(event, id=part.identifier)
            self.trouble(part.fault, freeze={"id": part.identifier})

    def renew(self, part: Consumable, input: Any) -> None:
        """Carry out `resetConsumable` for the only consumable there is."""
        if (input or {}).get("id") != part.identifier:
            raise Refusal("unknown", f"the only consumable is {part.identifier!r}")
        self.renew_one((part,), input)

    def renew_one(self, parts: Collection[Consumable], input: Any) -> None:
        """Carry out `resetConsumable` for one of several consumables; a fault they share goes with the last part that has it."""
        part = next((part for part in parts if part.identifier == (input or {}).get("id")), None)
        if part is None:
            raise Refusal("unknown", f"the consumables are {', '.join(each.identifier for each in parts)}")
        was_spent = part.told == "consumableSpent"
        part.reset()
        if was_spent and not any(each.told == "consumableSpent" and each.fault == part.fault for each in parts):
            self.trouble(part.fault, on=False)

    def happen(self, name: str, /, **data: Any) -> None:
        """Note an event."""
        self.happenings.append(Event(name, data))

    def trouble(self, code: str, *, on: bool = True, freeze: Mapping[str, Any] | None = None) -> None:
        """Note a fault that came or went."""
        self.happenings.append(Trouble(code, on, freeze or {}))
