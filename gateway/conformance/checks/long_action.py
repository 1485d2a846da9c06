"""C4, C5: actions that take long tell how far they are, end in time, and can be stopped on the way."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import GRACE, moment, movable
from gateway.conformance.drawn import NOT_UNDONE
from gateway.conformance.failure import Failure, Silence, Untried
from gateway.conformance.line import TERMINAL, Answer, Hearing, Refused, Request, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.schema_verdict import ASKS
from gateway.conformance.thing import Thing
from gateway.profile.duration import seconds_of

MOST: Final = 3
"""Long actions of one device that are tried."""
LONGEST: Final = 900.0
"""Seconds an action may take where it promises nothing."""
PARTS: Final = 60
QUICK: Final = 2.0
"""Seconds within which an action is done before anybody asks how far it is."""
LOOK: Final = 0.05
_WHOLE: Final = 100
_HALTS: Final = (0, 25, 60)
"""Percent at which a run is cancelled."""


def has_long(thing: Thing) -> str:
    """Return why a check about long actions is not about a thing."""
    return "" if long_actions(thing) else "it has no action that takes long and that a user may start without being asked again"


def long_actions(thing: Thing) -> list[str]:
    """Return the actions that take long and need no input, those that leave the least behind first."""
    names = [
        name
        for name, body in thing.actions.items()
        if body.get("synchronous") is False and thing.danger(name) < ASKS and not _needs_input(body) and name not in NOT_UNDONE
    ]
    return sorted(names, key=lambda name: name != "runDiagnostics")[:MOST]


def _needs_input(body: Mapping[str, Any]) -> bool:
    given = body.get("input")
    return isinstance(given, Mapping) and bool(given.get("required"))


class Run:
    """One run of a long action and every stage anybody told of it."""

    def __init__(self, bench: Bench, answer: Answer, hearing: Hearing) -> None:
        self.bench = bench
        self.answer = answer
        self.id = answer.request.id
        self.name = answer.request.name
        self.hearing = hearing
        self._read: list[Mapping[str, Any]] = []

    @property
    def stages(self) -> list[Mapping[str, Any]]:
        """Return the acks so far, in order."""
        heard: list[Mapping[str, Any]] = [
            each.value for each in self.hearing.of("ack") if isinstance(each.value, dict) and each.value.get("id") == self.id
        ]
        return heard if self.bench.line.transport is Transport.MQTT else _merged(heard, self._read)

    @property
    def last(self) -> Mapping[str, Any]:
        """Return the latest stage, {} before the first."""
        return self.stages[-1] if self.stages else {}

    @property
    def over(self) -> bool:
        """Return whether it has ended."""
        return any(stage.get("state") in TERMINAL for stage in self.stages)

    async def look(self) -> None:
        """Read how it stands, where that can be read."""
        await asyncio.sleep(LOOK)
        if isinstance(self.bench.line, CoapLine):
            with suppress(Refused):
                self._read.append(await self.bench.line.run(self.id))

    async def go_on(self, seconds: float) -> None:
        """Let some of its time pass."""
        if movable(self.bench):
            await self.bench.hands.do("advance", seconds=seconds)
        else:
            await asyncio.sleep(min(seconds, 1.0))
        await self.look()


def _merged(heard: list[Mapping[str, Any]], read: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return stages without those that are there twice, by the time they bear."""
    known = {repr(stage): stage for stage in (*heard, *read)}
    return sorted(known.values(), key=lambda stage: (stage.get("state") in TERMINAL, str(stage.get("ts"))))


@asynccontextmanager
async def _begun(bench: Bench, name: str) -> AsyncIterator[Run | None]:
    """Begin an action, and cancel it at the end where it still runs; None where the device does not take it now."""
    async with bench.line.hearing("ack") as hearing:
        answer = await bench.line.begin(Request(operation="invokeaction", name=name))
        if answer.state in TERMINAL - {"completed"}:
            yield None
            return
        run = Run(bench, answer, hearing)
        try:
            await run.look()
            yield run
        finally:
            if not run.over:
                with suppress(Failure):
                    await bench.line.ask(Request(operation="cancelaction", name=run.id))


def promised(thing: Thing, name: str) -> float:
    """Return the seconds within which an action must have ended."""
    return seconds_of(thing.actions[name].get("hl:maxDuration")) or LONGEST


# C4


@check("C4", each=True, applies=has_long, seconds=3)
async def a_long_action_tells_how_far_it_is(bench: Bench) -> None:
    """A long action is accepted, says at least once that it runs, with a percent that never falls, and ends in time."""
    tried = [await _told(bench, name) for name in long_actions(bench.thing)]
    if not any(tried):
        raise Untried("no long action of it could be followed to its end in its present state")


