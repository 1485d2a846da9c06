"""A client that asks too often, and what it is told: datagrams of the judge's own, for a client library would hold itself back."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from ipaddress import IPv4Address
from typing import Any, Final
from urllib.parse import urlsplit

PORT: Final = 5683
_NON_GET: Final = 0x54, 0x01
"""Version 1, non-confirmable, a token of four bytes; GET."""
_TOKEN: Final = 4
_CON_OR_NON: Final = (0, 1)
_URI_PATH, _MAX_AGE = 11, 14
_TOO_MANY: Final = 4 << 5 | 29
_BEAT: Final = 0.02
_ELSEWHERE: Final = "127.99.99.99"
"""Where the crowd stands when the target is on this machine, so that it is another client by its address, too."""


class Crowd(asyncio.DatagramProtocol):
    """`sent` requests, `turned_away` with 4.29, of those `nameless` without Max-Age, `astray` under another token or as an acknowledgement.

    `over` once all were sent.
    """

    def __init__(self) -> None:
        self.sent = self.answered = self.turned_away = self.nameless = self.astray = 0
        self.over = False

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - the socket is connected
        """Count an answer."""
        if len(data) < 4 or data[0] >> 6 != 1:  # noqa: PLR2004 - no CoAP
            return
        self.answered += 1
        if data[1] == _TOO_MANY:
            self.turned_away += 1
            self.nameless += _MAX_AGE not in tuple(_options(data))
            self.astray += not self._is_answer(data)

    def _is_answer(self, data: bytes) -> bool:
        """Return whether it can be an answer to one of the requests: none of them asked for an acknowledgement."""
        kind, token = data[0] >> 4 & 3, data[4 : 4 + (data[0] & 15)]
        return kind in _CON_OR_NON and len(token) == _TOKEN and 0 < int.from_bytes(token, "big") <= self.sent

    def error_received(self, exc: Exception) -> None:
        """Leave it: an unreachable port shows in the other client's answers."""


def _options(data: bytes) -> Iterator[int]:
    """Yield the numbers of a message's options; what cannot be read ends it."""
    at, number = 4 + (data[0] & 15), 0
    while at < len(data) and data[at] != 0xFF:  # noqa: PLR2004 - the payload marker
        delta, length = data[at] >> 4, data[at] & 15
        at += 1
        for_delta, for_length = {13: 1, 14: 2}.get(delta, 0), {13: 1, 14: 2}.get(length, 0)
        if at + for_delta + for_length > len(data) or 15 in (delta, length):  # noqa: PLR2004 - reserved
            return
        delta = _extended(delta, data[at : at + for_delta])
        length = _extended(length, data[at + for_delta : at + for_delta + for_length])
        at += for_delta + for_length + length
        number += delta
        yield number


def _extended(nibble: int, more: bytes) -> int:
    return nibble if not more else int.from_bytes(more, "big") + {1: 13, 2: 269}[len(more)]


def _request(path: list[str], number: int) -> bytes:
    head = bytes(_NON_GET) + struct.pack("!HI", number & 0xFFFF, number)
    options, before = b"", 0
    for part in (each.encode() for each in path):
        delta, before = _URI_PATH - before, _URI_PATH
        length = bytes((len(part),)) if len(part) < 13 else bytes((len(part) - 13,))  # noqa: PLR2004 - the longer form
        options += bytes((delta << 4 | len(part),)) + part if len(part) < 13 else bytes((delta << 4 | 13,)) + length + part  # noqa: PLR2004
    return head + options


@asynccontextmanager
async def crowd(base: str, name: str, *, rate: int, seconds: float) -> AsyncIterator[Crowd]:
    """Let one client ask for a property so often for so long, beside the block; its answers are counted until a moment after."""
    parts = urlsplit(base)
    target = (str(parts.hostname), parts.port or PORT)
    path = [*parts.path.strip("/").split("/"), "p", name]
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    if on_this_machine(target[0]):
        opened.bind((_ELSEWHERE, 0))
    opened.connect(target)
    transport, many = await asyncio.get_running_loop().create_datagram_endpoint(Crowd, sock=opened)
    task = asyncio.create_task(_flood(transport, many, path, rate, seconds), name="a crowd")
    try:
        yield many
        await asyncio.sleep(0.2)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        transport.close()


def on_this_machine(host: str) -> bool:
    """Return whether a host is on loopback."""
    with suppress(ValueError):
        return IPv4Address(host).is_loopback
    return False


async def _flood(transport: asyncio.DatagramTransport, many: Crowd, path: list[str], rate: int, seconds: float) -> None:
    each = max(1, round(rate * _BEAT))
    try:
        while many.sent < rate * seconds:
            for _ in range(each):
                many.sent += 1
                transport.sendto(_request(path, many.sent))
            await asyncio.sleep(_BEAT)
    finally:
        many.over = True
