"""A session with one node: each of its objects that has a kind is a device of its own, and all share one conversation."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from gateway.drivers.echonet.frame import NODE, TOLD, Frame
from gateway.drivers.echonet.identity import OBJECTS, objects_of
from gateway.drivers.echonet.mapping import class_of
from gateway.drivers.echonet.talk import Talk
from gateway.drivers.echonet.unit import EchonetUnit
from gateway.drivers.parts.evidence import Evidence
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.parts.withholding import honest
from gateway.drivers.spi import Context
from gateway.errors import DeviceFailure, Unknown
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress

OBJECTS_ANNOUNCED = 0xD5
_WAITING = 64
log = Log()


class NodeSession:
    """The session; `begin` before anything else. It ends when the node announces other objects than it had."""

    def __init__(self, talk: Talk, objects: Sequence[int], node: str, facts: dict[str, str], context: Context) -> None:
        self._talk = talk
        self._objects = frozenset(objects)
        self._units: list[EchonetUnit] = []
        self._sessions: list[AskedSession] = []
        self._described: tuple[Description, ...] = ()
        for instance in objects:
            if (of := class_of(instance)) is not None:
                unit = EchonetUnit(talk, of, node, instance, facts, context.library)
                self._units.append(unit)
                known = honest(unit.describe, context.library, unit.words, of.takes)
                self._sessions.append(AskedSession(unit, of, Evidence(of, known, context.clock)))
        talk.heard.append(self._listed)

    @property
    def interval(self) -> float:
        """Seconds between two questions: few where one of the objects announces nothing."""
        return min(unit.interval for unit in self._units)

    async def begin(self) -> None:
        """Learn what each object can do and shows; raise TimedOut, Offline, or DeviceFailure when none of them tells what it can."""
        told: list[tuple[EchonetUnit, AskedSession]] = []
        for unit, session in zip(self._units, self._sessions, strict=True):
            try:
                await session.begin()
            except DeviceFailure as failure:
                if not told and unit is self._units[-1]:
                    raise
                log.warning("echonet.object", node=self._talk.address, reason=str(failure))
            else:
                told.append((unit, session))
        self._units, self._sessions = [unit for unit, _ in told], [session for _, session in told]

    def describe(self) -> tuple[Description, ...]:
        """Return the devices; the same tuple as long as nothing new is known."""
        new = tuple(device for session in self._sessions for device in session.describe())
        if new != self._described:
            self._described = new
        return self._described

    async def reports(self) -> AsyncIterator[Report]:
        """Yield what the objects say; raise ConnectionResetError when the conversation is over."""
        if len(self._sessions) == 1:
            async for report in self._sessions[0].reports():
                yield report
            return
        waiting: asyncio.Queue[Report | ConnectionResetError] = asyncio.Queue(_WAITING)
        tasks = [asyncio.create_task(_carry(session, waiting), name="echonet object reports") for session in self._sessions]
        try:
            while not isinstance(told := await waiting.get(), ConnectionResetError):
                yield told
            raise told
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def refresh(self) -> None:
        """Ask every object for everything; raise TimedOut when one does not answer, Offline when the conversation is over."""
        for session in self._sessions:
            await session.refresh()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Have the object do it that the command is for; raise a CommandError when it cannot."""
        async for progress in self._of(command.device).execute(command):
            yield progress

    async def cancel(self, command_id: str) -> None:
        """Refuse: nothing this session does takes long enough to be stopped."""
        await self._sessions[0].cancel(command_id)

    def _of(self, device: str) -> AskedSession:
        for session in self._sessions:
            if any(each.id == device for each in session.describe()):
                return session
        raise Unknown(f"this node has no device {device!r}")

    def _listed(self, frame: Frame) -> None:
        if frame.source != NODE or frame.service != TOLD:
            return
        for code, data in frame.properties:
            if code == OBJECTS_ANNOUNCED and frozenset(objects_of({OBJECTS: data})) != self._objects:
                self._talk.end("the node has other objects now")


async def _carry(session: AskedSession, waiting: "asyncio.Queue[Report | ConnectionResetError]") -> None:
    try:
        async for report in session.reports():
            await waiting.put(report)
    except ConnectionResetError as error:
        await waiting.put(error)
