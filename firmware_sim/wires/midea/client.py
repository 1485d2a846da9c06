"""Whoever is connected to a unit: packets go out one after the other, through the bad network."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from firmware_sim.network import Network
from firmware_sim.wires.midea.links import Link

PARTIAL, DUPLICATE = "partial", "duplicate"
"""Quirks of the link: every packet in small pieces, every packet twice."""
_PIECE = 7
_WAITING = 32


class Client:
    """One TCP connection with a bounded queue of packets; `deliver` sends what is queued."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: Network, link: Callable[["Client"], Link]
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.link = link(self)
        self._since = asyncio.get_running_loop().time()
        self._network = network
        self._queue: asyncio.Queue[tuple[bytes, frozenset[str]]] = asyncio.Queue(_WAITING)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def age(self) -> float:
        """How long it has been connected, in seconds."""
        return asyncio.get_running_loop().time() - self._since

    @property
    def there(self) -> bool:
        """Whether the other end has neither closed the connection nor broken it."""
        if self.reader.at_eof() or self.writer.transport.is_closing():
            return False
        with self.writer.get_extra_info("socket").dup() as plug:
            try:
                return bool(plug.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
            except BlockingIOError:
                return True
            except OSError:
                return False

    def say(self, packet: bytes, quirks: frozenset[str]) -> None:
        """Queue one packet; a client that does not read loses the newest."""
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait((packet, quirks))

    async def deliver(self) -> None:
        """Send what is queued until cancelled."""
        while True:
            packet, quirks = await self._queue.get()
            if not await self._network.travels():
                continue
            for copy in (packet,) * (2 if DUPLICATE in quirks else 1):
                piece = _PIECE if PARTIAL in quirks else self._network.pieces
                await self._send(self._network.worn(copy), piece or len(copy))

    async def _send(self, packet: bytes, piece: int) -> None:
        for start in range(0, len(packet), piece):
            self.writer.write(packet[start : start + piece])
            await self.writer.drain()
            if piece < len(packet):
                await asyncio.sleep(0.001)
