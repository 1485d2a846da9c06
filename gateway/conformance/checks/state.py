"""S1 to S7: what a device shows of its state is one state, wherever and whenever it is read."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from itertools import pairwise
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.constraint_verdict import change_objections, meets, state_objections
from gateway.conformance.deeds import asked, lives_on, missing, moment, older, same
from gateway.conformance.failure import Failure, NotAsked, Silence, Untried
from gateway.conformance.line import Heard, Hearing, Line, Refused, Request, State, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.machine import Machine, Moment, Walk
from gateway.conformance.provoked import provocations
from gateway.conformance.schema_verdict import reported
from gateway.conformance.thing import Thing

PATIENCE: Final = 3.0
"""Seconds that two ways to one state may be apart while a machine has other work."""
FRESH: Final = 1.0
"""Seconds within which a late subscriber has everything (S5)."""
TRIES: Final = 3
LOOSE: Final = 1.5
"""Seconds by which the stamps of two changes may be off."""
WALKS: Final = 12
DARK: Final = 0.3
"""Seconds without power."""
BOTH: Final = frozenset(Transport)


def shows_something(thing: Thing) -> str:
    """Return why a check about shown values is not about a thing, "" where it is."""
    return "" if thing.public else "it describes no property that is public"


def can_be_set(thing: Thing) -> str:
    """Return why a check about writes is not about a thing, "" where it is."""
    return "" if thing.writable else "it has no property that a user may write"


def public(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state without its `$`."""
    return {name: value for name, value in state.items() if name != "$"}


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
        steady = {name: float("inf") if now is None or then is None else now - then + LOOSE for name, then in _by_rule(thing, since)}
        for objection in change_objections(thing.td, before, after, steady):
            raise Failure(f"a change that keeps {objection.rule}", came={"before": public(before), "after": public(after)})


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


# S4


@check("S4", "grows", each=True, applies=shows_something, seconds=2)
async def seq_grows(bench: Bench) -> None:
    """`seq` grows with every change within a boot."""

    async def grown(walk: Walk) -> None:
        _judge_order(walk.ears[bench.line.transport])

    await Machine(bench=bench, at_last=grown, heard=("s", "e")).run(WALKS)


def _judge_order(hearing: Hearing) -> None:
    last: State | None = None
    for heard in hearing.of("s"):
        state = heard.value
        head = state.get("$") if isinstance(state, dict) else None
        if not isinstance(head, dict):
            raise Failure("a state has `$` with boot and seq", came=state)
        if last is not None and head["boot"] == last["$"]["boot"]:
            if head["seq"] < last["$"]["seq"]:
                raise Failure("`seq` never goes back within a boot", came=[last["$"], head])
            if head["seq"] == last["$"]["seq"] and not same(public(state), public(last)):
                raise Failure("`seq` grows with every change", came=[last, state])
        last = state


@check("S4", "boots", hands=("power",), applies=shows_something, seconds=3)
async def boot_changes(bench: Bench) -> None:
    """`boot` changes when it starts again."""
    before: Mapping[str, Any] = (await bench.line.state())["$"]
    await bench.hands.do("power", state="off")
    try:
        await asyncio.sleep(DARK)
        if await lives_on(bench.line, bench.thing.public[0]):
            raise NotAsked("it goes on without mains, on a battery: nobody here can make it start again")
    finally:
        await bench.hands.do("power", state="on")
    after = await _restarted(bench, before)
    if after["boot"] == before["boot"] and (stands_alone(bench.thing) or after["seq"] <= before["seq"]):
        raise Failure("`boot` is another one after a restart", sent={"power": ["off", "on"]}, came=[before, after])


