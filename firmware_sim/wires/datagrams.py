"""A unit's UDP door: it hears its own address and what is said to everybody, and answers from its own address, through the bad network.

What is sent to 255.255.255.255 (on loopback 127.255.255.255) or to a multicast group reaches only a socket that is bound to that address,
so each of these has one of its own, shared with all other units of this machine; nothing is ever sent from it.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import structlog

from firmware_sim.network import Network

Peer = tuple[str, int]
Heard = Callable[[bytes, Peer], None]
LOOPBACK = "127.0.0.1"
_MOST_LATE = 1024
log = structlog.get_logger()


class Datagrams:
    """`heard(data, peer)` is called for every datagram that gets through; use as `async with`. OSError when the place is taken.

    `port`: 0 takes any free one. `everybody`: broadcast or group addresses to hear too (see `broadcast_of`), `at` these ports or the own.
    """

    def __init__(self, network: Network, port: int, heard: Heard, *, everybody: Iterable[str] = (), at: Iterable[int] = ()) -> None:
        self.port = port
        self._network = network
        self._address = network.address
        self._heard = heard
        self._everybody = tuple(everybody)
        self._at = tuple(at)
        self._own: asyncio.DatagramTransport | None = None
        self._late: set[asyncio.TimerHandle] = set()
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            self._own = await self._open(stack, self._address, self.port)
            self.port = self._own.get_extra_info("sockname")[1]
            for address in self._everybody:
                for port in self._at or (self.port,):
                    await self._open(stack, address, port)
            stack.callback(self._forget_the_late)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def say(self, data: bytes, peer: Peer) -> None:
        """Send a datagram: it may be lost, late, damaged or arrive twice."""
        for after in self._network.copies():
            if after <= 0:
                self._send(self._network.worn(data), peer)
            elif len(self._late) < _MOST_LATE:
                self._send_later(after, self._network.worn(data), peer)

    async def _open(self, stack: contextlib.AsyncExitStack, address: str, port: int) -> asyncio.DatagramTransport:
        plug = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.callback(plug.close)
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, address != self._address)
        plug.bind((address, port))
        if ipaddress.IPv4Address(address).is_multicast:
            join(plug, address, self._address)
        elif address == self._address:
            plug.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface_of(address)))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Ear(self._take), sock=plug)
        stack.callback(transport.close)
        return transport

    def _take(self, data: bytes, peer: Peer) -> None:
        if not self._network.drops():
            self._heard(data, peer)

    def _send(self, data: bytes, peer: Peer) -> None:
        if self._own is not None and not self._own.is_closing() and not self._network.mute:
            self._own.sendto(data, peer)

    def _send_later(self, after: float, data: bytes, peer: Peer) -> None:
        def send() -> None:
            self._late.discard(handle)
            self._send(data, peer)

        handle = asyncio.get_running_loop().call_later(after, send)
        self._late.add(handle)

    def _forget_the_late(self) -> None:
        for handle in self._late:
            handle.cancel()
        self._late.clear()


class _Ear(asyncio.DatagramProtocol):
    """Hands on what arrives."""

    def __init__(self, take: Heard) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        self._take(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Note that an answer could not be delivered."""
        log.debug("datagram not delivered", error=str(exc))


def broadcast_of(address: str) -> str:
    """Return the broadcast address that reaches a unit living at `address`: loopback has its own."""
    return "127.255.255.255" if ipaddress.IPv4Address(address).is_loopback else "255.255.255.255"


def join(plug: socket.socket, group: str, address: str) -> None:
    """Hear a multicast group on the interface that has `address`."""
    interface = socket.inet_aton(interface_of(address))
    plug.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + interface)


def interface_of(address: str) -> str:
    """Return the address that names the interface: every loopback address is on one."""
    return LOOPBACK if ipaddress.IPv4Address(address).is_loopback else address
