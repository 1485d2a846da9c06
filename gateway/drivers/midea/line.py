"""One TCP connection to one unit, from the greeting to the end: bytes in, packets out.

`closed` ends with the reason when the unit ends the connection, when it breaks, or when whoever takes the packets wants no more of it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from gateway.drivers.midea.channel import Channel, Keyed, Plain, Secrets
from gateway.drivers.midea.sharing import CROWDED
from gateway.drivers.parts.allowance import Allowance
from gateway.drivers.parts.waiting import within
from gateway.errors import CommandError, Offline, TimedOut
from gateway.thing.clock import Clock

CONNECT, ANSWER = 5.0, 2.0
"""Seconds to wait for each."""
GREETINGS = 2
CLOSED = "the appliance closed the connection"
_PIECE = 4096
_RATE, _AT_ONCE = 65536.0, 262144.0
"""Bytes a second that are read of one unit, and at once: a hundred times what the most talkative says."""
Take = Callable[[bytes], None]


class Way(Protocol):
    """What a conversation sends its packets on."""

    closed: "asyncio.Future[None]"
    proven: bool

    def send(self, packet: bytes) -> None:
        """Send a packet; raise the reason when it is closed."""
        ...


class Played:
    """No connection at all: what a recording is played on."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.proven = False

    def send(self, packet: bytes) -> None:  # noqa: ARG002 - nobody is there
        """Send nothing; raise the reason when it is closed."""
        if self.closed.done():
            self.closed.result()

    def end(self, reason: str) -> None:
        """Break off as the unit did."""
        if not self.closed.done():
            self.closed.set_exception(Offline(reason))
            self.closed.exception()  # whether anybody asks or not


class Line:
    """The open connection; use `line_to`. `proven`: the unit has answered on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, channel: Channel, take: Take) -> None:
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.proven = False
        self._ready: asyncio.Future[None] = loop.create_future()
        self._reader = reader
        self._writer = writer
        self._channel = channel
        self._take = take
        self._allowance = Allowance(_RATE, _AT_ONCE)

    async def greet(self, clock: Clock) -> None:
        """Begin the session where there is one; raise Unauthenticated, TimedOut or Offline."""
        for left in reversed(range(GREETINGS)):
            if self._channel.ready:
                return
            self._writer.write(self._channel.greeting)
            try:
                await within(clock, ANSWER, asyncio.shield(self._ready), "the appliance did not answer the greeting")
            except TimedOut:
                if not left:
                    raise

    def send(self, packet: bytes) -> None:
        """Send a packet; raise the reason when the line is closed."""
        if self.closed.done():
            self.closed.result()
        self._writer.write(self._channel.wrap(packet))

    async def listen(self) -> None:
        """Hand on what arrives until it is over."""
        try:
            while piece := await self._reader.read(_PIECE):
                self._hear(piece)
                await asyncio.sleep(self._allowance.owe(len(piece)))  # others have their turn after each piece, whatever waits here
            self._end(self._closed())
        except OSError:
            self._end(self._closed())
        except CommandError as error:
            self._end(error)

    def _hear(self, piece: bytes) -> None:
        for packet in self._channel.feed(piece):
            self._take(packet)
        if self._channel.ready and not self._ready.done():
            self._ready.set_result(None)

    def _closed(self) -> Offline:
        return Offline(CLOSED if self.proven else f"{CLOSED} before it answered: perhaps {CROWDED}")

    def _end(self, reason: CommandError) -> None:
        for future in (self._ready, self.closed):
            if not future.done():
                future.set_exception(reason)
                future.exception()  # whether anybody asks or not


async def _connected(address: str, port: int, clock: Clock) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection, or leave none: one that comes the moment it is given up would keep the unit's only place."""
    opening = asyncio.create_task(asyncio.open_connection(address, port, limit=_PIECE), name=f"midea {address} connects")
    kept = False
    try:
        reader, writer = await within(clock, CONNECT, opening, "no connection to the appliance")
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kept = True
    finally:
        if not kept:
            opening.cancel()
            await asyncio.wait({opening})
            if not opening.cancelled() and opening.exception() is None:
                opening.result()[1].transport.abort()
    return reader, writer


@asynccontextmanager
async def line_to(address: str, port: int, secrets: Secrets | None, clock: Clock, take: Take) -> AsyncIterator[Line]:
    """Hold a connection open for the length of the block, greeted; raise Unauthenticated, TimedOut, Offline or OSError."""
    channel: Channel = Plain() if secrets is None else Keyed(secrets)
    reader, writer = await _connected(address, port, clock)
    line = Line(reader, writer, channel, take)
    listening = asyncio.create_task(line.listen(), name=f"midea {address}")  # no group: its errors are told through `closed`
    try:
        await line.greet(clock)
        yield line
    finally:
        listening.cancel()
        writer.transport.abort()
        await asyncio.wait({listening})
        with contextlib.suppress(OSError):
            await writer.wait_closed()
