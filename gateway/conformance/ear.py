"""An ear for what is announced over mDNS on one interface: every packet as it came, and what it says of one device.

The gateway's own browser is not used: it keeps what it makes of packets, and the judge must see the packets.
"""

import asyncio
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, cast

from gateway.conformance.failure import Untried
from gateway.conformance.mdns_packet import ANY, PTR, SRV, TXT, A, Record, pairs, question, records

GROUP: Final = ("224.0.0.251", 5353)
SERVICE: Final = "_wot._udp.local."
MOST: Final = 4096
"""Packets that are kept, the newest."""
LARGEST: Final = 9000
ASKED: Final = (0.0, 1.0, 3.0)
"""Seconds after which it is asked, and asked again: an answer that was just given to somebody else is not given twice within a second."""
LOOK: Final = 0.05
_THIS_GROUP_ONLY: Final = 49
"""Linux' IP_MULTICAST_ALL, which Python has no name for: off, a socket hears only the groups it joined, where it joined them."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One datagram. `at`: monotonic seconds; `source`: who sent it."""

    at: float
    source: str
    data: bytes
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Announced:
    """One instance as it announces itself. `lifetime`: seconds that where it is counts; `size`: bytes of its TXT record."""

    name: str
    host: str
    port: int
    addresses: tuple[str, ...]
    txt: dict[str, str]
    size: int
    lifetime: int


class Ear(asyncio.DatagramProtocol):
    """What was heard since it began to listen, bounded."""

    def __init__(self) -> None:
        self.packets: deque[Packet] = deque(maxlen=MOST)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket to ask by."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep a packet; one that makes no sense is kept for its bytes."""
        found: tuple[Record, ...] = ()
        with suppress(ValueError):
            found = tuple(records(data[:LARGEST]))
        self.packets.append(Packet(time.monotonic(), addr[0], bytes(data[:LARGEST]), found))

    def ask(self, name: str, type_: int = PTR) -> None:
        """Ask everybody."""
        if self._transport is not None:
            self._transport.sendto(question(name, type_), GROUP)

    def records(self, since: float = 0.0) -> Iterator[Record]:
        """Yield what was said since then, the newest first."""
        for packet in reversed(self.packets):
            if packet.at >= since:
                yield from packet.records

    async def find(self, fits: Callable[[Announced], bool]) -> Announced | None:
        """Ask who is here and return the first instance that fits; None where there is none after a few seconds."""
        began = time.monotonic()
        for pause, until in zip(ASKED, (*ASKED[1:], ASKED[-1] + 2), strict=True):
            self.ask(SERVICE)
            while time.monotonic() - began < until:
                for name in self._instances():
                    if (found := self.instance(name)) is not None and fits(found):
                        return found
                await asyncio.sleep(LOOK)
            for name in self._instances() if pause else ():
                self.ask(name, ANY)
        return None

    def instance(self, name: str, since: float = 0.0) -> Announced | None:
        """Return what is known of an instance, None while its service or text record was not heard."""
        said = [record for record in self.records(since) if record.ttl > 0]
        of_it = [record for record in said if record.name.lower() == name.lower()]
        service = next((record for record in of_it if record.type == SRV), None)
        text = next((record for record in of_it if record.type == TXT), None)
        if service is None or text is None:
            return None
        homes = [record for record in said if record.type == A and record.name.lower() == service.target.lower()]
        addresses = tuple(dict.fromkeys(socket.inet_ntoa(record.data) for record in homes if len(record.data) == 4))  # noqa: PLR2004 - IPv4
        return Announced(name, service.target, service.port, addresses, pairs(text.data), len(text.data), service.ttl)

    def said_goodbye(self, name: str, since: float) -> bool:
        """Return whether an instance took its leave since then: a record that points to it, or its own, with no life left."""
        return any(
            record.ttl == 0 and name.lower() in (record.name.lower(), record.target.lower())
            for record in self.records(since)
            if record.type in (PTR, SRV)
        )

    def _instances(self) -> list[str]:
        return list(dict.fromkeys(record.target for record in self.records() if record.type == PTR and record.name == SERVICE))


@asynccontextmanager
async def listening(interface: str) -> AsyncIterator[Ear]:
    """Listen on the interface with this IPv4 address for the length of the block; raise Untried where multicast cannot be heard."""
    try:
        opened = _socket(interface)
        transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(Ear, sock=opened)
    except OSError as error:
        raise Untried(f"mDNS cannot be heard on {interface}: {error}") from error
    try:
        yield ear
    finally:
        transport.close()


def _socket(interface: str) -> socket.socket:
    """Return a socket that hears the group on this interface alone, beside whoever else listens on this machine."""
    own = socket.inet_aton(interface)
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind(GROUP)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton(GROUP[0]), own))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        if sys.platform == "linux":
            opened.setsockopt(socket.IPPROTO_IP, _THIS_GROUP_ONLY, 0)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened


def interface_towards(host: str) -> str:
    """Return the local address that leads to a host; raise Untried where none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError as error:
            raise Untried(f"no interface leads to {host}: {error}") from error
        return str(probe.getsockname()[0])
