"""A simulated Midea air conditioner: found over UDP 6445 and 20086, spoken to over TCP 6444 with version 2 of the make's protocol.

`options.facts`, all optional: `device` (its number), `serial` (32 characters), `model` (8 characters inside the serial number), `broadcast`
(true: also hear broadcasts; otherwise only probes sent to its own address), `quirks` (list of `seventeen`, `whole`, and for the link:
`partial` sends every packet in pieces, `duplicate` sends it twice). Like the real module it serves one client: a newer one takes its place.
"""

import asyncio
import contextlib
import socket
import time
from types import TracebackType
from typing import Any, Self, cast

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea.boards import board_of
from firmware_sim.wires.midea.client import Client
from firmware_sim.wires.midea.discovery import PORTS, Responder, broadcast_of, identity_of, reply
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.packet import Packet, PacketStream, open_packet, seal

PORT = 6444
MODEL = "HULIANAC"

log = structlog.get_logger()


class Wire:
    """The wire of one unit; `quirks` may be changed while it runs, `unread` counts packets it could not read."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        facts = options.facts
        self.quirks = frozenset(facts.get("quirks", ()))
        self._board = board_of(appliance, self.quirks)
        self.identity = identity_of(
            appliance.identifier, facts.get("device"), facts.get("serial"), facts.get("model", MODEL), appliance=self._board.type
        )
        self.unread = 0
        self._network = network
        self._address = network.address
        self._asked_port = PORT if options.port is None else options.port
        self._broadcast = bool(facts.get("broadcast"))
        self._stack = contextlib.AsyncExitStack()
        self._answering: list[asyncio.DatagramTransport] = []
        self._client: Client | None = None
        self._talks: set[asyncio.Task[Any]] = set()
        self._port: int | None = None

    @property
    def port(self) -> int | None:
        """The TCP port it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            server = await asyncio.start_server(self._serve, self._address, self._asked_port, limit=4096)
            stack.push_async_callback(self._end_talks)
            stack.callback(server.close)
            self._port = server.sockets[0].getsockname()[1]
            for number, port in enumerate(PORTS):
                self._answering.append(await self._hear(stack, self._address, port, number))
                if self._broadcast:
                    await self._hear(stack, broadcast_of(self._address), port, number)
            stack.callback(self._board.listen(self._tell))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _hear(self, stack: contextlib.AsyncExitStack, address: str, port: int, number: int) -> asyncio.DatagramTransport:
        plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.callback(plug.close)
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, address != self._address)  # many units hear the same broadcast
        plug.bind((address, port))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Responder(self._network, lambda peer: self._introduce(number, peer)), sock=plug
        )
        stack.callback(transport.close)
        return transport

    def _introduce(self, number: int, peer: tuple[str, int]) -> None:
        """Answer a probe from the unit's own address, whichever socket heard it."""
        if number < len(self._answering) and not self._network.drops():
            self._answering[number].sendto(reply(self.identity, self._address, self._port or PORT), peer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._talks.add(task)
        self._hang_up()
        self._client = client = Client(reader, writer, self._network)
        try:
            await self._talk(client)
        except* OSError as gone:
            log.debug("midea client gone", reason=str(gone.exceptions[0]))
        finally:
            writer.close()
            self._talks.discard(task)
            self._client = None if self._client is client else self._client

    async def _talk(self, client: Client) -> None:
        stream = PacketStream()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(client.deliver(), name="midea wire deliver")
            while data := await client.reader.read(4096):
                for packet in () if self._network.mute else stream.feed(data):
                    self._obey(client, packet)
            sending.cancel()

    def _obey(self, client: Client, data: bytes) -> None:
        try:
            packet = open_packet(data)
            answer = self._board.answer(packet.payload)
        except Unreadable as fault:
            self.unread += 1
            log.debug("midea packet not understood", reason=str(fault))
            return
        if answer is not None:
            client.say(self._sealed(answer, packet.message), self.quirks)

    def _tell(self, frame: bytes) -> None:
        if self._client is not None:
            self._client.say(self._sealed(frame, 0), self.quirks)

    def _sealed(self, frame: bytes, message: int) -> bytes:
        return seal(Packet(self.identity.device, message, frame), time.time())

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.writer.transport.abort()
            self._client = None

    async def _end_talks(self) -> None:
        self._hang_up()
        if self._talks:
            await asyncio.wait(self._talks)
