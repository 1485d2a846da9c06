"""The make's own search: ask by broadcast from each interface and one by one where told to, listen for three seconds."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack

from gateway.drivers.midea.refusal import refusal
from gateway.drivers.midea.reply import PORTS, PROBE, Reply, decode_reply
from gateway.drivers.midea.waiting import within
from gateway.drivers.spi import SearchContext, Sighting
from gateway.errors import TimedOut, WireError

NAME = "midea"
ROUNDS = (0.5, 1.0, 1.5)
"""Seconds to listen after each time of asking."""
_WAITING = 256
_LOOPBACK, _EVERYBODY = "127.255.255.255", "255.255.255.255"


class _Ear(asyncio.DatagramProtocol):
    """One socket's answers, into the common queue; when that is full the newest are lost, a further round brings them again."""

    def __init__(self, interface: str, answers: "asyncio.Queue[tuple[bytes, str, str]]") -> None:
        self._interface = interface
        self._answers = answers

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._answers.full():
            self._answers.put_nowait((data, addr[0], self._interface))

    def error_received(self, exc: Exception) -> None:
        """Ignore that a host has nobody listening: the silence says so too."""


class _Search:
    """One search: its sockets, its answers."""

    def __init__(self, where: SearchContext) -> None:
        self._where = where
        self._answers: asyncio.Queue[tuple[bytes, str, str]] = asyncio.Queue(_WAITING)
        self._asks: list[tuple[asyncio.DatagramTransport, str]] = []
        self._seen: set[tuple[int, str]] = set()
        self._complained: set[str] = set()

    async def open(self, stack: ExitStack) -> None:
        for interface in self._where.interfaces:
            if ipaddress.ip_address(interface).version == 4:  # noqa: PLR2004 - IPv4
                everybody = _LOOPBACK if ipaddress.ip_address(interface).is_loopback else _EVERYBODY
                await self._socket(stack, interface, (everybody,))
        if hosts := [address for host in self._where.unicast if (address := await self._resolved(host))]:
            await self._socket(stack, "", tuple(dict.fromkeys(hosts)))

    async def listen(self, seconds: float) -> AsyncIterator[Sighting]:
        clock = self._where.context.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            try:
                data, address, interface = await within(clock, left, self._answers.get(), "midea search")
            except TimedOut:
                return
            sighting = self._sighting(data, address, interface)
            if sighting is not None:
                yield sighting

    def ask(self) -> None:
        for transport, address in self._asks:
            for port in PORTS:
                transport.sendto(PROBE, (address, port))

    async def _socket(self, stack: ExitStack, interface: str, addresses: tuple[str, ...]) -> None:
        plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.callback(plug.close)
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            plug.bind((interface, 0))
        except OSError as error:
            self._where.dropped(interface, f"cannot ask from this address: {error}")
            return
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(interface, self._answers), sock=plug)
        stack.callback(transport.close)
        for address in addresses:
            self._asks.append((transport, address))
            self._where.asked(interface or address, f"Midea search, UDP {PORTS[0]} and {PORTS[1]}, to {address}")

    async def _resolved(self, host: str) -> str | None:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, PORTS[0], family=socket.AF_INET, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            self._drop(host, f"cannot be asked: {error}")
            return None
        return str(found[0][4][0])

    def _sighting(self, data: bytes, address: str, interface: str) -> Sighting | None:
        try:
            reply = decode_reply(data)
        except WireError as error:
            self._drop(address, f"Midea search: {error}")
            return None
        if (reply.device, address) in self._seen:
            return None
        self._seen.add((reply.device, address))
        sighting = sighting_of(reply, address, interface, self._where.context.clock.now())
        if why := refusal(sighting.facts):
            self._drop(address, why)
        return sighting

    def _drop(self, where: str, why: str) -> None:
        if (said := f"{where} {why}") not in self._complained:
            self._complained.add(said)
            self._where.dropped(where, why)


def sighting_of(reply: Reply, address: str, interface: str, now: float) -> Sighting:
    """Return the sighting of a unit that answered from `address`."""
    facts = {
        "id": str(reply.device),
        "type": f"{reply.appliance:02x}",
        "version": str(reply.version),
        "model": reply.model,
        "serial_hash": reply.serial_hash,
    }
    return Sighting(
        source="broadcast",
        service=NAME,
        name=reply.name,
        address=address,
        port=reply.port,
        facts={name: value for name, value in facts.items() if value},
        interface=interface,
        at=now,
    )


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each unit that answers, once for each address it answers from; those that cannot be used are `dropped` with the reason too."""
    with ExitStack() as stack:
        searching = _Search(where)
        await searching.open(stack)
        for seconds in ROUNDS:
            searching.ask()
            async for sighting in searching.listen(seconds):
                yield sighting
