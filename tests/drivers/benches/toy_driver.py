"""A driver for the wire of the contract's own tests, as a newcomer might write it, and right; its twins are wrong in one way each."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from gateway.drivers.parts.diagnosis import diagnosis
from gateway.drivers.parts.search import Found, Question, search
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import Ask, Candidate, Context, Driver, Registration, SearchContext, Sighting
from gateway.errors import Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut, Unauthenticated, WireError
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Value
from tests.drivers.benches.toy_wire import PORT, document, line

NAME = "toy"


class ToySession:
    """One conversation. A twin overrides what it does wrong."""

    interval = 5.0
    tries = 4
    patience = 1.5

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, registration: Registration, context: Context) -> None:
        self.registration, self.context = registration, context
        self.state: dict[str, Value] = {}
        self.told: asyncio.Queue[Report | None] = asyncio.Queue()
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._turn = asyncio.Lock()
        self._awaited: tuple[int, asyncio.Future[dict[str, Any]]] | None = None
        self._description = self.described()
        self.looking: asyncio.Future[None] | None = None

    def described(self) -> Description:
        facts = self.registration.facts
        features = tuple(filter(None, facts["features"].split(",")))
        return Description(id=self.registration.key, kind=facts["kind"], features=features)

    def describe(self) -> tuple[Description, ...]:
        return (self._description,)

    @property
    def instance(self) -> Any:
        return self.context.library.model(self._description.kind).instance(self._description)

    async def begin(self) -> None:
        await self.ask({"ask": "state"})

    async def reports(self) -> AsyncIterator[Report]:
        while (report := await self.told.get()) is not None:
            yield report
        raise ConnectionResetError("the connection is closed")

    async def refresh(self) -> None:
        self.take((await self.ask({"ask": "state"}))["state"])

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        if command.operation is Operation.INVOKE_ACTION:
            yield Progress(state=AckState.COMPLETED, output=self.diagnosed())
            return
        asked = {command.name: command.input} if command.operation is Operation.WRITE_PROPERTY else command.input
        assert isinstance(asked, dict)
        await self.set(asked)
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        raise StateConflict(f"{command_id} is over")

    def diagnosed(self) -> Value:
        return diagnosis(answered=True, faults=[])

    async def set(self, asked: Mapping[str, Value]) -> None:
        for name, value in asked.items():
            self.check(name, value)
        self.take((await self.ask({"set": dict(asked)}))["state"])

    def check(self, name: str, value: Value) -> None:
        if self.instance.properties[name].read_only:
            raise ReadOnly(f"{name} is only measured", property=name)
        self.instance.check_value(name, value)
        if name in {"mode", "powerOnState"} and value not in self.instance.properties[name].schema["enum"]:
            raise SchemaViolation(f"{name} is no word of this wire", property=name)

    def take(self, state: dict[str, Value]) -> None:
        """Tell a whole state."""
        self.state = state
        self.told.put_nowait(Report(device=self._description.id, values=self.shown(state), complete=True))

    def shown(self, state: dict[str, Value]) -> dict[str, Value]:
        return state

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        async with self._turn:
            for left in reversed(range(self.tries)):
                try:
                    return await self._once(request)
                except TimedOut:
                    if not left:
                        raise
        raise TimedOut

    async def _once(self, request: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        awaited: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._awaited = (number, awaited)
        try:
            self._writer.write(line({"n": number, "key": self.registration.credentials.get("key"), **request}))
            answer = await within(self.context.clock, self.patience, awaited, "the toy did not answer")
        finally:
            self._awaited = None
        if answer.get("error") == "key":
            self.refused()
        return answer

    def refused(self) -> None:
        raise Unauthenticated("the key is not this unit's: `hulian credentials import` takes the right one")

    async def listen(self) -> None:
        try:
            while data := await self.line():
                self.heard(data)
        except OSError:
            pass
        self.told.put_nowait(None)
        if self._awaited is not None and not self._awaited[1].done():
            self._awaited[1].set_exception(Offline("the connection is closed"))

    async def line(self) -> bytes:
        try:
            return await self._reader.readline()
        except ValueError:
            return b"\n"

    def heard(self, data: bytes) -> None:
        said = self.decoded(data)
        if said is None or not isinstance(said.get("n"), int | None):
            return
        if "n" not in said:
            self.news(said)
        elif self._awaited is not None and self._awaited[0] == said["n"] and not self._awaited[1].done():
            self._awaited[1].set_result(said)

    def decoded(self, data: bytes) -> dict[str, Any] | None:
        return document(data)

    def news(self, said: dict[str, Any]) -> None:  # noqa: ARG002 - a twin believes it
        """Look again at what changed: what comes unasked may be old."""
        if self.looking is None or self.looking.done():
            self.looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        with contextlib.suppress(TimedOut, Offline):
            await self.refresh()


class Toy:
    """The functions of the driver's record; a twin overrides one, or the class of its sessions."""

    session = ToySession

    def record(self) -> Driver:
        return Driver(
            name=NAME,
            title="A toy",
            kinds=("fan",),
            recognise=self.recognise,
            open=self.open,
            search=self.search,
            pair=self.pair,
        )

    def search(self, where: SearchContext) -> AsyncIterator[Sighting]:
        return search(where, NAME, [Question(b"who", PORT)], self.found)

    def found(self, data: bytes, _address: str) -> Found:
        said = document(data)
        if said is None:
            raise WireError("damaged")
        facts = {"id": said["id"], "kind": said["kind"], "features": ",".join(said["features"])}
        return Found(key=said["id"], name=said["id"], port=PORT, facts=facts)

    def recognise(self, sighting: Sighting) -> Candidate | None:
        if sighting.service != NAME:
            return None
        facts = sighting.facts
        return Candidate(
            driver=NAME,
            key=facts["id"],
            title="A toy",
            kind=facts["kind"],
            address=sighting.address,
            port=sighting.port,
            facts=facts,
            needs=("key",),
        )

    def pair(self, _candidate: Candidate, ask: Ask) -> Awaitable[Mapping[str, str]]:
        async def work() -> Mapping[str, str]:
            return {"key": await ask("key", "what is the key?")}

        return work()

    @asynccontextmanager
    async def open(self, registration: Registration, context: Context) -> AsyncIterator[ToySession]:
        connecting = asyncio.open_connection(registration.address, registration.port)
        reader, writer = await within(context.clock, 5.0, connecting, "no connection")
        session = self.session(reader, writer, registration, context)
        listening = asyncio.create_task(session.listen(), name="toy")
        try:
            await session.begin()
            yield session
        finally:
            await self.close(session, listening, writer)

    async def close(self, session: ToySession, listening: "asyncio.Task[None]", writer: asyncio.StreamWriter) -> None:
        listening.cancel()
        if session.looking is not None:
            session.looking.cancel()
        writer.transport.abort()
        await asyncio.wait({listening})
        with contextlib.suppress(OSError):
            await writer.wait_closed()
