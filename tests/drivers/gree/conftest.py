"""A simulated Gree unit for each test that asks, on an address of its own, and a conversation with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.gree_lan import Wire
from gateway.drivers.gree import DRIVER
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Context, Registration
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from gateway.thing.value import Value
from tests.drivers.kit import LIBRARY
from tests.kit.addresses import address

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

T = TypeVar("T")
FEATURES = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP")


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def context(clock: SystemClock) -> Context:
    return Context(gateway="test", clock=clock, random=Random(1), library=LIBRARY)


@dataclass
class House:
    """One unit and how the gateway would know it; `say` sends what the unit says, and a test may put its own in between."""

    appliance: Appliance
    network: Network
    wire: Wire

    @property
    def registration(self) -> Registration:
        facts = {"mid": self.wire.identity.mid}
        return Registration(driver="gree", key=self.wire.identity.mac, address=self.network.address, port=self.wire.port or 0, facts=facts)

    def between(self, hear: Callable[[Callable[[], None]], None]) -> Callable[[], None]:
        """Hand every answer of the unit to `hear` as something that sends it; return what ends that."""
        door = self.wire._door
        say = door.say

        def hold(data: bytes, peer: tuple[str, int]) -> None:
            hear(lambda: say(data, peer))

        door.say = hold  # type: ignore[method-assign]

        def end() -> None:
            door.say = say  # type: ignore[method-assign]

        return end


Housing = Callable[..., AbstractAsyncContextManager[House]]


@asynccontextmanager
async def built(kind: str = "air-conditioner", features: Iterable[str] = FEATURES, port: int = 0, **facts: Any) -> AsyncIterator[House]:
    appliance = make_appliance(kind, identifier="gree-house", features=tuple(features))
    if kind == "air-conditioner":
        appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0, "roomTemperature": 29.0})
        appliance.advance(600)
    network = Network(address())
    async with Wire(appliance, network, WireOptions(port=port, facts=facts)) as wire:
        yield House(appliance, network, wire)


@pytest.fixture
def housing() -> Housing:
    return built


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with built() as house:
        yield house


class Conversation:
    """An open session and what it has reported."""

    def __init__(self, session: AskedSession) -> None:
        self.session = session
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
        return [progress.state.value async for progress in self.session.execute(command)]

    async def write(self, name: str, value: Value) -> Report:
        """Write one property and return the report that follows."""
        assert await self.do(Operation.WRITE_PROPERTY, name, value) == ["completed"]
        return await self.report()


@asynccontextmanager
async def conversed(house: House, context: Context, **facts: str) -> AsyncIterator[Conversation]:
    registration = replace(house.registration, facts={**house.registration.facts, **facts})
    async with DRIVER.open(registration, context) as session:
        assert isinstance(session, AskedSession)
        talk = Conversation(session)
        await talk.report()
        yield talk


Conversing = Callable[..., AbstractAsyncContextManager[Conversation]]


@pytest.fixture
def conversing(context: Context) -> Conversing:
    return lambda house, **facts: conversed(house, context, **facts)


@pytest.fixture
async def talk(house: House, conversing: Conversing) -> AsyncIterator[Conversation]:
    async with conversing(house) as talk:
        yield talk


@pytest.fixture
def hurry(clock: SystemClock) -> Callable[[Awaitable[T]], Awaitable[T]]:
    """Await something while the clock runs away."""

    async def run(awaited: Awaitable[T]) -> T:
        task = asyncio.ensure_future(awaited)
        while not task.done():
            await asyncio.sleep(0.01)
            clock.advance(0.3)
        return await task

    return run
