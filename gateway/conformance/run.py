"""A run of the suite: one check after the other on one target, each with a deadline, and a verdict for each.

A check that raises Failure has found something. A target that dies is found too: once, and the rest is skipped because it is gone. Whatever
else a check raises is a defect of the suite and says so (`errored`): it is never taken for a verdict on the target, in either direction.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from gateway.conformance.bench import EXAMPLES, LONGEST_REAL, Bench
from gateway.conformance.budget import SEARCH, dear, ordered, share
from gateway.conformance.control import Control
from gateway.conformance.ending import End, judged
from gateway.conformance.failure import Gone, Silence
from gateway.conformance.frames import Frames
from gateway.conformance.line import Line, Transport
from gateway.conformance.noline import no_line
from gateway.conformance.pulse import PATIENCE, Pulse
from gateway.conformance.requirement import Requirement, Subject, requirements
from gateway.conformance.restoring import LONGEST, put_back, set_right, settings
from gateway.conformance.selection import Selected
from gateway.conformance.thing import Thing
from gateway.conformance.verdict import Outcome, Standing, Verdict, standings

DEADLINE: Final = 180.0
"""Seconds after which a check is broken off and has failed: a target may not hang the judge."""
SEARCHES: Final = 20.0
"""Seconds in which a check may begin new inputs where there is no budget."""
LEAVES: Final = 5.0
"""Seconds a check that is broken off has to clean up."""
STOPPED: Final = "the run was stopped before it"
Tell = Callable[["Selected | Verdict"], None]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """`lines` are open for as long as this runs. `budget`: seconds for everything, None: as long as it takes. `tell` hears what goes on.

    `stop`: set to end early: the check under way is broken off, the rest is skipped, and what there is is returned.
    """

    thing: Thing
    lines: Mapping[Transport, Line]
    frames: Frames
    seed: int
    control: Control | None = None
    budget: float | None = None
    examples: int = EXAMPLES
    real: float = LONGEST_REAL
    tell: Tell = lambda _: None
    extras: Mapping[str, Any] | None = None
    stop: asyncio.Event | None = None

    async def run(self, selection: Iterable[Selected]) -> list[Verdict]:
        """Run every check of the selection, and put the target back as it was between them."""
        course = await self.begun(selection)
        verdicts: list[Verdict] = []
        while course.rest:
            verdict = await course.next(course.rest[0])
            self.tell(verdict)
            verdicts.append(verdict)
        return verdicts

    async def begun(self, selection: Iterable[Selected]) -> "Course":
        """Return a run that has begun: what the target was set to is known, and whether it answers."""
        rest = list(selection) if self.budget is None else ordered(self.budget, selection)
        due = None if self.budget is None else time.monotonic() + self.budget
        before = await settings(next(iter(self.lines.values()), no_line()), self.thing)
        return Course(self, rest, before, await Pulse.taken(self.lines, self.thing), due)

    async def one(
        self,
        chosen: Selected,
        share: float | None = None,
        steps: list[Any] | None = None,
        *,
        trial: int = 0,
        longest: float | None = None,
    ) -> Verdict:
        """Run one check. `share`: seconds it should take, `longest`: that it may take, where there is a budget.

        `steps`: inputs that its `trial`-th generated trial tries instead of drawn ones.
        """
        if chosen.skip:
            return self._verdict(chosen, End(Outcome.SKIPPED, chosen.skip, asked=chosen.asked), 0.0)
        self.tell(chosen)
        self.frames.clear()
        began = time.monotonic()
        bench = self._bench(chosen.check.name, chosen.transport, began + (SEARCHES if share is None else share * SEARCH), steps)
        bench.trial = trial
        end = await self._tried(chosen, bench, longest)
        if end.outcome is not Outcome.PASSED:
            await set_right(self.control, chosen.check.hands)
        return self._verdict(chosen, end, time.monotonic() - began, bench)

    async def _tried(self, chosen: Selected, bench: Bench, longest: float | None) -> End:
        limit = DEADLINE + (0.0 if self._hastens else 4 * self.real)
        task = await self._ended(chosen.check.run(bench), limit if longest is None else min(limit, longest), chosen.id)
        if task is not None:
            return judged(task, chosen)
        if self.stop is not None and self.stop.is_set():
            return End(Outcome.SKIPPED, "the run was stopped in the middle of it")
        if longest is not None and longest < limit:
            return End(Outcome.SKIPPED, "the budget ended in the middle of it")
        return End(Outcome.FAILED, chosen.because, Silence(f"an end within {limit:g} s"))

    @property
    def _hastens(self) -> bool:
        return self.control is not None and "advance" in self.control.abilities

    async def _ended(self, run: Coroutine[Any, Any, None], limit: float, name: str) -> "asyncio.Task[None] | None":
        """Return the check's task when it came to its end; None when it was broken off, by time or by a stop."""
        task = asyncio.create_task(run, name=f"check {name}")
        stopped = asyncio.create_task((self.stop or asyncio.Event()).wait(), name="stop")
        try:
            await asyncio.wait({task, stopped}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task
            task.cancel()
            await asyncio.wait({task}, timeout=LEAVES)
            return None
        finally:
            stopped.cancel()
            task.cancel()

    def _bench(self, name: str, transport: Transport, until: float, steps: list[Any] | None) -> Bench:
        line = self.lines.get(transport) or no_line(transport, self.thing)
        return Bench(
            thing=self.thing,
            lines=self.lines,
            line=line,
            frames=self.frames,
            seed=Random(f"{self.seed}:{name}:{transport}").getrandbits(32),  # noqa: S311 - no secret
            until=until,
            control=self.control,
            examples=self.examples,
            real=self.real,
            steps=steps,
            extras=dict(self.extras or {}),
        )

    def _verdict(self, chosen: Selected, end: End, seconds: float, bench: Bench | None = None) -> Verdict:
        check, failure = chosen.check, end.failure
        trials = bench.trials if bench is not None else []
        found = failure is not None and bool(trials) and trials[-1].failing is not None
        return Verdict(
            requirement=check.requirement,
            name=check.name,
            title=(check.run.__doc__ or "").strip().partition("\n")[0],
            transport=chosen.transport.value if check.each or check.on else "",
            outcome=end.outcome,
            because=end.because,
            seed=self.seed,
            seconds=seconds,
            tried=sum(trial.tried for trial in trials),
            expected="" if failure is None else failure.expected,
            sent=None if failure is None else failure.sent,
            came=None if failure is None else failure.came,
            failing=trials[-1].failing if found else None,
            trial=len(trials) - 1 if found else -1,
            asked=end.asked,
            gone=isinstance(failure, Gone),
            frames=[] if failure is None else [frame.document() for frame in self.frames.kept()],
        )

    async def put_back(self, before: Mapping[str, Any], left: float | None) -> None:
        """Put the target back as it stood, in the time that is left; where it never said how it stood nothing is asked."""
        if before and (first := next(iter(self.lines), None)) is not None:
            bench = self._bench("restoring", first, time.monotonic(), None)
            await put_back(bench, before, LONGEST if left is None else max(0.0, min(LONGEST, left)))


@dataclass
class Course:
    """A run under way. `rest`: what is still to come; `before`: what could be written, as it stood.

    `gone`: transport to the check since which nothing answers over it; `due`: monotonic time at which the budget is spent.
    """

    runner: Runner
    rest: list[Selected]
    before: Mapping[str, Any]
    pulse: Pulse
    due: float | None = None
    gone: dict[Transport, str] = field(default_factory=dict)

    async def next(self, chosen: Selected) -> Verdict:
        """Run one check of the rest, unless the run is over for it; find out when the target died of it; put back what it left."""
        verdict = await self._next(chosen)
        if chosen in self.rest:
            self.rest.remove(chosen)
        if verdict.outcome is Outcome.FAILED and (lost := await self._lost() - self.gone.keys()):
            verdict = replace(verdict, gone=True)
            self.gone |= dict.fromkeys(lost, verdict.id)
        if verdict.outcome is not Outcome.SKIPPED and not self.gone:
            await self.runner.put_back(self.before, None if self.due is None else self.due - time.monotonic())
        return verdict

    async def _next(self, chosen: Selected) -> Verdict:
        left = None if self.due is None else self.due - time.monotonic()
        if not chosen.skip:
            chosen = replace(chosen, skip=self._over(chosen, left))
        if chosen.skip or left is None:
            return await self.runner.one(chosen)
        return await self.runner.one(chosen, share(left, (chosen, *self.rest[1:])), longest=left)

    def _over(self, chosen: Selected, left: float | None) -> str:
        if self._stopped:
            return STOPPED
        if dead := next((each for each in (chosen.transport, *chosen.check.on) if each in self.gone), None):
            return f"nothing answers over {dead} any more, since {self.gone[dead]}"
        return "" if left is None else dear(chosen, left)

    @property
    def _stopped(self) -> bool:
        return self.runner.stop is not None and self.runner.stop.is_set()

    async def _lost(self) -> frozenset[Transport]:
        patience = PATIENCE if self.due is None else max(0.0, min(PATIENCE, (self.due - time.monotonic()) / 2))
        return await self.pulse.lost(0.0 if self._stopped else patience)


def missing(verdicts: Iterable[Verdict], checked: Iterable[str]) -> tuple[str, ...]:
    """Return the mandatory requirements of an appliance that were not tried, or not in full, of those there is a check for (`checked`)."""
    stands, there = standings(verdicts), set(checked)
    unsaid = (None, Standing.PARTLY, Standing.SKIPPED)
    return tuple(each.id for each in requirements().values() if each.id in there and _is_asked(each) and stands.get(each.id) in unsaid)


def _is_asked(requirement: Requirement) -> bool:
    return requirement.mandatory and requirement.subject is Subject.APPLIANCE and not requirement.lacks
