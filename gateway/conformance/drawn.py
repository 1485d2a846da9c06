"""What is tried on a device, drawn from its own description: plain JSON steps, so that a capsule can do the smallest ones again.

`{"write": name, "value"}`, `{"several": {...}}`, `{"invoke": name, "in"?}`, `{"read": name}`, `{"pass": seconds}`, `{"touch": {...}}`.
"""

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.schema_verdict import ASKS
from gateway.conformance.thing import Thing
from gateway.profile.duration import seconds_of
from gateway.profile.strategies.values import values

Step = Mapping[str, Any]
Steps = st.SearchStrategy[list[Step]]
FEW: Final = 8
SOON: Final = 5.0
"""Seconds of latency within which a write is a quick one."""
NOT_UNDONE: Final = frozenset({"resetConsumable", "forgetCode", "reboot", "identifyBrand", "learn", "runScene", "printTestPage"})
"""Actions that leave traces no write takes back, or that need somebody beside the appliance: only the checks about them start them."""


def value_of(thing: Thing, name: str) -> st.SearchStrategy[Any]:
    """Return the values one property may be written to."""
    return values(dict(thing.properties[name]))


def quick(thing: Thing) -> tuple[str, ...]:
    """Return what can be written and shows soon, all that can be written where nothing does."""
    soon = tuple(name for name in thing.writable if (seconds_of(thing.properties[name].get("hl:latency")) or 0.0) <= SOON)
    return soon or thing.writable


def writes(thing: Thing, names: tuple[str, ...] = ()) -> st.SearchStrategy[Step]:
    """Return writes of one property (of `names`, of any where none are given); the thing must have one that can be written."""
    return st.sampled_from(names or thing.writable).flatmap(
        lambda name: st.builds(lambda value: {"write": name, "value": value}, value_of(thing, name))
    )


def several(thing: Thing, least: int = 1, names: tuple[str, ...] = ()) -> st.SearchStrategy[Step]:
    """Return writes of several properties at once (of `names`, of any where none are given)."""
    some = st.lists(st.sampled_from(names or thing.writable), min_size=least, max_size=4, unique=True)
    return some.flatmap(lambda chosen: st.fixed_dictionaries({name: value_of(thing, name) for name in chosen})).map(
        lambda together: {"several": together}
    )


def invocable(thing: Thing) -> tuple[str, ...]:
    """Return the actions that may be tried at random."""
    return tuple(name for name in thing.actions if name not in NOT_UNDONE and thing.danger(name) < ASKS)


def invocations(thing: Thing) -> st.SearchStrategy[Step]:
    """Return actions with inputs their schemas allow; what moves motors during a diagnosis is never allowed."""
    return st.sampled_from(invocable(thing)).flatmap(lambda name: inputs(thing, name).map(lambda given: {"invoke": name, **given}))


def inputs(thing: Thing, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return `{"in": value}`, or {} where the action takes none."""
    schema = thing.actions[name].get("input")
    if not isinstance(schema, Mapping) or name == "runDiagnostics":
        return st.just({})
    return values(dict(schema)).map(lambda value: {"in": value})


def steps(thing: Thing, *, hands: bool, most: int = FEW) -> Steps:
    """Return short lives of a device: what clients, people and time do to it, in any order. `hands`: somebody is beside it."""
    return st.lists(st.one_of(_rules(thing, hands=hands)), min_size=1, max_size=most)


def _rules(thing: Thing, *, hands: bool) -> list[st.SearchStrategy[Step]]:
    rules: list[st.SearchStrategy[Step]] = [st.sampled_from(thing.public).map(lambda name: {"read": name})] if thing.public else []
    if thing.writable:
        rules += [writes(thing), writes(thing), several(thing)]
    if invocable(thing):
        rules.append(invocations(thing))
    if hands:
        rules.append(st.sampled_from((1, 30, 600)).map(lambda seconds: {"pass": seconds}))
        rules += [writes(thing).map(lambda step: {"touch": {step["write"]: step["value"]}})] if thing.writable else []
    return rules or [st.just({"pass": 1})]
