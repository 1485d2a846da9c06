"""Devices for the driver's tests: the simulated ones, and one that does what the test scripts."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.miio.packet import HELLO, Packet, introduction, open_packet, seal
from firmware_sim.wires.miio_lan import Wire
from gateway.drivers.spi import Registration
from tests.kit.addresses import address

TOKEN = bytes.fromhex("00112233445566778899aabbccddeeff")  # a test vector: no device has it
DEVICE = 301234567


class Home:
    """A simulated device and how a hub would know it."""

    def __init__(self, appliance: Appliance, network: Network, wire: Wire) -> None:
        self.appliance = appliance
        self.network = network
        self.wire = wire

    @property
    def registration(self) -> Registration:
        return Registration(
            driver="miio", key=str(DEVICE), address=self.network.address, port=self.wire.port or 0, credentials={"token": TOKEN.hex()}
        )


Living = Callable[..., AbstractAsyncContextManager[Home]]


@pytest.fixture
def living() -> Living:
    @asynccontextmanager
    async def live(kind: str, model: str, **facts: Any) -> AsyncIterator[Home]:
        appliance = make_appliance(kind, identifier="miio-home")
        network = Network(address())
        told = {"model": model, "token": TOKEN.hex(), "did": DEVICE, **facts}
        async with Wire(appliance, network, WireOptions(facts=told)) as wire:
            yield Home(appliance, network, wire)

    return live


Answer = Callable[[str, Any], Any]


class Scripted(asyncio.DatagramProtocol):
    """A device that answers what `script(method, params)` returns: a result, an exception with code and message, bytes as they are, None.

    `said`: every request it could read, as (method, params, stamp). `stamp`: its clock. `drop`: as many requests it does not hear.
    `deaf`: it hears nothing.
    """

    def __init__(self, script: Answer) -> None:
        self.script = script
        self.said: list[tuple[str, Any, int]] = []
        self.numbers: list[int] = []
        self.hellos = 0
        self.stamp = 1000
        self.device = DEVICE
        self.shown = b"\xff" * 16
        self.drop = 0
        self.deaf = False
        self._transport: asyncio.DatagramTransport | None = None
        self.peer: tuple[str, int] = ("", 0)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer = addr
        if self.deaf:
            return
        if data == HELLO:
            self.hellos += 1
            self.send(introduction(self.device, self.stamp, self.shown))
            return
        packet = open_packet(data, TOKEN)
        request = json.loads(packet.payload)
        self.said.append((request["method"], request["params"], packet.stamp))
        self.numbers.append(request["id"])
        if self.drop:
            self.drop -= 1
            return
        for each in _several(self.script(request["method"], request["params"])):
            self.answer(request["id"], each)

    def answer(self, number: int, what: Any) -> None:
        if isinstance(what, bytes):
            self.send(what)
        elif isinstance(what, Trouble):
            self.reply({"id": number, "error": {"code": what.code, "message": "no"}})
        elif what is not None:
            self.reply({"id": number, "result": what})

    def reply(self, document: Any, stamp: int | None = None) -> None:
        payload = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send(seal(Packet(self.device, self.stamp if stamp is None else stamp, payload), TOKEN))

    def send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(data, self.peer)


class Trouble:
    """An error a scripted device answers with."""

    def __init__(self, code: int) -> None:
        self.code = code


class Several(list[Any]):
    """What a scripted device says one after the other."""


def _several(said: Any) -> Iterable[Any]:
    return said if isinstance(said, Several) else [said]


@asynccontextmanager
async def scripted(script: Answer) -> AsyncIterator[tuple[Scripted, str, int]]:
    """Run a scripted device; yield it, its address and its port."""
    where = address()
    transport, device = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Scripted(script), local_addr=(where, 0))
    try:
        yield device, where, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
