"""The end of a run that a restart cut off: what became of every device is found out, said, and taken back where the scene asks for that.

What was wanted of a device was kept before it was asked, and the home keeps what became of a command; so a line that is still open ends by
the command's own end, else by what the device shows once it is heard again. Nobody is asked to go on: half a scene an hour later is none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from gateway.errors import Unknown
from gateway.home.run import Run
from gateway.scenes.asking import GONE, LOOK, MOST_TRIES, Asking, command_id, words_of
from gateway.scenes.document import OnFail
from gateway.scenes.execution import Keep, Notifier
from gateway.scenes.house import House, heard, shows
from gateway.scenes.report import OBEYED, Line, Outcome, Report
from gateway.scenes.rollback import put_back
from gateway.scenes.turns.shedding import Memo, Shed
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock

INTERRUPTED: Final = "the hub was restarted in the middle"
PATIENCE: Final = 60.0
"""Seconds a device has to be heard again after a restart; as long again until a command from before it has ended."""


class Aftermath:
    """Ends one run. `keep` writes the report down."""

    def __init__(self, report: Report, house: House, clock: Clock, keep: Keep, notify: Notifier) -> None:
        self._report = report
        self._house = house
        self._clock = clock
        self._keep = keep
        self._notify = notify

    async def run(self) -> None:
        """End the run; what a device does raises nothing."""
        report = self._report
        report.why = report.why or INTERRUPTED
        await self._of_all([line for line in report.lines if line.outcome is Outcome.OPEN], self._found_out)
        if report.rolling or any(not line.outcome.good and line.on_fail is OnFail.ROLLBACK for line in report.lines):
            report.rolling = True
            await self._keep(report)
            await self._of_all([line for line in report.lines if line.outcome in OBEYED], self._heard)
            await put_back(report, Asking(report, self._house, self._clock), self._house)
        elif report.why == INTERRUPTED:
            await self._tell()
            if "shed" in report.power:  # what was switched off for the weak mains' sake is given back all the same
                asking = Asking(report, self._house, self._clock)
                await Shed(Memo(**report.power["shed"]), report, self._house, asking, self._clock, self._keep).run()
        report.ended = self._clock.now()
        await self._keep(report)

    async def _tell(self) -> None:
        """Tell what the run had still to tell: better once too often than never."""
        for raising in self._report.alerts:
            if not raising.raised:
                await self._notify(self._report, raising)

    async def _of_all(self, lines: Iterable[Line], what: Callable[[Line], Awaitable[object]]) -> None:
        async def one(line: Line) -> None:
            await what(line)

        async with asyncio.TaskGroup() as group:
            for line in lines:
                group.create_task(one(line), name=f"{self._report.id} {line.device}: after a restart")

    async def _found_out(self, line: Line) -> None:
        is_heard = await self._heard(line)
        run = self._newest(line)
        ack = None if run is None else await run.terminal(PATIENCE)
        line.asked_at_all = run is not None and any(each.state is not AckState.REJECTED for each in run.history)
        if line.device not in self._house.devices():
            line.end(Outcome.FAILED, GONE)
        elif ack is not None and ack.state is AckState.COMPLETED:
            line.end(Outcome.DONE)
        elif not is_heard:
            line.end(Outcome.UNREACHABLE, f"{INTERRUPTED}; it is not heard since, and may have obeyed or not")
        elif not line.action and shows(self._house.twin(line.device), line.asked):
            line.end(Outcome.LATE if line.asked_at_all else Outcome.ALREADY, "it shows it since the hub was restarted")
        elif run is None:
            line.end(Outcome.NOT_TRIED, "the hub was restarted before it was asked")
        else:
            line.end(Outcome.FAILED, "it was not shown" if ack is None else words_of(ack))

    async def _heard(self, line: Line) -> bool:
        """Wait until a device has said how it is; return False where it does not in time."""
        due = self._clock.monotonic() + PATIENCE
        while line.device in self._house.devices():
            if heard(self._house.twin(line.device)):
                return True
            if self._clock.monotonic() >= due:
                return False
            await self._clock.sleep(LOOK)
        return False

    def _newest(self, line: Line) -> Run | None:
        """Return the last command a line came to, None where the home knows of none."""
        for number in reversed(range(MOST_TRIES)):
            try:
                return self._house.run(line.device, command_id(self._report, line, number))
            except Unknown:
                continue
        return None
