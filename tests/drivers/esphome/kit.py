"""What the tests of ESPHome's driver share: a simulated node with a conversation, and a stranger on its port that says what it likes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.esphome.framing import Plain
from firmware_sim.wires.esphome.messages import catalogue
from firmware_sim.wires.esphome_api import PORT, Wire
from gateway.drivers.esphome.library import Secrets
from gateway.drivers.esphome.link import Link, linked
from gateway.drivers.esphome.node import Node
from gateway.drivers.esphome.roster import Roster, roster_of
from gateway.thing.clock import SystemClock
from gateway.thing.value import Value
from tests.kit.addresses import address

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # a test vector: no node has it
OTHER = "HxwdHh8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRo="  # likewise
MAC = "AA:BB:CC:DD:EE:FF"
COMPACT = "aabbccddeeff"


@asynccontextmanager
async def node(kind: str, model: str, **facts: object) -> AsyncIterator[tuple[Appliance, Wire, str]]:
    """Run a simulated node in clear, unless `key` says otherwise."""
    appliance = make_appliance(kind, identifier="esphome-driven")
    network = Network(address())
    told = {"node": model, "key": "none", "mac": MAC, **facts}
    async with Wire(appliance, network, WireOptions(facts=told)) as wire:
        yield appliance, wire, network.address


@dataclass
class Talk:
    """A conversation with a node: what it has told so far, by the keys of features."""

    link: Link
    roster: Roster
    node: Node
    told: dict[str, Value]
    clock: SystemClock

    def take(self, said: Mapping[str, Value]) -> None:
        self.told |= said


@asynccontextmanager
async def talk(where: str, key: str = "", password: str = "", port: int = PORT) -> AsyncIterator[Talk]:
    """Hold a conversation as a session does, below the profile."""
    clock = SystemClock()
    async with linked(where, port, Secrets(key=key, password=password), COMPACT, clock) as link:
        roster = await roster_of(link, clock)
        held = Talk(link, roster, Node(link, roster, clock), {}, clock)
        held.node.heard = held.take
        await held.node.begin()
        yield held


Stranger = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def stranger(says: Stranger) -> AsyncIterator[str]:
    """Run something else on the port of a node."""
    open_ones: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones[task] = writer
        try:
            await says(reader, writer)
            await reader.read()
        except OSError:
            pass
        finally:
            writer.transport.abort()

    where = address()
    server = await asyncio.start_server(serve, where, PORT)
    try:
        yield where
    finally:
        server.close()
        for writer in open_ones.values():
            writer.transport.abort()
        if open_ones:
            await asyncio.wait(open_ones)


def plain(name: str, /, **fields: Any) -> bytes:
    """Return a message of the simulator's codec, in clear."""
    message = catalogue().name(name)
    return Plain().wrap(message.number, message.encode(fields))


HELLO = plain("HelloResponse", api_version_major=1, api_version_minor=12, name="stranger")
INFO = plain("DeviceInfoResponse", name="stranger", mac_address=MAC)
DONE = plain("ListEntitiesDoneResponse")
