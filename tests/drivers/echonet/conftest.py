"""A simulated node for each test that asks, a session with it, and a node that is only bytes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.echonet.common import identification
from firmware_sim.wires.echonet_lite import Wire
from gateway.drivers.echonet import DRIVER
from gateway.drivers.echonet.session import NodeSession
from gateway.drivers.spi import Context, Registration
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from gateway.thing.value import Value
from tests.drivers.kit import until
from tests.kit.addresses import address


@dataclass
class House:
    """One appliance of a node, and how the gateway would know the node if this is the first."""

    appliance: Appliance
    network: Network
    wire: Wire

    @property
    def registration(self) -> Registration:
        return Registration(
            driver="echonet", key=identification(self.appliance.identifier)[1:].hex(), address=self.network.address, port=3610
        )


Housing = Callable[..., AbstractAsyncContextManager[House]]


@asynccontextmanager
async def built(
    kind: str = "air-conditioner", features: tuple[str, ...] | None = None, where: str = "", name: str = "el-house", **facts: Any
) -> AsyncIterator[House]:
    appliance = make_appliance(kind, identifier=name, features=features)
    if "power" in appliance.surface.writable:
        appliance.write({"power": True})
    network = Network(where or address())
    async with Wire(appliance, network, WireOptions(facts=facts)) as wire:
        yield House(appliance, network, wire)


@pytest.fixture
def housing() -> Housing:
    return built


class Conversation:
    """An open session and everything it has reported, by device."""

    def __init__(self, session: NodeSession) -> None:
        self.session = session
        self.values: dict[str, dict[str, Value]] = {}
        self.ended: Exception | None = None
        self.complete = 0
        self._following = asyncio.create_task(self._follow(), name="conversation")

    @property
    def devices(self) -> list[str]:
        return [each.id for each in self.session.describe()]

    def shown(self, number: int = 0) -> dict[str, Value]:
        return self.values.get(self.devices[number], {})

    async def shows(self, name: str, value: Value, number: int = 0) -> None:
        await until(lambda: self.shown(number).get(name) == value, f"{name} becomes {value!r}", 5.0)

    async def do(self, name: str, value: Value, number: int = 0, operation: Operation = Operation.WRITE_PROPERTY) -> list[str]:
        command = Command(id="c", device=self.devices[number], operation=operation, name=name, input=value, principal=LOCAL)
        return [progress.state.value async for progress in self.session.execute(command)]

    async def close(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        try:
            async for report in self.session.reports():
                self.values.setdefault(report.device, {}).update(report.values)
                self.complete += report.complete
        except ConnectionResetError as error:
            self.ended = error


Conversing = Callable[..., AbstractAsyncContextManager[Conversation]]


@pytest.fixture
def conversing(context: Context) -> Conversing:
    @asynccontextmanager
    async def begin(house: House, registration: Registration | None = None) -> AsyncIterator[Conversation]:
        async with DRIVER.open(registration or house.registration, context) as session:
            assert isinstance(session, NodeSession)
            talk = Conversation(session)
            try:
                yield talk
            finally:
                await talk.close()

    return begin
