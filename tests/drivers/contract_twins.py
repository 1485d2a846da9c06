"""Drivers that are wrong in one way each, and the check of the contract that must notice it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, ClassVar

from gateway.drivers.spi import Ask, Candidate, Context, Registration, Sighting
from gateway.errors import Offline, ReadOnly, TimedOut
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Value
from tests.drivers.benches.toy_driver import Toy, ToySession


class _KnowsPlaces(Toy):
    def recognise(self, sighting: Sighting) -> Candidate | None:
        found = super().recognise(sighting)
        return None if found is None else replace(found, key=sighting.address)


class _ForgetsTheKey(Toy):
    def pair(self, _candidate: Candidate, ask: Ask) -> Awaitable[Mapping[str, str]]:
        async def work() -> Mapping[str, str]:
            await ask("key", "what is the key?")
            return {}

        return work()


class _SulksOverKeys(ToySession):
    def refused(self) -> None:
        raise TimedOut("no answer")


class _TellsTheKey(ToySession):
    def refused(self) -> None:
        raise Offline(f"the key {self.registration.credentials['key']} is wrong; `hulian credentials import` takes the right one")


class _Dead:
    """What is carried though nobody is there."""

    interval = 5.0

    def __init__(self, registration: Registration) -> None:
        facts = registration.facts
        self._described = (Description(id=registration.key, kind=facts["kind"], features=tuple(facts["features"].split(","))),)

    def describe(self) -> tuple[Description, ...]:
        return self._described

    async def reports(self) -> AsyncIterator[Report]:
        await asyncio.Event().wait()
        yield Report(device="")

    async def refresh(self) -> None:
        return

    async def execute(self, _command: Command) -> AsyncIterator[Progress]:
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, _command_id: str) -> None:
        return


class _SeesGhosts(Toy):
    @asynccontextmanager
    async def open(self, registration: Registration, context: Context) -> AsyncIterator[Any]:
        try:
            async with super().open(registration, context) as session:
                yield session
        except OSError:
            yield _Dead(registration)


class _GivesUpForGood(Toy):
    def __init__(self) -> None:
        self.given_up = False

    @asynccontextmanager
    async def open(self, registration: Registration, context: Context) -> AsyncIterator[Any]:
        if self.given_up:
            raise Offline("it was away once")
        try:
            async with super().open(registration, context) as session:
                yield session
        except (TimedOut, Offline, OSError):
            self.given_up = True
            raise


class _Secretive(ToySession):
    def shown(self, state: dict[str, Value]) -> dict[str, Value]:
        return {name: value for name, value in state.items() if name != "claims"}


class _Inventive(ToySession):
    def shown(self, state: dict[str, Value]) -> dict[str, Value]:
        return state | {"mode": "gale"}


class _Inverted(ToySession):
    def shown(self, state: dict[str, Value]) -> dict[str, Value]:
        return state | {"childLock": not state["childLock"]}


class _Deaf(ToySession):
    def shown(self, state: dict[str, Value]) -> dict[str, Value]:
        self.first = getattr(self, "first", state)
        return self.first


class _Lazy(ToySession):
    interval = 9000.0


class _Vague(ToySession):
    def diagnosed(self) -> Value:
        return {"checks": "fine"}


class _Optimist(ToySession):
    async def set(self, asked: Mapping[str, Value]) -> None:
        for name, value in asked.items():
            self.check(name, value)
        self.take(self.state | dict(asked))


class _LosesAWord(ToySession):
    async def set(self, asked: Mapping[str, Value]) -> None:
        await super().set({name: "normal" if value == "sleep" else value for name, value in asked.items()})


class _FallsShort(ToySession):
    async def set(self, asked: Mapping[str, Value]) -> None:
        await super().set({name: min(value, 99) if name == "fanPercent" else value for name, value in asked.items()})


class _CannotAndSaysNothingBefore(ToySession):
    def check(self, name: str, value: Value) -> None:
        if name == "swing":
            raise ReadOnly("swing cannot be set over this wire")
        super().check(name, value)


class _OneAtATime(ToySession):
    async def set(self, asked: Mapping[str, Value]) -> None:
        await super().set(dict(list(asked.items())[:1]))


class _TakesAnything(ToySession):
    def check(self, name: str, value: Value) -> None:  # noqa: ARG002 - that is what is wrong
        return


class _SaysNoWithoutAWord(ToySession):
    def check(self, name: str, value: Value) -> None:
        if self.instance.properties[name].read_only:
            raise ReadOnly("")
        super().check(name, value)


class _Insists(ToySession):
    left: ClassVar[dict[str, Value]] = {}

    async def begin(self) -> None:
        await super().begin()
        if self.left:
            await self.ask({"set": dict(self.left)})

    async def set(self, asked: Mapping[str, Value]) -> None:
        self.left.update(asked)
        await super().set(asked)
        self.left.clear()


class _NeverNotices(ToySession):
    async def refresh(self) -> None:
        with suppress(TimedOut, Offline):
            await super().refresh()


class _SticksToItsPlace(Toy):
    def __init__(self) -> None:
        self.place = ""

    @asynccontextmanager
    async def open(self, registration: Registration, context: Context) -> AsyncIterator[Any]:
        self.place = self.place or registration.address
        async with super().open(replace(registration, address=self.place), context) as session:
            yield session


class _NewPlaceNewDevice(ToySession):
    def described(self) -> Description:
        return replace(super().described(), id=f"fan-{self.registration.address.replace('.', '-')}")


class _Impatient(ToySession):
    tries, patience = 1, 0.5


class _GivesUpAtOnce(ToySession):
    tries = 1


class _Dawdles(ToySession):
    async def line(self) -> bytes:
        await asyncio.sleep(0.02)
        return await super().line()


class _Brittle(ToySession):
    def decoded(self, data: bytes) -> dict[str, Any] | None:
        try:
            return json.loads(data.partition(b" ")[2])  # type: ignore[no-any-return]
        except ValueError as error:
            if self._awaited is not None and not self._awaited[1].done():
                self._awaited[1].set_exception(error)
            return None


class _Gullible(ToySession):
    def decoded(self, data: bytes) -> dict[str, Any] | None:
        try:
            said = json.loads(data.partition(b" ")[2])
        except ValueError:
            return {"state": self.state | {"mode": data[-9:-1].decode("latin-1")}} if self.state else None
        return said if isinstance(said, dict) else None

    def news(self, said: dict[str, Any]) -> None:
        self.take(said["state"])


class _BelievesWhatIsLate(ToySession):
    def heard(self, data: bytes) -> None:
        super().heard(data)
        said = self.decoded(data)
        if said is not None and "state" in said:
            self.take(said["state"])


class _OneReadOneLine(ToySession):
    async def line(self) -> bytes:
        return await self._reader.read(65536)


class _LeavesATask(ToySession):
    async def begin(self) -> None:
        await super().begin()
        left.append(asyncio.create_task(asyncio.sleep(3600)))


class _LeavesASocket(ToySession):
    async def begin(self) -> None:
        await super().begin()
        left.append(socket.socket())


class _HoldsOn(Toy):
    async def close(
        self,
        session: ToySession,  # noqa: ARG002 - nothing of it is ended
        listening: "asyncio.Task[None]",
        writer: asyncio.StreamWriter,
    ) -> None:
        left.append(writer)
        listening.cancel()
        await asyncio.wait({listening})


left: list[Any] = []
"""What twins left behind, for the tests to clear away."""

TWINS: tuple[tuple[str, type[Toy | ToySession]], ...] = (
    ("found", _KnowsPlaces),
    ("key", _ForgetsTheKey),
    ("wrong key", _SulksOverKeys),
    ("wrong key", _TellsTheKey),
    ("nobody there", _SeesGhosts),
    ("away at first", _GivesUpForGood),
    ("whole", _Secretive),
    ("fits", _Inventive),
    ("agrees", _Inverted),
    ("by hand", _Deaf),
    ("push", _Deaf),
    ("often enough", _Lazy),
    ("diagnosis", _Vague),
    ("every property", _Optimist),
    ("every property", _LosesAWord),
    ("every property", _FallsShort),
    ("every property", _CannotAndSaysNothingBefore),
    ("several at once", _OneAtATime),
    ("refused", _TakesAnything),
    ("read-only", _SaysNoWithoutAWord),
    ("read-only", _TakesAnything),
    ("gone in the middle", _Insists),
    ("silent and back", _NeverNotices),
    ("unplugged and back", _GivesUpForGood),
    ("without internet", _NeverNotices),
    ("new address", _SticksToItsPlace),
    ("new address", _NewPlaceNewDevice),
    ("slow", _Impatient),
    ("flooding", _Dawdles),
    ("malformed", _Brittle),
    ("malformed", _Gullible),
    ("twice and late", _BelievesWhatIsLate),
    ("lost", _GivesUpAtOnce),
    ("pieces", _OneReadOneLine),
    ("nothing left behind", _LeavesATask),
    ("nothing left behind", _LeavesASocket),
    ("connections", _HoldsOn),
)
"""Check to a driver that must not pass it."""
