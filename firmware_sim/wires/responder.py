"""One mDNS responder for all appliances of a process that announce on the same interfaces; the last one out closes it."""

import asyncio
import socket
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf

START_SECONDS = 60.0
"""How long a busy machine may take to start the library; by itself it gives up after nine."""


@dataclass(eq=False)
class Responder:
    """A running responder; `names` are the instances it has announced before, which need no probing again."""

    zeroconf: AsyncZeroconf
    names: set[str] = field(default_factory=set)
    users: int = 0


_RESPONDERS: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, ...], Responder]]" = weakref.WeakKeyDictionary()


@asynccontextmanager
async def responder(interfaces: tuple[str, ...]) -> AsyncIterator[Responder]:
    """Share the responder of this event loop for the interfaces with these IPv4 addresses; OSError when one is missing."""
    table = _RESPONDERS.setdefault(asyncio.get_running_loop(), {})
    shared = table.get(interfaces)
    if shared is None:
        _check(interfaces)
        shared = table[interfaces] = Responder(AsyncZeroconf(interfaces=list(interfaces), ip_version=IPVersion.V4Only))
    shared.users += 1
    try:
        yield shared
    finally:
        shared.users -= 1
        if shared.users == 0:
            del table[interfaces]
            await shared.zeroconf.async_close()


def _check(interfaces: tuple[str, ...]) -> None:
    """Raise OSError for an address this machine does not have; the library would leave its sockets open."""
    for address in interfaces:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
