"""A conversation with one appliance that has to be asked: ask, tell what it shows, set, ask and tell again.

It is asked every `interval` seconds and after each set; what it says unasked is told at once. Nothing is told that the unit did not say:
one that makes 17 of the 16 degrees it was asked for, or leaves out half a degree, is reported as it is, and the home decides what that
means for the command. A `Unit` is all a wire has to bring.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from gateway.drivers.parts.diagnosis import ACTION as DIAGNOSIS
from gateway.drivers.parts.diagnosis import diagnosis
from gateway.drivers.parts.evidence import Describe, Evidence
from gateway.drivers.parts.sheet import Sheet
from gateway.errors import Offline, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Value

Heard = Callable[[Mapping[str, Value]], None]
_WAITING = 64
log = Log()


class Unit(Protocol):
    """One appliance on its wire. Whatever it says, asked or not, is handed to `heard` as readings: the profile's names, and hidden ones.

    `closed` ends with an error when the conversation is over, and never otherwise. All methods raise TimedOut when the unit does not
    answer, Offline when the conversation is over.
    """

    heard: Heard
    closed: "asyncio.Future[None]"

    async def begin(self) -> None:
        """Learn what the unit is and can do."""
        ...

    async def ask(self) -> bool:
        """Ask for everything; return whether every question was answered. TimedOut when the most important one was not."""
        ...

    async def probe(self) -> None:
        """Ask for what tells that it lives."""
        ...

    async def set(self, asked: Mapping[str, Value]) -> bool | None:
        """Ask for these values at once; raise ReadOnly or SchemaViolation for what this wire cannot say, before anything is sent.

        Return True where the answer has shown what has become of all of them: that is told at once.
        """
        ...

    async def invoke(self, name: str, argument: Value) -> Value:
        """Carry out an action that is no mere setting; raise Unknown when there is none of that name."""
        ...


class AskedSession:
    """The session; `begin` before anything else."""

    def __init__(self, unit: Unit, sheet: Sheet, evidence: Evidence) -> None:
        self.interval = sheet.interval
        self._unit = unit
        self._sheet = sheet
        self._evidence = evidence
        self._turn = asyncio.Lock()
        self._gathered: set[str] | None = None
        self._complete = False
        self._reports: asyncio.Queue[Report | None] = asyncio.Queue(_WAITING)
        unit.heard = self._heard
        unit.closed.add_done_callback(lambda _: self._say(None))

    async def begin(self) -> None:
        """Learn what the unit can do and shows; raise TimedOut or Offline when it does not answer."""
        async with self._gathering():
            await self._unit.begin()
        log.debug("unit opened", kind=self._sheet.kind, features=self.describe()[0].features)

    def describe(self) -> tuple[Description, ...]:
        """Return the one appliance; it gains a feature when the unit first shows what that feature is about."""
        return self._evidence.describe()

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what the unit says; raise ConnectionResetError when the conversation is over."""
        while (report := await self._reports.get()) is not None:
            yield report
        raise ConnectionResetError(str(self._unit.closed.exception()))

    async def refresh(self) -> None:
        """Ask for everything; raise TimedOut when the unit does not tell its status, Offline when the conversation is over."""
        async with self._gathering():
            self._complete = await self._unit.ask()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Ask for it at once; raise a CommandError when this wire cannot say it or the unit does not answer."""
        if command.operation is Operation.INVOKE_ACTION and command.name == DIAGNOSIS:
            yield Progress(state=AckState.COMPLETED, output=await self._diagnosed())
        elif command.operation is Operation.INVOKE_ACTION and command.name not in self._sheet.actions:
            yield Progress(state=AckState.COMPLETED, output=await self._invoked(command))
        else:
            if asked := self._asked(command):
                await self._set(asked)
            yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        """Refuse: nothing this session does takes long enough to be stopped."""
        raise StateConflict(f"command {command_id} cannot be stopped any more")

    def _asked(self, command: Command) -> dict[str, Value]:
        """Return the properties to be set together."""
        if command.operation is Operation.WRITE_PROPERTY:
            return {command.name: command.input}
        members = self._sheet.actions.get(command.name) if command.operation is Operation.INVOKE_ACTION else None
        if members is None and command.operation is not Operation.WRITE_MULTIPLE:
            raise Unknown(f"this appliance has no {command.name or command.operation.value}")
        asked = {} if command.input is None else command.input
        if not isinstance(asked, dict) or (members is not None and not members.issuperset(asked)):
            raise SchemaViolation("the input is not a set of properties that can be set together")
        return asked

    async def _set(self, asked: dict[str, Value]) -> None:
        async with self._gathering() as told:
            if await self._unit.set(asked):  # whoever waits for the evidence need not wait for all the rest
                self._say(self._evidence.answers(told, complete=False))
            await self._look()

    async def _invoked(self, command: Command) -> Value:
        async with self._gathering():
            output = await self._unit.invoke(command.name, command.input)
            await self._look()
        return output

    async def _look(self) -> None:
        with contextlib.suppress(TimedOut, Offline):  # it is done; the next refresh tells
            self._complete = await self._unit.ask()

    async def _diagnosed(self) -> Value:
        """Ask the unit for its status now, and judge by what it answered to that."""
        async with self._gathering() as told:
            with contextlib.suppress(TimedOut):
                await self._unit.probe()
        return diagnosis(answered=bool(told), faults=self._evidence.faults(told))

    def _heard(self, said: Mapping[str, Value]) -> None:
        names = self._evidence.take(said)
        if self._gathered is not None:
            self._gathered.update(names)
        elif names:
            self._say(self._evidence.news(names))

    @asynccontextmanager
    async def _gathering(self) -> AsyncIterator[set[str]]:
        """Have the unit to oneself; what it says meanwhile is told in one report at the end, even when the end is an error.

        Yields the names of what it says, which grow.
        """
        async with self._turn:
            names: set[str] = set()
            self._gathered, self._complete = names, False
            try:
                yield names
            finally:
                self._gathered = None
                if names:
                    self._say(self._evidence.answers(names, complete=self._complete))

    def _say(self, report: Report | None) -> None:
        if self._reports.full():
            self._reports.get_nowait()
        self._reports.put_nowait(report)


async def opened(unit: Unit, sheet: Sheet, describe: Describe, clock: Clock) -> AskedSession:
    """Return the session with a unit that has told what it is and shows; raise TimedOut or Offline when it does not."""
    session = AskedSession(unit, sheet, Evidence(sheet, describe, clock))
    await session.begin()
    return session
