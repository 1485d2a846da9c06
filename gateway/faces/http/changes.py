"""What changes, as it changes: a snapshot, then numbered changes, over a WebSocket or as server-sent events.

Every reader has a bounded queue in the home; one that is too slow gets a snapshot again instead of a gap. Whoever listens is asked
for the login again with every change, so that a client that was put out hears nothing more.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, WebSocket
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from gateway.errors import CommandError, RateExceeded, Unknown
from gateway.faces.http.answers import DeviceId, Name
from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.house import House
from gateway.faces.http.problem import document_of
from gateway.faces.http.telling import change_document
from gateway.faces.payload import event_document
from gateway.home.change import Acknowledged, Change, EventRaised, Snapshot, StateChanged
from gateway.protocol.forms import ACK_EVENT
from gateway.protocol.payload import json_bytes
from gateway.trust.login import visitor_of
from gateway.trust.roles import Permission, require

router = APIRouter(prefix="/api/v1", tags=["changes"])
SSE: Final = "text/event-stream"
PULSE: Final = 15.0
"""Seconds after which a stream on which nothing happens says so: the reader, and what stands between, knows that it lives."""
MOST: Final = 256
"""Streams at once."""
LOGIN_ENDED, TOO_MANY = 4401, 4429
STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Server-sent events", "content": {SSE: {"schema": {"type": "string"}}}},
}
Wanted = Annotated[list[str] | None, Query(max_length=64, description="Only of these devices; repeat for more")]
Shown = Callable[[Change], Any]
"""A change as it is told, None where this reader does not want it."""


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


@router.get("/changes", summary="Everything that changes", responses=STREAM, response_class=Response)
async def changes(request: Request, house: Inside, _principal: Reader, device: Wanted = None) -> Response:
    """Send a snapshot, then every numbered change, as server-sent events; over a WebSocket on the same path as text messages."""
    return _sse(request, house, _devices(house, device), lambda change: change_document(house.home, change))


@router.get("/devices/{device}/properties/changes", summary="Its state as it changes", responses=STREAM, response_class=Response)
async def state_changes(request: Request, house: Inside, _principal: Reader, device: DeviceId) -> Response:
    """Send the whole state, then the properties that changed, each time an object."""
    house.home.twin(device)

    def shown(change: Change) -> Any:
        if isinstance(change, Snapshot):
            return house.home.document(device) if device in change.devices else None
        return {name: change.document.get(name) for name in sorted(change.changed)} if isinstance(change, StateChanged) else None

    return _sse(request, house, frozenset({device}), shown)


@router.get("/devices/{device}/properties/{name}/changes", summary="A property as it changes", responses=STREAM, response_class=Response)
async def property_changes(request: Request, house: Inside, _principal: Reader, device: DeviceId, name: Name) -> Response:
    """Send the value as it is, then whenever it changes. A private one is not told by itself: read it."""
    twin = house.home.twin(device)
    if name not in twin.instance.properties or name in twin.private:
        raise Unknown(f"{device} has no property {name} that can be followed", property=name)

    last: list[Any] = []

    def shown(change: Change) -> Any:
        """Tell a value that is another than the last one: that it is sure again, or awaited, is no news of the value."""
        if isinstance(change, Snapshot):
            document = house.home.document(device)
        elif isinstance(change, StateChanged) and name in change.changed:
            document = dict(change.document)
        else:
            return None
        if name not in document or [document[name]] == last:
            return None
        last[:] = [document[name]]
        return _Bare(document[name])

    return _sse(request, house, frozenset({device}), shown)


@router.get("/devices/{device}/events/{name}", summary="An event whenever it happens", responses=STREAM, response_class=Response)
async def events(request: Request, house: Inside, _principal: Reader, device: DeviceId, name: Name) -> Response:
    """Send each event of this name as it happens; `commandAck` are the acknowledgements of every command."""
    if name != ACK_EVENT and name not in house.home.twin(device).instance.events:
        raise Unknown(f"{device} has no event {name}")
    house.home.twin(device)

    def shown(change: Change) -> Any:
        if isinstance(change, EventRaised) and change.event.name == name:
            return event_document(change)
        return change.ack.document() if isinstance(change, Acknowledged) and name == ACK_EVENT else None

    return _sse(request, house, frozenset({device}), shown)


@router.websocket("/changes")
async def socket(connection: WebSocket, device: Wanted = None) -> None:
    """Send the same over a WebSocket, a JSON document a message; closed with 4401 when the login ends."""
    house: House = connection.app.state.house
    try:
        check(connection, house)
        devices = _devices(house, device)
    except CommandError as error:
        await connection.accept()
        await connection.close(LOGIN_ENDED, error.detail[:120])
        return
    await connection.accept()
    hearing = asyncio.create_task(_hear(connection), name="http stream: client")
    sending = asyncio.create_task(_send(connection, house, devices), name="http stream")
    try:
        await asyncio.wait({hearing, sending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (hearing, sending):
            task.cancel()
        await asyncio.gather(hearing, sending, return_exceptions=True)


async def _hear(connection: WebSocket) -> None:
    """Return when the client goes away; what it says is not for us."""
    try:
        while True:
            await connection.receive()
    except (WebSocketDisconnect, RuntimeError):
        return


async def _send(connection: WebSocket, house: House, devices: frozenset[str] | None) -> None:
    streams: Streams = connection.app.state.streams
    try:
        async with streams.one(), aclosing(_told(connection, house, devices, lambda change: change_document(house.home, change))) as told:
            async for document in told:
                await connection.send_bytes(b"") if document is None else await connection.send_text(json_bytes(document).decode())
        await connection.close(1001, "the hub is stopping")
    except RateExceeded as error:
        await connection.close(TOO_MANY, error.detail)
    except CommandError as error:
        await connection.close(LOGIN_ENDED, error.detail[:120])
    except (WebSocketDisconnect, RuntimeError):
        return


class _Bare(dict[str, Any]):
    """A value that may be null, wrapped so that it is not taken for nothing."""

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)


def _sse(request: Request, house: House, devices: frozenset[str] | None, shown: Shown) -> Response:
    return StreamingResponse(_lines(request, house, devices, shown), media_type=SSE, headers={"cache-control": "no-store"})


async def _lines(request: Request, house: House, devices: frozenset[str] | None, shown: Shown) -> AsyncGenerator[bytes, None]:
    streams: Streams = request.app.state.streams
    yield b": hulian\n\n"
    try:
        async with streams.one(), aclosing(_told(request, house, devices, shown)) as told:
            async for document in told:
                if document is None:
                    yield b": still here\n\n"
                    continue
                number = f"id: {document['number']}\n".encode() if "number" in document and "change" in document else b""
                value = document["value"] if isinstance(document, _Bare) else document
                yield number + b"data: " + json_bytes(value) + b"\n\n"
    except CommandError as error:
        yield b"event: error\ndata: " + json_bytes(document_of(error)) + b"\n\n"


async def _told(
    connection: HTTPConnection, house: House, devices: frozenset[str] | None, shown: Shown
) -> AsyncGenerator[Mapping[str, Any] | None, None]:
    """Yield every change this reader wants, and None when it was quiet for a while; raise Unauthenticated when the login ends."""
    async with house.home.subscribe(devices) as changing:
        while True:
            try:
                async with asyncio.timeout(PULSE):
                    change = await anext(changing)
            except TimeoutError:
                check(connection, house)
                yield None
                continue
            except StopAsyncIteration:
                return
            check(connection, house)
            if (document := shown(change)) is not None:
                yield document


def check(connection: HTTPConnection, house: House) -> None:
    """Raise Unauthenticated or Forbidden when who listens may hear no more."""
    require(house.logins.principal(visitor_of(connection.scope)), Permission.READ)


def _devices(house: House, wanted: list[str] | None) -> frozenset[str] | None:
    for device in wanted or ():
        house.home.twin(device)
    return frozenset(wanted) if wanted else None
