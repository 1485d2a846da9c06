"""A make's own search by datagram: ask everybody from each interface, and one by one where told to; listen for three seconds.

A driver says what to ask (`Question`) and reads an answer (`read`): who it is (`Found`), or WireError with the reason when it is nothing it
knows. A unit that answers but cannot be used is found too, with the reason in `refusal`, so that the doctor can tell it.
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import cast

from gateway.drivers.parts.endpoint import endpoint
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import SearchContext, Sighting, host_and_port
from gateway.errors import TimedOut, WireError

ROUNDS = (0.5, 1.0, 1.5)
"""Seconds to listen after each time of asking."""
_WAITING = 2048
_BUFFER = 1 << 20
"""Bytes of answers the system is asked to keep for us while we are busy: a whole building answers within a millisecond."""
FROM_ONE, OTHERS = 64, 2048
"""Answers of one address that are looked at in one search, and addresses of which so many are: a stranger costs no more than that."""
_REASONS = 256
_LOOPBACK, _EVERYBODY = "127.255.255.255", "255.255.255.255"


@dataclass(frozen=True, slots=True)
class Question:
    """A datagram, and the port of the units it is for."""

    data: bytes
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A unit that answered: its identity, the name it gives itself, what it said, and why it cannot be used ("": it can)."""

    key: str
    name: str
    port: int
    facts: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


Read = Callable[[bytes, str], Found]
"""From a datagram and the address it came from to who sent it; WireError says why it is not used."""


class _Ear(asyncio.DatagramProtocol):
    """One socket's answers, told to the search they are for."""

    def __init__(self, interface: str, take: Callable[[bytes, str, str], None]) -> None:
        self._interface = interface
        self._take = take
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # neither loop's is an instance of it

    def ask(self, question: Question, address: str, port: int) -> None:
        if self._transport is not None:
            self._transport.sendto(question.data, (address, port))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._take(data, addr[0], self._interface)

    def error_received(self, exc: Exception) -> None:
        """Ignore that a host has nobody listening: the silence says so too."""


class _Search:
    """One search: its sockets, its answers."""

    def __init__(self, where: SearchContext, service: str, questions: Sequence[Question], read: Read) -> None:
        self._where = where
        self._service = service
        self._questions = questions
        self._read = read
        self._answers: asyncio.Queue[tuple[bytes, str, str]] = asyncio.Queue(_WAITING)
        self._asks: list[tuple[_Ear, str, int]] = []
        self._warm = False
        self._heard: Counter[str] = Counter()
        self._seen: set[tuple[str, str]] = set()
        self._complained: set[str] = set()

    async def open(self, stack: AsyncExitStack) -> None:
        for interface in self._where.interfaces:
            if ipaddress.ip_address(interface).version == 4:  # noqa: PLR2004 - IPv4
                everybody = _LOOPBACK if ipaddress.ip_address(interface).is_loopback else _EVERYBODY
                await self._socket(stack, interface, ((everybody, 0),))
        named = [host_and_port(host) for host in self._where.unicast]
        if hosts := [(address, port) for host, port in named if (address := await self._resolved(host))]:
            await self._socket(stack, "", tuple(dict.fromkeys(hosts)))

    async def listen(self, seconds: float) -> AsyncIterator[Sighting]:
        clock = self._where.context.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            try:
                data, address, interface = await within(clock, left, self._answers.get(), f"{self._service} search")
            except TimedOut:
                return
            if not self._warm:
                self._warm = True
                with suppress(WireError):
                    await asyncio.to_thread(self._read, data, address)  # the first of a make has its mapping data read
            sighting = self._sighting(data, address, interface)
            if sighting is not None:
                yield sighting

    def _take(self, data: bytes, address: str, interface: str) -> None:
        """Keep an answer until it is read; when too many wait the newest are lost, a further round brings them again."""
        who = address if address in self._heard or len(self._heard) < OTHERS else ""
        self._heard[who] += 1
        if self._heard[who] == FROM_ONE + 1:
            self._drop(address, f"{self._service} search: says too much, no more of it is heard this time")
        if self._heard[who] <= FROM_ONE and not self._answers.full():
            self._answers.put_nowait((data, address, interface))

    def ask(self) -> None:
        """Ask each at the port of the make, and where a person has named another, there too."""
        for ear, address, named in self._asks:
            for question in self._questions:
                for port in {question.port, named or question.port}:
                    ear.ask(question, address, port)

    async def _socket(self, stack: AsyncExitStack, interface: str, addresses: tuple[tuple[str, int], ...]) -> None:
        plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.callback(plug.close)
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        try:
            plug.bind((interface, 0))
        except OSError as error:
            self._where.dropped(interface, f"cannot ask from this address: {error}")
            return
        ear = _Ear(interface, self._take)
        await stack.enter_async_context(endpoint(ear, sock=plug))
        ports = " and ".join(str(port) for port in dict.fromkeys(question.port for question in self._questions))
        for address, port in addresses:
            self._asks.append((ear, address, port))
            also = f" and {port}" if port else ""
            self._where.asked(interface or address, f"{self._service} search, UDP {ports}{also}, to {address}")

    async def _resolved(self, host: str) -> str | None:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            self._drop(host, f"cannot be asked: {error}")
            return None
        return str(found[0][4][0])

    def _sighting(self, data: bytes, address: str, interface: str) -> Sighting | None:
        try:
            found = self._read(data, address)
        except WireError as error:
            self._drop(address, f"{self._service} search: {error}")
            return None
        if (found.key, address) in self._seen:
            return None
        self._seen.add((found.key, address))
        if found.refusal:
            self._drop(address, found.refusal)
        return sighting_of(found, self._service, address, interface, self._where.context.clock.now())

    def _drop(self, where: str, why: str) -> None:
        if (said := f"{where} {why}") not in self._complained and len(self._complained) < _REASONS:
            self._complained.add(said)
            self._where.dropped(where, why)


def sighting_of(found: Found, service: str, address: str, interface: str, now: float) -> Sighting:
    """Return the sighting of a unit that answered from `address`; empty facts are left out."""
    return Sighting(
        source="broadcast",
        service=service,
        name=found.name,
        address=address,
        port=found.port,
        facts={name: value for name, value in found.facts.items() if value},
        interface=interface,
        at=now,
    )


async def search(where: SearchContext, service: str, questions: Sequence[Question], read: Read) -> AsyncIterator[Sighting]:
    """Yield each unit that answers, once for each address it answers from; those that cannot be used are `dropped` with the reason too."""
    async with AsyncExitStack() as stack:
        searching = _Search(where, service, questions, read)
        await searching.open(stack)
        for seconds in ROUNDS:
            searching.ask()
            async for sighting in searching.listen(seconds):
                yield sighting
