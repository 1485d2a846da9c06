"""What is done to a device under judgement, and what may come of it: asked patiently, refused with a reason, shown as it was asked."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.constraint_verdict import action_objections, meets, write_objections
from gateway.conformance.failure import Failure, Silence
from gateway.conformance.line import TERMINAL, Answer, Line, Refused, Request, State
from gateway.conformance.schema_verdict import Objection, given, written
from gateway.conformance.thing import Thing
from gateway.profile.duration import seconds_of

LATENCY: Final = 5.0
"""Seconds until a write shows where the profile promises nothing."""
GRACE: Final = 8.0
"""Seconds beyond the promise that the way there and back may take: the standard's own parties give a write up five after it."""
SOON: Final = 0.2
"""Seconds of real time after which the target's clock is moved on, where there are hands for that."""
LIVES: Final = 1.5
"""Seconds in which whatever still has power would answer."""
HELD: Final = 3600.0
"""Seconds of the target's time that something it holds back is waited for."""
LOOK: Final = 0.05
_PIECE: Final = 5.0
_AS_IT_IS: Final = frozenset({"state-conflict", "device-error", "offline", "timeout", "rate", "superseded"})
"""Refusals for what the profile cannot know: the appliance is the last judge of what it can do now."""


def same(one: Any, other: Any) -> bool:
    """Return whether two values are one and the same: `true` is no number, 24.0 is 24."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def missing(state: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a state shows instead of `values`, by name; None where it shows nothing."""
    return {name: state.get(name) for name, value in values.items() if name not in state or not same(state[name], value)}


def changed(before: Mapping[str, Any], after: Mapping[str, Any], names: Any) -> set[str]:
    """Return which of these are shown otherwise now."""
    return {name for name in names if not same(before.get(name), after.get(name))}


def pending(state: State) -> Mapping[str, Any]:
    """Return what the device holds back or is on its way to."""
    found = state.get("$", {}).get("pending", {})
    return found if isinstance(found, Mapping) else {}


def values_of(request: Request) -> dict[str, Any]:
    """Return the properties a request writes, {} where it is no write."""
    if request.operation == "writeproperty":
        return {request.name: request.input}
    return dict(request.input) if request.operation == "writemultipleproperties" and isinstance(request.input, Mapping) else {}


def objections(thing: Thing, state: State, request: Request) -> Iterator[Objection]:
    """Yield what the profile has against a request in a state: its schema, its danger, its constraints."""
    if values := values_of(request):
        wrong = list(written(thing.td, values))
        yield from wrong
        if not wrong:
            yield from write_objections(thing.td, state, values)
    elif request.operation == "invokeaction":
        yield from given(thing.td, request.name, request.input)
        yield from action_objections(thing.td, request.name, state)
    if state.get("remoteEnabled") is False and not thing.actions.get(request.name, {}).get("safe"):
        yield Objection("state-conflict", "remoteEnabled", "remoteEnabled")


def latency(thing: Thing, request: Request) -> float:
    """Return the seconds within which it is promised to show."""
    names = values_of(request) or ({request.name: None} if request.operation == "invokeaction" else {})
    bodies = [thing.properties.get(name) or thing.actions.get(name) or {} for name in names]
    said = [seconds_of(str(body["hl:latency"])) for body in bodies if "hl:latency" in body]
    return max((each for each in said if each is not None), default=LATENCY)


async def asked(bench: Bench, request: Request, line: Line | None = None) -> Answer:
    """Ask and follow to the terminal ack, moving the target's clock where that helps; raise Silence when none comes in time.

    What the appliance says it holds back is waited for as long as somebody can move its clock; else the answer is returned as it stands.
    """
    line, answer = line or bench.line, Answer(request)
    task = asyncio.create_task(line.ask(request, patience=HELD, answer=answer), name=f"ask {request.operation}")
    try:
        if not await _ended(task, SOON):
            await _followed(bench, line, task, answer)
        if not task.done() and answer.state != "delayed":
            raise Silence(
                f"a terminal ack of {request.operation} {request.name} within its latency", sent=request.input, came=answer.stages
            )
        if task.done():
            task.result()
        return answer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Failure):
            await task


async def _followed(bench: Bench, line: Line, task: "asyncio.Task[Answer]", answer: Answer) -> None:
    """Wait for the promised time, and for what is held back where the clock can be moved."""
    promised = latency(bench.thing, answer.request)
    if not movable(bench):
        await _ended(task, promised + GRACE - SOON)
        return
    await _advanced(bench, task, promised)
    names = values_of(answer.request)
    held = pending(await line.state())
    if not task.done() and (answer.state == "delayed" or any(name in held for name in names)):
        await _advanced(bench, task, HELD)
    await _ended(task, GRACE)


