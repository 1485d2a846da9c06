"""A simulated Gree unit for each test that asks, on an address of its own, and a conversation with it."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.gree_lan import Wire
from gateway.drivers.gree import DRIVER
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Context, Registration
from tests.drivers.units import Conversation
from tests.kit.addresses import address

FEATURES = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP")


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


@asynccontextmanager
async def conversed(house: House, context: Context, **facts: str) -> AsyncIterator[Conversation]:
    registration = replace(house.registration, facts={**house.registration.facts, **facts})
    async with DRIVER.open(registration, context) as session:
        assert isinstance(session, AskedSession)
        talk = Conversation(session)
        talk.first = await talk.report()
        yield talk


Conversing = Callable[..., AbstractAsyncContextManager[Conversation]]


@pytest.fixture
def conversing(context: Context) -> Conversing:
    return lambda house, **facts: conversed(house, context, **facts)


@pytest.fixture
async def talk(house: House, conversing: Conversing) -> AsyncIterator[Conversation]:
    async with conversing(house) as talk:
        yield talk
