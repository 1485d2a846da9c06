"""A scene in motion: wave after wave, every device at once, each confirmed by what it shows within its deadline.

A device that cannot be reached, refuses or is late harms nobody else; what `onFail` asks for is done when its wave is over. Before the
first command the report is kept with what is wanted of every device and what each showed, so that a restart in the middle finds what has
to be said, or undone (`aftermath`).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from gateway.errors import Unknown
from gateway.home import merge
from gateway.scenes.alerts.notice import Notify
from gateway.scenes.asking import LOOK, Asking
from gateway.scenes.document import OnFail
from gateway.scenes.effects.effect import effect_to_be
from gateway.scenes.house import House, believed
from gateway.scenes.plan import Await, Interval, Plan, Shedding, Task, Turns, Wave
from gateway.scenes.report import Line, Outcome, Raising, Report
from gateway.scenes.rollback import put_back
from gateway.scenes.turns.curve import sampled
from gateway.scenes.turns.shedding import Memo, Shed
from gateway.scenes.turns.turning import Turning
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal
from gateway.thing.value import Value

STOPPED: Final = "stopped at a device that did not do its step"
ROLLED: Final = "rolled back because of a device that did not do its step"
NOTHING_LEFT: Final = "nothing is left to put back"
Keep = Callable[[Report], Awaitable[None]]
Notifier = Callable[[Report, Raising], Awaitable[None]]
"""Has an alert of a run kept and told."""


def run_id() -> str:
    """Return the id of a run nobody has begun yet."""
    return f"scene-{secrets.token_hex(6)}"


def opened(plan: Plan, house: House, clock: Clock, principal: Principal, run: str = "") -> Report:
    """Return the report a run begins with, under the id `run` where it has one: a line for every device in every wave, none asked yet."""
    report = Report(id=run or run_id(), scene=plan.scene, by=principal, began=clock.now(), undoes=plan.undoes)
    report.lines = [line_of(task) for part in plan.parts if isinstance(part, Wave) for task in part.tasks]
    report.before = _snapshot(report.lines, house)
    report.effect = effect_to_be(plan.targets)
    notices = [part for part in plan.parts if isinstance(part, Notify)]
    report.alerts = [Raising(id=f"alert-{report.id.partition('-')[2]}-{at}", notice=each) for at, each in enumerate(notices)]
    report.notes = [f"line {note.line}: {note.text}" for note in plan.notes]
    if plan.undoes and not report.lines:
        report.notes.append(NOTHING_LEFT)
    return report


def line_of(task: Task) -> Line:
    """Return the line of a task nobody has been asked for yet."""
    return Line(
        device=task.device,
        asked=task.values,
        action=task.action,
        input=task.input,
        lines=task.lines,
        deadline=task.deadline,
        on_fail=task.on_fail,
    )


class Execution:
    """One run of one plan, whose `report` was opened and kept. `keep` writes the report down again when there is something to add."""

    def __init__(self, plan: Plan, report: Report, house: House, clock: Clock, keep: Keep, notify: Notifier) -> None:
        self._plan = plan
        self._report = report
        self._house = house
        self._clock = clock
        self._keep = keep
        self._notify = notify
        self._asking = Asking(report, house, clock)
        self._waiting = list(report.lines)

    async def run(self) -> None:
        """Do it all; what a device does raises nothing."""
        async with sampled(self._house, self._clock, f"{self._report.id}: power") as curve:
            asked = await self._parts()
        self._report.power |= curve.document(self._plan.limit, self._house, self._report.power)
        if asked is not OnFail.CONTINUE:
            self._leave_out()
            self._report.why = STOPPED
        if asked is OnFail.ROLLBACK:
            self._report.why, self._report.rolling = ROLLED, True
            await self._keep(self._report)
            await put_back(self._report, self._asking, self._house)
        else:
            await self._asking.settle()
        self._report.ended = self._clock.now()
        await self._keep(self._report)

    async def _parts(self) -> OnFail:
        """Do one part after the other; return what a failure asks for."""
        for part in self._plan.parts:
            if isinstance(part, Interval):
                await self._clock.sleep(part.seconds)
                continue
            if isinstance(part, Notify):
                await self._tell(part)
                continue
            asked = await (self._awaited(part) if isinstance(part, Await) else self._done(part))
            if asked is not OnFail.CONTINUE:
                return asked
            await self._keep(self._report)
        return OnFail.CONTINUE

    async def _tell(self, notice: Notify) -> None:
        """Have an alert kept and told; the scene does not wait for an answer."""
        for raising in self._report.alerts:
            if raising.notice is notice:
                await self._notify(self._report, raising)
        await self._keep(self._report)

    async def _done(self, part: Wave | Shedding) -> OnFail:
        """Do what is done at once, in turn, or for as long as the mains are weak."""
        if isinstance(part, Shedding):
            await Shed(Memo.of(part, self._plan.limit), self._report, self._house, self._asking, self._clock, self._keep).run()
            return OnFail.CONTINUE
        lines, self._waiting = self._waiting[: len(part.tasks)], self._waiting[len(part.tasks) :]
        if isinstance(part, Turns):
            await Turning(part, lines, self._report, self._house, self._asking, self._clock).run(self._plan.limit)
        else:
            await self._side_by_side(lines)
        return _strictest(line.on_fail for line in lines if not line.outcome.good)

    async def _side_by_side(self, lines: Sequence[Line]) -> None:
        """Do the tasks of a wave: devices at once, what one device is asked for one after the other."""
        one_by_one: dict[str, list[Line]] = {}
        for line in lines:
            one_by_one.setdefault(line.device, []).append(line)

        async def of_one(its: list[Line]) -> None:
            for line in its:
                await self._asking.ask(line)

        async with asyncio.TaskGroup() as group:
            for device, its in one_by_one.items():
                group.create_task(of_one(its), name=f"{self._report.id} {device}")

    async def _awaited(self, part: Await) -> OnFail:
        """Wait until everybody shows what is awaited; say who does not."""
        due = self._clock.monotonic() + part.deadline
        waiting = [device for device in part.devices if not self._as_awaited(device, part)]
        while waiting and self._clock.monotonic() < due:
            await self._clock.sleep(LOOK)
            waiting = [device for device in waiting if not self._as_awaited(device, part)]
        for device in waiting:
            detail = f"it did not show {', '.join(part.until)} as awaited within {part.deadline:g} s"
            self._report.lines.append(Line(device=device, asked={}, outcome=Outcome.FAILED, detail=detail, lines=(part.line,)))
        return part.on_fail if waiting else OnFail.CONTINUE

    def _as_awaited(self, device: str, part: Await) -> bool:
        if device not in self._house.devices():
            return False
        twin = self._house.twin(device)
        return all(any(merge.shows(twin, name, value) for value in wanted) for name, wanted in part.until.items())

    def _leave_out(self) -> None:
        for line in self._waiting:
            line.end(Outcome.NOT_TRIED)


def _strictest(asked: Iterable[OnFail]) -> OnFail:
    return max(asked, key=list(OnFail).index, default=OnFail.CONTINUE)


def _snapshot(lines: Iterable[Line], house: House) -> dict[str, dict[str, Value]]:
    """Return what every device shows of what is to be set, as far as it can be believed."""
    before: dict[str, dict[str, Value]] = {}
    for line in lines:
        try:
            before.setdefault(line.device, {}).update(believed(house.twin(line.device), line.asked))
        except Unknown:
            continue
    return before
