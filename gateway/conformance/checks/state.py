"""S1 to S3: what a device shows of its state is one state wherever it is read, fits its schemas and keeps its constraints."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.constraint_verdict import change_objections, meets, state_objections
from gateway.conformance.deeds import missing, moment, same
from gateway.conformance.failure import Failure, Silence
from gateway.conformance.line import Hearing, Line, Refused, Request, State, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.machine import Machine, Moment, Walk
from gateway.conformance.provoked import provocations
from gateway.conformance.schema_verdict import reported
from gateway.conformance.thing import Thing

PATIENCE: Final = 3.0
"""Seconds that two ways to one state may be apart while a machine has other work."""
TRIES: Final = 3
LOOSE: Final = 1.5
"""Seconds by which the stamps of two changes may be off."""
WALKS: Final = 12


def shows_something(thing: Thing) -> str:
    """Return why a check about shown values is not about a thing, "" where it is."""
    return "" if thing.public else "it describes no property that is public"


def can_be_set(thing: Thing) -> str:
    """Return why a check about writes is not about a thing, "" where it is."""
    return "" if thing.writable else "it has no property that a user may write"


def public(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state without its `$`."""
    return {name: value for name, value in state.items() if name != "$"}


async def asked_state(line: Line) -> State:
    """Read the state anew: over MQTT by asking the device, for what the broker keeps may still be on its way."""
    if line.transport is Transport.COAP:
        return await line.state()
    answer = await line.ask(Request(operation="readallproperties"))
    out = answer.last.get("out")
    if not isinstance(out, dict) or not isinstance(out.get("$"), dict):
        raise Silence("`readallproperties` is answered with the state", came=answer.last)
    return dict(out)


# S1


@check("S1", applies=shows_something, seconds=2)
async def properties_agree_with_the_state(bench: Bench) -> None:
    """After any sequence of writes each property is the same wherever it is read."""
    await Machine(bench=bench, holds=_agree, heard=("s", "p")).run(WALKS)


async def _agree(walk: Walk, moment: Moment) -> None:
    if Transport.MQTT in walk.ears:
        await _topics_agree(walk.ears[Transport.MQTT])
    for line in walk.bench.lines.values():
        if isinstance(line, CoapLine):
            await _resources_agree(walk, line, moment)
    if len(walk.bench.lines) > 1:
        await _lines_agree(list(walk.bench.lines.values()))


async def _topics_agree(hearing: Hearing) -> None:
    """Raise Failure unless `p/` and `s` say the same, soon: the properties come first, the state last."""
    due = time.monotonic() + PATIENCE
    while apart := _apart(hearing):
        if time.monotonic() > due:
            raise Failure("every `p/{name}` is the same member of `s`", came=apart)
        await asyncio.sleep(0.01)


def _apart(hearing: Hearing) -> dict[str, Any]:
    """Return where the newest `s` and the newest `p/` differ, by name."""
    whole = next((heard.value for heard in reversed(hearing.items) if heard.what == "s"), None)
    told = {heard.name: heard for heard in hearing.of("p")}
    alone = {name: heard.value for name, heard in told.items() if heard.payload}
    state = public(whole) if isinstance(whole, dict) else {}
    names = state.keys() | alone.keys()
    return {
        name: {"s": state.get(name), "p": alone.get(name)}
        for name in sorted(names)
        if name not in state or name not in alone or not same(state[name], alone[name])
    }


async def _resources_agree(walk: Walk, line: CoapLine, moment: Moment) -> None:
    """Raise Failure unless GET of a property and of the state say the same at one seq; what moves meanwhile is read again."""
    names = _looked_at(walk, moment)
    for _ in range(TRIES):
        before = await line.state()
        alone = {name: await _read(line, name) for name in names if name in before}
        after = await line.state()
        if before["$"]["seq"] == after["$"]["seq"]:
            if others := missing(after, alone):
                raise Failure("GET of a property is the same member of the state", came={"s": others, "p": alone})
            return


def _looked_at(walk: Walk, moment: Moment) -> list[str]:
    """Return the properties that moved, and some that should not have."""
    moved = [name for name in walk.bench.thing.public if not same(moment.before.get(name), moment.after.get(name))]
    return [*moved[:6], *walk.bench.random.sample(walk.bench.thing.public, min(3, len(walk.bench.thing.public)))]


async def _read(line: Line, name: str) -> Any:
    try:
        return await line.read(name)
    except Refused as refused:
        raise Failure("a property that is in the state can be read by itself", sent=name, came=dict(refused.error)) from refused


