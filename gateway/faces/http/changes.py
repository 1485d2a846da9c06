"""What changes, as it changes: a snapshot, then numbered changes, over a WebSocket or as server-sent events.

Every reader has a bounded queue in the home; one that is too slow gets a snapshot again instead of a gap. Whoever listens is asked
for the login again with every change, so that a client that was put out hears nothing more.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, WebSocket
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from gateway.errors import CommandError, RateExceeded, Unknown
from gateway.faces.http.answers import DeviceId, Name
from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.house import House
from gateway.faces.http.streaming import STREAM, Item, Streams, attended, check, stream
from gateway.faces.http.telling import change_document
from gateway.faces.payload import event_document
from gateway.home.change import Acknowledged, Change, EventRaised, Snapshot, StateChanged
from gateway.protocol.forms import ACK_EVENT
from gateway.protocol.payload import json_bytes

router = APIRouter(prefix="/api/v1", tags=["changes"])
LOGIN_ENDED, TOO_MANY, TOO_SLOW = 4401, 4429, 4408
PATIENCE, FAREWELL = 20.0, 10.0
"""Seconds a WebSocket may take to read what it was sent, and to hear why it is closed."""
Wanted = Annotated[list[str] | None, Query(max_length=64, description="Only of these devices; repeat for more")]
After = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=64, description="Go on after this one; browsers say it by themselves")
]
Since = Annotated[str | None, Query(max_length=64, description="Likewise, for who cannot set a header", examples=["2-1532"])]
Shown = Callable[[Change], Any]
"""A change as it is told, NOTHING where this reader does not want it."""
NOTHING: Final = object()


@router.get("/changes", summary="Everything that changes", responses=STREAM, response_class=Response)
async def changes(
    request: Request, house: Inside, _principal: Reader, device: Wanted = None, after: Since = None, last_event_id: After = None
) -> Response:
    """Send a snapshot, then every numbered change, as server-sent events; over a WebSocket on the same path as text messages.

    A reader whose stream broke says the last `id` it has seen, and goes on after it; it gets a snapshot again where too much was missed.
    """
    told = _told(house, _devices(house, device), lambda change: change_document(house.home, change), last_event_id or after)
    return stream(request, house, told)


@router.get("/devices/{device}/properties/changes", summary="Its state as it changes", responses=STREAM, response_class=Response)
async def state_changes(request: Request, house: Inside, _principal: Reader, device: DeviceId) -> Response:
    """Send the whole state, then the properties that changed, each time an object."""
    house.home.twin(device)

    def shown(change: Change) -> Any:
        if isinstance(change, Snapshot):
            return house.home.document(device) if device in change.devices else NOTHING
        return {name: change.document.get(name) for name in sorted(change.changed)} if isinstance(change, StateChanged) else NOTHING

    return stream(request, house, _told(house, frozenset({device}), shown))


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
            return NOTHING
        if name not in document or [document[name]] == last:
            return NOTHING
        last[:] = [document[name]]
        return document[name]

    return stream(request, house, _told(house, frozenset({device}), shown))


@router.get("/devices/{device}/events/{name}", summary="An event whenever it happens", responses=STREAM, response_class=Response)
async def events(
    request: Request, house: Inside, _principal: Reader, device: DeviceId, name: Name, after: Since = None, last_event_id: After = None
) -> Response:
    """Send each event of this name as it happens; `commandAck` are the acknowledgements of every command.

    A reader whose stream broke says the last `id` it has seen, and hears what it missed first, as far as the hub remembers.
    """
    if name != ACK_EVENT and name not in house.home.twin(device).instance.events:
        raise Unknown(f"{device} has no event {name}")
    house.home.twin(device)

    def shown(change: Change) -> Any:
        if isinstance(change, EventRaised) and change.event.name == name:
            return event_document(change)
        return change.ack.document() if isinstance(change, Acknowledged) and name == ACK_EVENT else NOTHING

    return stream(request, house, _told(house, frozenset({device}), shown, last_event_id or after))


@router.websocket("/changes")
async def socket(connection: WebSocket, device: Wanted = None, after: Since = None) -> None:
    """Send the same over a WebSocket, a JSON document a message; closed with 4401 when the login ends, 4408 when nobody reads."""
    house: House = connection.app.state.house
    await connection.accept()
    try:
        check(connection, house)
        devices = _devices(house, device)
    except CommandError as error:
        await _close(connection, LOGIN_ENDED, error.detail)
        return
    told = _told(house, devices, lambda change: change_document(house.home, change), after)
    hearing = asyncio.create_task(_hear(connection), name="http stream: client")
    sending = asyncio.create_task(_send(connection, house, told), name="http stream")
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


async def _send(connection: WebSocket, house: House, source: AsyncGenerator[Item, None]) -> None:
    streams: Streams = connection.app.state.streams
    try:
        async with streams.one(), aclosing(attended(connection, house, source)) as told:
            async for item in told:
                async with asyncio.timeout(PATIENCE):
                    await connection.send_bytes(b"") if item is None else await connection.send_text(json_bytes(item.value).decode())
        await _close(connection, 1001, "the hub is stopping")
    except TimeoutError:
        await _close(connection, TOO_SLOW, f"nothing was read for {PATIENCE:g} seconds: come again")
    except RateExceeded as error:
        await _close(connection, TOO_MANY, error.detail)
    except CommandError as error:
        await _close(connection, LOGIN_ENDED, error.detail)
    except (WebSocketDisconnect, RuntimeError):
        return


async def _close(connection: WebSocket, code: int, reason: str) -> None:
    """Say goodbye, as far as the other end reads it."""
    with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(FAREWELL):
            await connection.close(code, reason[:120])


async def _told(house: House, devices: frozenset[str] | None, shown: Shown, after: str | None = None) -> AsyncGenerator[Item, None]:
    """Yield every change this reader wants, from the beginning, or after the one it names where that is still remembered."""
    boot = house.home.boot
    async with house.home.subscribe(devices, after=number_of(after, boot)) as changing:
        async for change in changing:
            if (told := shown(change)) is not NOTHING:
                yield Item(told, f"{boot}-{change.number}")


def number_of(after: str | None, boot: int) -> int | None:
    """Return the number of the change a reader has seen last, None where it names none of this life of the hub."""
    seen, _, number = (after or "").partition("-")
    return int(number) if seen == str(boot) and number.isascii() and number.isdecimal() else None


def _devices(house: House, wanted: list[str] | None) -> frozenset[str] | None:
    for device in wanted or ():
        house.home.twin(device)
    return frozenset(wanted) if wanted else None
