"""The HTTP of a renderer, both ways: requests it is sent, one on each connection, and the notices it sends."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST = 256 * 1024
"""Bytes of a body."""
_HEAD = 16 * 1024
_STATUS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    500: "Internal Server Error",
}


@dataclass(frozen=True, slots=True)
class Request:
    """`fields` by their lower-case names."""

    method: str
    path: str
    fields: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """`fields`: beside the length."""

    status: int = 200
    body: bytes = b""
    fields: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return it as it travels."""
        own = {"Content-Length": str(len(self.body)), "Content-Type": 'text/xml; charset="utf-8"', "Connection": "close", "EXT": ""}
        lines = [
            f"HTTP/1.1 {self.status} {_STATUS.get(self.status, 'Error')}",
            *(f"{k}: {v}" for k, v in (own | dict(self.fields)).items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class Garbled(Exception):
    """What came is no request."""


async def request(reader: asyncio.StreamReader) -> Request | None:
    """Read one request; None when the client leaves, Garbled for what is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise Garbled("an endless head") from error
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:  # noqa: PLR2004 - method, path, version
        raise Garbled(f"not the first line of a request: {first!r}")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = fields.get("content-length", "0")
    if not length.isdecimal() or int(length) > LONGEST:
        raise Garbled("a body of no known length")
    try:
        return Request(words[0], words[1], fields, await reader.readexactly(int(length)))
    except asyncio.IncompleteReadError as error:
        raise Garbled("a body that was cut off") from error


async def say(own: str, host: str, port: int, head: str, body: bytes) -> int:
    """Send a notice from the unit's own address; return the status of the answer. Raise OSError or ValueError."""
    reader, writer = await asyncio.open_connection(host, port, limit=_HEAD, local_addr=(own, 0))
    try:
        writer.write(head.encode("latin-1") + body)
        await writer.drain()
        return int((await reader.readline()).split(b" ")[1])
    except IndexError as error:
        raise ValueError("no answer to a notice") from error
    finally:
        writer.transport.abort()