async def _lines_agree(lines: list[Line]) -> None:
    """Raise Failure unless all lines come to show one and the same state."""
    due = time.monotonic() + PATIENCE
    while True:
        states = [await line.state() for line in lines]
        if all(state["$"]["seq"] == states[0]["$"]["seq"] for state in states):
            break
        if time.monotonic() > due:
            heads = {line.transport: state["$"] for line, state in zip(lines, states, strict=True)}
            raise Failure("MQTT and CoAP come to show one `seq`", came=heads)
        await asyncio.sleep(0.01)
    for line, state in zip(lines, states, strict=True):
        if others := missing(public(state), public(states[0])):
            raise Failure("MQTT and CoAP show the same at one `seq`", came={lines[0].transport: public(states[0]), line.transport: others})


# S2, S3


@check("S2", applies=shows_something, seconds=2)
async def values_fit_their_schemas(bench: Bench) -> None:
    """Every value that is reported while things happen fits its schema."""
    judged: dict[str, bool] = {}

    async def fit(walk: Walk, moment: Moment) -> None:
        for state in (moment.after, *_heard_states(walk)):
            _judge_values(bench.thing, public(state), judged)
        for ear in walk.ears.values():
            for heard in ear.of("p"):
                if heard.payload:
                    _judge_values(bench.thing, {heard.name: heard.value}, judged)

    _judge_values(bench.thing, public(await bench.line.state()), judged)
    await Machine(bench=bench, holds=fit, heard=("s", "p")).run(WALKS)


def _judge_values(thing: Thing, values: Mapping[str, Any], judged: dict[str, bool]) -> None:
    """Raise Failure for a value that does not fit; what was judged before is remembered."""
    for name, value in values.items():
        key = f"{name}={value!r}"
        if key not in judged:
            for objection in reported(thing.td, {name: value}):
                raise Failure(f"a reported value that keeps {objection.rule} of {name}", came={name: value})
            judged[key] = True


def _heard_states(walk: Walk) -> Iterator[State]:
    """Yield the states that were heard, over every line."""
    for ear in walk.ears.values():
        yield from (heard.value for heard in ear.of("s") if isinstance(heard.value, dict) and isinstance(heard.value.get("$"), dict))


@check("S3", applies=shows_something, seconds=2)
async def states_keep_the_constraints(bench: Bench) -> None:
    """No state that is reported while things happen breaks a constraint."""

    async def kept(_: Walk, moment: Moment) -> None:
        _judge_constraints(bench.thing, moment.after)

    async def all_kept(walk: Walk) -> None:
        for ear in walk.ears.values():
            states = [heard.value for heard in ear.of("s") if isinstance(heard.value, dict) and "$" in heard.value]
            for state in states:
                _judge_constraints(bench.thing, state)
            _judge_changes(bench.thing, states)

    machine = Machine(bench=bench, holds=kept, at_last=all_kept, heard=("s",))
    if (provoking := provocations(bench.thing)) is not None:
        await machine.run(2 * WALKS, provoking)
    await machine.run(WALKS)


def _judge_constraints(thing: Thing, state: State) -> None:
    for objection in state_objections(thing.td, public(state)):
        raise Failure(f"a state that keeps {objection.rule}", came=state)


def _judge_changes(thing: Thing, states: list[State]) -> None:
    """Raise Failure where a change breaks a constraint about time, by the stamps of the states themselves."""
    since: dict[str, float] = {}
    for before, after in pairwise(states):
        if before["$"].get("boot") != after["$"].get("boot"):
            since.clear()
            continue
        _count(thing, before, since)
        now = moment(after)
        steady = {
            name: float("inf") if now is None or then is None or _is_assumed(name, after) else now - then + LOOSE
            for name, then in _by_rule(thing, since)
        }
        for objection in change_objections(thing.td, before, after, steady):
            raise Failure(f"a change that keeps {objection.rule}", came={"before": public(before), "after": public(after)})


def _is_assumed(name: str, state: State) -> bool:
    """Return whether a value is said to be a guess: when the appliance itself came to it, nobody saw."""
    return bool(state["$"].get("q", {}).get(name) == "assumed")


def _by_rule(thing: Thing, since: Mapping[str, float]) -> Iterator[tuple[str, float | None]]:
    """Yield for each property with a rule about time when it came to where the rule starts, None where nobody saw it."""
    for rule in thing.td.get("hl:constraints", ()):
        if rule.get("type") == "minInterval":
            yield rule["property"], since.get(rule["id"])


def _count(thing: Thing, state: State, since: dict[str, float]) -> None:
    """Note since when a property is seen where a rule about time starts; what stood there before anybody looked stays unknown."""
    for rule in thing.td.get("hl:constraints", ()):
        if rule.get("type") != "minInterval":
            continue
        if not meets({rule["property"]: rule["from"]}, state):
            since.pop(rule["id"], None)
            since[f"left {rule['id']}"] = 0.0
        elif rule["id"] not in since and f"left {rule['id']}" in since and (now := moment(state)) is not None:
            since[rule["id"]] = now
