"""The hand-written vectors of `profiles/vectors`, and the three that must agree with them: gateway, simulator and judge.

Each reader answers the same four questions, so a vector is one line of data and no code: what is wrong with a reported state, with a write,
with an action, with a change over time. `None`: nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from ruamel.yaml import YAML

from firmware_sim import constraints as simulated
from firmware_sim.profile import load as load_in_simulator
from firmware_sim.refusal import Refusal
from firmware_sim.requests import check_input, check_values
from firmware_sim.schema import problem
from firmware_sim.surface import Surface
from gateway.conformance.constraint_verdict import action_objections, change_objections, state_objections, write_objections
from gateway.conformance.schema_verdict import given, reported, written
from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.profile.library import PROFILES, Library
from gateway.profile.thing_description import thing_description
from gateway.thing.description import Description
from tests.profile.test_thing_description import PlainForms

FOLDER = PROFILES / "vectors"
FILES = sorted(FOLDER.glob("*.yaml"))
LIBRARY = Library()
Vector = Mapping[str, Any]
ASKS = 2
"""The level of `hl:danger` at which the gateway's home asks a person once the profile has nothing against it."""


@dataclass(frozen=True)
class Answer:
    """What a reader says. `rules`: constraint ids, or terms of the schema where the reader names them."""

    code: str | None = None
    rules: frozenset[str] = frozenset()
    property: str | None = None


GOOD = Answer()


class Reader(Protocol):
    """One independent reading of the standard."""

    def state(self, vector: Vector) -> Answer: ...
    def write(self, vector: Vector) -> Answer: ...
    def action(self, vector: Vector) -> Answer: ...


@cache
def document(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return content


def vectors(path: Path, section: str) -> list[Vector]:
    content = document(path)
    devices = content["devices"]
    entries = content.get(section, [])
    return [
        {**entry, "kind": content["kind"], **({"features": devices[entry["device"]]["features"]} if "device" in entry else {})}
        for entry in entries
    ]


@cache
def instance(kind: str, features: tuple[str, ...]) -> Instance:
    return LIBRARY.model(kind).instance(Description(id=f"{kind}-1", kind=kind, features=features))


@cache
def description(kind: str, features: tuple[str, ...]) -> dict[str, Any]:
    return thing_description(instance(kind, features), title="Device", forms=PlainForms())


@cache
def surface(kind: str, features: tuple[str, ...]) -> Surface:
    return Surface(load_in_simulator(kind), features)


def _device(vector: Vector) -> tuple[str, tuple[str, ...]]:
    return vector["kind"], tuple(vector["features"])


class Gateway:
    """The gateway's compiled checker."""

    def state(self, vector: Vector) -> Answer:
        device = instance(*_device(vector))
        wrong = device.faulty(vector["state"])
        if wrong:
            name, error = next(iter(wrong.items()))
            return Answer(error.code, frozenset(), name)
        broken = device.broken(vector["state"])
        return Answer("schema", frozenset(broken)) if broken else GOOD

    def write(self, vector: Vector) -> Answer:
        device = instance(*_device(vector))
        values, confirmed = vector["write"], vector.get("confirmed", False)
        refused = _refused(lambda: device.check_write(values, vector["before"], confirmed=confirmed))
        asks = refused == GOOD and not confirmed and any(device.properties[name].danger >= ASKS for name in values)
        return Answer("needs-confirm") if asks else refused

    def action(self, vector: Vector) -> Answer:
        device = instance(*_device(vector))
        confirmed = vector.get("confirmed", False)
        return _refused(lambda: device.check_input(vector["action"], vector.get("input"), vector["before"], confirmed=confirmed))

    def change(self, vector: Vector) -> Answer:
        skipped = instance(*_device(vector)).skipped(vector["before"], vector["after"], vector["steady"])
        return Answer("schema", frozenset(skipped)) if skipped else GOOD


def _refused(act: Any) -> Answer:
    try:
        act()
    except CommandError as error:
        return Answer(error.code, frozenset({error.constraint} if error.constraint else ()), error.property)
    return GOOD


class Simulator:
    """The simulator's own plain reading."""

    def state(self, vector: Vector) -> Answer:
        shown = surface(*_device(vector))
        for name, value in vector["state"].items():
            if name not in shown.properties:
                return Answer("unknown", frozenset(), name)
            if problem(shown.properties[name], value, strict=False) is not None:
                return Answer("schema", frozenset(), name)
        broken = simulated.broken(shown.constraints, vector["state"])
        return Answer("schema", frozenset(broken)) if broken else GOOD

    def write(self, vector: Vector) -> Answer:
        shown = surface(*_device(vector))
        confirmed = vector.get("confirmed", False)

        def act() -> None:
            check_values(shown, vector["write"], confirmed=confirmed)
            simulated.settled(shown.constraints, shown.properties, vector["before"], vector["write"], confirmed=confirmed)

        return _simulated(act)

    def action(self, vector: Vector) -> Answer:
        shown = surface(*_device(vector))
        confirmed = vector.get("confirmed", False)
        rules = shown.constraints

        def act() -> None:
            body = shown.action(vector["action"])
            check_input(body, vector.get("input"))
            simulated.check_action(rules, vector["action"], vector["before"], confirmed=confirmed)
            if body.get("hl:atomic") and vector.get("input"):
                named = {name: value for name, value in vector["input"].items() if name in shown.properties}
                simulated.settled(rules, shown.properties, vector["before"], named, confirmed=confirmed)

        return _simulated(act)


def _simulated(act: Any) -> Answer:
    try:
        act()
    except Refusal as refusal:
        return Answer(refusal.code, frozenset({refusal.constraint} if refusal.constraint else ()), refusal.property)
    return GOOD


class Judge:
    """The judge's reading of the Thing Description alone; it names every reason it has."""

    def state(self, vector: Vector) -> Answer:
        td = description(*_device(vector))
        return _all([*reported(td, vector["state"])] or [*state_objections(td, vector["state"])])

    def write(self, vector: Vector) -> Answer:
        td = description(*_device(vector))
        values, confirmed = vector["write"], vector.get("confirmed", False)
        return _all([*written(td, values, confirmed=confirmed)] or [*write_objections(td, vector["before"], values, confirmed=confirmed)])

    def action(self, vector: Vector) -> Answer:
        td = description(*_device(vector))
        before, confirmed, action = vector["before"], vector.get("confirmed", False), vector["action"]
        found = [*given(td, action, vector.get("input"))] or [*action_objections(td, action, before, confirmed=confirmed)]
        if not found and td["actions"][action].get("hl:atomic"):
            named = {name: value for name, value in (vector.get("input") or {}).items() if name in td["properties"]}
            found = [*write_objections(td, before, named, confirmed=confirmed)]
        return _all(found)

    def change(self, vector: Vector) -> Answer:
        td = description(*_device(vector))
        return _all([*change_objections(td, vector["before"], vector["after"], vector["steady"])])


def _all(found: list[Any]) -> Answer:
    if not found:
        return GOOD
    return Answer(found[0].code, frozenset(each.rule for each in found), next((each.property for each in found if each.property), None))
