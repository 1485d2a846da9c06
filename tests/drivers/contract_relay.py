"""A relay between a driver and its unit, at an address of its own: it counts the conversations and may say more than the unit does."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self, cast

from tests.kit.addresses import address

Peer = tuple[str, int]
MOMENT = 0.02
"""Seconds in which the end of one conversation is noticed that came just before the beginning of the next."""


class Relay:
    """Passes on what comes, over TCP and UDP at `port`. `said` makes what is sent to the driver of each piece that the unit says.

    `most`: streams that were open at the same time. `pieces`: how many pieces the unit said.
    """

    def __init__(self, unit: str, port: int) -> None:
        self.address = address()
        self.port = port
        self.said: Callable[[bytes], Iterable[bytes]] = lambda data: (data,)
        self.open = self.most = self.pieces = 0
        self._unit = unit
        self._stack = contextlib.AsyncExitStack()
        self._streams: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            loop = asyncio.get_running_loop()
            server = await asyncio.start_server(self._serve, self.address, self.port)
            stack.push_async_callback(self._end)
            stack.callback(server.close)
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(self.address, self.port))
            stack.callback(transport.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def heard(self, data: bytes) -> Iterable[bytes]:
        """Return what becomes of something the unit said."""
        self.pieces += 1
        return self.said(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._streams.add(task)
        try:
            await asyncio.sleep(MOMENT)
            self.open += 1
            self.most = max(self.most, self.open)
            await self._join(reader, writer)
            self.open -= 1
        finally:
            writer.transport.abort()
            self._streams.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            inner, outer = await asyncio.open_connection(self._unit, self.port)
            passing = asyncio.create_task(self._pass(inner, writer, self.heard), name="relay of what the unit says")
            try:
                await self._pass(reader, outer, lambda data: (data,))
            finally:
                passing.cancel()
                outer.transport.abort()
                await asyncio.wait({passing})

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, through: Callable[[bytes], Iterable[bytes]]) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                for piece in through(data):
                    writer.write(piece)
                await writer.drain()
        writer.transport.abort()

    async def _end(self) -> None:
        for task in tuple(self._streams):
            task.cancel()
        if self._streams:
            await asyncio.wait(self._streams)
        await asyncio.sleep(MOMENT)  # what was aborted is closed in a later turn of the loop

    @property
    def unit(self) -> Peer:
        return (self._unit, self.port)


class _Datagrams(asyncio.DatagramProtocol):
    """Whoever is not the unit is the driver."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._transport: asyncio.DatagramTransport | None = None
        self._driver: Peer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # the loop's own is no instance of it

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        assert self._transport is not None
        if addr[0] != self._relay.unit[0]:
            self._driver = addr
            self._transport.sendto(data, self._relay.unit)
        elif self._driver is not None:
            for piece in self._relay.heard(data):
                self._transport.sendto(piece, self._driver)

    def error_received(self, exc: Exception) -> None:
        """Pass on nothing of it: the driver hears silence."""
