"""A run of the suite: one check after the other on one target, each with a deadline, and a verdict for each.

A check that raises Failure has found something. A target that dies is found too. Whatever else a check raises is a defect of the suite and
says so (`errored`): it is never taken for a verdict on the target, in either direction.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from gateway.conformance.bench import EXAMPLES, LONGEST_REAL, Bench
from gateway.conformance.control import Control
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.frames import Frames
from gateway.conformance.line import Line, Request, Transport
from gateway.conformance.requirement import Requirement, Subject, requirements
from gateway.conformance.selection import Selected
from gateway.conformance.thing import Thing
from gateway.conformance.verdict import Outcome, Verdict
from gateway.errors import HulianError

DEADLINE: Final = 180.0
"""Seconds after which a check is broken off and has failed: a target may not hang the judge."""
LEAST: Final = 0.05
Tell = Callable[["Selected | Verdict"], None]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """`lines` are open for as long as this runs. `budget`: seconds for everything, None: as long as it takes. `tell` hears what goes on."""

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

    async def run(self, selection: Iterable[Selected]) -> list[Verdict]:
        """Run every check of the selection, and put the target back as it was between them."""
        began, verdicts = time.monotonic(), []
        rest = list(selection)
        before = await self._settings()
        for at, chosen in enumerate(rest):
            left = (
                None
                if self.budget is None
                else (self.budget - (time.monotonic() - began)) / max(1, sum(not each.skip for each in rest[at:]))
            )
            verdict = await self.one(chosen, left)
            self.tell(verdict)
            verdicts.append(verdict)
            if verdict.outcome is not Outcome.SKIPPED:
                await self._put_back(before)
        return verdicts

    async def one(self, chosen: Selected, share: float | None = None, steps: list[Any] | None = None) -> Verdict:
        """Run one check; `share`: seconds it may take where there is a budget."""
        if chosen.skip:
            return self._verdict(chosen, Outcome.SKIPPED, chosen.skip, None, 0.0)
        budget_left = DEADLINE if share is None else share
        if share is not None and chosen.check.seconds > max(LEAST, budget_left) * 4:
            return self._verdict(chosen, Outcome.SKIPPED, f"the budget of {self.budget:g} s leaves no time for it", None, 0.0)
        self.tell(chosen)
        self.frames.clear()
        bench = self._bench(chosen, time.monotonic() + budget_left / 2, steps)
        began = time.monotonic()
        outcome, because, failure = await self._tried(chosen, bench)
        return self._verdict(chosen, outcome, because, failure, time.monotonic() - began, bench)

    async def _tried(self, chosen: Selected, bench: Bench) -> tuple[Outcome, str, Failure | None]:
        try:
            async with asyncio.timeout(DEADLINE):
                await chosen.check.run(bench)
        except Untried as untried:
            return Outcome.SKIPPED, str(untried), None
        except Failure as failure:
            return Outcome.FAILED, chosen.because, failure
        except TimeoutError:
            return Outcome.FAILED, chosen.because, Failure(f"an end within {DEADLINE:g} s")
        except (HulianError, ExceptionGroup) as error:
            return _grouped(error, chosen)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError, OSError) as error:
            return Outcome.ERRORED, chosen.because, Failure("a verdict: this is a defect of the suite, please report it", came=repr(error))
        return Outcome.PASSED, chosen.because, None

    def _bench(self, chosen: Selected, until: float, steps: list[Any] | None) -> Bench:
        return Bench(
            thing=self.thing,
            lines=self.lines,
            line=self.lines[chosen.transport],
            frames=self.frames,
            seed=Random(f"{self.seed}:{chosen.check.name}:{chosen.transport}").getrandbits(32),  # noqa: S311 - no secret
            until=until,
            control=self.control,
            examples=self.examples,
            real=self.real,
            steps=steps,
            extras=dict(self.extras or {}),
        )

    def _verdict(
        self, chosen: Selected, outcome: Outcome, because: str, failure: Failure | None, seconds: float, bench: Bench | None = None
    ) -> Verdict:
        check = chosen.check
        trials = bench.trials if bench is not None else []
        return Verdict(
            requirement=check.requirement,
            name=check.name,
            title=(check.run.__doc__ or "").strip().partition("\n")[0],
            transport=chosen.transport.value if check.each or check.on else "",
            outcome=outcome,
            because=because,
            seed=self.seed,
            seconds=seconds,
            tried=sum(trial.tried for trial in trials),
            expected="" if failure is None else failure.expected,
            sent=None if failure is None else failure.sent,
            came=None if failure is None else failure.came,
            failing=trials[-1].failing if failure is not None and trials else None,
            frames=[] if failure is None else [frame.document() for frame in self.frames.kept()],
        )

    async def _settings(self) -> dict[str, Any]:
        """Return what can be written, as it stands now."""
        try:
            state = await next(iter(self.lines.values())).state()
        except Failure:
            return {}
        return {name: state[name] for name in self.thing.writable if name in state}

    async def _put_back(self, before: Mapping[str, Any]) -> None:
        """Write back what a check left otherwise, as far as the target takes it; its refusal is no verdict."""
        line = next(iter(self.lines.values()))
        now = await self._settings()
        for name, value in before.items():
            if name in now and now[name] != value:
                try:
                    await line.ask(Request(operation="writeproperty", name=name, input=value))
                except Failure:
                    return


def _grouped(error: HulianError | ExceptionGroup[Any], chosen: Selected) -> tuple[Outcome, str, Failure | None]:
    """Return the verdict of what came out of a task group: the Failure in it, where there is one."""
    found: BaseException | None = error
    while isinstance(found, BaseExceptionGroup):
        found = next((each for each in found.exceptions if isinstance(each, Failure | BaseExceptionGroup)), None)
    if isinstance(found, Failure):
        return Outcome.FAILED, chosen.because, found
    return Outcome.ERRORED, chosen.because, Failure("a verdict: this is a defect of the suite, please report it", came=repr(error))


def missing(verdicts: Iterable[Verdict], checked: Iterable[str]) -> tuple[str, ...]:
    """Return the mandatory requirements of an appliance that were not tried, of those there is a check for (`checked`)."""
    tried = {verdict.requirement for verdict in verdicts if verdict.outcome is not Outcome.SKIPPED}
    there = set(checked)
    return tuple(each.id for each in requirements().values() if each.id in there - tried and _is_asked(each))


def _is_asked(requirement: Requirement) -> bool:
    return requirement.mandatory and requirement.subject is Subject.APPLIANCE and not requirement.lacks
