"""A bad network of the judge's own: a UDP relay between it and a target, which loses, delays and repeats what passes.

It stands on this machine, and each client has a socket of its own behind it, so that the target sees clients as ever.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

PORT: Final = 5683
MOST: Final = 64
"""Clients at the same time."""
Address = tuple[str, int]
Fate = Callable[[], tuple[float, ...]]


class Relay(asyncio.DatagramProtocol):
    """`fate` says after how many seconds each copy of a datagram goes on. `passed` keeps what clients sent, the newest last."""

    def __init__(self, target: Address, fate: Fate) -> None:
        self.passed: list[bytes] = []
        self._target = target
        self._fate = fate
        self._near: asyncio.DatagramTransport | None = None
        self._far: dict[Address, asyncio.DatagramTransport] = {}
        self._waiting: dict[Address, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket clients talk to."""
        self._near = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: Address | tuple[str | Any, int]) -> None:
        """Take a datagram of a client on to the target."""
        self.passed.append(data)
        client = (str(addr[0]), int(addr[1]))
        if client in self._far:
            self._later(self._far[client], data)
        elif client in self._waiting:
            self._waiting[client].append(data)
        elif len(self._far) < MOST:
            self._waiting[client] = [data]
            task = asyncio.create_task(self._opened(client), name="relay")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _opened(self, client: Address) -> None:
        loop = asyncio.get_running_loop()
        far, _ = await loop.create_datagram_endpoint(lambda: _Back(lambda data: self._back(data, client)), remote_addr=self._target)
        self._far[client] = far
        for data in self._waiting.pop(client):
            self._later(far, data)

    def _back(self, data: bytes, client: Address) -> None:
        if self._near is not None:
            self._later(self._near, data, client)

    def _later(self, way: asyncio.DatagramTransport, *facts: Any) -> None:
        for seconds in self._fate():
            asyncio.get_running_loop().call_later(seconds, _sent, way, *facts)

    def close(self) -> None:
        """Close every socket; what is under way is lost."""
        for task in self._tasks:
            task.cancel()
        for far in self._far.values():
            far.close()
        if self._near is not None:
            self._near.close()


def _sent(way: asyncio.DatagramTransport, *facts: Any) -> None:
    if not way.is_closing():  # the relay may be gone by now
        way.sendto(*facts)


class _Back(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - the socket is connected
        self._take(data)


@asynccontextmanager
async def relayed(
    base: str, random: Random, *, loss: float = 0.0, delay: float = 0.0, twice: float = 0.0, keep: list[bytes] | None = None
) -> AsyncIterator[str]:
    """Yield a base like `base` that leads through a relay; `delay`: the longest, in seconds, each datagram its own. `keep`: what passed."""

    def fate() -> tuple[float, ...]:
        if random.random() < loss:
            return ()
        return tuple(random.uniform(0, delay) for _ in range(2 if random.random() < twice else 1))

    parts = urlsplit(base)
    relay = Relay((str(parts.hostname), parts.port or PORT), fate)
    if keep is not None:
        relay.passed = keep
    near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    near.setblocking(False)
    near.bind(("127.0.0.1", 0))
    try:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: relay, sock=near)
        yield f"coap://127.0.0.1:{near.getsockname()[1]}{parts.path}"
    finally:
        relay.close()
        near.close()
