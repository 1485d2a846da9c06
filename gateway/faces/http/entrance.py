"""Connections, in front of the library that serves them: bounded altogether and for each address, and let go when nothing comes of them.

The library ends a connection that is idle between two requests, and waits for ever where a request begins and does not end, or where
nothing is ever said. Here each connection is accepted, counted before its TLS begins, and looked at every second:

- one that waits for a whole request too long is ended; so is one whose other end reads nothing of what it was sent;
- where all places are taken, whoever has waited longest makes room for whoever comes: silence keeps nobody out;
- one address has some of the places only, and the network can take none of those of this machine.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from types import TracebackType
from typing import Any, Final, Self

from gateway.protocol.restraint import Sparsely
from gateway.thing.clock import Clock
from gateway.thing.log import Log

Make = Callable[[], asyncio.Protocol]
BUSY: Final = 0.2
"""Seconds until the next is accepted where the machine has no more descriptors."""
LOOK: Final = 1.0
"""Seconds between two looks at the connections."""
PREFIX: Final = 64
"""Bits of an IPv6 address that are one household's: whoever has them has all the addresses below."""
_log = Log()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`places`: connections at once; `of_one`: from one address. The rest in seconds.

    `handshake`: for TLS; `request`: until a request is there with all its headers (for its body there is the guard); `reading`: without
    one byte taken of what waits for its reader; `leaving`: until a connection that was closed is gone.
    """

    places: int = 384
    of_one: int = 96
    handshake: float = 5.0
    request: float = 20.0
    reading: float = 60.0
    leaving: float = 5.0


@dataclass(slots=True, eq=False)
class _Guest:
    """A connection. `since`: when it began to wait; `transport`: None while TLS begins; `unread`, `stuck`: what waits, and since when."""

    host: str
    socket: socket.socket
    since: float
    transport: asyncio.Transport | None = None
    handshake: "asyncio.Task[None] | None" = None
    cycle: Any = None
    unread: int = 0
    stuck: float | None = None
    closing: float | None = None

    @property
    def asks(self) -> bool:
        """Return whether a request is there and not answered yet, or a WebSocket goes on."""
        if self.transport is None or self.transport.is_closing():
            return False
        serving = self.transport.get_protocol()
        if not hasattr(serving, "cycle"):  # a WebSocket: it goes on until one of the two ends it
            return not getattr(serving, "close_sent", False)
        return serving.cycle is not None and not serving.cycle.response_complete

    @property
    def waits(self) -> bool:
        """Return whether we wait for its other end: nothing was asked, a body is not whole, a goodbye is not answered."""
        if not self.asks or self.transport is None:
            return True
        return bool(getattr(getattr(self.transport.get_protocol(), "cycle", None), "more_body", False))

    def end(self) -> None:
        """Let it go, at once; in the middle of its handshake the socket is the event loop's, and goes with the task."""
        if self.transport is not None:
            self.transport.abort()
        elif self.handshake is not None:
            self.handshake.cancel()


@dataclass(eq=False)
class Entrance:
    """The connections of one side, this machine's or the network's; `async with` is its life."""

    clock: Clock
    limits: Limits = field(default_factory=Limits)
    guests: set[_Guest] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._warn = Sparsely(_log, self.clock)
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            watching = self._tasks.create_task(self._watch(), name="http connections")
            stack.callback(self._empty, watching)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.__aexit__(kind, error, trace)

    def open(self, listening: socket.socket, make: Make, tls: ssl.SSLContext | None) -> "asyncio.Task[None]":
        """Accept connections on a socket that listens, until the task that is returned is cancelled; `make` makes what serves one."""
        return self._tasks.create_task(self._accept(listening, make, tls), name=f"http accepting {listening.getsockname()[:2]}")

    async def _accept(self, listening: socket.socket, make: Make, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(listening)
            except OSError as error:
                self._warn.warning("a connection could not be accepted", why=error.strerror)
                await asyncio.sleep(BUSY)
                continue
            host = _household(str(peer[0]))
            if not self._has_room(host):
                self._warn.warning("a connection was turned away: all places are taken", host=host)
                connection.close()
                continue
            guest = _Guest(host, connection, self.clock.monotonic())
            self.guests.add(guest)
            if tls is None:
                await self._seat(guest, make, None)
            else:
                guest.handshake = self._tasks.create_task(self._seat(guest, make, tls), name="http handshake")

    async def _seat(self, guest: _Guest, make: Make, tls: ssl.SSLContext | None) -> None:
        """Hand a connection to what serves it, once TLS is there."""
        loop, limits = asyncio.get_running_loop(), self.limits
        times = {} if tls is None else {"ssl_handshake_timeout": limits.handshake, "ssl_shutdown_timeout": limits.leaving}
        try:
            guest.transport, _ = await loop.connect_accepted_socket(make, guest.socket, ssl=tls, **times)
        except OSError:  # it went away, or spoke no TLS we understand: that is its own affair
            pass
        finally:
            if guest.transport is None:
                guest.socket.close()
                self.guests.discard(guest)

    def _has_room(self, host: str) -> bool:
        """Return whether one more may come from there; who has waited longest makes room."""
        mine = [guest for guest in self.guests if guest.host == host]
        if len(mine) >= self.limits.of_one:
            return self._make_room(mine)
        return len(self.guests) < self.limits.places or self._make_room(self.guests)

    def _make_room(self, guests: Iterable[_Guest]) -> bool:
        longest = min((guest for guest in guests if guest.waits), key=lambda guest: guest.since, default=None)
        if longest is not None:
            self._let_go(longest)
        return longest is not None

    def _let_go(self, guest: _Guest) -> None:
        guest.end()
        self.guests.discard(guest)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            now = self.clock.monotonic()
            for guest in [guest for guest in self.guests if self._is_over(guest, now)]:
                self._let_go(guest)

    def _is_over(self, guest: _Guest, now: float) -> bool:
        """Return whether nothing comes of a connection any more; note how it stands."""
        transport, limits = guest.transport, self.limits
        if transport is None:
            return now - guest.since > limits.handshake + limits.leaving
        if transport.is_closing():
            guest.closing = guest.closing or now
            return now - guest.closing > limits.leaving
        if self._is_stuck(guest, transport.get_write_buffer_size(), now):
            return True
        cycle = getattr(transport.get_protocol(), "cycle", None)
        if cycle is not guest.cycle or guest.asks:
            guest.cycle, guest.since = cycle, now
        return now - guest.since > limits.request

    def _is_stuck(self, guest: _Guest, unread: int, now: float) -> bool:
        if unread == 0 or unread < guest.unread:
            guest.stuck = None
        elif guest.stuck is None:
            guest.stuck = now
        guest.unread = unread
        return guest.stuck is not None and now - guest.stuck > self.limits.reading

    def _empty(self, watching: "asyncio.Task[None]") -> None:
        watching.cancel()
        for guest in tuple(self.guests):
            self._let_go(guest)


def _household(host: str) -> str:
    """Return what counts as one address: itself, and of IPv6 the network it is in."""
    address = ip_address(host.partition("%")[0])
    if address.version == 4 or address.is_loopback:  # noqa: PLR2004 - the version of IP
        return str(address)
    return str(ip_network((address, PREFIX), strict=False))
