"""Whoever is connected to a node: what it asks, what it is told, in order and through the bad network.

A stream loses nothing: what the network drops is sent once more a little later, and what comes after it waits. While the network is mute
nothing is read or sent, and both go on where they were when it is back, unless the client has left.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

import structlog

from firmware_sim.network import Network
from firmware_sim.wires import streams
from firmware_sim.wires.esphome.framing import Broken, Framing, Packet
from firmware_sim.wires.esphome.messages import Said, catalogue

AGAIN = 0.05
"""Seconds after which what got lost is sent once more."""
IDLE = 60.0
"""Seconds of silence after which a client is asked whether it lives; after one more it is let go."""
_WAITING = 4096
_READ = 4096
log = structlog.get_logger()


class Client:
    """One connection; `say` queues a message, `serve` reads until the end and hands every message to `take`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: Network) -> None:
        self.subscribed = self.greeted = self.trusted = False
        self._left = False
        self.told: dict[tuple[int, int], Said] = {}
        self.framing: Framing | None = None
        self._reader, self._writer, self._network = reader, writer, network
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def say(self, name: str, said: Said) -> None:
        """Queue a message; a client that does not read loses its connection."""
        message = catalogue().name(name)
        if self.framing is not None:
            self.put(self.framing.wrap(message.number, message.encode(said)))

    def put(self, data: bytes) -> None:
        """Queue bytes as they are."""
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self.cut()

    def leave(self) -> None:
        """Close the connection once everything is said."""
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)

    def cut(self) -> None:
        """Break the connection off."""
        self._writer.transport.abort()

    async def serve(self, take: Callable[["Client", Packet], None]) -> None:
        """Read and send until either end leaves; OSError when the client breaks off."""
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._deliver(), name="esphome wire deliver")
            try:
                await self._read(take)
            except Broken as fault:
                log.debug("esphome client not understood", reason=str(fault))
                self.put(fault.goodbye)
                self.leave()
                await asyncio.wait({sending}, timeout=1.0)
            finally:
                sending.cancel()

    async def _read(self, take: Callable[["Client", Packet], None]) -> None:
        while data := await self._some():
            await self._audible()
            for packet in self.framing.feed(data) if self.framing is not None else ():
                take(self, packet)

    async def _some(self) -> bytes:
        for _ in range(2):
            try:
                async with asyncio.timeout(IDLE):
                    return await self._reader.read(_READ)
            except TimeoutError:
                if not self.greeted:
                    break
                self.say("PingRequest", {})
        return b""

    async def _audible(self) -> None:
        while self._network.mute:  # noqa: ASYNC110 - as a stack does that sends its segments anew
            await asyncio.sleep(AGAIN)

    async def _deliver(self) -> None:
        while (data := await self._together()) is not None:
            while not await self._network.travels():  # noqa: ASYNC110 - as a stack does that sends its segments anew
                await asyncio.sleep(AGAIN)
            await streams.say(self._network, self._writer, data)
        self._writer.close()

    async def _together(self) -> bytes | None:
        """Return everything that waits, for a stream knows no messages; None when nothing more is to be said."""
        if self._left or (first := await self._queue.get()) is None:
            return None
        parts = [first]
        while not self._queue.empty():
            if (part := self._queue.get_nowait()) is None:
                self._left = True
                break
            parts.append(part)
        return b"".join(parts)
