"""S4 to S7: states in their order: the newer has the greater number, a latecomer has all of it, what is read is not older than a deed."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.state import asked_state, can_be_set, public, shows_something
from gateway.conformance.deeds import asked, lives_on, missing, older, same
from gateway.conformance.failure import Failure, NotAsked, Silence, Untried
from gateway.conformance.line import Heard, Hearing, Line, Request, State, Transport
from gateway.conformance.machine import Machine, Moment, Walk
from gateway.conformance.thing import Thing

PATIENCE: Final = 3.0
"""Seconds that two ways to one state may be apart while a machine has other work."""
FRESH: Final = 1.0
"""Seconds within which a late subscriber has everything (S5)."""
TRIES: Final = 3
WALKS: Final = 12
DARK: Final = 0.3
"""Seconds without power."""
BOTH: Final = frozenset(Transport)


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
