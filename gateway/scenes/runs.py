"""The runs of scenes: begun, watched by whoever asked and by the faces, kept, and ended after a restart.

A run belongs to the home, not to who asked for it: that somebody hangs up in the middle leaves no half scene.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from gateway.errors import CommandError, Offline, RateExceeded, StateConflict, StorageFailed, Unknown
from gateway.scenes.aftermath import Aftermath
from gateway.scenes.execution import Execution, Notifier, opened
from gateway.scenes.house import House
from gateway.scenes.plan import Plan
from gateway.scenes.report import Line, Report, report_of
from gateway.scenes.shelf import KEPT, Table
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.principal import Principal

AT_ONCE: Final = 16
_log = Log()
Told = Callable[[Report], None]


class Runs:
    """`async with` it: what the last life left is taken up, and what runs is let go at the end, to be taken up by the next."""

    def __init__(self, house: House, clock: Clock, table: Table, notify: Notifier) -> None:
        self._house = house
        self._clock = clock
        self._table = table
        self._notify = notify
        self._reports: dict[str, Report] = {}
        self._running: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: list[Told] = []

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._group = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._stop)
            for entry in await self._table.all():
                self._reports[entry.key] = report_of(entry.document)
            for report in [report for report in self._reports.values() if report.ended is None]:
                self._start(report, Aftermath(report, self._house, self._clock, self._keep, self._notify).run())
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def on_told(self, told: Told) -> None:
        """Have `told` called with a report whenever a run begins, moves on or ends."""
        self._told.append(told)

    async def follow(self, name: str) -> AsyncIterator[Report]:
        """Yield a report now and whenever it has moved on; what happens while nobody looks is one step. Raise Unknown."""
        report, moved = self.report(name), asyncio.Event()

        def told(each: Report) -> None:
            if each.id == name:
                moved.set()

        self._told.append(told)
        try:
            while True:
                moved.clear()
                yield report
                await moved.wait()
        finally:
            self._told.remove(told)

    def reports(self, scene: str = "", limit: int = 20) -> list[Report]:
        """Return the newest reports, the newest first; of one scene where it is named."""
        found = [report for report in self._reports.values() if scene in ("", report.scene)]
        return sorted(found, key=lambda report: report.began, reverse=True)[:limit]

    def is_running(self, scene: str) -> bool:
        """Return whether a run of a scene has not ended yet."""
        return any(report.scene == scene for report in self._open())

    def has(self, name: str) -> bool:
        """Return whether a run of this id is known."""
        return name in self._reports

    def report(self, name: str) -> Report:
        """Return a report by its id; raise Unknown."""
        if name not in self._reports:
            raise Unknown(f"no run is called {name!r}")
        return self._reports[name]

    async def begin(
        self, plan: Plan, principal: Principal, left: tuple[Line, ...] = (), run: str = "", trigger: Mapping[str, Any] | None = None
    ) -> Report:
        """Begin a run and return its report, which goes on changing. `left`: devices that are not asked, and why.

        `run`: its id, where a trigger has given it one already; `trigger`: what fired it.

        Raises StateConflict while the scene runs, RateExceeded while many do, CommandError where it cannot be kept.
        """
        if any(report.scene == plan.scene for report in self._open()):
            raise StateConflict(f"{plan.scene} is running")
        if len(self._open()) >= AT_ONCE:
            raise RateExceeded(f"{AT_ONCE} scenes are running already: wait for one to end")
        report = opened(plan, self._house, self._clock, principal, run)
        report.trigger = None if trigger is None else dict(trigger)
        execution = Execution(plan, report, self._house, self._clock, self._keep, self._notify)
        report.lines += left
        self._reports[report.id] = report
        try:
            await self._table.put(report.scene, report.id, report.document())
        except StorageFailed as error:
            del self._reports[report.id]
            raise CommandError("the run could not be kept, so nothing was asked; the hub's disk may be full") from error
        self._start(report, execution.run())
        return report

    async def end_of(self, report: Report) -> Report:
        """Return a report once its run has ended; raise Offline when the hub stops before."""
        if (ended := self._running.get(report.id)) is not None:
            await ended.wait()
        if report.ended is None:
            raise Offline("the gateway is stopping; what became of the run is told once it is back")
        return report

    async def amend(self, report: Report) -> None:
        """Write down, and tell, what was found out about a run after its end; one that is not kept any more is let be."""
        if report.id in self._reports:
            await self._keep(report)

    def _open(self) -> list[Report]:
        return [report for report in self._reports.values() if report.ended is None]

    def _start(self, report: Report, work: Coroutine[Any, Any, None]) -> None:
        self._running[report.id] = asyncio.Event()
        task = self._group.create_task(self._live(report, work), name=report.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._tell(report)

    async def _live(self, report: Report, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._running.pop(report.id).set()

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _tell(self, report: Report) -> None:
        for told in self._told:
            told(report)

    async def _keep(self, report: Report) -> None:
        """Write a report down; that a disk fails in the middle is said, and the scene goes on."""
        try:
            await self._table.put(report.scene, report.id, report.document())
            ended = sorted((each for each in self._reports.values() if each.ended is not None), key=lambda each: each.began)
            for old in ended[: max(0, len(ended) - KEPT)]:
                del self._reports[old.id]
                await self._table.remove(old.scene, old.id)
        except StorageFailed as error:
            _log.error("what became of a scene is not stored", run=report.id, reason=str(error))
        self._tell(report)
