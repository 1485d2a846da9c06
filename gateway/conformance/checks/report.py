"""S8, S9: how often a device tells its values: not too often, not too seldom, not for nothing; what gets old says so."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.state import asked_state, shows_something
from gateway.conformance.deeds import GRACE, moment, movable, older, same
from gateway.conformance.failure import Failure, NotAsked, Silence, Untried
from gateway.conformance.line import Hearing, State
from gateway.conformance.thing import Thing
from gateway.profile.duration import seconds_of

OFTEN: Final = 40
"""Short steps of time in which a value may waver."""
SELDOM: Final = 30
LONG: Final = 12.0
"""Seconds of a long step: more than most least intervals."""
WATCHED: Final = 10.0
"""Seconds a device is watched where nobody can move its clock."""
SPARE: Final = 2
"""Changes more than the least interval allows that the first and the last moment may add."""
LOOKS: Final = 60.0
"""Seconds of the target's time between two looks of its own, at most, when its clock is moved."""
AN_HOUR: Final = 3600.0
HALF_A_DAY: Final = 43200.0
NEWS: Final = 0.02
CALM: Final = 0.3


@dataclass(frozen=True, slots=True)
class Manner:
    """How one property is to be told; seconds, and in its unit. `low`, `high`: the ends of its range."""

    name: str
    least: float
    longest: float
    deadband: float
    low: float
    high: float


def manners(thing: Thing) -> list[Manner]:
    """Return how the public properties are to be told, those that say so."""
    found = []
    for name in thing.public:
        body = thing.properties[name]
        report = body.get("hl:report")
        if isinstance(report, Mapping):
            least, longest = (seconds_of(report.get(term)) for term in ("minInterval", "maxInterval"))
            ends = (float(body.get("minimum", "-inf")), float(body.get("maximum", "inf")))
            found.append(Manner(name, least or 0.0, longest or float("inf"), float(report.get("deadband", 0.0)), *ends))
    return found


def has_manners(thing: Thing) -> str:
    """Return why a check about `hl:report` is not about a thing."""
    return shows_something(thing) or ("" if manners(thing) else "none of its properties says how it is reported")


def _has_an_end(thing: Thing) -> str:
    known = [manner for manner in manners(thing) if manner.longest <= HALF_A_DAY]
    return has_manners(thing) or ("" if known else "none of its properties has a maxInterval of half a day or less")


@dataclass(frozen=True, slots=True)
class Told:
    """One change of a property: `at`, in the target's own time, seconds."""

    at: float
    old: Any
    new: Any


# S9


@check("S9", "pace", each=True, applies=has_manners, seconds=3)
async def values_are_not_told_too_often(bench: Bench) -> None:
    """No value is told more often than its minInterval, and none for a step smaller than its deadband."""
    async with bench.line.hearing("s") as hearing:
        began = moment(await bench.line.state())
        await _time_passes(bench, hearing)
        states = [heard.value for heard in hearing.of("s") if isinstance(heard.value, dict) and "$" in heard.value]
    ended = moment(states[-1]) if states else None
    if began is None or ended is None:
        raise Untried("its states do not say when they moved (`ts`)")
    for manner in manners(bench.thing):
        changes = list(_changes(states, manner.name))
        _judge_pace(manner, changes)
        _judge_steps(manner, changes)


async def _time_passes(bench: Bench, hearing: Hearing) -> None:
    """Let time pass in steps, each of which has been heard of before the next: two changes told as one would look like another."""
    if not movable(bench):
        await asyncio.sleep(min(WATCHED, bench.real))
        return
    for seconds, times in ((1.0, OFTEN), (LONG, SELDOM)):
        for _ in range(times):
            await bench.hands.do("advance", seconds=seconds)
            now = (await asked_state(bench.line))["$"]
            with suppress(Silence):
                await hearing.until(lambda heard, now=now: not older(heard.value, now), GRACE, "the present state")  # type: ignore[misc]


def _changes(states: list[State], name: str) -> Iterator[Told]:
    """Yield the changes of a property within a boot while its quality is good."""
    for before, after in pairwise(states):
        at = moment(after)
        good = not any(name in state["$"].get("q", {}) for state in (before, after))
        known = name in before and name in after and before["$"].get("boot") == after["$"].get("boot")
        if at is not None and good and known and not same(before[name], after[name]):
            yield Told(at, before[name], after[name])


def _judge_pace(manner: Manner, changes: list[Told]) -> None:
    if len(changes) <= SPARE or manner.least <= 0:
        return
    span = changes[-1].at - changes[0].at
    if len(changes) > span / manner.least + SPARE:
        came = {"changes": len(changes), "seconds": round(span, 1), "values": [each.new for each in changes[:8]]}
        raise Failure(f"{manner.name} is told at most every {manner.least:g} s", came=came)


