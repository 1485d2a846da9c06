"""An MQTT 5 client of few words: it says exactly what a test wants said, and hangs up without a farewell."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.routes.papers import private_key

PATIENCE = 15.0
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP = 1, 2, 3, 4, 8, 9, 10, 11, 12, 13
REFUSED = 0x80


class Shut(Exception):
    """There is no connection: the door was shut at TLS, at CONNECT, or later."""


@dataclass(eq=False)
class Speaker:
    """One connection. `heard`: (topic, payload) of what came since it was last taken."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.cycle(range(1, 60000)))

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Publish at QoS 1 and return the reason code of its acknowledgement."""
        number = next(self._numbers)
        self._send(PUBLISH << 4 | 2 | int(retain), _text(topic), number.to_bytes(2, "big"), b"\x00", payload)
        body = await self._await(PUBACK, number)
        return body[2] if len(body) > 2 else 0

    async def subscribe(self, wanted: str) -> int:
        """Subscribe at QoS 1 and return the reason code."""
        number = next(self._numbers)
        self._send(SUBSCRIBE << 4 | 2, number.to_bytes(2, "big"), b"\x00", _text(wanted), b"\x01")
        return (await self._await(SUBACK, number))[-1]

    async def unsubscribe(self, wanted: str) -> None:
        """Subscribe no more."""
        number = next(self._numbers)
        self._send(UNSUBSCRIBE << 4 | 2, number.to_bytes(2, "big"), b"\x00", _text(wanted))
        await self._await(UNSUBACK, number)

    async def settle(self) -> list[tuple[str, bytes]]:
        """Return what was heard up to now: everything routed before this comes before its answer."""
        self._send(PINGREQ << 4)
        await self._await(PINGRESP)
        heard, self.heard = self.heard, []
        return heard

    def hang_up(self) -> None:
        """Go without a word."""
        self.writer.transport.abort()

    def _send(self, first: int, *parts: bytes) -> None:
        body = b"".join(parts)
        self.writer.write(bytes([first]) + _length(len(body)) + body)

    async def _await(self, kind: int, number: int | None = None) -> bytes:
        async with asyncio.timeout(PATIENCE):
            while True:
                first, body = await self._packet()
                if first >> 4 == PUBLISH:
                    self._hear(first, body)
                elif first >> 4 == kind and (number is None or int.from_bytes(body[:2], "big") == number):
                    return body

    def _hear(self, first: int, body: bytes) -> None:
        size = int.from_bytes(body[:2], "big")
        topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
        if first & 6:
            self._send(PUBACK << 4, rest[:2])
            rest = rest[2:]
        skip, properties = _varint(rest)
        self.heard.append((topic, rest[skip + properties :]))

    async def _packet(self) -> tuple[int, bytes]:
        try:
            first = (await self.reader.readexactly(1))[0]
            size = shift = 0
            while True:
                digit = (await self.reader.readexactly(1))[0]
                size |= (digit & 0x7F) << shift
                shift += 7
                if digit < REFUSED:
                    return first, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Shut(str(error)) from error


def tls_of(folder: Path, identity: str, credentials: Mapping[str, Any]) -> ssl.SSLContext:
    """Return what a client shows itself with, and checks the hub with."""
    folder.mkdir(parents=True, exist_ok=True)
    context = ssl.create_default_context(cadata=credentials["authority"])
    if "certificate" in credentials:
        (folder / "client.pem").write_text(credentials["certificate"])
        (folder / "client.key").write_text(private_key(identity))
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    return context


async def speak(
    address: tuple[str, int], client_id: str, *, tls: ssl.SSLContext | None = None, will: tuple[str, bytes, bool] | None = None
) -> Speaker:
    """Connect; raise Shut when the door is."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(*address, ssl=tls)
            made = Speaker(reader, writer)
            flags = 2 | (0x04 | 1 << 3 | int(will[2]) << 5 if will is not None else 0)
            last = b"" if will is None else b"\x00" + _text(will[0]) + len(will[1]).to_bytes(2, "big") + will[1]
            made._send(CONNECT << 4, _text("MQTT"), bytes([5, flags]), (60).to_bytes(2, "big"), b"\x00", _text(client_id), last)
            reason = (await made._await(CONNACK))[1]
    except (OSError, TimeoutError) as error:
        raise Shut(str(error)) from error
    if reason >= REFUSED:
        made.hang_up()
        raise Shut(f"reason {reason:#x}")
    return made


@asynccontextmanager
async def speaker(address: tuple[str, int], client_id: str, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Speaker]:
    """Connect for as long as the context lives."""
    made = await speak(address, client_id, tls=tls)
    try:
        yield made
    finally:
        made.hang_up()
        with suppress(OSError):
            await made.writer.wait_closed()


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = divmod(size, 128)
        out.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _varint(data: bytes) -> tuple[int, int]:
    """Return how many bytes a variable length takes, and its value."""
    size = shift = 0
    for position, digit in enumerate(data, 1):
        size |= (digit & 0x7F) << shift
        shift += 7
        if digit < REFUSED:
            return position, size
    raise ValueError("a length without an end")
