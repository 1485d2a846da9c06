"""How a check of the contract is named, what a driver's test says about itself, and which values are tried."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

import pytest

from gateway.drivers.spi import Driver
from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.thing.value import State, Value
from tests.drivers.contract_bench import Bench, simulated

NEVER = 3
"""The danger of what nobody may do from afar."""
F = TypeVar("F", bound=Callable[..., Any])
MARK = "contract"
NOTED = "contract-note"
"""The name under which a check leaves what it measured in its report, for the grades."""


def check(name: str, *, long: bool = False) -> Callable[[F], F]:
    """Name a check of the contract; `long`: it takes more than a moment."""

    def mark(function: F) -> F:
        marked = getattr(pytest.mark, MARK)(name)(function)
        return pytest.mark.long(marked) if long else marked  # type: ignore[no-any-return]

    return mark


class Terms:
    """What a driver's own test says; a class with these and nothing else is enough for a wire that has a search.

    `lacks`: check to the reason why this wire cannot have it: it is left out and shown in the driver's grade. `untold`: properties that
    no unit on this wire tells, not even as unknown, with the reason. `read_only`: properties the profile lets one write and this wire
    does not. `unrecorded`: why a recording of this unit does not play. `differs`: properties that the wire shows otherwise than the
    appliance has them, with the reason. `settings`: how the appliance is set when it is new. `answers`, `wrong`: the owner's right and
    wrong answers when it is paired. `connections`: as many as a unit allows at the same time, for streams. `judges`: distributions of
    clients we did not write that read and set the same simulator in `tests/interop`. `unchecked`: why a damaged word may be believed, on
    a wire without a checksum of its own; it still must do no harm.
    """

    driver: ClassVar[str | Driver]
    wire: ClassVar[str]
    kind: ClassVar[str]
    facts: ClassVar[Mapping[str, Any]] = {}
    features: ClassVar[Iterable[str] | None] = None
    settings: ClassVar[Mapping[str, Value]] = {}
    answers: ClassVar[Mapping[str, str]] = {}
    wrong: ClassVar[Mapping[str, str]] = {}
    lacks: ClassVar[Mapping[str, str]] = {}
    unrecorded: ClassVar[str] = ""
    untold: ClassVar[Mapping[str, str]] = {}
    read_only: ClassVar[frozenset[str]] = frozenset()
    differs: ClassVar[Mapping[str, str]] = {}
    unchecked: ClassVar[str] = ""
    connections: ClassVar[int] = 1
    judges: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        async with simulated(
            self.driver,
            self.wire,
            self.kind,
            facts=self.facts,
            answers=self.answers,
            features=self.features,
            settings=self.settings,
            read_only=self.read_only,
        ) as bench:
            yield bench


def samples(schema: Mapping[str, Any]) -> list[Value]:
    """Return what is tried of a property: both booleans, each word, the ends and the middle of a range; nothing of what has no bounds."""
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("type") == "boolean":
        return [True, False]
    if schema.get("type") in {"number", "integer"} and {"minimum", "maximum"} <= schema.keys():
        low, high = schema["minimum"], schema["maximum"]
        step = schema.get("multipleOf", 1)
        middle = low + (high - low) // 2 // step * step
        return list(dict.fromkeys((low, high, middle)))
    return []


def writable(instance: Instance) -> dict[str, list[Value]]:
    """Return the values to try by property, for each that can be written by somebody who is in the room or not."""
    offered = {name: samples(each.schema) for name, each in instance.properties.items() if not each.read_only and each.danger < NEVER}
    return {name: tried for name, tried in offered.items() if tried}


def withheld(instance: Instance) -> frozenset[str]:
    """Return the properties the profile lets one write and the device says it does not."""
    return frozenset(name for name, each in instance.properties.items() if each.withheld)


def way_to(instance: Instance, state: State, name: str, value: Value) -> list[tuple[str, Value]] | None:
    """Return what has to be written first, one after the other, so that the profile lets `name` become `value`; None when nothing helps."""
    if _may(instance, state, name, value):
        return []
    steps = [(other, choice) for other, choices in writable(instance).items() if other != name for choice in choices]
    for first in steps:
        if _may(instance, state, *first) and _may(instance, {**state, first[0]: first[1]}, name, value):
            return [first]
    for first in steps:
        after = {**state, first[0]: first[1]}
        for second in steps if _may(instance, state, *first) else ():
            if _may(instance, after, *second) and _may(instance, {**after, second[0]: second[1]}, name, value):
                return [first, second]
    return None


def _may(instance: Instance, state: State, name: str, value: Value) -> bool:
    try:
        instance.check_write({name: value}, state, confirmed=True)
    except CommandError:
        return False
    return True
