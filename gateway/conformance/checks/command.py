"""C1, C2, C6, C7, C8: what becomes of a command: one end, one deed, in its time, on its condition."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.state import can_be_set
from gateway.conformance.deeds import asked, judge_ack, judge_refusal, judge_shown, missing, moment, same, sent, settled
from gateway.conformance.drawn import value_of
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.line import TERMINAL, Answer, Line, Request, State, Transport
from gateway.conformance.machine import Machine, Moment, Walk
from gateway.conformance.setting import Setting, setting

WALKS: Final = 16
TRIES: Final = 5
HOUR: Final = 3600.0
PRECONDITION: Final = (4, 12)
CREATED: Final = (2, 1)
LULL: Final = 0.15
"""Seconds in which a word too many would have come."""


# C1


@check("C1", each=True, applies=can_be_set, seconds=2)
async def a_valid_write_ends_and_is_shown(bench: Bench) -> None:
    """Every valid write ends in exactly one terminal ack, and is shown when it is completed."""
    done: list[bool] = []

    async def ended(walk: Walk, step: Moment) -> None:
        if step.answer is None or step.answer.request.operation == "cancelaction":
            return
        _one_end(walk, step.answer)
        if "write" in step.step or "several" in step.step:
            done.append(await _shown_or_explained(walk, step))

    async def once(walk: Walk) -> None:
        await asyncio.sleep(LULL)
        for step in walk.past:
            if step.answer is not None:
                _one_end(walk, step.answer)

    await Machine(bench=bench, holds=ended, at_last=once, heard=("ack",)).run(WALKS)
    if done and not any(done):
        raise Failure("some valid write is completed", came="every one was refused for a reason the description does not know")


def _one_end(walk: Walk, answer: Answer) -> None:
    """Raise Failure where the acks of a command, as everybody hears them, have more than one end or another one."""
    if walk.line.transport is Transport.MQTT:
        judge_ack(answer.request, answer.last)
    for transport, ear in walk.ears.items():
        stages = [each.value for each in ear.of("ack") if isinstance(each.value, dict) and each.value.get("id") == answer.request.id]
        ends = [stage for stage in stages if stage.get("state") in TERMINAL]
        twice = len(ends) > 1 and (transport is Transport.MQTT or ends[0] != ends[-1])
        if twice or (ends and stages[-1].get("state") not in TERMINAL):
            raise Failure(f"exactly one terminal ack, and nothing after it, over {transport}", sent=sent(answer.request), came=stages)
        if ends and answer.state in TERMINAL and not _same_end(walk.line.transport, answer, ends[0]):
            raise Failure("everybody hears the same end", sent=sent(answer.request), came=[answer.last, ends[0]])


def _same_end(transport: Transport, answer: Answer, told: Mapping[str, Any]) -> bool:
    """Return whether an answer and an ack say the same; over CoAP an error tells why, not whether it had been accepted before."""
    error = told.get("error")
    code = error.get("code") if isinstance(error, Mapping) else ""
    return told.get("state") == answer.state or (transport is Transport.COAP and answer.refused != "" and answer.refused == code)


async def _shown_or_explained(walk: Walk, step: Moment) -> bool:
    """Return whether it was done, or refused for a reason the profile gives; raise Failure for what may not be."""
    answer, after = step.answer, step.after
    if answer is None or answer.state not in TERMINAL:
        return True  # held back, and nobody can move the clock
    if answer.state != "completed":
        explained = judge_refusal(walk.bench, step.before, after, answer)
        return explained or await _not_for_nothing(walk, answer)
    for _ in range(TRIES):
        if judge_shown(walk.bench, step.before, after, answer):
            return True
        answer = await asked(walk.bench, replace(answer.request, id=""), walk.line)  # it moved on meanwhile: once more
        if answer.state != "completed":
            return True
        after = await settled(walk.line, answer.last)
    raise Failure("a completed write is shown in the state", sent=sent(answer.request), came=missing(after, _values(step)))


async def _not_for_nothing(walk: Walk, answer: Answer) -> bool:
    """Raise Failure where one property's valid write runs into its time limit again and again: it can never be done. Return False."""
    request = answer.request
    if answer.refused == "timeout" and request.operation == "writeproperty":
        again = await asked(walk.bench, replace(request, id=""), walk.line)
        if again.refused == "timeout":
            raise Failure("a valid write of one property does not run into its time limit each time", sent=sent(request), came=again.last)
    return False


