"""C3: several properties at once are one write: all of them or none, for whoever looks."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import asked, missing, objections, pending, same, settled
from gateway.conformance.drawn import inputs, several, value_of
from gateway.conformance.failure import Failure, NotAsked
from gateway.conformance.line import TERMINAL, Answer, Hearing, Request, State
from gateway.conformance.thing import Thing
from gateway.profile.strategies.values import wrong_values

EXAMPLES: Final = 20
NOBODY: Final = "noSuchProperty"
_LONGEST: Final = 4
_MOST: Final = 2
"""Members of which all or none must be seen: with one there is nothing in between."""


def several_can_be_set(thing: Thing) -> str:
    """Return why a check about writes of several properties is not about a thing."""
    return "" if len(thing.writable) >= _MOST else "it has no two properties that a user may write"


@check("C3", each=True, applies=several_can_be_set, seconds=1.5)
async def several_are_written_all_or_none(bench: Bench) -> None:
    """A write of several properties takes effect whole or not at all, and nobody sees a part of it."""
    good = several(bench.thing, least=2)

    async def whole(step: Mapping[str, Any]) -> None:
        if "wrong" not in step:  # a capsule gives its steps to both
            await _whole(bench, step["several"])

    async def none(step: Mapping[str, Any]) -> None:
        if "wrong" in step:
            await _none(bench, step)

    await bench.for_all(good, whole, most=EXAMPLES)
    await bench.for_all(_poisoned(bench.thing), none, most=EXAMPLES)


def _poisoned(thing: Thing) -> st.SearchStrategy[dict[str, Any]]:
    """Return writes of several with one value in them that must be refused, in any place."""
    names = st.lists(st.sampled_from(thing.writable), min_size=2, max_size=_LONGEST, unique=True)

    def mixed(chosen: list[str]) -> st.SearchStrategy[dict[str, Any]]:
        wrong = wrong_values(dict(thing.properties[chosen[0]])).map(lambda each: each.value)
        rest = {name: value_of(thing, name) for name in chosen[1:]}
        if len(chosen) == _LONGEST:  # now and then a name nobody has
            return st.tuples(st.just(True), st.fixed_dictionaries(rest), st.booleans()).map(lambda drawn: _ordered(NOBODY, *drawn))
        return st.tuples(wrong, st.fixed_dictionaries(rest), st.booleans()).map(lambda drawn: _ordered(chosen[0], *drawn))

    return names.flatmap(mixed)


def _ordered(name: str, wrong: Any, rest: Mapping[str, Any], first: bool) -> dict[str, Any]:
    """Return the write with what is wrong at its beginning or at its end."""
    return {"wrong": name, "several": {name: wrong, **rest} if first else {**rest, name: wrong}}


async def _none(bench: Bench, step: Mapping[str, Any]) -> None:
    """Raise Failure unless the write is refused and nothing of it is shown."""
    request = Request(operation="writemultipleproperties", input=step["several"])
    before = await bench.line.state()
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(line.hearing("s")) for line in bench.lines.values()]
        answer = await asked(bench, request)
        if answer.state == "completed":
            raise Failure("a write with something wrong in it is refused whole", sent=dict(step), came=answer.last)
        after = await bench.line.state()
        for state in (after, *_told(ears)):
            if moved := _taken(before, state, step["several"]):
                raise Failure("nothing of a refused write takes effect", sent=dict(step), came=moved)


async def _whole(bench: Bench, values: Mapping[str, Any], request: Request | None = None) -> Answer:
    """Raise Failure where only a part of a write of several is seen, during it or at its end."""
    request = request or Request(operation="writemultipleproperties", input=dict(values))
    before = await bench.line.state()
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(line.hearing("s")) for line in bench.lines.values()]
        answer = await asked(bench, request)
        after = await settled(bench.line, answer.last)
        if answer.state not in TERMINAL:
            return answer
        if answer.state == "completed":
            _all_shown(bench, before, after, values, answer)
        for state in _told(ears):
            _no_part(before, state, values, answer)
    return answer


def _all_shown(bench: Bench, before: State, after: State, values: Mapping[str, Any], answer: Answer) -> None:
    others = missing(after, values)
    moved = answer.last.get("seq") is not None and answer.last["seq"] != after["$"]["seq"]
    if others and not moved and not any(bench.thing.properties[name].get("writeOnly") for name in others):
        raise Failure("all of a completed write is shown", sent=dict(values), came={"before": _of(before, values), "shown": others})


def _no_part(before: State, state: State, values: Mapping[str, Any], answer: Answer) -> None:
    """Raise Failure for a state in which some of what the write moves is there and some is not; what is on its way counts for neither."""
    moving = {name: value for name, value in values.items() if not same(before.get(name), value) and name not in pending(state)}
    there = {name for name, value in moving.items() if same(state.get(name), value)}
    still = {name for name in moving if same(state.get(name), before.get(name))}
    if there and still and there | still == moving.keys():
        came = {"before": _of(before, values), "seen": _of(state, values), "ack": answer.last}
        raise Failure("nobody sees a part of a write of several", sent=dict(values), came=came)


def _taken(before: State, state: State, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a refused write moved to what it asked for."""
    moving = {name: value for name, value in values.items() if name in state and not same(before.get(name), value)}
    return {name: state[name] for name, value in moving.items() if same(state[name], value)}


def _told(ears: list[Hearing]) -> list[State]:
    return [heard.value for ear in ears for heard in ear.of("s") if not heard.retained and isinstance(heard.value, dict)]


def _of(state: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: state.get(name) for name in names}


def _has_atomic(thing: Thing) -> str:
    return "" if _atomic(thing) else "it has no atomic action whose members are settings"


def _atomic(thing: Thing) -> list[str]:
    """Return the atomic actions that only set things; one that starts a program does more."""
    return [
        name
        for name, body in thing.actions.items()
        if body.get("hl:atomic") and name != "startProgram" and set(_members(body)) <= set(thing.writable)
    ]


def _members(body: Mapping[str, Any]) -> Mapping[str, Any]:
    given = body.get("input")
    return dict(given.get("properties", {})) if isinstance(given, Mapping) else {}


def _named(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"invoke": name, **given}


@check("C3", "action", each=True, applies=_has_atomic, seconds=1)
async def an_atomic_action_is_done_whole(bench: Bench) -> None:
    """An atomic action takes effect whole or not at all, and nobody sees a part of it."""
    done: list[bool] = []
    for name in _atomic(bench.thing):

        async def whole(given: Mapping[str, Any], name: str = name) -> None:
            if given["invoke"] != name:
                return
            request = Request(operation="invokeaction", name=name, input=given.get("in"))
            state = await bench.line.state()
            if next(objections(bench.thing, state, request), None) is None:
                done.append((await _whole(bench, given.get("in") or {}, request)).state == "completed")

        await bench.for_all(inputs(bench.thing, name).map(partial(_named, name)), whole, most=EXAMPLES)
    if not any(done):
        raise NotAsked("no atomic action of it can be done in its present state")
