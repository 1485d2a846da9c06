"""One page over HTTP: a connection, one GET, what comes back, and the connection is closed.

Written here and not taken from a library, because it is so little, and because adapters send heads that strict libraries refuse: of the
head only the first line and the length are read. Anything unreadable or too long is WireError.
"""

import asyncio

from gateway.drivers.daikin.message import LONGEST
from gateway.errors import WireError

_END = b"\r\n\r\n"
_NOT_FOUND = 404
_GOOD = range(200, 300)


async def fetch(host: str, port: int, target: str) -> bytes:
    """Return the body of a page, b"" where the adapter has no such page; raise OSError when it cannot be reached, WireError."""
    reader, writer = await asyncio.open_connection(host, port, limit=LONGEST)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii"))
        return await _answer(reader)
    finally:
        writer.transport.abort()  # nothing is left to be said; a goodbye would wait for an adapter that is gone


async def _answer(reader: asyncio.StreamReader) -> bytes:
    try:
        status, length = _head(await reader.readuntil(_END))
        body = await reader.readexactly(length) if length is not None else await _rest(reader)
    except asyncio.IncompleteReadError as error:
        raise WireError(f"an answer that breaks off after {len(error.partial)} bytes") from error
    except asyncio.LimitOverrunError as error:
        raise WireError("an answer with an endless head") from error
    if status == _NOT_FOUND:
        return b""
    if status not in _GOOD:
        raise WireError(f"the adapter answers with status {status}")
    return body


def _head(head: bytes) -> tuple[int, int | None]:
    """Return the status and the length, None: until the adapter closes."""
    first, *fields = head[: -len(_END)].split(b"\r\n")
    version, _, rest = first.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit():
        raise WireError(f"no answer over HTTP: {first[:20]!r}")
    for name, _, value in (each.partition(b":") for each in fields):
        if name.strip().lower() == b"content-length":
            return int(status), _length(value.strip())
    return int(status), None


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > len(str(LONGEST)) or int(value) > LONGEST:
        raise WireError(f"an answer of {value[:20]!r} bytes")
    return int(value)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the adapter closes."""
    body = b""
    while piece := await reader.read(LONGEST):
        body += piece
        if len(body) > LONGEST:
            raise WireError("an answer without end")
    return body