def _values(step: Moment) -> Mapping[str, Any]:
    return {step.step["write"]: step.step["value"]} if "write" in step.step else step.step["several"]


@check("C1", "bare", on=Transport.MQTT, applies=can_be_set, seconds=1)
async def a_bare_write_is_acknowledged(bench: Bench) -> None:
    """A bare value on the property's own topic is a write too, with its acks on `ack`."""
    found = await setting(bench)
    for value in (found.other, found.one):
        answer = await bench.line.ask(Request(operation="writeproperty", name=found.name, input=value, bare=True), patience=found.patience)
        if answer.state != "completed":
            raise Failure("a bare write that is valid is completed", sent={found.name: value}, came=answer.last)
        if others := missing(await settled(bench.line, answer.last), {found.name: value}):
            raise Failure("a completed write is shown in the state", sent={found.name: value}, came=others)


# C2


@check("C2", each=True, applies=can_be_set, seconds=1)
async def the_same_id_acts_once(bench: Bench) -> None:
    """A command that comes twice with one id acts once, and is answered twice alike."""
    names = st.sampled_from(bench.thing.writable)
    pairs = names.flatmap(lambda name: st.tuples(st.just(name), value_of(bench.thing, name), value_of(bench.thing, name)))
    await bench.for_all(pairs.map(lambda drawn: {"write": drawn[0], "value": drawn[1], "then": drawn[2]}), lambda step: _twice(bench, step))
    found = await setting(bench)
    await _twice(bench, {"write": found.name, "value": found.other, "then": found.one})
    if "identify" in bench.thing.actions:
        await _alike(bench, Request(operation="invokeaction", name="identify", id=_id(bench)))


async def _twice(bench: Bench, step: Mapping[str, Any]) -> None:
    """Write, write something else, and send the first write again: it has no effect any more."""
    request = Request(operation="writeproperty", name=step["write"], input=step["value"], id=_id(bench))
    first = await asked(bench, request)
    between = await asked(bench, replace(request, input=step["then"], id=""))
    before = await settled(bench.line, between.last)
    loop = asyncio.get_running_loop()
    began = loop.time()
    second = await asked(bench, request)
    _judge_alike(first, second)
    await asyncio.sleep(0.02)
    after = await bench.line.state()
    told = between.state == "completed" and same(before.get(step["write"]), step["then"])
    if not told or same(step["value"], step["then"]) or not same(after.get(step["write"]), step["value"]):
        return
    if not await _comes_back_alone(bench, step, loop.time() - began):
        raise Failure("a command that comes again has no effect", sent=dict(step), came={step["write"]: after[step["write"]]})


async def _comes_back_alone(bench: Bench, step: Mapping[str, Any], seconds: float) -> bool:
    """Return whether a property goes back to the first value by itself, as a boost that ends: written anew, and waited as long."""
    for value in (step["value"], step["then"]):
        await asked(bench, Request(operation="writeproperty", name=step["write"], input=value))
    await asyncio.sleep(2 * seconds)
    return same((await bench.line.state()).get(step["write"]), step["value"])


async def _alike(bench: Bench, request: Request) -> None:
    _judge_alike(await asked(bench, request), await asked(bench, request))


