"""A conversation with one version 2 unit: ask, tell what it shows, set, and tell again.

The unit is asked every `interval` seconds and after each set; what it says unasked is told at once. Nothing is told that the unit did not
say: one that makes 17 of the 16 degrees it was asked for, or leaves out half a degree, is reported as it is, and the home decides what that
means for the command. All settings travel in every set command, so the unit is asked for its settings right before each.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.drivers.midea.capabilities import ASK, ASK_MORE, Capabilities, decode_capabilities, is_answer
from gateway.drivers.midea.connection import TRIES, Connection
from gateway.drivers.midea.diagnosis import ACTION as DIAGNOSIS
from gateway.drivers.midea.diagnosis import diagnosis
from gateway.drivers.midea.evidence import Evidence
from gateway.drivers.midea.frame import QUERY, SET, Frame
from gateway.drivers.midea.mapping import Mapping, Message
from gateway.drivers.midea.settings import set_body
from gateway.errors import Offline, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Value

_WAITING = 64
log = Log()


class MideaSession:
    """The session; `begin` before anything else."""

    def __init__(self, connection: Connection, mapping: Mapping, evidence: Evidence) -> None:
        self.interval = mapping.interval
        self._connection = connection
        self._mapping = mapping
        self._evidence = evidence
        self._source = mapping.messages[mapping.set.source]
        self._turn = asyncio.Lock()
        self._gathered: set[str] | None = None
        self._complete = False
        self._reports: asyncio.Queue[Report | None] = asyncio.Queue(_WAITING)
        connection.heard = self._heard
        connection.closed.add_done_callback(lambda _: self._say(None))

    async def begin(self) -> None:
        """Learn what the unit can do and shows; raise TimedOut or Offline when it does not answer."""
        async with self._gathering():
            await self._ask(QUERY, self._source)
            self._evidence.able(await self._capabilities())
            for message in list(self._evidence.messages.values()):
                if message.optional and not await self._answered(message):
                    del self._evidence.messages[message.name]
        log.debug("midea unit opened", features=self.describe()[0].features, asks=tuple(self._evidence.messages))

    def describe(self) -> tuple[Description, ...]:
        """Return the one appliance; it gains a feature when the unit first shows what that feature is about."""
        return self._evidence.describe()

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what the unit says; raise ConnectionResetError when the conversation is over."""
        while (report := await self._reports.get()) is not None:
            yield report
        raise ConnectionResetError(str(self._connection.closed.exception()))

    async def refresh(self) -> None:
        """Ask for everything; raise TimedOut when the unit does not tell its status, Offline when the connection is over."""
        async with self._gathering():
            await self._ask_everything()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Send what is asked in one set command; raise a CommandError when this wire cannot say it or the unit does not answer."""
        if command.operation is Operation.INVOKE_ACTION and command.name == DIAGNOSIS:
            yield Progress(state=AckState.COMPLETED, output=await self._diagnosed())
            return
        asked = self._asked(command)
        if asked:
            await self._set(asked)
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        """Refuse: nothing this session does takes long enough to be stopped."""
        raise StateConflict(f"command {command_id} cannot be stopped any more")

    def _asked(self, command: Command) -> dict[str, Value]:
        if command.operation is Operation.WRITE_PROPERTY:
            return {command.name: command.input}
        members = self._mapping.set.actions.get(command.name) if command.operation is Operation.INVOKE_ACTION else None
        if members is None and command.operation is not Operation.WRITE_MULTIPLE:
            raise Unknown(f"this appliance has no {command.name or command.operation.value}")
        asked = {} if command.input is None else command.input
        if not isinstance(asked, dict) or (members is not None and not members.issuperset(asked)):
            raise SchemaViolation("the input is not a set of properties that can be set together")
        return asked

    async def _set(self, asked: dict[str, Value]) -> None:
        async with self._gathering():
            await self._ask(QUERY, self._source)
            body = set_body(self._mapping.set, self._evidence.status, self._evidence.readings, asked)
            await self._ask(SET, self._source, body)
            with contextlib.suppress(TimedOut, Offline):  # it is done; the next refresh tells
                await self._ask_everything()

    async def _diagnosed(self) -> Value:
        """Ask the unit for its status now, and judge by what it answered to that."""
        async with self._gathering() as told:
            with contextlib.suppress(TimedOut):
                await self._ask(QUERY, self._source)
        return diagnosis(answered=bool(told), faults=self._evidence.faults(told))

    async def _ask_everything(self) -> None:
        await self._ask(QUERY, self._source)
        others = [message for message in self._evidence.messages.values() if message.ask is not None and message is not self._source]
        self._complete = all([await self._answered(message) for message in others])

    async def _ask(self, purpose: int, answer: Message, body: bytes | None = None, *, tries: int = TRIES) -> None:
        question = answer.ask if body is None else body
        await self._connection.ask(self._mapping.appliance, purpose, question or b"", self._is(answer, purpose), tries=tries)

    async def _answered(self, message: Message) -> bool:
        """Ask once for something the unit may keep quiet about; return whether it answered."""
        if message.ask is None:
            return True
        try:
            await self._ask(QUERY, message, tries=1)
        except TimedOut:
            return False
        return True

    async def _capabilities(self) -> Capabilities:
        """Ask what the unit can do, in two parts; a unit that does not say has what is usual."""
        told = Capabilities()
        for question in (ASK, ASK_MORE):
            with contextlib.suppress(TimedOut):
                answer = await self._connection.ask(self._mapping.appliance, QUERY, question, is_answer)
                part = decode_capabilities(answer.body)
                told = Capabilities({**told.entries, **part.entries}, part.more)
            if not told.more:
                break
        return told

    def _is(self, message: Message, purpose: int) -> Callable[[Frame], bool]:
        return lambda frame: frame.appliance == self._mapping.appliance and frame.purpose == purpose and message.matches(frame.body)

    def _heard(self, frame: Frame) -> None:
        names = self._evidence.take(frame)
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
