"""Where renderers tell what changes: one small HTTP server for each address of the hub that faces any, as long as somebody listens.

On the LAN it is always the same port, so that a firewall can let it in; on this machine any, for there is none. It takes notices of
renderers that were asked for them, from the renderer's own address, at a path nobody can guess, and nothing else: no word is a command.
"""

import asyncio
import ipaddress
import secrets
import socket
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from gateway.drivers.parts.allowance import Allowance

PORT: Final = 4904
READ: Final = (32 * 1024.0, 128 * 1024.0)
"""Bytes of one renderer's notices that are read: a second, and at once. Whatever is lost the next question tells."""
LEAST: Final = 1024
"""Bytes the smallest counts as."""
LARGEST: Final = 64 * 1024
_HEAD: Final = 8 * 1024
_PATIENCE: Final = 5.0
_TALKS: Final = 32
Take = Callable[[str, bytes], int]
"""A notice under a subscription's number; returns the status to answer with."""


@dataclass(eq=False)
class _Listener:
    host: str
    take: Take
    allowance: Allowance


@dataclass(eq=False)
class Ear:
    """One server; `where` begins the address renderers are given."""

    where: str = ""
    users: int = 0
    server: asyncio.Server | None = None
    listeners: dict[str, _Listener] = field(default_factory=dict)
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, unless there are too many."""
        if len(self.talks) >= _TALKS:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._talk(reader, writer), name="dlna notice")
        self.talks.add(task)
        task.add_done_callback(self.talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status = 400
        try:
            async with asyncio.timeout(_PATIENCE):
                status = await self._heard(reader, str(writer.get_extra_info("peername")[0]))
                writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode("ascii"))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # a timeout is an OSError too
            writer.transport.abort()
        finally:
            writer.close()

    async def _heard(self, reader: asyncio.StreamReader, peer: str) -> int:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, _, rest = first.partition(" ")
        listener = self.listeners.get(rest.partition(" ")[0].strip("/"))
        if method != "NOTIFY" or listener is None or listener.host != peer:
            return 404
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > len(str(LARGEST)) or int(length) > LARGEST:
            return 413
        if not listener.allowance.take(max(LEAST, int(length))):
            return 503
        return listener.take(fields.get("sid", ""), await reader.readexactly(int(length)))


_EARS: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Ear]]" = weakref.WeakKeyDictionary()


@asynccontextmanager
async def listening(host: str, take: Take) -> AsyncIterator[str]:
    """Hear one renderer for the length of the block; yields the address it is to tell. OSError when the port is taken."""
    local = facing(host)
    ears = _EARS.setdefault(asyncio.get_running_loop(), {})
    ear = ears.setdefault(local, Ear())
    ear.users += 1
    path = secrets.token_urlsafe(16)
    try:
        if ear.server is None:
            await _open(ear, local)
        ear.listeners[path] = _Listener(host, take, Allowance(*READ))
        yield f"{ear.where}/{path}"
    finally:
        ear.listeners.pop(path, None)
        ear.users -= 1
        if ear.users == 0:
            ears.pop(local, None)
            await _close(ear)


async def _open(ear: Ear, local: str) -> None:
    port = 0 if ipaddress.ip_address(local).is_loopback else PORT
    server = await asyncio.start_server(ear.answer, local, port, limit=_HEAD)
    if ear.server is not None:  # somebody else was faster
        server.close()
        return
    ear.server = server
    ear.where = f"http://{local}:{server.sockets[0].getsockname()[1]}"


async def _close(ear: Ear) -> None:
    if ear.server is not None:
        ear.server.close()
    for task in tuple(ear.talks):
        task.cancel()
    if ear.talks:
        await asyncio.wait(ear.talks)


def facing(host: str) -> str:
    """Return the hub's own address on the way to a unit; raise OSError when there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, PORT))  # sends nothing
        return str(probe.getsockname()[0])
