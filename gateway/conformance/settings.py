"""Which writable properties are settings: what stays as it was written until somebody writes it again, whatever happens meanwhile."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.constraint_verdict import write_objections
from gateway.conformance.deeds import same
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.line import Request, State
from gateway.conformance.thing import Thing
from gateway.profile.duration import seconds_of

RUNS_DOWN: Final = frozenset({"s", "min", "h", "d"})
"""Units of what counts down by itself."""
ON_ITS_WAY: Final = 5.0
"""Seconds of latency from which on a property shows where something is, not what it was set to."""
NOT_TOUCHED: Final = frozenset({"power", "powerOnState", "feeds", "feedsKind"})
"""`power` is decided by `powerOnState` after a cut; the others change what the rest means."""


def settings(thing: Thing) -> tuple[str, ...]:
    """Return the names of the settings with at least two values, the simple ones."""
    simple = (name for name in thing.writable if len(values_of(thing.properties[name])) > 1)
    return tuple(name for name in simple if name not in NOT_TOUCHED and _stays(thing, name))


def _stays(thing: Thing, name: str) -> bool:
    body = thing.properties[name]
    return body.get("unit") not in RUNS_DOWN and (seconds_of(body.get("hl:latency")) or 0.0) <= ON_ITS_WAY


def values_of(body: Mapping[str, Any]) -> list[Any]:
    """Return some values a simple property may be written to: its words, its ends and the middle; [] where it is not simple."""
    match body.get("type"):
        case "boolean":
            return [False, True]
        case "string" if isinstance(body.get("enum"), list):
            return list(body["enum"])
        case "integer" | "number" if "minimum" in body and "maximum" in body and "enum" not in body:
            return _steps(body)
    return []


def _steps(body: Mapping[str, Any]) -> list[Any]:
    step = body.get("multipleOf") or (1 if body.get("type") == "integer" else body.get("hl:resolution", 1))
    count = (body["maximum"] - body["minimum"]) // step
    found = [body["minimum"] + step * at for at in (0, count // 3, count // 2, count)]
    return list(dict.fromkeys(round(each, 6) for each in found))


async def another(bench: Bench, name: str, state: State) -> tuple[Any, Mapping[str, Any]] | None:
    """Write another value than the state shows; return it with its ack, None where the device takes none of them now."""
    for value in values_of(bench.thing.properties[name]):
        if same(value, state.get(name)) or next(write_objections(bench.thing.td, state, {name: value}), None) is not None:
            continue
        with suppress(Failure):
            answer = await bench.line.ask(Request(operation="writeproperty", name=name, input=value))
            if answer.state == "completed":
                return value, answer.last
    return None


async def movable(bench: Bench) -> tuple[str, Any, Any]:
    """Return a setting that was written to another value and back, with both values; raise Untried where there is none."""
    state = await bench.line.state()
    for name in (*settings(bench.thing), *(each for each in ("power",) if each in bench.thing.writable)):
        if name in state and (moved := await another(bench, name, state)) is not None:
            with suppress(Failure):
                await bench.write(name, state[name])
                return name, state[name], moved[0]
    raise Untried("no setting can be changed and changed back as things stand")
