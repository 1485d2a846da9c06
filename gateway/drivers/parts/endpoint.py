"""A UDP socket for the length of a block: when the block is over the port is free, whatever the loop does.

A loop closes a transport a little later than it is told to, and uvloop forgets one whose opening was given up in the middle. Both leave a
port taken that is wanted again a moment later.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast


class _Held(asyncio.DatagramProtocol):
    """Stands before somebody's protocol, and knows the transport as soon as there is one."""

    def __init__(self, inner: asyncio.DatagramProtocol) -> None:
        self._inner = inner
        self._transport: asyncio.BaseTransport | None = None
        self._wanted = True
        self._over = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._wanted:
            self._inner.connection_made(cast("asyncio.DatagramTransport", transport))  # neither loop's is an instance of it
        else:
            transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._inner.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        self._inner.error_received(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._over.set()
        self._inner.connection_lost(exc)

    async def end(self) -> None:
        """Let go of the socket; return when it is closed."""
        self._wanted = False
        if self._transport is not None:
            self._transport.close()
            await self._over.wait()


@asynccontextmanager
async def endpoint(
    protocol: asyncio.DatagramProtocol, *, sock: socket.socket | None = None, remote_addr: tuple[str, int] | None = None
) -> AsyncIterator[None]:
    """Hold a datagram endpoint open for `protocol`, which is handed the transport; raise OSError when there is no way."""
    held = _Held(protocol)
    try:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: held, sock=sock, remote_addr=remote_addr)
        yield
    finally:
        await held.end()
