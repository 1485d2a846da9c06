"""A setting that can be moved to and fro: what a check about commands works with, found by trying."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.conformance.bench import Bench
from gateway.conformance.deeds import GRACE, asked, latency, missing, objections, pending, same, settled
from gateway.conformance.failure import Untried
from gateway.conformance.line import Line, Request
from gateway.conformance.thing import Thing


@dataclass(frozen=True, slots=True)
class Setting:
    """`one`: what it is set to now; `other`: another value it takes. `patience`: seconds a write may take."""

    name: str
    one: Any
    other: Any
    patience: float


async def setting(bench: Bench, line: Line | None = None) -> Setting:
    """Return a setting that was moved to another value and back; raise Untried where none can be at present."""
    line = line or bench.line
    for name in _quick_first(bench.thing):
        state = await line.state()
        for value in plain_values(bench.thing, name):
            if name in state and not same(value, state[name]) and await _moves(bench, line, name, value):
                if await _moves(bench, line, name, state[name]):
                    patience = latency(bench.thing, Request(operation="writeproperty", name=name)) + GRACE
                    return Setting(name, state[name], value, patience)
                break
    raise Untried("no setting of it can be moved to and fro in its present state")


def plain_values(thing: Thing, name: str) -> list[Any]:
    """Return different values of a property, where they are plain to name."""
    body = thing.properties[name]
    if "enum" in body:
        return list(body["enum"])
    if body.get("type") == "boolean":
        return [True, False]
    if {"minimum", "maximum"} <= body.keys():
        return [body["minimum"], body["maximum"]]
    return []


def _quick_first(thing: Thing) -> Iterator[str]:
    """Yield what can be written, what shows soonest first, and of that numbers last: they often move by themselves."""
    numbers = {name: thing.properties[name].get("type") in ("number", "integer") for name in thing.writable}
    yield from sorted(
        thing.writable, key=lambda name: (latency(thing, Request(operation="writeproperty", name=name)) > GRACE, numbers[name])
    )


async def _moves(bench: Bench, line: Line, name: str, value: Any) -> bool:
    request = Request(operation="writeproperty", name=name, input=value)
    state = await line.state()
    if next(objections(bench.thing, state, request), None) is not None:
        return False
    answer = await asked(bench, request, line)
    if answer.state != "completed":
        return False
    after = await settled(line, answer.last)
    return not missing(after, {name: value}) and name not in pending(after)
