"""Drivers that misbehave in one way each, and one that does not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from gateway.drivers.spi import Context, Driver, Registration
from gateway.errors import StateConflict, TimedOut
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session


class Healthy:
    """A session that reports when told to and does what it is asked."""

    def __init__(self, registration: Registration, context: Context) -> None:  # noqa: ARG002 - what `open` is given
        self.device = registration.key
        self.address = registration.address
        self.queue: asyncio.Queue[Report | Exception | None] = asyncio.Queue()
        self.executed: list[Command] = []
        self.cancelled: list[str] = []
        self.descriptions = (Description(id=self.device, kind="plug"),)

    def describe(self) -> tuple[Description, ...]:
        return self.descriptions

    def say(self, **values: Any) -> None:
        self.queue.put_nowait(Report(device=self.device, values=values))

    async def reports(self) -> AsyncIterator[Report]:
        while (report := await self.queue.get()) is not None:
            if isinstance(report, Exception):
                raise report
            yield report

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        yield Progress(state=AckState.ACCEPTED)
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        self.cancelled.append(command_id)


class NeverAcks(Healthy):
    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        await asyncio.Event().wait()
        yield Progress(state=AckState.COMPLETED)


class TakesItsTime(Healthy):
    """Accepts at once and is done when `arrived` is set, as a curtain is."""

    def __init__(self, registration: Registration, context: Context) -> None:
        super().__init__(registration, context)
        self.arrived = asyncio.Event()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        yield Progress(state=AckState.ACCEPTED)
        await self.arrived.wait()
        yield Progress(state=AckState.COMPLETED)


class DiesInTheMiddle(Healthy):
    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        yield Progress(state=AckState.RUNNING)
        self.queue.put_nowait(OSError("the cable was pulled"))
        await asyncio.Event().wait()


class ThrowsInExecute(Healthy):
    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        if command.name == "refused":
            raise StateConflict("not now", constraint="c1")
        if command.name == "cancelled":
            raise asyncio.CancelledError
        raise ZeroDivisionError("a mistake")
        yield

    async def cancel(self, command_id: str) -> None:
        raise KeyError(command_id)


class EndsWithoutResult(Healthy):
    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.executed.append(command)
        yield Progress(state=AckState.ACCEPTED)


class ThrowsInReports(Healthy):
    async def reports(self) -> AsyncIterator[Report]:
        yield Report(device=self.device, values={"power": True})
        raise ZeroDivisionError("a mistake")


class CancelsItself(Healthy):
    async def reports(self) -> AsyncIterator[Report]:
        yield Report(device=self.device, values={"power": True})
        raise asyncio.CancelledError


class Floods(Healthy):
    """Reports without ever letting go of the loop."""

    async def reports(self) -> AsyncIterator[Report]:
        count = 0
        while True:
            count += 1
            yield Report(device=self.device, values={"count": count})


class Impostor(Healthy):
    """Speaks for a device it does not carry."""

    async def reports(self) -> AsyncIterator[Report]:
        yield Report(device="somebody-else", values={"power": True})
        yield Report(device=self.device, values={"power": True})
        await asyncio.Event().wait()


class PolledSession(Healthy):
    interval = 0.02

    def __init__(self, registration: Registration, context: Context) -> None:
        super().__init__(registration, context)
        self.refreshed = 0
        self.silent = False

    async def refresh(self) -> None:
        self.refreshed += 1
        if self.silent:
            raise TimedOut("no answer")
        self.say(count=self.refreshed)


class PushedSession(Healthy):
    def __init__(self, registration: Registration, context: Context) -> None:
        super().__init__(registration, context)
        self.deliver: Callable[[Report], None] = lambda _: None
        self.news: asyncio.Queue[Exception | None] = asyncio.Queue()

    def push(self, deliver: Callable[[Report], None]) -> None:
        self.deliver = deliver

    async def changed(self) -> None:
        news = await self.news.get()
        if news is not None:
            raise news


class Workshop:
    """Makes drivers out of session classes, and keeps the sessions they opened (newest last) by key."""

    def __init__(self) -> None:
        self.opened: dict[str, list[Any]] = {}
        self.attempts: dict[str, int] = {}
        self.closed: list[str] = []
        self.kinds: dict[str, type[Healthy]] = {}
        self.hang_in_open: set[str] = set()
        self.fail_in_open: dict[str, Exception] = {}
        self.hang_in_close: set[str] = set()
        self.hide_being_cancelled: set[str] = set()
        """Closing waits, and where it is cancelled it raises something else, as a task group does whose tasks fail meanwhile."""

    def newest(self, key: str) -> Any:
        return self.opened[key][-1]

    def load(self, name: str) -> Driver:
        @asynccontextmanager
        async def open_session(registration: Registration, context: Context) -> AsyncIterator[Session]:
            key = registration.key
            self.attempts[key] = self.attempts.get(key, 0) + 1
            if key in self.hang_in_open:
                await asyncio.Event().wait()
            if key in self.fail_in_open:
                raise self.fail_in_open[key]
            session = self.kinds.get(key, Healthy)(registration, context)
            self.opened.setdefault(key, []).append(session)
            try:
                yield session
            finally:
                self.closed.append(key)
                if key in self.hang_in_close:
                    await asyncio.Event().wait()
                if key in self.hide_being_cancelled:
                    try:
                        await asyncio.Event().wait()
                    except asyncio.CancelledError:
                        raise OSError("no answer") from None

        return Driver(name=name, title=name, kinds=("plug",), recognise=lambda _: None, open=open_session)
