"""The network module of a unit: found over UDP 6445 and 20086, spoken to over TCP 6444, one client at a time.

`options.facts`, all optional: `device` (its number), `serial` (32 characters), `model` (8 characters inside the serial number), `broadcast`
(true: also hear what is sent to everybody; or the broadcast address of its network: hear that too; otherwise it hears only probes sent to
its own address); of version 3 `token` and `key` (128 and 64 hexadecimal digits).
`quirks`, a list: what the board makes of settings (see there), and for the link `partial` (every packet in pieces), `duplicate`
(every packet twice), `first-come` (a newer client is turned away; as a rule it takes the place of the older), `drowsy` (version 3: the
first request of a session goes unheard). `stale`: seconds after which a connection is not answered any more, though it stays open.
`forgets`: seconds after which a session of version 3 is no longer known and every request in it answered with an error.
"""

import asyncio
import contextlib
import time
from types import TracebackType
from typing import Any, Self, cast

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.datagrams import Datagrams, Peer, broadcast_of
from firmware_sim.wires.midea.boards import board_of
from firmware_sim.wires.midea.client import Client
from firmware_sim.wires.midea.discovery import PORTS, identity_of, is_probe, reply
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.keys import Keys, keys_of
from firmware_sim.wires.midea.links import Keyed, Link, Plain
from firmware_sim.wires.midea.packet import ALIVE, ANSWER, Packet, open_packet, seal

PORT = 6444
MODEL = "HULIAN{:02X}"
"""With the number of the type in it: HULIANAC is an air conditioner."""
FIRST_COME, DROWSY = "first-come", "drowsy"

log = structlog.get_logger()


class Door:
    """The wire of one unit; `quirks`, `stale` and `forgets` may be changed while it runs.

    `address` is where it lives, `unread` counts what it could not read, `clients` the connections that were let in so far, `thrown_out`
    those that had to go for a newer one, `keys` are the secrets of version 3, `account` what an owner is told of them.
    """

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions, *, version: int) -> None:
        facts = options.facts
        self.quirks = frozenset(facts.get("quirks", ()))
        self.stale: float | None = facts.get("stale")
        self.forgets: float | None = facts.get("forgets")
        self.unread = self.clients = self.thrown_out = 0
        self.keys: Keys | None = keys_of(appliance.identifier, facts.get("token"), facts.get("key")) if version > 2 else None  # noqa: PLR2004
        self._board = board_of(appliance, self.quirks)
        model = facts.get("model", MODEL.format(self._board.type))
        self.identity = identity_of(appliance.identifier, facts.get("device"), facts.get("serial"), model, appliance=self._board.type)
        told = {"device": self.identity.device, "token": self.keys.token.hex(), "key": self.keys.key.hex()} if self.keys else {}
        self.account = dict[str, Any](told)
        self._version = version
        self._network = network
        self.address = network.address
        self._asked_port = PORT if options.port is None else options.port
        self._everybody = _everybody(self.address, facts.get("broadcast"))
        self._stack = contextlib.AsyncExitStack()
        self._client: Client | None = None
        self._talks: set[asyncio.Task[Any]] = set()
        self._port: int | None = None

    @property
    def port(self) -> int | None:
        """The TCP port it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            server = await asyncio.start_server(self._serve, self.address, self._asked_port, limit=4096)
            stack.push_async_callback(self._end_talks)
            stack.callback(server.close)
            self._port = server.sockets[0].getsockname()[1]
            for port in PORTS:
                await stack.enter_async_context(_Ear(self, self._network, port, self._everybody))
            stack.callback(self._board.listen(self._tell))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def introduction(self) -> bytes:
        """Return what it says to who asks who is there."""
        return reply(self.identity, self.address, self._port or PORT, version=self._version)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._client is not None and FIRST_COME in self.quirks:
            writer.transport.abort()
            return
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._talks.add(task)
        self._hang_up()
        self.clients += 1
        self._client = client = Client(reader, writer, self._network, self._new_link)
        try:
            await self._talk(client)
        except* OSError as gone:
            log.debug("midea client gone", reason=str(gone.exceptions[0]))
        finally:
            writer.close()
            self._talks.discard(task)
            self._client = None if self._client is client else self._client

    def _new_link(self, client: Client) -> Link:
        if self.keys is None:
            return Plain()
        return Keyed(
            self.keys, lambda data: client.say(data, self.quirks), self._misread, forgets=self.forgets, drowsy=DROWSY in self.quirks
        )

    async def _talk(self, client: Client) -> None:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(client.deliver(), name="midea wire deliver")
            while data := await client.reader.read(4096):
                for packet in () if self._deaf(client) else client.link.feed(data):
                    self._obey(client, packet)
            sending.cancel()

    def _deaf(self, client: Client) -> bool:
        return self._network.mute or (self.stale is not None and client.age >= self.stale)

    def _obey(self, client: Client, data: bytes) -> None:
        try:
            packet = open_packet(data)
            answer = self._board.answer(packet.payload) if packet.payload else b""
        except Unreadable as fault:
            self._misread(str(fault))
            return
        if answer is not None:
            self._say(client, Packet(self.identity.device, packet.message, answer))

    def _tell(self, frame: bytes) -> None:
        if self._client is not None and not self._deaf(self._client):
            self._say(self._client, Packet(self.identity.device, 0, frame))

    def _say(self, client: Client, packet: Packet) -> None:
        wrapped = client.link.wrap(seal(packet, time.time(), marker=ANSWER if packet.payload else ALIVE))
        if wrapped is not None:
            client.say(wrapped, self.quirks)

    def _misread(self, why: str) -> None:
        self.unread += 1
        log.debug("midea packet not understood", reason=why)

    def _hang_up(self) -> None:
        if self._client is not None:
            self.thrown_out += self._client.there
            self._client.writer.transport.abort()
            self._client = None

    async def _end_talks(self) -> None:
        self._hang_up()
        if self._talks:
            await asyncio.wait(self._talks)


def _everybody(address: str, told: Any) -> tuple[str, ...]:
    if not told:
        return ()
    return (broadcast_of(address),) + ((told,) if isinstance(told, str) else ())


class _Ear(Datagrams):
    """One of the two ports where a unit is looked for."""

    def __init__(self, door: Door, network: Network, port: int, everybody: tuple[str, ...]) -> None:
        super().__init__(network, port, self._asked, everybody=everybody)
        self._door = door

    def _asked(self, data: bytes, peer: Peer) -> None:
        if is_probe(data):
            self.say(self._door.introduction(), peer)