def _judge_alike(first: Answer, second: Answer) -> None:
    if first.state not in TERMINAL:
        return
    if first.code == CREATED and second.code != CREATED:  # what was followed is over now, and is said at once
        alike = (second.state, second.refused, second.last.get("out")) == (first.state, first.refused, first.last.get("out"))
    else:
        alike = second.code == first.code and second.last == first.last
    if not alike:
        came = [{"code": each.code, "ack": each.last} for each in (first, second)]
        raise Failure("the same id again gets the same terminal ack", sent=sent(first.request), came=came)


def _id(bench: Bench) -> str:
    return bench.new_id("twice")


# C6


@check("C6", each=True, applies=can_be_set, seconds=2)
async def of_two_writers_one_wins(bench: Bench) -> None:
    """Two clients that write one property leave one of the two values, and whoever lost is told."""
    names = st.sampled_from(bench.thing.writable)
    pairs = names.flatmap(lambda name: st.lists(value_of(bench.thing, name), min_size=2, max_size=2).map(lambda two: (name, two)))
    steps = st.tuples(pairs, st.sampled_from((0.0, 0.02, 0.1))).map(
        lambda drawn: {"write": drawn[0][0], "values": drawn[0][1], "apart": drawn[1]}
    )
    async with bench.line.another() as other:
        await bench.for_all(steps, lambda step: _race(bench, other, step), most=12)
        found = await setting(bench)
        for apart in (0.0, 0.1, 0.4):
            await _race(bench, other, {"write": found.name, "values": [found.other, found.one], "apart": apart})


async def _race(bench: Bench, other: Line, step: Mapping[str, Any]) -> None:
    one, two = (Request(operation="writeproperty", name=step["write"], input=value) for value in step["values"])
    if same(one.input, two.input):
        return
    before = await bench.line.state()

    async def second() -> Answer:
        await asyncio.sleep(step["apart"])
        return await asked(bench, two, other)

    later = asyncio.create_task(second(), name="the second writer")
    try:
        answers = [await asked(bench, one), await later]
    finally:
        later.cancel()
        await asyncio.gather(later, return_exceptions=True)
    await _judge_race(bench, before, step, answers)


async def _judge_race(bench: Bench, before: State, step: Mapping[str, Any], answers: list[Answer]) -> None:
    """Raise Failure unless what is left is what somebody was told, the later of two that were."""
    done = [answer for answer in answers if answer.state == "completed"]
    if not done or any(answer.state not in TERMINAL for answer in answers):
        return  # refused both, or held back: other requirements
    state = before
    for answer in done:
        state = await settled(bench.line, answer.last)
    left = state.get(step["write"])
    winner = next((answer for answer in done if same(answer.request.input, left)), None)
    if winner is None:
        raise Failure("one of the two values is left", sent=dict(step), came={"left": left, "acks": [each.last for each in answers]})
    loser = next((answer for answer in done if answer is not winner), None)
    if loser is not None and _after(loser, winner, step):
        raise Failure("who was told `completed` last has its value left", sent=dict(step), came={"left": left, "loser": loser.last})


def _after(loser: Answer, winner: Answer, step: Mapping[str, Any]) -> bool:
    """Return whether the loser was completed after the winner for certain."""
    lost, won = (answer.last.get("seq") for answer in (loser, winner))
    if isinstance(lost, int) and isinstance(won, int) and lost != won:
        return lost > won
    return bool(step["apart"] >= 0.1) and same(loser.request.input, step["values"][1])  # noqa: PLR2004 - long enough to be sure


# C7


@check("C7", "past", each=True, applies=can_be_set, seconds=0.5)
async def what_comes_too_late_is_not_done(bench: Bench) -> None:
    """A command whose time has passed is answered `expired` and not carried out; one in time is."""
    found = await setting(bench)
    state = await bench.line.state()
    now = [time.time(), moment(state) or time.time()]
    early = Request(operation="writeproperty", name=found.name, input=found.one, expires=_iso(max(now) + HOUR))
    if (answer := await asked(bench, early)).state != "completed":
        raise Failure("a command in time is carried out", sent=sent(early) | {"exp": early.expires}, came=answer.last)
    before = await settled(bench.line, answer.last)
    late = replace(early, input=found.other, expires=_iso(min(now) - HOUR), id="")
    answer = await asked(bench, late)
    if answer.state != "expired" and answer.refused != "expired":
        raise Failure("a command past its time is `expired`", sent=sent(late) | {"exp": late.expires}, came=answer.last)
    await _unmoved(bench, found, before, sent(late) | {"exp": late.expires})


