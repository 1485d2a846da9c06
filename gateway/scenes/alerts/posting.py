"""One POST of JSON over HTTP/1.1: no library for it, no redirect followed, no answer read beyond its first line."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LONGEST: Final = 4096
"""Bytes of an answer's first line."""
_GOOD: Final = range(200, 300)
_SERVER: Final = range(500, 600)


class Refused(Exception):
    """It was not taken; `final`: another try would not help."""

    def __init__(self, text: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


@dataclass(frozen=True, slots=True)
class Target:
    """Where a POST goes."""

    host: str
    port: int
    path: str
    secure: bool


def target_of(url: str) -> Target:
    """Return where a URL leads; raise ValueError where it is no http or https address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(ord(sign) <= ord(" ") for sign in url) or not url.isascii():
        raise ValueError(f"{url!r} is no http or https address")
    if parts.username or parts.password:
        raise ValueError("a name and password have no place in the address: put a token into its path")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, parts.port or (443 if secure else 80), path, secure)


async def posted(url: str, body: bytes) -> None:
    """Send `body` as JSON and return once it was taken (2xx); raise Refused. The caller limits the time."""
    target = target_of(url)
    try:
        reader, writer = await asyncio.open_connection(
            target.host, target.port, ssl=ssl.create_default_context() if target.secure else None, limit=_LONGEST
        )
    except (OSError, ssl.SSLError) as error:
        raise Refused(f"it cannot be reached: {getattr(error, 'strerror', None) or error}") from error
    try:
        writer.write(_request(target, body))
        await writer.drain()
        status = _status(await reader.readline())
    except (OSError, ValueError) as error:
        raise Refused("it went away in the middle, or spoke no HTTP") from error
    finally:
        writer.close()
    if status not in _GOOD:
        raise Refused(f"it answered {status}", final=status not in _SERVER)


def _request(target: Target, body: bytes) -> bytes:
    host = f"[{target.host}]" if ":" in target.host else target.host
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: {host}:{target.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nUser-Agent: hulian\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


def _status(line: bytes) -> int:
    """Return the status of an answer's first line; raise ValueError where it is none."""
    words = line.split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1."):  # noqa: PLR2004 - version and status
        raise ValueError("no status line")
    return int(words[1])
