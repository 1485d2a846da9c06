"""A unix socket that speaks JSON lines, readable and writable only by the user who runs the gateway.

    -> {"id": 7, "call": "set", "with": {"device": "ac-7f3k2m9q", ...}}
    <- {"id": 7, "item": {...}}            any number, for calls that tell as they go
    <- {"id": 7, "result": {...}}          or {"id": 7, "error": {"code", "title", "detail"}}; exactly one, last

Closing the connection ends every call that still runs on it.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from gateway.errors import BadSyntax, CommandError, HulianError, Unknown
from gateway.protocol.payload import LIMIT, json_bytes, json_value
from gateway.thing.concealed import CONCEALED
from gateway.thing.log import Log

Tell: TypeAlias = Callable[[Any], Awaitable[None]]
Call: TypeAlias = Callable[[Mapping[str, Any], Tell], Awaitable[Any]]
"""One call: its arguments and a way to tell items on the way; returns the result."""

LINE_LIMIT = LIMIT
CALLS_AT_ONCE = 64
log = Log()


@asynccontextmanager
async def control_face(path: Path, calls: Mapping[str, Call]) -> AsyncIterator[None]:
    """Serve `calls` on the socket `path` for as long as the context lives."""
    with suppress(FileNotFoundError):
        path.unlink()
    async with asyncio.TaskGroup() as tasks:
        connections: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = tasks.create_task(_Connection(reader, writer, calls).serve(), name="control connection")
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_unix_server(connected, sock=_private_socket(path), limit=LINE_LIMIT)
        try:
            yield
        finally:
            server.close()
            for task in connections:
                task.cancel()
            with suppress(FileNotFoundError):
                path.unlink()


def _shown(error: dict[str, Any]) -> dict[str, Any]:
    """Return an error without what a driver may have put into it and nobody should read."""
    return {name: CONCEALED.hide(value) if isinstance(value, str) else value for name, value in error.items()}


def _private_socket(path: Path) -> socket.socket:
    """Return a socket that is its owner's alone from its first moment on: a chmod would come after it."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(os.fspath(path))
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, calls: Mapping[str, Call]) -> None:
        self._reader = reader
        self._writer = writer
        self._calls = calls
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._read(tasks)
                for task in tuple(self._running):
                    task.cancel()
        except* (ConnectionError, BrokenPipeError):
            log.debug("control connection broke off")
        finally:
            self._writer.close()

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            except asyncio.LimitOverrunError:
                await self._send({"id": None, "error": BadSyntax(f"a line is at most {LINE_LIMIT} bytes").document()})
                return
            if len(self._running) >= CALLS_AT_ONCE:
                await self._send({"id": None, "error": BadSyntax(f"at most {CALLS_AT_ONCE} calls at once on one connection").document()})
                continue
            task = tasks.create_task(self._answer(line), name="control call")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, line: bytes) -> None:
        identifier: Any = None
        try:
            request = json_value(line)
            if not isinstance(request, dict):
                raise BadSyntax("a request is a JSON object")
            identifier = request.get("id")
            result = await self._do(request, identifier)
        except CommandError as error:
            await self._send({"id": identifier, "error": _shown(error.document())})
        except HulianError as error:
            await self._send({"id": identifier, "error": _shown({"code": "setup", "title": type(error).__name__, "detail": str(error)})})
        else:
            await self._send({"id": identifier, "result": result})

    async def _do(self, request: Mapping[str, Any], identifier: Any) -> Any:
        name, arguments = request.get("call"), request.get("with", {})
        call = self._calls.get(name) if isinstance(name, str) else None
        if call is None:
            raise Unknown(f"no call {name!r}; there is {', '.join(sorted(self._calls))}")
        if not isinstance(arguments, dict):
            raise BadSyntax("`with` is a JSON object")

        async def tell(item: Any) -> None:
            await self._send({"id": identifier, "item": item})

        return await call(arguments, tell)

    async def _send(self, document: Mapping[str, Any]) -> None:
        self._writer.write(json_bytes(document) + b"\n")
        await self._writer.drain()