@check("C7", "outage", on=Transport.MQTT, hands=("network",), applies=can_be_set, seconds=5)
async def what_waited_too_long_is_not_done(bench: Bench) -> None:
    """A command that could not be delivered in its time is not carried out when the device is back."""
    found = await setting(bench)
    await asked(bench, Request(operation="writeproperty", name=found.name, input=found.one))
    before = await bench.line.state()
    request = Request(operation="writeproperty", name=found.name, input=found.other, expires=_iso(time.time() + 1.0))
    await bench.hands.do("network", silent=True)
    try:
        with_silence = asyncio.create_task(bench.line.ask(request, patience=2.0), name="into the outage")
        ended = (await asyncio.gather(with_silence, return_exceptions=True))[0]
    finally:
        await bench.hands.do("network", silent=False)
    if isinstance(ended, Answer) and ended.state == "completed":
        raise Untried("the outage did not keep the command away")
    await _answers_again(bench)
    await _unmoved(bench, found, before, sent(request) | {"exp": request.expires})


async def _answers_again(bench: Bench) -> None:
    async def read() -> bool:
        try:
            answer = await bench.line.ask(Request(operation="readallproperties"), patience=1.0)
        except Failure:
            return False
        return answer.state == "completed"

    await bench.until_true(read, 40.0, "an answer after the outage")


async def _unmoved(bench: Bench, found: Setting, before: State, asked_for: Any) -> None:
    """Raise Failure where the setting moved after all, at once or a moment later."""
    for _ in range(3):
        await asyncio.sleep(LULL)
        if not same((await bench.line.state()).get(found.name), before.get(found.name)):
            raise Failure("nothing changes", sent=asked_for, came={found.name: (await bench.line.state()).get(found.name)})


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# C8


@check("C8", each=True, applies=can_be_set, seconds=0.5)
async def a_stale_condition_changes_nothing(bench: Bench) -> None:
    """A write on a state that is not any more is refused as `precondition` (4.12) and changes nothing; on the present one it is done."""
    found = await setting(bench)
    stale = await bench.line.version()
    moved = await asked(bench, Request(operation="writeproperty", name=found.name, input=found.other))
    before = await settled(bench.line, moved.last)
    fresh = await bench.line.version()
    if bench.line.transport is Transport.COAP and (not fresh.etag or fresh.etag == stale.etag):
        raise Failure("the state has another ETag when `seq` is another", came=[stale.etag.hex(), fresh.etag.hex()])
    request = Request(operation="writeproperty", name=found.name, input=found.one, expected=stale)
    answer = await asked(bench, request)
    condition = {"if": {"boot": stale.boot, "seq": stale.seq}}
    if answer.refused != "precondition":
        raise Failure("a write on a stale state is refused with `precondition`", sent=sent(request) | condition, came=answer.last)
    if bench.line.transport is Transport.COAP and answer.code != PRECONDITION:
        raise Failure("the answer on CoAP is 4.12", sent=sent(request) | condition, came=answer.code)
    await _unmoved(bench, found, before, sent(request) | condition)
    await _on_the_present(bench, found)


async def _on_the_present(bench: Bench, found: Setting) -> None:
    """Write on the state as it is; what moves by itself in between is met by trying again."""
    answer = Answer(Request(operation="writeproperty"))
    for _ in range(TRIES):
        present = await bench.line.version()
        answer = await asked(bench, Request(operation="writeproperty", name=found.name, input=found.one, expected=present))
        if answer.state == "completed":
            return
    raise Failure("a write on the present state is carried out", sent=sent(answer.request), came=answer.last)
