"""R8: clocks are set, by an hour or by a day, and some years have a 29th of February; nothing that goes on may notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import moment, same, settled
from gateway.conformance.failure import Failure, Silence, Untried
from gateway.conformance.laboratory import other_time
from gateway.conformance.line import Answer, Request, State
from gateway.conformance.settings import movable
from gateway.profile.duration import seconds_of

DAY: Final = 86400.0
LONGEST: Final = 3600.0
"""Seconds: the longest interval of reports that is waited for."""
LEAP: Final = datetime(2028, 2, 28, 23, 59, 40, tzinfo=UTC)
ALLOWED: Final = 900.0
"""Seconds that a long action may last where its description says nothing."""


@check("R8", "jump", hands=("clock", "advance"), seconds=2.0)
async def a_clock_that_is_set_breaks_nothing(bench: Bench) -> None:
    """When its clock is set a day forward or back, writes, long actions and reports go on as before.

    Judged: after each jump a setting is written and shown; what is measured is told again within twice its `maxInterval`; a diagnosis
    that began before the clock was set back ends within its `maxDuration`, counted in time that passes.
    """
    name, first, second = await movable(bench)
    try:
        for seconds, value in ((DAY, second), (-DAY, first)):
            async with _diagnosing(bench) as ending, other_time(bench, seconds):
                await _obeys(bench, name, value, seconds)
                await _ends(bench, ending, seconds)
                await _reports(bench, seconds)
    finally:
        await _renewed(bench, name, second, first)


async def _renewed(bench: Bench, name: str, other: Any, value: Any) -> None:
    """Leave a state that was stamped by the clock as it is now: others go by its `ts`."""
    for each in (other, value):
        with suppress(Failure):
            await bench.write(name, each)


@asynccontextmanager
async def _diagnosing(bench: Bench) -> AsyncIterator["asyncio.Task[Answer] | None"]:
    """Have a diagnosis under way that is allowed nothing; None where there is none to begin. Afterwards nobody follows it any more."""
    if "runDiagnostics" not in bench.thing.actions:
        yield None
        return
    request = Request(operation="invokeaction", name="runDiagnostics", input={"level": "quick"})
    task = asyncio.create_task(bench.line.ask(request, patience=120.0), name="a diagnosis")
    try:
        await asyncio.sleep(0.3)
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # whoever followed it was told


async def _ends(bench: Bench, ending: "asyncio.Task[Answer] | None", jump: float) -> None:
    if ending is None:
        return
    allowed = seconds_of(bench.thing.actions["runDiagnostics"].get("hl:maxDuration")) or ALLOWED
    for _ in range(15):
        await bench.pass_time(allowed / 15)
        await asyncio.wait({ending}, timeout=0.4)
        if ending.done():
            ending.result()
            return
    raise Silence("a diagnosis ends within its maxDuration, whatever its clock is set to", sent={"clock": jump})


async def _obeys(bench: Bench, name: str, value: Any, jump: float) -> None:
    answer = await bench.line.ask(Request(operation="writeproperty", name=name, input=value))
    if answer.state != "completed" or not same((await settled(bench.line, answer.last)).get(name), value):
        raise Failure(f"{name} is written and shown although its clock was set", sent={"clock": jump, name: value}, came=answer.last)


async def _reports(bench: Bench, jump: float) -> None:
    """Wait until something measured is told again, where the device promises that."""
    state = await bench.line.state()
    if (interval := _interval(bench, state)) is None:
        return
    await bench.pass_time(2 * interval)
    before = state["$"]

    async def told() -> bool:
        return bool((await bench.line.state())["$"]["seq"] > before["seq"])

    await bench.until_true(told, 3.0, f"something measured told again within twice its maxInterval, the clock set by {jump:g} s")


def _interval(bench: Bench, state: State) -> float | None:
    """Return the shortest `maxInterval` of a value that is shown."""
    reports = (body.get("hl:report") for name, body in bench.thing.properties.items() if name in state)
    said = (seconds_of(report.get("maxInterval")) for report in reports if isinstance(report, dict))
    return min((each for each in said if each is not None and each <= LONGEST), default=None)


@check("R8", "leap", hands=("clock", "advance"), seconds=1.0)
async def a_leap_day_is_a_day(bench: Bench) -> None:
    """Between the 28th of February and the 1st of March of a leap year lies the 29th, and it works on all three.

    Judged: its clock is set to the last seconds of 2028-02-28 (UTC); a setting is written on each of the three days, is shown, and
    `ts` says the right day.
    """
    name, first, second = await movable(bench)
    now = await _now(bench, name, second, first)
    try:
        async with other_time(bench, LEAP.timestamp() - now):
            for passed, value in ((0.0, second), (60.0, first), (DAY, second)):
                await bench.pass_time(passed)
                await _obeys(bench, name, value, LEAP.timestamp() - now)
                await _dated(bench, passed)
    finally:
        await _renewed(bench, name, second, first)


async def _now(bench: Bench, name: str, other: Any, value: Any) -> float:
    """Return what it takes for the time, by the stamp of a write of this moment."""
    for each in (other, value):
        await bench.write(name, each)
    stamped = moment(await bench.line.state())
    if stamped is None:
        raise Untried("its state bears no `ts` that could be read")
    return stamped


async def _dated(bench: Bench, passed: float) -> None:
    stamped = moment(await bench.line.state())
    if stamped is None:
        raise Failure("`ts` is a date-time", came=(await bench.line.state())["$"])
    expected = LEAP + timedelta(days=(1 if passed else 0) + (1 if passed >= DAY else 0))
    day = datetime.fromtimestamp(stamped, UTC).date()
    if day != expected.date():
        raise Failure(f"`ts` of {expected.date()}", came=(await bench.line.state())["$"])