def _judge_steps(manner: Manner, changes: list[Told]) -> None:
    """Raise Failure for steps below the deadband beyond those that may be values told again after maxInterval.

    When a value was last told nobody saw, where that was before the watch or brought nothing new: so one each maxInterval, and one more.
    """
    numbers = [change for change in changes if _is_number(change.new) and _is_number(change.old)]
    small = [
        change
        for change in numbers
        if abs(change.new - change.old) < manner.deadband - 1e-6 and change.new not in (manner.low, manner.high)
    ]
    told_again = 1 + int((_span(changes) + LONG) // max(manner.longest, 1.0)) if changes else 0
    if len(small) > told_again:
        came = [{"from": change.old, "to": change.new} for change in small[:4]]
        raise Failure(f"{manner.name} is not told for less than its deadband of {manner.deadband:g}", came=came)


def _span(changes: list[Told]) -> float:
    return changes[-1].at - changes[0].at


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@check("S9", "longest", each=True, applies=_has_an_end, seconds=2)
async def values_are_told_in_time(bench: Bench) -> None:
    """A value is told again at the latest after its maxInterval, also where it has not moved."""
    _speaks_for_itself(bench)
    for manner in _soonest(bench.thing):
        await _told_within(
            bench, manner, manner.longest + LOOKS, f"{manner.name} is told again within its maxInterval of {manner.longest:g} s"
        )


def _speaks_for_itself(bench: Bench) -> None:
    if not bench.thing.native:
        raise NotAsked("a gateway tells what changed; how old a value is it says by its quality (S8)")


def _soonest(thing: Thing) -> list[Manner]:
    """Return those whose longest interval is short, the one with the shortest where none is."""
    known = sorted((manner for manner in manners(thing) if manner.longest <= HALF_A_DAY), key=lambda manner: manner.longest)
    return [manner for manner in known if manner.longest <= AN_HOUR][:4] or known[:1]


async def _told_within(bench: Bench, manner: Manner, seconds: float, expected: str) -> None:
    """Raise Failure where a property with a value is not told, and not called stale, while so many seconds pass."""
    if manner.name not in await bench.line.state():
        return
    async with bench.line.hearing(f"p/{manner.name}") as hearing:
        since = len(hearing.items)
        await bench.pass_time(seconds)
        for _ in range(int(CALM / NEWS) * 10):
            if _fresh(hearing, since) or await _stale(bench, manner.name):
                return
            await asyncio.sleep(NEWS)
    raise Failure(expected, came={"told": 0, "seconds": seconds})


def _fresh(hearing: Hearing, since: int) -> bool:
    return len(hearing.items) > since


async def _stale(bench: Bench, name: str) -> bool:
    quality = (await bench.line.state())["$"].get("q", {})
    return isinstance(quality, Mapping) and quality.get(name) == "stale"


# S8


@check("S8", "fresh", each=True, applies=_has_an_end, seconds=2)
async def what_is_not_refreshed_is_stale(bench: Bench) -> None:
    """A value is refreshed within twice its maxInterval, or its quality is `stale`."""
    _speaks_for_itself(bench)
    for manner in _soonest(bench.thing)[:2]:
        await _told_within(
            bench,
            manner,
            2 * manner.longest + LOOKS,
            f"{manner.name} is refreshed, or called stale, after twice its maxInterval of {manner.longest:g} s",
        )


@check("S8", "silent", each=True, hands=("network",), applies=_has_an_end, seconds=30)
async def what_falls_silent_is_stale_and_recovers(bench: Bench) -> None:
    """What a device behind a gateway has not told for twice its maxInterval is stale, and good again when it is back."""
    if bench.thing.native:
        raise NotAsked("an appliance that speaks for itself is offline when it is silent, not stale")
    manner = _soonest(bench.thing)[0]
    if 2 * manner.longest + LOOKS > bench.real:
        raise Untried(f"it takes {2 * manner.longest + LOOKS:g} s in real time: allow it with --real-time")
    await bench.hands.do("network", silent=True)
    try:
        await asyncio.sleep(2 * manner.longest)
        await bench.until_true(lambda: _stale(bench, manner.name), LOOKS, f"the quality `stale` of {manner.name}")
    finally:
        await bench.hands.do("network", silent=False)

    async def good() -> bool:
        return not await _stale(bench, manner.name)

    await bench.until_true(good, LOOKS, f"the good quality of {manner.name}")
