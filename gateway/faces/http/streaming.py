"""Streams over HTTP: what they have in common, whatever they tell.

Each is one of a bounded number, says that it lives while nothing happens, and ends with the login it was opened with: whoever was put out
hears nothing more, and within seconds no connection is left.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, NamedTuple

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse

from gateway.errors import CommandError, HulianError, RateExceeded
from gateway.faces.http.house import House
from gateway.faces.http.problem import document_of
from gateway.protocol.payload import json_bytes
from gateway.trust.login import visitor_of
from gateway.trust.roles import Permission, require

SSE: Final = "text/event-stream"
LINES: Final = "application/jsonl"
WAITING: Final = 64
"""Steps of something long that wait for a slow reader; it misses what comes meanwhile, never the end."""
PULSE: Final = 15.0
"""Seconds after which a stream on which nothing happens says so: the reader, and what stands between, knows that it lives."""
LOOK: Final = 2.0
"""Seconds after which the login is looked at again, whether anything happens or not."""
RETRY: Final = 3000
"""Milliseconds after which a browser whose stream broke comes again."""
MOST: Final = 256
"""Streams at once."""
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Server-sent events", "content": {SSE: {"schema": {"type": "string"}}}},
}

Say = Callable[[Any], None]
"""Tells whoever reads a step on the way."""
Do = Callable[[Say], Awaitable[Any]]
"""Something long: it is given a way to tell its steps, and returns its result."""


class Streams:
    """Counts those that are open."""

    def __init__(self) -> None:
        self.open = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Be one of them for as long as the context lives; raise RateExceeded when there are too many."""
        if self.open >= MOST:
            raise RateExceeded(f"{MOST} streams are open already: close one")
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


class Item(NamedTuple):
    """One thing that is told. `id`: after it a reader that comes again goes on, "" where it cannot; `event`: what it is called."""

    value: Any
    id: str = ""
    event: str = ""


def check(connection: HTTPConnection, house: House, permission: Permission = Permission.READ) -> None:
    """Raise Unauthenticated or Forbidden when who listens may hear no more."""
    require(house.logins.principal(visitor_of(connection.scope)), permission)


async def attended(
    connection: HTTPConnection, house: House, source: AsyncGenerator[Item, None], permission: Permission = Permission.READ
) -> AsyncGenerator[Item | None, None]:
    """Yield what a source tells, None when it was quiet for a while; raise Unauthenticated or Forbidden once the login has ended."""
    coming: asyncio.Task[Item] | None = None
    quiet = 0.0
    async with aclosing(source):
        try:
            while True:
                coming = coming or asyncio.create_task(_next(source), name="http stream: next")
                done, _ = await asyncio.wait({coming}, timeout=LOOK)
                check(connection, house, permission)
                quiet = 0.0 if done else quiet + LOOK
                if done:
                    arrived, coming = coming, None
                    try:
                        yield arrived.result()
                    except StopAsyncIteration:
                        return
                elif quiet >= PULSE:
                    quiet = 0.0
                    yield None
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.wait({coming})


async def _next(source: AsyncGenerator[Item, None]) -> Item:
    return await anext(source)


def stream(request: Request, house: House, source: AsyncGenerator[Item, None], permission: Permission = Permission.READ) -> Response:
    """Answer with what a source tells as server-sent events; an error ends it as the event `error`."""
    return StreamingResponse(_lines(request, house, source, permission), media_type=SSE, headers={"cache-control": "no-store"})


async def _lines(request: Request, house: House, source: AsyncGenerator[Item, None], permission: Permission) -> AsyncGenerator[bytes, None]:
    streams: Streams = request.app.state.streams
    yield f"retry: {RETRY}\n\n".encode()
    try:
        async with streams.one(), aclosing(attended(request, house, source, permission)) as told:
            async for item in told:
                yield b": still here\n\n" if item is None else _line(item)
    except CommandError as error:
        yield b"event: error\ndata: " + json_bytes(document_of(error)) + b"\n\n"


def _line(item: Item) -> bytes:
    told = "".join(f"{name}: {text}\n" for name, text in (("event", item.event), ("id", item.id)) if text)
    return told.encode() + b"data: " + json_bytes(item.value) + b"\n\n"


def steps(request: Request, house: House, do: Do, permission: Permission) -> Response:
    """Answer with lines of JSON: `{"item"}` says how far something long is, the last is `{"result"}` or `{"error"}`.

    A reader that goes away, or whose login ends, ends it.
    """
    return StreamingResponse(_steps(request, house, do, permission), media_type=LINES)


async def _steps(request: Request, house: House, do: Do, permission: Permission) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(attended(request, house, _done(do), permission)) as told:
            async for item in told:
                if item is not None:
                    yield json_bytes(item.value) + b"\n"
    except CommandError as error:
        yield json_bytes({"error": document_of(error)}) + b"\n"


async def _done(do: Do) -> AsyncGenerator[Item, None]:
    items: asyncio.Queue[Item | None] = asyncio.Queue(WAITING + 2)

    def say(item: Any) -> None:
        if items.qsize() < WAITING:
            items.put_nowait(Item({"item": item}))

    async def play() -> None:
        try:
            items.put_nowait(Item({"result": await do(say)}))
        except HulianError as error:
            items.put_nowait(Item({"error": document_of(error)}))
        finally:
            items.put_nowait(None)

    playing = asyncio.create_task(play(), name="http: something long")
    try:
        while (item := await items.get()) is not None:
            yield item
    finally:
        playing.cancel()
        await asyncio.wait({playing})
    playing.result()