async def _restarted(bench: Bench, before: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `$` of the first state it shows after it was switched on again, and after it has said so where it still says the old one."""
    due, head = time.monotonic() + 20.0, dict(before)
    async with bench.line.hearing("s") as hearing:
        while time.monotonic() < due:
            try:
                head = dict((await bench.line.state())["$"])
            except (Failure, Untried):
                await asyncio.sleep(0.2)
                continue
            if (head["boot"], head["seq"]) != (before["boot"], before["seq"]) or any(not heard.retained for heard in hearing.of("s")):
                return head
            await asyncio.sleep(0.1)
    return head


def stands_alone(thing: Thing) -> bool:
    """Return whether it speaks the profile itself, where another speaks for it behind a gateway."""
    return thing.mqtt[1].endswith("/self") or thing.coap.endswith("/d/self")


# S5


@check("S5", on=Transport.MQTT, applies=shows_something, seconds=0.3)
async def a_late_subscriber_gets_everything(bench: Bench) -> None:
    """A new subscriber has the whole state from retained messages within a second."""
    lacking: list[str] = []
    for _ in range(TRIES):
        async with bench.lines[Transport.MQTT].another() as line, line.hearing("td", "avail", "s", "p") as hearing:
            with suppress(Silence):
                await hearing.until(lambda _, hearing=hearing: not _lacking(hearing), FRESH, "everything")  # type: ignore[misc]
            if not (lacking := _lacking(hearing)):
                return
    raise Failure(f"everything retained is there within {FRESH:g} s of subscribing", came={"missing": lacking})


def _lacking(hearing: Hearing) -> list[str]:
    """Return what a newcomer still lacks."""
    came = {(heard.what, heard.name): heard for heard in hearing.items if heard.retained and heard.payload}
    state = came.get(("s", ""))
    names = public(state.value) if state is not None and isinstance(state.value, dict) else {}
    wanted = [("td", ""), ("avail", ""), ("s", ""), *(("p", name) for name in names)]
    return ["/".join(filter(None, each)) for each in wanted if each not in came]


# S6


@check("S6", on=BOTH, applies=can_be_set, seconds=1)
async def one_change_has_one_number(bench: Bench) -> None:
    """A change bears the same `seq` over MQTT and CoAP."""
    async with AsyncExitStack() as stack:
        ears = {transport: await stack.enter_async_context(line.hearing("s")) for transport, line in bench.lines.items()}

        async def alike(_: Walk, moment: Moment) -> None:
            await _meet(ears, moment)

        await Machine(bench=bench, holds=alike, heard=()).run(WALKS)
    for transport, ear in ears.items():
        if ear.lost:
            raise Failure(f"what is observed over {transport} is told as long as somebody observes", came=ear.lost)


async def _meet(ears: Mapping[Transport, Hearing], moment: Moment) -> None:
    """Raise Failure unless both come to say the same last number, with the same state under every number both have said."""
    due = time.monotonic() + PATIENCE
    while True:
        said = {transport: _numbered(ear.of("s")) for transport, ear in ears.items()}
        newest = {transport: max(states, default=None) for transport, states in said.items()}
        if len(set(newest.values())) == 1:
            break
        if time.monotonic() > due:
            raise Failure("both transports come to tell the same last `seq`", sent=dict(moment.step), came=newest)
        await asyncio.sleep(0.01)
    one, other = said.values()
    for number in one.keys() & other.keys():
        if others := missing(public(one[number]), public(other[number])):
            raise Failure("what both transports tell under one `seq` is one state", came={"seq": number, "differs": others})


def _numbered(heard: list[Heard]) -> dict[tuple[int, int], State]:
    return {(each.value["$"]["boot"], each.value["$"]["seq"]): each.value for each in heard if isinstance(each.value, dict)}


# S7


@check("S7", each=True, applies=can_be_set, seconds=1)
async def what_is_read_after_a_write_is_not_older(bench: Bench) -> None:
    """What is read after a completed write, over any transport, is not older than the write."""

    async def fresh(_: Walk, moment: Moment) -> None:
        if moment.answer is None or moment.answer.state != "completed" or "write" not in moment.step:
            return
        for line in bench.lines.values():
            await _judge_fresh(bench, line, moment.step, moment.answer.last)

    await Machine(bench=bench, holds=fresh, heard=()).run(WALKS)
    await _written_and_read(bench)


async def _written_and_read(bench: Bench) -> None:
    """Read before and right behind some writes: what a cache keeps is kept from the first reading on."""
    for name in bench.thing.writable[:4]:
        for value in _two_values(bench.thing, name):
            before = [await line.state() for line in bench.lines.values()]
            answer = await asked(bench, Request(operation="writeproperty", name=name, input=value))
            if answer.state == "completed" and missing(before[0], {name: value}):
                for line in bench.lines.values():
                    await _judge_fresh(bench, line, {"write": name, "value": value}, answer.last)


def _two_values(thing: Thing, name: str) -> list[Any]:
    """Return two different values of a property whose values are plain to name."""
    body = thing.properties[name]
    if "enum" in body:
        return list(body["enum"][:2])
    if body.get("type") == "boolean":
        return [True, False]
    return [body["minimum"], body["maximum"]] if {"minimum", "maximum"} <= body.keys() else []


async def _judge_fresh(bench: Bench, line: Line, step: Mapping[str, Any], ack: Mapping[str, Any]) -> None:
    """Raise Failure when a reading that begins now is older than the ack, or does not show what was written."""
    state = await asked_state(line)
    if older(state, ack):
        came = {"ack": ack, "$": state["$"]}
        raise Failure(f"what is read over {line.transport} is not older than the write", sent=dict(step), came=came)
    name = step["write"]
    if name not in state or bench.thing.properties[name].get("writeOnly"):
        return
    at_one = state["$"]["seq"] == ack.get("seq")
    if not same(state[name], step["value"]) and (at_one or ack.get("seq") is None):
        raise Failure(f"what is read over {line.transport} shows what was written", sent=dict(step), came={name: state[name]})


async def asked_state(line: Line) -> State:
    """Read the state anew: over MQTT by asking the device, for what the broker keeps may still be on its way."""
    if line.transport is Transport.COAP:
        return await line.state()
    answer = await line.ask(Request(operation="readallproperties"))
    out = answer.last.get("out")
    if not isinstance(out, dict) or not isinstance(out.get("$"), dict):
        raise Silence("`readallproperties` is answered with the state", came=answer.last)
    return dict(out)
