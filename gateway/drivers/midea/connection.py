"""One TCP connection to one unit: one question at a time, answers told from everything else by what they say.

Whatever arrives is handed to `heard` too: a notice nobody asked for is evidence as good as an answer. What cannot be read is counted in
`dropped` and forgotten. When the unit closes the connection, or a stranger answers at its address, `closed` ends with the reason.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.drivers.midea.frame import Frame, decode_frame, encode_frame
from gateway.drivers.midea.packet import Packet, Splitter, decode_packet, encode_packet
from gateway.drivers.parts.waiting import within
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.clock import Clock

CONNECT, ANSWER = 5.0, 2.0
"""Seconds to wait for each."""
TRIES = 2
_PIECE = 4096


class Connection:
    """The open connection; use `connect`. `numbered`: this type's frames carry a message number and a CRC."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, device: int, clock: Clock) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[Frame], None] = lambda _: None
        self.dropped = 0
        self.numbered = True
        self._reader = reader
        self._writer = writer
        self._device = device
        self._clock = clock
        self._number = 0
        self._turn = asyncio.Lock()
        self._awaited: tuple[Callable[[Frame], bool], asyncio.Future[Frame]] | None = None

    async def ask(self, appliance: int, purpose: int, body: bytes, answers: Callable[[Frame], bool], *, tries: int = TRIES) -> Frame:
        """Send a body and return the first frame that answers it; raise TimedOut after `tries`, Offline when the connection ends."""
        async with self._turn:
            for left in reversed(range(tries)):
                try:
                    return await self._once(appliance, purpose, body, answers)
                except TimedOut:
                    if not left:
                        raise
        raise TimedOut

    async def listen(self) -> None:
        """Read until the unit closes the connection or proves to be another one."""
        splitter = Splitter()
        try:
            while piece := await self._reader.read(_PIECE):
                for packet in splitter.feed(piece):
                    self._take(packet)
            self._end(Offline("the appliance closed the connection"))
        except OSError as error:
            self._end(Offline(f"the connection broke: {error}"))
        except Offline as error:
            self._end(error)

    async def _once(self, appliance: int, purpose: int, body: bytes, answers: Callable[[Frame], bool]) -> Frame:
        if self.closed.done():
            raise Offline(str(self.closed.exception()))
        self._number = (self._number + 1) & 0xFF
        numbered = body + bytes([self._number]) if self.numbered else body
        frame = encode_frame(Frame(appliance, purpose, numbered), numbered=self.numbered)
        awaited: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._awaited = (answers, awaited)
        try:
            self._writer.write(encode_packet(Packet(self._device, frame), self._clock.now()))
            return await within(self._clock, ANSWER, awaited, "the appliance did not answer")
        finally:
            self._awaited = None

    def _take(self, data: bytes) -> None:
        try:
            packet = decode_packet(data)
            frame = decode_frame(packet.frame, numbered=self.numbered)
        except WireError:
            self.dropped += 1
            return
        if packet.device not in {0, self._device}:
            raise Offline("another appliance answers at this address")
        self.heard(frame)
        if self._awaited is not None and not self._awaited[1].done() and self._awaited[0](frame):
            self._awaited[1].set_result(frame)

    def _end(self, reason: Offline) -> None:
        if self._awaited is not None and not self._awaited[1].done():
            self._awaited[1].set_exception(reason)
        if not self.closed.done():
            self.closed.set_exception(reason)
            self.closed.exception()  # whether anybody asks or not


@asynccontextmanager
async def connect(address: str, port: int, device: int, clock: Clock) -> AsyncIterator[Connection]:
    """Hold a connection open for the length of the block; raise TimedOut or OSError when there is none to be had."""
    reader, writer = await within(clock, CONNECT, asyncio.open_connection(address, port, limit=_PIECE), "no connection to the appliance")
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = Connection(reader, writer, device, clock)
    listening = asyncio.create_task(connection.listen(), name=f"midea {address}")  # no group: its errors are told through `closed`
    try:
        yield connection
    finally:
        listening.cancel()
        writer.transport.abort()
        await asyncio.wait({listening})
        with contextlib.suppress(OSError):
            await writer.wait_closed()
