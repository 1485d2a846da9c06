"""One device asked for one thing: until it shows it, refuses, or the deadline is over; and what is found out afterwards.

A command's id says which run, line and try it is of, so that a restart finds what became of it.
"""

import asyncio
import secrets
from typing import Final

from gateway.errors import CommandError, Unknown
from gateway.home.run import Run
from gateway.scenes.house import House, is_so, reachable, shows
from gateway.scenes.report import Line, Outcome, Report
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation

MOST_TRIES: Final = 3
LEAST: Final = 1.0
"""Seconds that must be left for one more try."""
LOOK: Final = 0.1
SETTLING: Final = 12.0
"""Seconds after the last deadline in which what was late, or was never answered, may still be seen: the home's own patience with a write,
and a round of asking everybody how they are."""
FRESH: Final = 1.0
"""Seconds after the end of a command from which on what a device says was said after it."""
NOT_HEARD: Final = "it has not been heard since, and may have obeyed or not"
_AGAIN: Final = frozenset({"offline", "timeout"})
"""Refusals after which a write, which is the same twice, is said once more while there is time; and after which it may have been done."""
GONE: Final = "it is not in this home any more"


class Asking:
    """Asks for the lines of one run."""

    def __init__(self, report: Report, house: House, clock: Clock) -> None:
        self._report = report
        self._house = house
        self._clock = clock
        self._unsure: dict[int, Run] = {}

    async def ask(self, line: Line, *, surely: bool = False) -> None:
        """Ask until it is done, refused, or the deadline is over. A line that is none of the report's puts something back.

        `surely`: also where it seems to be so, for something else may still be on its way to the device.
        """
        began = self._clock.monotonic()
        try:
            await self._ask(line, began, surely=surely)
        except Unknown:
            line.end(Outcome.FAILED, GONE)
        except CommandError as error:
            line.end(Outcome.FAILED, error.detail)
        line.seconds = self._clock.monotonic() - began

    async def _ask(self, line: Line, began: float, *, surely: bool) -> None:
        twin = self._house.twin(line.device)
        if not line.action and not surely and is_so(twin, line.asked):
            line.end(Outcome.ALREADY)
        elif not reachable(twin):
            line.end(Outcome.UNREACHABLE, twin.availability.reason or "it cannot be reached")
        else:
            await self._tried(line, began + line.deadline)

    async def _tried(self, line: Line, due: float) -> None:
        for number in range(MOST_TRIES):
            run = await self._house.submit(self._command(line, command_id(self._report, line, number), due))
            ack = await self._end(run, due - self._clock.monotonic())
            line.asked_at_all |= _went_out(run)
            left = due - self._clock.monotonic()
            if line.action or _code(ack) not in _AGAIN or left < LEAST:
                break
        self._judge(line, run, ack)

    async def _end(self, run: Run, seconds: float) -> Ack | None:
        """Return the ack that ends it, or says that a long action runs; None where none comes in time."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                async for ack in run.acks():
                    if ack.state.terminal or (ack.state is AckState.RUNNING and self._is_long(run)):
                        return ack
        except TimeoutError:
            return None
        return None

    def _is_long(self, run: Run) -> bool:
        action = self._house.twin(run.device).instance.actions.get(run.command.name)
        return action is not None and action.long

    def _judge(self, line: Line, run: Run, ack: Ack | None) -> None:
        if ack is None or (ack.state is AckState.EXPIRED and line.asked_at_all):
            line.end(Outcome.LATE, f"not shown within {line.deadline:g} s")
            self._unsure[id(line)] = run
        elif ack.state is AckState.COMPLETED:
            line.end(Outcome.DONE)
        elif ack.state is AckState.RUNNING:
            line.end(Outcome.DONE, "it runs")
        else:
            line.end(refused(ack), words_of(ack))
            if line.asked_at_all and _code(ack) in _AGAIN:
                self._unsure[id(line)] = run

    def _command(self, line: Line, identifier: str, due: float) -> Command:
        writing = Operation.WRITE_PROPERTY if len(line.asked) == 1 else Operation.WRITE_MULTIPLE
        (name, value) = next(iter(line.asked.items())) if len(line.asked) == 1 else ("", dict(line.asked))
        return Command(
            id=identifier,
            device=line.device,
            operation=Operation.INVOKE_ACTION if line.action else writing,
            name=line.action or name,
            input=line.input if line.action else value,
            principal=self._report.by,
            expires=self._clock.now() + max(0.0, due - self._clock.monotonic()),
            why=f"scene {self._report.scene}",
        )

    async def settle(self) -> None:
        """Find out what became of whatever was not shown in time, as far as that can be seen soon."""
        due = self._clock.monotonic() + SETTLING
        async with asyncio.TaskGroup() as group:
            for line in self._report.lines:
                if (run := self._unsure.pop(id(line), None)) is not None:
                    group.create_task(self._settle(line, run, due), name=f"{self._report.id} {line.device}: late")

    def is_unsure(self, line: Line) -> bool:
        """Return whether a line's device may have done it, for all that was seen."""
        return id(line) in self._unsure

    async def _settle(self, line: Line, run: Run, due: float) -> None:
        """Wait for the truth: it shows it; it has said something else after the command was over; or it says nothing more."""
        over: float | None = None
        while self._clock.monotonic() < due and self._is_there(line):
            if self._is_done(line, run):
                line.end(Outcome.LATE, f"done, but not within {line.deadline:g} s")
                return
            if run.done and over is None:
                over = self._clock.now()
            if over is not None and (self._house.twin(line.device).last_seen or 0.0) >= over + FRESH:
                line.end(Outcome.FAILED, line.detail)
                return
            await self._clock.sleep(LOOK)
        line.end(Outcome.UNREACHABLE if line.device in self._house.devices() else Outcome.FAILED, f"{line.detail}; {NOT_HEARD}")

    def _is_done(self, line: Line, run: Run) -> bool:
        if run.done and run.last.state is AckState.COMPLETED:
            return True
        return not line.action and shows(self._house.twin(line.device), line.asked)

    def _is_there(self, line: Line) -> bool:
        return line.device in self._house.devices() and reachable(self._house.twin(line.device))


def command_id(report: Report, line: Line, number: int) -> str:
    """Return the id of a try of a line; of one that puts something back an id of its own each time."""
    place = next((place for place, each in enumerate(report.lines) if each is line), None)
    return f"{report.id}-back-{secrets.token_hex(6)}" if place is None else f"{report.id}-{place}.{number}"


def refused(ack: Ack) -> Outcome:
    """Return how a line ended whose command was not done."""
    return Outcome.UNREACHABLE if _code(ack) == "offline" or ack.state is AckState.EXPIRED else Outcome.FAILED


def words_of(ack: Ack) -> str:
    """Return why a command was not done."""
    error = ack.error or {}
    return str(error.get("detail") or error.get("title") or ack.state.value)


def _code(ack: Ack | None) -> str:
    return "" if ack is None else str((ack.error or {}).get("code", ""))


def _went_out(run: Run) -> bool:
    """Return whether the home took it, so that the device may have got it."""
    return any(ack.state is not AckState.REJECTED for ack in run.history)
