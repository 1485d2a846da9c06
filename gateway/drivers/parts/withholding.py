"""What the profile lets one set and an appliance on its wire does not: said in its description, before anybody asks for it.

Nothing is declared for it. The driver's own way of putting a setting into words is tried, without anything being sent, with values the
profile allows; where it refuses each of them as read-only, the property is described so, with the refusal as the reason. An atomic action
leaves out the members it cannot take with it, and keeps what is set by it alone.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.drivers.parts.evidence import Describe
from gateway.drivers.parts.sheet import Sheet
from gateway.errors import CommandError, ReadOnly
from gateway.profile.affordance import Action
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.profile.narrowing import LONGEST_REASON, READ_ONLY, REASON
from gateway.thing.description import Description
from gateway.thing.value import Value

Words = Callable[[Mapping[str, Value]], object]
"""Put a setting into words, sending nothing; raise ReadOnly for what this wire cannot say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Members of an action's input: those set `like` their properties, and those the action has words of its `own` for."""

    like: Collection[str] = ()
    own: Collection[str] = ()


Takes = Callable[[str], Taken | None]
"""From an action to what it takes; None for one of which nothing is known."""


def withheld(name: str, reason: str) -> ReadOnly:
    """Return the refusal to set what this wire cannot say."""
    return ReadOnly(f"{name} cannot be set here: {reason}", property=name)


def together(sheet: Sheet) -> Takes:
    """Return what the actions take that do no more than set several properties at once."""
    return lambda action: Taken(like=sheet.actions[action]) if action in sheet.actions else None


def honest(describe: Describe, library: Library, words: Words, takes: Takes) -> Describe:
    """Return `describe` with what this wire has no words for as read-only; tried anew only when something new is known of the device."""
    known: list[tuple[Description, int, Description]] = []

    def described(shown: Collection[str]) -> Description:
        plain = describe(shown)
        if known and known[0][:2] == (plain, len(shown)):
            return known[0][2]
        whole = _withholding(plain, library.model(plain.kind, plain.major).instance(plain), words, takes)
        known[:] = [(plain, len(shown), whole)]
        return whole

    return described


def _withholding(plain: Description, instance: Instance, words: Words, takes: Takes) -> Description:
    refused = {name: reason for name in instance.properties if (reason := _refusal(name, instance, words)) is not None}
    narrowing = {name: dict(terms) for name, terms in plain.narrowing.items()}
    for name, reason in refused.items():
        narrowing[name] = narrowing.get(name, {}) | {READ_ONLY: True} | ({REASON: reason} if reason else {})
    for action in instance.actions.values():
        for member in _astray(action, refused, takes(action.name)):
            target = f"{action.name}/{member}"
            narrowing[target] = narrowing.get(target, {}) | {READ_ONLY: member not in refused}
    return replace(plain, narrowing=narrowing)


def _refusal(name: str, instance: Instance, words: Words) -> str | None:
    """Return why a property cannot be set, whatever the value; None where it can, or where nobody says it could."""
    known = instance.properties[name]
    if known.read_only or name.startswith("x-"):
        return None
    reason = None
    for value in _tries(known.schema):
        try:
            words({name: value})
        except ReadOnly as refusal:
            reason = refusal.detail.partition(": ")[2][:LONGEST_REASON]  # what is before it the profile says again
        except CommandError:
            return None  # it has words for others
        else:
            return None
    return reason


def _tries(schema: Mapping[str, Any]) -> list[Value]:
    if "enum" in schema:
        return list(schema["enum"])
    by_type: dict[str, list[Value]] = {"boolean": [True, False], "string": [""], "array": [[]], "object": [{}]}
    return by_type.get(schema.get("type", ""), [schema.get("minimum", 0), schema.get("maximum", 0)])


def _astray(action: Action, refused: Collection[str], takes: Taken | None) -> Iterator[str]:
    """Yield the members of an atomic action's input that do not go the way of their property."""
    if not action.atomic or action.input is None or takes is None:
        return
    taken = {*takes.own, *(member for member in takes.like if member not in refused)}
    for member in action.input.get("properties", {}):
        if (member in taken) is (member in refused):
            yield member
