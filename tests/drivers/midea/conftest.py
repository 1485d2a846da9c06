"""A simulated Midea unit for each test that asks, on an address of its own."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

import pytest
from hypothesis import settings

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions, wire_factory
from firmware_sim.wires.midea.door import Door
from gateway.drivers.midea import DRIVER
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Context, Registration
from gateway.profile.library import Library
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from gateway.thing.value import Value

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

T = TypeVar("T")
FEATURES = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP", "AUX", "MTR")
LIBRARY = Library()
_PLACES = itertools.count(1)


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def context(clock: SystemClock) -> Context:
    return Context(gateway="test", clock=clock, random=Random(1), library=LIBRARY)


@pytest.fixture
def street() -> Callable[[], str]:
    """Addresses of 127/8 that no other test process uses."""
    process = os.getpid() & 0x3FFF
    return lambda: f"127.{128 + (process >> 7)}.{(process & 0x7F) * 2}.{1 + next(_PLACES) % 250}"


@dataclass
class House:
    """One unit and how the gateway would know it."""

    appliance: Appliance
    network: Network
    wire: Door

    @property
    def registration(self) -> Registration:
        keys = self.wire.keys
        return Registration(
            driver="midea",
            key=str(self.wire.identity.device),
            address=self.network.address,
            port=self.wire.port or 0,
            facts={"type": "ac", "version": "2" if keys is None else "3", "model": "HULIANAC"},
            credentials={} if keys is None else {"token": keys.token.hex(), "key": keys.key.hex()},
        )


Housing = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def housing(street: Callable[[], str]) -> Housing:
    @asynccontextmanager
    async def build(
        features: Iterable[str] = FEATURES, address: str | None = None, version: int = 2, **facts: object
    ) -> AsyncIterator[House]:
        appliance = make_appliance("air-conditioner", identifier="ac-house", features=tuple(features))
        appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0, "roomTemperature": 29.0})
        appliance.advance(600)
        network = Network(address or street())
        wire = wire_factory(f"midea_v{version}")(appliance, network, WireOptions(port=0, facts=facts))
        assert isinstance(wire, Door)
        async with wire:
            yield House(appliance, network, wire)

    return build


@pytest.fixture
async def house(housing: Housing) -> AsyncIterator[House]:
    async with housing() as house:
        yield house


class Conversation:
    """An open session and what it has reported."""

    def __init__(self, session: AskedSession) -> None:
        self.session = session
        self.first: Report | None = None
        self._reports = session.reports()

    async def report(self, patience: float = 20.0) -> Report:
        async with asyncio.timeout(patience):
            return await anext(self._reports)

    async def do(self, operation: Operation, name: str, value: Value) -> list[str]:
        (description,) = self.session.describe()
        command = Command(id="c", device=description.id, operation=operation, name=name, input=value, principal=LOCAL)
        return [progress.state.value async for progress in self.session.execute(command)]

    async def write(self, name: str, value: Value) -> Report:
        """Write one property and return the report that follows."""
        assert await self.do(Operation.WRITE_PROPERTY, name, value) == ["completed"]
        return await self.report()


Conversing = Callable[..., AbstractAsyncContextManager[Conversation]]


@pytest.fixture
def conversing(context: Context) -> Conversing:
    @asynccontextmanager
    async def begin(house: House, **facts: str) -> AsyncIterator[Conversation]:
        registration = replace(house.registration, facts={**house.registration.facts, **facts})
        async with DRIVER.open(registration, context) as session:
            assert isinstance(session, AskedSession)
            talk = Conversation(session)
            talk.first = await talk.report()
            await session.refresh()
            yield talk

    return begin


Hurry = Callable[[Awaitable[T]], Awaitable[T]]


@pytest.fixture
def hurry(clock: SystemClock) -> Callable[[Awaitable[T]], Awaitable[T]]:
    """Await something while the clock runs away."""

    async def run(awaited: Awaitable[T]) -> T:
        task = asyncio.ensure_future(awaited)
        while not task.done():
            await asyncio.sleep(0.01)
            clock.advance(1.0)
        return await task

    return run