async def _advanced(bench: Bench, task: "asyncio.Task[Answer]", seconds: float) -> None:
    piece = max(_PIECE, seconds / 20)
    while seconds > 0 and not await _ended(task, LOOK):
        await bench.hands.do("advance", seconds=min(piece, seconds))
        seconds -= piece


async def lives_on(line: Line, name: str) -> bool:
    """Return whether a device answers although its mains were cut a moment ago: what has a battery goes on."""
    try:
        async with asyncio.timeout(LIVES):
            await line.read(name)
    except Refused:
        return True
    except (Failure, TimeoutError):
        return False
    return True


async def _ended(task: "asyncio.Task[Answer]", seconds: float) -> bool:
    await asyncio.wait({task}, timeout=max(0.0, seconds))
    return task.done()


def movable(bench: Bench) -> bool:
    """Return whether somebody can move the target's clock."""
    return bench.control is not None and "advance" in bench.control.abilities


async def settled(line: Line, at_least: Mapping[str, Any]) -> State:
    """Return a state that is not older than what an ack says (`boot`, `seq`); raise Failure when it stays older."""
    due = time.monotonic() + GRACE
    while True:
        state = await line.state()
        if not older(state, at_least):
            return state
        if time.monotonic() > due:
            raise Silence("a state that is not older than the ack", sent=dict(at_least), came=state)
        await asyncio.sleep(0.01)


def older(state: State, ack: Mapping[str, Any]) -> bool:
    """Return whether a state is older than what an ack names; one that names nothing has none older."""
    head = state["$"]
    return head["boot"] == ack.get("boot") and isinstance(ack.get("seq"), int) and head["seq"] < ack["seq"]


def moment(state: State) -> float | None:
    """Return when a state says it moved, seconds since the epoch."""
    try:
        return datetime.fromisoformat(str(state["$"].get("ts"))).timestamp()
    except ValueError:
        return None


def judge_refusal(bench: Bench, before: State, after: State, answer: Answer) -> bool:
    """Return whether the profile explains a refusal; raise Failure for one that only a wrong request deserves, and this was none."""
    if any(next(objections(bench.thing, state, answer.request), None) for state in (before, after)):
        return True
    if answer.refused not in _AS_IT_IS and not _is_asked_of_a_person(bench, (before, after), answer):
        raise Failure("a valid request is not refused as if it were none", sent=sent(answer.request), came=answer.last)
    return False


def _is_asked_of_a_person(bench: Bench, states: tuple[State, ...], answer: Answer) -> bool:
    """Return whether a person may be asked here: while a guard of the profile asks one, a home also asks before what would get round it."""
    guards = [rule for rule in bench.thing.td.get("hl:constraints", ()) if rule.get("else") == "needs-confirm"]
    asks = any("unless" in rule and meets(rule["unless"], state) is True for rule in guards for state in states)
    error = answer.last.get("error")
    return asks and answer.refused == "needs-confirm" and isinstance(error, Mapping) and bool(error.get("confirm"))


def judge_shown(bench: Bench, before: State, after: State, answer: Answer) -> bool:
    """Return whether a completed write is shown; raise Failure where it must be and is not, or was forbidden and done all the same."""
    request = answer.request
    values = {name: value for name, value in values_of(request).items() if not bench.thing.properties[name].get("writeOnly")}
    wrong = [next(objections(bench.thing, state, request), None) for state in (before, after)]
    if all(wrong):
        raise Failure(f"the request is refused: {wrong[0].code} by {wrong[0].rule}", sent=sent(request), came=answer.last)  # type: ignore[union-attr]
    others = missing(after, values)
    if not others:
        return True
    at = answer.last.get("seq")
    if at is None or at == after["$"]["seq"]:
        raise Failure("a completed write is shown in the state", sent=sent(request), came={"ack": answer.last, "shown": others})
    return False


def judge_ack(request: Request, ack: Mapping[str, Any]) -> None:
    """Raise Failure when an ack is not shaped as the standard has it."""
    if ack.get("op") != request.operation or ack.get("name", "") != request.name or not isinstance(ack.get("ts"), str):
        raise Failure("an ack names id, op, name, state and ts", sent=sent(request), came=ack)
    if ack.get("state") == "completed" and not all(isinstance(ack.get(name), int) for name in ("seq", "boot")):
        raise Failure("a completed ack names seq and boot of the state that shows it", sent=sent(request), came=ack)
    if ack.get("state") in TERMINAL - {"completed", "cancelled"} and not isinstance(ack.get("error"), Mapping):
        raise Failure(f"an ack that is {ack.get('state')} carries an error object", sent=sent(request), came=ack)


def sent(request: Request) -> dict[str, Any]:
    """Return a request as people read it."""
    return {"op": request.operation, "name": request.name, "in": request.input}
