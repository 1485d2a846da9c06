"""A scene in motion: wave after wave, every device at once, each confirmed by what it shows within its deadline.

A device that cannot be reached, refuses or is late harms nobody else; what `onFail` asks for is done when its wave is over. Before the
first command the report with what every device showed is kept, so that a restart in the middle finds what has to be said, or undone.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from gateway.scenes.document import OnFail
from gateway.scenes.house import House, reachable, shows
from gateway.scenes.plan import Await, Interval, Plan, Task, Wave
from gateway.scenes.report import Line, Outcome, Report
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import Principal
from gateway.thing.value import Value

UNDOING: Final = 20.0
"""Seconds a device has to go back to what it showed."""
LOOK: Final = 0.1
_AGAIN: Final = frozenset({"offline", "timeout"})
"""Refusals after which a write, which is the same twice, is said once more while there is time."""
Keep = Callable[[Report], Awaitable[None]]


class Execution:
    """One run of one plan. `keep` writes the report down; it is awaited before anything is asked and when there is something to add."""

    def __init__(self, plan: Plan, house: House, clock: Clock, principal: Principal, keep: Keep) -> None:
        self.report = Report(id=f"scene-{secrets.token_hex(6)}", scene=plan.scene, by=principal.name, began=clock.now())
        self._plan = plan
        self._house = house
        self._clock = clock
        self._principal = principal
        self._keep = keep
        self._count = 0

    async def run(self) -> Report:
        """Do it all and return what became of it; never raises for what a device does."""
        self.report.before = snapshot(self._plan, self._house)
        self.report.notes = [f"line {note.line}: {note.text}" for note in self._plan.notes]
        await self._keep(self.report)
        for at, part in enumerate(self._plan.parts):
            failed = await self._done(part)
            await self._keep(self.report)
            if failed is not OnFail.CONTINUE:
                self._leave_out(self._plan.parts[at + 1 :])
                self.report.why = "stopped at a device that did not do its step"
                if failed is OnFail.ROLLBACK:
                    self.report.why = "rolled back because of a device that did not do its step"
                    await self._roll_back()
                break
        self.report.ended = self._clock.now()
        await self._keep(self.report)
        return self.report

    async def _done(self, part: Wave | Await | Interval) -> OnFail:
        """Do one part; return what its failures ask for."""
        if isinstance(part, Interval):
            await self._clock.sleep(part.seconds)
            return OnFail.CONTINUE
        if isinstance(part, Await):
            return await self._awaited(part)
        lines = await self._side_by_side(part.tasks)
        self.report.lines += lines
        asked = [task.on_fail for task, line in zip(part.tasks, lines, strict=True) if not line.outcome.good]
        return max(asked, key=list(OnFail).index, default=OnFail.CONTINUE)

    async def _side_by_side(self, tasks: tuple[Task, ...]) -> list[Line]:
        """Do the tasks of a wave: devices at once, what one device is asked for one after the other."""
        lines: dict[int, Line] = {}
        one_by_one: dict[str, list[int]] = {}
        for at, task in enumerate(tasks):
            one_by_one.setdefault(task.device, []).append(at)

        async def of_one(places: list[int]) -> None:
            for at in places:
                lines[at] = await self._one(tasks[at])

        async with asyncio.TaskGroup() as group:
            for device, places in one_by_one.items():
                group.create_task(of_one(places), name=f"{self.report.id} {device}")
        return [lines[at] for at in range(len(tasks))]

    async def _one(self, task: Task) -> Line:
        line = Line(device=task.device, asked=task.values, action=task.action, outcome=Outcome.DONE, lines=task.lines)
        twin = self._house.twin(task.device)
        if not task.action and shows(twin, task.values):
            line.outcome = Outcome.ALREADY
        elif not reachable(twin):
            line.outcome, line.detail = Outcome.UNREACHABLE, twin.availability.reason or "it cannot be reached"
        else:
            began = self._clock.monotonic()
            line.outcome, line.detail = await self._asked(task, began + task.deadline)
            line.seconds = self._clock.monotonic() - began
        return line

    async def _asked(self, task: Task, due: float) -> tuple[Outcome, str]:
        """Ask until it is done, refused, or the deadline is over."""
        while True:
            run = await self._house.submit(self._command(task, due))
            ack = await run.terminal(max(0.0, due - self._clock.monotonic()))
            if ack is None:
                return Outcome.LATE, f"not shown within {task.deadline:g} s"
            if ack.state is AckState.COMPLETED:
                return Outcome.DONE, ""
            if ack.state is AckState.EXPIRED:
                return Outcome.LATE, f"not begun within {task.deadline:g} s"
            again = not task.action and _code(ack) in _AGAIN and due - self._clock.monotonic() > task.deadline / 2
            if not again:
                return (Outcome.UNREACHABLE if _code(ack) == "offline" else Outcome.FAILED), _words(ack)

    def _command(self, task: Task, due: float) -> Command:
        self._count += 1
        writing = Operation.WRITE_PROPERTY if len(task.values) == 1 else Operation.WRITE_MULTIPLE
        (name, value) = next(iter(task.values.items())) if writing is Operation.WRITE_PROPERTY and task.values else ("", dict(task.values))
        return Command(
            id=f"{self.report.id}-{self._count}",
            device=task.device,
            operation=Operation.INVOKE_ACTION if task.action else writing,
            name=task.action or name,
            input=task.input if task.action else value,
            principal=self._principal,
            expires=self._clock.now() + max(0.0, due - self._clock.monotonic()),
            why=f"scene {self.report.scene}",
        )

    async def _awaited(self, part: Await) -> OnFail:
        """Wait until everybody shows what is awaited; say who does not."""
        due = self._clock.monotonic() + part.deadline
        waiting = [device for device in part.devices if not self._as_awaited(device, part)]
        while waiting and self._clock.monotonic() < due:
            await self._clock.sleep(LOOK)
            waiting = [device for device in waiting if not self._as_awaited(device, part)]
        for device in waiting:
            detail = f"it did not show {', '.join(part.until)} as awaited within {part.deadline:g} s"
            self.report.lines.append(Line(device=device, asked={}, action="", outcome=Outcome.LATE, detail=detail, lines=(part.line,)))
        return part.on_fail if waiting else OnFail.CONTINUE

    def _as_awaited(self, device: str, part: Await) -> bool:
        values = self._house.twin(device).values
        return all(name in values and values[name] in wanted for name, wanted in part.until.items())

    def _leave_out(self, parts: Iterable[Wave | Await | Interval]) -> None:
        for part in parts:
            for task in part.tasks if isinstance(part, Wave) else ():
                self.report.lines.append(
                    Line(device=task.device, asked=task.values, action=task.action, outcome=Outcome.NOT_TRIED, lines=task.lines)
                )

    async def _roll_back(self) -> None:
        """Put every device that obeyed, or may have, back to what it showed before."""
        touched = {line.device for line in self.report.lines if line.outcome in {Outcome.DONE, Outcome.LATE}}
        ends = await put_back({device: self.report.before.get(device, {}) for device in touched}, self._asker())
        for line in self.report.lines:
            if line.outcome in {Outcome.DONE, Outcome.LATE}:
                problem = "an action cannot be taken back" if line.action else ends[line.device]
                line.outcome = Outcome.NOT_ROLLED_BACK if problem else Outcome.ROLLED_BACK
                line.detail = problem or line.detail

    def _asker(self) -> "Asker":
        async def ask(device: str, values: Mapping[str, Value]) -> str:
            task = Task(device=device, values=values, deadline=UNDOING, on_fail=OnFail.CONTINUE, lines=())
            line = await self._one(task)
            return "" if line.outcome.good else line.detail or line.outcome.value

        return ask


Asker = Callable[[str, Mapping[str, Value]], Awaitable[str]]
"""Asks a device for values; returns why they are not shown, "" where they are."""


async def put_back(before: Mapping[str, Mapping[str, Value]], ask: Asker) -> dict[str, str]:
    """Ask every device for what it showed before, all at once; return for each why it does not show it, "" where it does."""
    ends: dict[str, str] = {}

    async def one(device: str, values: Mapping[str, Value]) -> None:
        ends[device] = await ask(device, values) if values else ""

    async with asyncio.TaskGroup() as group:
        for device, values in before.items():
            group.create_task(one(device, values), name=f"put back {device}")
    return ends


def snapshot(plan: Plan, house: House) -> dict[str, dict[str, Value]]:
    """Return what every device shows of what the plan will set."""
    before: dict[str, dict[str, Value]] = {}
    for part in plan.parts:
        for task in part.tasks if isinstance(part, Wave) else ():
            values = house.twin(task.device).values
            before.setdefault(task.device, {}).update({name: values[name] for name in task.values if name in values})
    return before


def _code(ack: Ack) -> str:
    return str((ack.error or {}).get("code", ""))


def _words(ack: Ack) -> str:
    error = ack.error or {}
    return str(error.get("detail") or error.get("title") or ack.state.value)
