"""One request over HTTP: a connection, what is asked, what comes back, and the connection is closed. Nothing larger than a limit is read.

Written here because it is little, and because whoever describes himself on a LAN is a stranger: a length, a head or a chunk without an end
costs no more than these limits. Redirections are not followed.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.errors import WireError

LARGEST: Final = 256 * 1024
"""Bytes of a body; descriptions have a tenth of that."""
_HEAD: Final = 16 * 1024
_END: Final = b"\r\n\r\n"
_CHUNK_LINE: Final = 64


@dataclass(frozen=True, slots=True)
class Page:
    """What came back; `fields` by their lower-case names."""

    status: int
    fields: Mapping[str, str]
    body: bytes


async def fetch(host: str, port: int, head: str, body: bytes = b"") -> Page:
    """Say `head` (its lines, with the empty one) and body; return the answer. Raise OSError, or WireError for what is none."""
    reader, writer = await asyncio.open_connection(host, port, limit=_HEAD)
    try:
        writer.write(head.encode("latin-1") + body)
        return await _page(reader)
    except asyncio.IncompleteReadError as error:
        raise WireError(f"an answer that breaks off after {len(error.partial)} bytes") from error
    except asyncio.LimitOverrunError as error:
        raise WireError("an answer with an endless head") from error
    finally:
        writer.transport.abort()


async def _page(reader: asyncio.StreamReader) -> Page:
    status, fields = _head(await reader.readuntil(_END))
    if "chunked" in fields.get("transfer-encoding", "").lower():
        return Page(status, fields, await _chunks(reader))
    length = fields.get("content-length")
    if length is None:
        return Page(status, fields, await _rest(reader))
    if not (length.isascii() and length.isdigit()) or len(length) > len(str(LARGEST)) or int(length) > LARGEST:
        raise WireError(f"an answer of {length[:12]} bytes, where {LARGEST} are read")
    return Page(status, fields, await reader.readexactly(int(length)))


def _head(data: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = data.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not (words[1].isascii() and words[1].isdigit()):  # noqa: PLR2004
        raise WireError(f"no answer of HTTP: {first[:40]!r}")
    return int(words[1][:3]), {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def _rest(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while data := await reader.read(_HEAD):
        body += data
        if len(body) > LARGEST:
            raise WireError(f"an answer of more than {LARGEST} bytes")
    return bytes(body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := _size(await reader.readuntil(b"\r\n")):
        if len(body) + size > LARGEST:
            raise WireError(f"an answer of more than {LARGEST} bytes")
        body += (await reader.readexactly(size + 2))[:-2]
    return bytes(body)


def _size(line: bytes) -> int:
    text = line.strip().partition(b";")[0]
    try:
        return int(text, 16) if len(line) <= _CHUNK_LINE and text.isalnum() else -1
    except ValueError as error:
        raise WireError("a chunk of no length") from error
