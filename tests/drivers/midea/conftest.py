"""A simulated Midea unit for each test that asks, on an address of its own."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions, wire_factory
from firmware_sim.wires.midea.door import Door
from gateway.drivers.midea import DRIVER
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Context, Registration
from tests.drivers.units import Conversation
from tests.kit.addresses import address

FEATURES = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP", "AUX", "MTR")


@pytest.fixture
def pace() -> float:
    return 1.0


@pytest.fixture
def street() -> Callable[[], str]:
    """Addresses of 127/8 that no other test process uses."""
    return address


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
        features: Iterable[str] = FEATURES, where: str | None = None, version: int = 2, **facts: object
    ) -> AsyncIterator[House]:
        appliance = make_appliance("air-conditioner", identifier="ac-house", features=tuple(features))
        appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0, "roomTemperature": 29.0})
        appliance.advance(600)
        network = Network(where or street())
        wire = wire_factory(f"midea_v{version}")(appliance, network, WireOptions(port=0, facts=facts))
        assert isinstance(wire, Door)
        async with wire:
            yield House(appliance, network, wire)

    return build


@pytest.fixture
async def house(housing: Housing) -> AsyncIterator[House]:
    async with housing() as house:
        yield house


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