async def _told(bench: Bench, name: str) -> bool:
    limit = promised(bench.thing, name)
    if not movable(bench) and limit > bench.real and name != "runDiagnostics":
        return False
    async with _begun(bench, name) as run:
        if run is None:
            return False
        passed, until = 0.0, time.monotonic() + (bench.real if not movable(bench) else PARTS)
        while not run.over and passed <= limit and time.monotonic() < until:
            await run.go_on(limit / PARTS)
            passed += limit / PARTS
        if not run.over and not movable(bench):
            raise Untried(f"{name} takes longer than the {bench.real:g} s that may be waited (--real-time, or --control)")
        due = time.monotonic() + GRACE
        while not run.over and time.monotonic() < due:
            await run.look()
        if run.last.get("state") == "rejected":
            return False  # taken, and not possible now after all
        _judge_stages(bench.thing, run, limit)
    return True


def _judge_stages(thing: Thing, run: Run, limit: float) -> None:
    """Raise Failure unless the stages are those of a long action."""
    stages, body = run.stages, thing.actions[run.name]
    if not run.over:
        raise Silence(f"a terminal ack within its maxDuration of {limit:g} s", sent=run.name, came=stages)
    ends = [stage for stage in stages if stage.get("state") in TERMINAL]
    running = [stage for stage in stages if stage.get("state") == "running"]
    if len(ends) != 1 or stages[-1].get("state") not in TERMINAL:
        raise Failure("one terminal ack, and nothing after it", sent=run.name, came=stages)
    if not running and _length(run) > QUICK:
        raise Failure("at least one ack that it is running", sent=run.name, came=stages)
    _judge_percent(body, run.name, running)
    _judge_length(run, limit)


def _judge_percent(body: Mapping[str, Any], name: str, running: list[Mapping[str, Any]]) -> None:
    if not running:
        return
    percents = [stage["percent"] for stage in running if "percent" in stage]
    if body.get("hl:progress") == "percent" and not percents:
        raise Failure("its progress is told in percent", sent=name, came=running)
    if any(isinstance(each, bool) or not isinstance(each, int | float) or not 0 <= each <= _WHOLE for each in percents):
        raise Failure("a percent is a number from 0 to 100", sent=name, came=percents)
    if percents != sorted(percents):
        raise Failure("its percent never falls", sent=name, came=percents)
    phases = body.get("hl:phases")
    if isinstance(phases, list) and (odd := [stage["phase"] for stage in running if stage.get("phase", phases[0]) not in phases]):
        raise Failure(f"a phase is one of {', '.join(map(str, phases))}", sent=name, came=odd)


def _judge_length(run: Run, limit: float) -> None:
    if _length(run) > limit + GRACE + limit / PARTS:
        raise Failure(f"it ends within its maxDuration of {limit:g} s", sent=run.name, came=[run.stages[0], run.stages[-1]])


def _length(run: Run) -> float:
    """Return the seconds from the first to the last stage, by the times they bear; 0 where they bear none."""
    first, last = (moment({"$": {"ts": stage.get("ts")}}) for stage in (run.stages[0], run.stages[-1]))
    return 0.0 if first is None or last is None else last - first


# C5


@check("C5", each=True, applies=has_long, seconds=2)
async def a_long_action_can_be_cancelled(bench: Bench) -> None:
    """A long action that is cancelled ends as `cancelled`, or says clearly that it cannot be; the state stays a legal one."""
    tried = [await _cancelled(bench, name, halt) for name in long_actions(bench.thing) for halt in _HALTS]
    if not any(tried):
        raise Untried("no long action of it can be started in its present state")


async def _cancelled(bench: Bench, name: str, halt: int) -> bool:
    """Cancel a run at about this percent; return whether it could be started."""
    limit = promised(bench.thing, name)
    async with _begun(bench, name) as run:
        if run is None:
            return False
        for _ in range(PARTS if movable(bench) else 0):
            if halt == 0 or run.over or run.last.get("percent", 0) >= halt:
                break
            await run.go_on(limit / PARTS / 10)
        if not run.over:
            await _judge_cancel(bench, run)
        await _legal(bench, run)
    return True


async def _judge_cancel(bench: Bench, run: Run) -> None:
    answer = await bench.line.ask(Request(operation="cancelaction", name=run.id))
    if answer.state != "completed":
        await run.look()
        refused = answer.refused == "state-conflict"
        if refused and (run.over or bench.thing.actions[run.name].get("hl:cancellable") is not True):
            return
        raise Failure("it can be cancelled, or says `state-conflict`", sent={"cancel": run.name}, came=answer.last)
    due = time.monotonic() + GRACE
    while not run.over and time.monotonic() < due:
        await run.look()
    ends = [stage for stage in run.stages if stage.get("state") in TERMINAL]
    if [stage.get("state") for stage in ends] != ["cancelled"]:
        raise Failure("a cancelled run ends as `cancelled`", sent={"cancel": run.name}, came=run.stages)


async def _legal(bench: Bench, run: Run) -> None:
    """Raise Failure where what is left behind breaks a schema or a constraint, or a run that has ended goes on."""
    for _ in range(2):
        bench.judge_state(await bench.line.state())
        await run.go_on(1.0)
    if run.over and run.last.get("state") not in TERMINAL:  # one that cannot be cancelled may go on
        raise Failure("nothing is told of a run after its end", sent=run.name, came=run.stages)
