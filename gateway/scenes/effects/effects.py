"""Every measuring of the home: begun when a run ends, cut off by a newer run, taken up again after a restart."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from gateway.scenes.effects.measured import GRACE, Verdict
from gateway.scenes.effects.measuring import Measuring
from gateway.scenes.house import House
from gateway.scenes.report import Report
from gateway.scenes.runs import Runs
from gateway.thing.clock import Clock

AGAIN: Final = "the scene was begun again, or undone, before this was over"
MISSED: Final = "the hub was not running when it was due"
NOT_DONE: Final = "the run did not come to its end"


class Effects:
    """`async with` it after the runs: what was open is measured on, or said to be cut off."""

    def __init__(self, runs: Runs, house: House, clock: Clock) -> None:
        self._runs = runs
        self._house = house
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._group = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._stop)
            self._runs.on_told(self._told)
            for report in self._runs.reports(limit=1000):
                await self._take_up(report)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def end_of(self, report: Report) -> Report:
        """Return a report once its effect is known, at once where nothing is measured."""
        if (task := self._tasks.get(report.id)) is not None:
            await asyncio.wait({task})
        return report

    async def _take_up(self, report: Report) -> None:
        """Go on with what a restart interrupted; what was due meanwhile is cut off."""
        effect = report.effect
        if effect is None or effect.over or report.ended is None:
            return
        now = self._clock.now()
        for aimed in effect.aims:
            if aimed.verdict is Verdict.OPEN and report.ended + aimed.target.after + aimed.target.hold + GRACE < now:
                aimed.cut_off(MISSED)
        seen = [point[0] for aimed in effect.aims for measured in aimed.devices for point in measured.curve.points[-1:]]
        effect.gap += max(0.0, now - report.ended - max(seen, default=0.0))
        await self._runs.amend(report)
        self._begin(report)

    def _told(self, report: Report) -> None:
        if report.ended is None:
            self._cut_off(report)
        else:
            self._begin(report)

    def _begin(self, report: Report) -> None:
        effect = report.effect
        if effect is None or effect.over or report.ended is None or report.id in self._tasks:
            return
        if report.why:
            for aimed in effect.aims:
                aimed.cut_off(NOT_DONE)
            work = self._runs.amend(report)
        else:
            work = Measuring(effect, report.ended, self._house, self._clock, lambda: self._runs.amend(report)).run()
        task = self._group.create_task(work, name=f"{report.id}: effect")
        self._tasks[report.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(report.id, None))

    def _cut_off(self, newer: Report) -> None:
        """End the measuring of what a newer run of the scene does otherwise."""
        for report in self._runs.reports(newer.scene, limit=1000):
            if report is newer or report.effect is None or report.effect.over or report.ended is None:
                continue
            if (task := self._tasks.get(report.id)) is not None:
                task.cancel()
            for aimed in report.effect.aims:
                if aimed.verdict is Verdict.OPEN:
                    aimed.cut_off(AGAIN)
            self._group.create_task(self._runs.amend(report), name=f"{report.id}: effect cut off")

    def _stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
