"""What the tests of several wires do alike with one unit: hurry the clock, search for it, talk with it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Context, Driver, SearchContext, Sighting
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from gateway.thing.value import Value
from tests.drivers.kit import stages

T = TypeVar("T")
Hurry = Callable[[Awaitable[Any]], Awaitable[Any]]
PACE = 0.2
"""Seconds the clock runs in a hundredth of one."""


async def hurried(awaited: Awaitable[T], clock: SystemClock, pace: float = PACE) -> T:
    """Await something while the clock runs away."""
    task = asyncio.ensure_future(awaited)
    async with asyncio.timeout(60):
        while not task.done():
            await asyncio.sleep(0.01)
            clock.advance(pace)
    return await task


class Search:
    """A search, run faster than life, and what it told the doctor."""

    def __init__(self, driver: Driver, context: Context, *, interfaces: tuple[str, ...] = (), unicast: tuple[str, ...] = ()) -> None:
        self.asked: list[tuple[str, str]] = []
        self.dropped: list[tuple[str, str]] = []
        self._driver = driver
        self._where = SearchContext(
            interfaces=interfaces,
            unicast=unicast,
            context=context,
            asked=lambda where, what: self.asked.append((where, what)),
            dropped=lambda where, why: self.dropped.append((where, why)),
        )

    async def all(self) -> list[Sighting]:
        clock = self._where.context.clock
        assert isinstance(clock, SystemClock)
        return await hurried(self._collect(), clock, 0.04)

    async def _collect(self) -> list[Sighting]:
        assert self._driver.search is not None
        return [sighting async for sighting in self._driver.search(self._where)]


class FakeUnit(asyncio.DatagramProtocol):
    """Answers every datagram with the same bytes; `heard` are what was asked."""

    def __init__(self, answer: bytes) -> None:
        self.heard: list[bytes] = []
        self._answer = answer

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        self._transport.sendto(self._answer, addr)


async def answering(where: str, port: int, answer: bytes) -> tuple[asyncio.DatagramTransport, FakeUnit]:
    """Put up a fake unit; close the transport when done."""
    return await asyncio.get_running_loop().create_datagram_endpoint(lambda: FakeUnit(answer), local_addr=(where, port))


class Conversation:
    """An open session with one unit, and what it reports; `first`: the report it was opened with, once that was waited for."""

    def __init__(self, session: AskedSession) -> None:
        self.session = session
        self.first: Report | None = None
        self._reports = session.reports()

    @property
    def description(self) -> Description:
        return self.session.describe()[0]

    async def report(self, patience: float = 20.0) -> Report:
        async with asyncio.timeout(patience):
            return await anext(self._reports)

    async def refreshed(self) -> Report:
        """Ask for everything, and return what comes of it."""
        await self.session.refresh()
        return await self.report()

    async def do(self, operation: Operation, name: str, value: Value) -> list[str]:
        command = Command(id="c", device=self.description.id, operation=operation, name=name, input=value, principal=LOCAL)
        return [progress.state.value for progress in await stages(self.session, command)]

    async def write(self, name: str, value: Value) -> Report:
        """Write one property and return the report that follows."""
        assert await self.do(Operation.WRITE_PROPERTY, name, value) == ["completed"]
        return await self.report()
