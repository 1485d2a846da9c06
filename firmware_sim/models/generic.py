"""The model of a kind nobody has written physics for: made from the flat profile alone, so that a kind is simulated once its file is there.

Settings start at harmless values. What is measured wanders within the usual, or follows its target while the appliance works; words say
what the appliance does; meters, programs, battery, doors and consumables do what their mixins say. Everything else stays as it is until
somebody touches it, and events happen when somebody makes them (`touch`, by the name of the event). It breaks no constraint: what it has
made up gives way.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any, ClassVar, cast

from firmware_sim.constraints import settled
from firmware_sim.models import imagined
from firmware_sim.models.battery_powered import BatteryPowered
from firmware_sim.models.consumable import Consumable
from firmware_sim.models.lawful import lawful
from firmware_sim.models.model import Model
from firmware_sim.models.procedure import Procedure
from firmware_sim.models.program import Programmed, Step
from firmware_sim.models.wander import Wander
from firmware_sim.profile import FlatProfile
from firmware_sim.refusal import Refusal
from firmware_sim.reported import duration
from firmware_sim.surface import Surface

MIXINS = frozenset(
    {"powerDraw", "energyTotal", "voltage", "current", "mains", "operatingHours", "remoteEnabled", "battery", "charging", "consumables"}
) | {"cycleState", "phase", "progress", "remaining", "faults", "safeUse", "energyLabel", "identity", "life", "claims"}
"""Properties the base of all models tells about, or their papers."""
OWN_EVENTS = frozenset({"faultRaised", "faultCleared", "commandAck", "powerRestored", "cycleDone", "consumableLow", "consumableSpent"})
OUT_OF_PROGRAM = ("idle", "done", "delayed", "paused", "error")
DEEDS: Mapping[str, tuple[str, bool]] = {"lock": ("locked", True), "unlock": ("locked", False)}
STANDBY_WATTS, LONGEST_ACTION = 1.0, 600.0


class Generic(BatteryPowered, Programmed):
    """An appliance that does what its profile says and no more."""

    STEP = 5.0
    MOST_WATTS: ClassVar[float] = 2000.0

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.draw = self.MOST_WATTS * random.uniform(0.03, 0.15)
        self.minutes = random.randint(30, 90)
        self.fixed: dict[str, Any] = {}
        self.words: dict[str, Mapping[str, Any]] = {}
        self.wandering: dict[str, Wander] = {}
        self.counters: dict[str, float] = {}
        self.doors: list[dict[str, Any]] = []
        self.part: Consumable | None = None
        self._surface: Surface | None = None
        self._silent: frozenset[str] = frozenset()

    @property
    def surface(self) -> Surface:
        """What this unit shows."""
        if self._surface is None:
            raise RuntimeError("a generic model is furnished before it does anything")
        return self._surface

    def furnish(self, surface: Surface) -> None:
        """Make up everything the profile asks for."""
        super().furnish(surface)
        self._surface = surface
        shown = surface.properties
        self.settings |= {name: imagined.setting(name, shown[name]) for name in sorted(surface.writable)}
        told = {name: shown[name] for name in shown if name not in surface.writable and name not in MIXINS}
        meters = {rule["property"] for rule in surface.constraints if rule["type"] == "monotonic"}
        bound = set().union(*map(_bound, surface.constraints))
        for name, schema in told.items():
            if "enum" in schema:
                self.words[name] = schema
            elif schema.get("type") in ("number", "integer") and name in meters:
                self.counters[name] = schema.get("minimum", 0) + self.random.uniform(0, 20)
            elif schema.get("type") in ("number", "integer") and name not in bound:
                self.wandering[name] = Wander(schema, self.random)
            elif name != "doors":
                self.fixed[name] = imagined.reading(schema, self.papers.bought)
        self.doors = [{"id": "door", "open": False}] if "doors" in told else []
        self._silent = frozenset(name for name, value in self.fixed.items() if value is None)
        self.part = self._consumable() if "consumables" in shown else None
        self.settings |= self._lawful(self.settings, surface.writable)

    def _consumable(self) -> Consumable:
        kinds = self.surface.properties["consumables"].get("items", {}).get("properties", {}).get("kind", {}).get("enum", ["part"])
        used, installed = self.random.uniform(0, 600), self.papers.made + timedelta(days=40)
        return Consumable("part", kinds[0], life=2000, used=used, part="HS-G1", installed=installed)

    def _lawful(self, state: Mapping[str, Any], movable: Collection[str]) -> dict[str, Any]:
        return lawful(self.surface.constraints, self.surface.properties, state, movable)

    def unknown(self) -> Collection[str]:
        """Return what nothing could be made up for."""
        return self._silent

    def working(self) -> bool:
        """Whether it does what it is for: it is on, and a program runs where it has programs."""
        on = self.powered and bool(self.settings.get("power", True))
        return on and (self.program.running or "cycleState" not in self.surface.properties)

    def run(self, seconds: float) -> None:
        """Let programs, measured values, meters and parts go on."""
        self.program.step(seconds if self.powered else 0.0)
        working = self.working()
        if self.powered:
            for name, number in self.wandering.items():
                number.step(seconds, self._aim(name) if working else None)
        if working:
            self.counters = {name: count + seconds / 3600 for name, count in self.counters.items()}
            if self.part is not None:
                self.wear(self.part, seconds)
        self.spend((self.draw if working else STANDBY_WATTS) if self.corded else 0.02, seconds)

    def _aim(self, name: str) -> float | None:
        target = imagined.wanted(name, self.surface.writable)
        return None if target is None else float(self.settings[target])

    def plan(self) -> Sequence[Step]:
        """Go through the phases of the kind one after another, each as long as the others."""
        phases = [name for name in self.surface.properties["phase"].get("enum", ["running"]) if name not in OUT_OF_PROGRAM]
        return [Step(name, 60.0 * self.minutes / len(phases)) for name in phases]

    def check_start(self) -> None:
        """Start nothing behind an open door."""
        if any(door["open"] for door in self.doors):
            raise Refusal("state-conflict", "a door is open", property="doors")

    def readings(self) -> dict[str, Any]:
        """Tell what was made up, as far as it breaks no rule."""
        working, schemas = self.working(), self.surface.properties
        told: dict[str, Any] = {**super().readings(), **self.fixed, **self.counters}
        told |= {name: imagined.word(schema, self.settings, working=working) for name, schema in self.words.items() if name not in told}
        told |= {name: _within(schemas[name], number.value) for name, number in self.wandering.items()}
        told |= {"consumables": [self.part.document()]} if self.part is not None else {}
        told |= {"doors": [dict(door) for door in self.doors]} if self.doors else {}
        return told | self._lawful({**self.settings, **told}, {*self.fixed, *self.words})

    def begin(self, action: str, input: Any) -> Procedure | Any:
        """Do it: programs and parts as their mixins say, something long phase by phase, all else at once."""
        if action == "identify" or (action in ("startProgram", "pause", "resume", "stop") and "cycleState" in self.surface.properties):
            return super().begin(action, input)
        if action == "resetConsumable" and self.part is not None:
            self.renew(self.part, input)
            return None
        body = self.surface.action(action)
        if isinstance(input, dict):
            self._set({name: value for name, value in input.items() if name in self.surface.writable})
        if action in DEEDS and DEEDS[action][0] in self.fixed:
            self.fixed[DEEDS[action][0]] = DEEDS[action][1]
        if body.get("synchronous") is not False:
            return imagined.output(body.get("output"), "done", self.papers.bought)
        phases = body.get("hl:phases") or [None]
        seconds = min(LONGEST_ACTION, duration(body.get("hl:maxDuration"), 120.0) / 2) / len(phases)
        return Procedure([(name, seconds) for name in phases], finish=lambda result: self._ended(body, result))

    def _ended(self, body: Mapping[str, Any], result: str) -> Any:
        return imagined.output(body.get("output"), result, self.papers.bought)

    def _set(self, values: Mapping[str, Any]) -> None:
        """Take over members of an input that are settings, with all that the constraints drag along."""
        now = {**self.readings(), **self.settings}
        self.settings |= settled(self.surface.constraints, self.surface.properties, now, values, confirmed=True)

    def touch(self, name: str, value: Any) -> None:
        """Put a value, move a door, let an event happen."""
        if name in self.wandering:
            self.wandering[name].put(float(value))
        elif name in self.counters:
            self.counters[name] = max(self.counters[name], float(value))
        elif name == "doorOpen":
            self._move_doors([door | {"open": value} for door in self.doors])
        elif name == "doors":
            self._move_doors([dict(door) for door in value])
        elif name in self.surface.events:
            self.happen(name, **(value if isinstance(value, dict) else {}))
        elif name in self.fixed or name in self.words:
            self.fixed[name] = value
        else:
            super().touch(name, value)

    def _move_doors(self, doors: list[dict[str, Any]]) -> None:
        self.doors = doors
        if any(door["open"] for door in doors):
            self.program.pause()

    def truth(self) -> dict[str, Any]:
        """Everything it tells, unrounded."""
        return super().truth() | {name: value for name, value in self.readings().items() if name not in MIXINS}


def _bound(rule: Mapping[str, Any]) -> set[str]:
    """Return the properties a constraint compares, which had better not wander."""
    return {rule[key] for key in ("property", "a", "b") if isinstance(rule.get(key), str)} | {
        name for name in rule.get("of", ()) if isinstance(name, str)
    }


def _within(schema: Mapping[str, Any], value: float) -> float:
    return min(max(value, float(schema.get("minimum", value))), float(schema.get("maximum", value)))


@cache
def generic_model(profile: FlatProfile) -> type[Model]:
    """Return the generic model of a kind."""
    most = profile.document.get("properties", {}).get("powerDraw", {}).get("maximum", 2000)
    facts: dict[str, Any] = {
        "KIND": profile.kind,
        "PREFIX": profile.kind[:48],
        "FEATURES": _usual(profile),
        "PRODUCT": f"HS-{profile.kind}"[:48],
        "HANDS": _hands(profile),
        "MOST_WATTS": min(2000.0, float(most)),
    }
    return cast("type[Model]", type("Generic", (Generic,), facts))


def _usual(profile: FlatProfile) -> tuple[str, ...]:
    """Return as many features as go together, in the order of the profile."""
    chosen: list[str] = []
    for name, feature in profile.features.items():
        clash = {other for other in profile.features if name in profile.features[other].get("excludes", ())}
        if not (clash | set(feature.get("excludes", ()))) & set(chosen):
            chosen.append(name)
    while missing := [name for name in chosen if set(profile.features[name].get("requires", ())) - set(chosen)]:
        chosen = [name for name in chosen if name not in missing]
    return tuple(chosen)


def _hands(profile: FlatProfile) -> dict[str, Mapping[str, Any]]:
    """Return what can be touched: what is only read and made up, doors, the battery, and every event."""
    properties, events = profile.document.get("properties", {}), profile.document.get("events", {})
    hands = {name: body.get("data", {"type": "object"}) for name, body in events.items() if name not in OWN_EVENTS}
    hands |= {name: body for name, body in properties.items() if body.get("readOnly") and name not in MIXINS}
    hands |= {"doorOpen": {"type": "boolean"}} if "doors" in properties else {}
    return hands | ({"battery": properties["battery"]} if "battery" in properties else {})
