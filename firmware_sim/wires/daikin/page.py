"""The HTTP of an adapter: one question on each connection, a short answer with its length, and the connection is closed."""

import asyncio
from dataclasses import dataclass

LONGEST = 4096
"""Bytes of a question; adapters have little memory."""
_STATUS = {200: "200 OK", 404: "404 Not Found", 403: "403 Forbidden"}


@dataclass(frozen=True, slots=True)
class Question:
    """`path` without the question mark, `query` what stands behind it, or in the body of a POST."""

    path: str
    query: str


class Garbled(Exception):
    """What came is no question."""


async def question(reader: asyncio.StreamReader) -> Question | None:
    """Read one question; None when the client leaves, Garbled for what is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise Garbled("a question longer than the adapter reads") from error
    first, *fields = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = first.split(" ")
    except ValueError as error:
        raise Garbled(f"not the first line of a question: {first!r}") from error
    if method not in {"GET", "POST"} or not version.startswith("HTTP/1.") or not target.startswith("/"):
        raise Garbled(f"not asked so: {first!r}")
    path, _, query = target.partition("?")
    body = await _body(reader, fields) if method == "POST" else ""
    return Question(path.strip("/"), query or body)


async def _body(reader: asyncio.StreamReader, fields: list[str]) -> str:
    lengths = [value.strip() for name, _, value in (field.partition(":") for field in fields) if name.lower() == "content-length"]
    if not lengths or not lengths[0].isdecimal() or int(lengths[0]) > LONGEST:
        raise Garbled("a body of no known length")
    try:
        return (await reader.readexactly(int(lengths[0]))).decode("latin-1")
    except asyncio.IncompleteReadError as error:
        raise Garbled("a body that was cut off") from error


def answer(text: str, status: int = 200, *, strange: bool = False) -> bytes:
    """Return an answer; a `strange` one has a control character among its fields, which strict clients do not read."""
    body = text.encode()
    fields = [f"HTTP/1.0 {_STATUS[status]}", f"Content-Length: {len(body)}", "Content-Type: text/plain"]
    if strange:
        fields.append("Server: Daikin\x01")
    return "\r\n".join([*fields, "", ""]).encode("latin-1") + body
