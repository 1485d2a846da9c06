"""The library's sockets on chosen interfaces, with a screen before them that lets only sound packets of these interfaces through.

One of its sockets hears every interface of the machine: without the screen a hub that speaks on loopback only would answer the LAN.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from zeroconf import IPVersion, NotRunningException
from zeroconf.asyncio import AsyncZeroconf

from gateway.errors import ConfigurationInvalid, WireError
from gateway.protocol.interfaces import networks
from gateway.protocol.mdns.packet import check
from gateway.protocol.restraint import Senders, Sparsely, Verdict
from gateway.thing.clock import Clock, SystemClock
from gateway.thing.log import Log

RATE, BURST, TOTAL, SENDERS = 200.0, 2000.0, 4000.0, 1024
"""Packets a second and at once from one address, a second from all, and addresses remembered."""
START_SECONDS = 60.0

_log = Log()

Dropped = Callable[[str, str], None]


class Screen(asyncio.DatagramProtocol):
    """Stands between a socket and the library: counts, drops, passes on. Who is in none of the networks was not spoken to."""

    def __init__(self, behind: Any, near: Sequence[IPv4Network], senders: Senders, counts: Counter[str], dropped: Dropped) -> None:
        self._behind = behind
        self._near = near
        self._senders = senders
        self._counts = counts
        self._dropped = dropped

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass a sound packet on."""
        sender = IPv4Address(addr[0])
        if not any(sender in network for network in self._near):
            self._counts["from elsewhere"] += 1
            return
        if self._senders.take(addr[0]) is not Verdict.ADMIT:
            self._counts["dropped"] += 1
            self._dropped(addr[0], "over the rate")
            return
        try:
            check(data)
        except WireError as error:
            self._counts["dropped"] += 1
            self._dropped(addr[0], str(error))
            return
        self._counts["received"] += 1
        self._behind.datagram_received(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Pass a socket's complaint on."""
        self._counts["socket errors"] += 1
        self._behind.error_received(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the end on."""
        self._behind.connection_lost(exc)


async def open_node(
    interfaces: Sequence[str], counts: Counter[str], clock: Clock | None = None, dropped: Dropped | None = None
) -> AsyncZeroconf:
    """Return the library, running on `interfaces` (local IPv4 addresses); close it with `async_close`."""
    clock = clock or SystemClock()
    try:
        for address in interfaces:
            _check_own(address)
        node = AsyncZeroconf(interfaces=list(interfaces), ip_version=IPVersion.V4Only)
        await _started(node)
    except (OSError, RuntimeError) as error:
        raise ConfigurationInvalid(f"mDNS cannot use {', '.join(interfaces)} ({error}): name IPv4 addresses of this machine") from error
    near = networks(interfaces)
    senders = Senders(clock, rate=RATE, burst=BURST, total=TOTAL, most=SENDERS)
    sparsely = Sparsely(_log, clock)

    def drop(sender: str, reason: str) -> None:
        sparsely.warning("mdns packet dropped", sender=sender, reason=reason, dropped=counts["dropped"])
        if dropped is not None:
            dropped(sender, reason)

    for reader in node.zeroconf.engine.readers:
        transport = reader.transport
        transport.set_protocol(Screen(transport.get_protocol(), near, senders, counts, drop))
    return node


async def _started(node: AsyncZeroconf) -> None:
    """Wait until the library runs; a busy machine takes longer than it waits by itself. Raise ConfigurationInvalid when it never does."""
    try:
        await node.zeroconf.async_wait_for_start(START_SECONDS)
    except NotRunningException as error:
        await node.async_close()
        raise ConfigurationInvalid(f"mDNS did not start within {START_SECONDS:g} s: this machine is too busy; start again later") from error


def _check_own(address: str) -> None:
    """Raise OSError when `address` is none of this machine's: the library would leave its socket open."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
