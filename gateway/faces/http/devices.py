"""Devices over HTTP: what there is, how it is, what it can be told, and what people arrange: `/api/v1/devices`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax, Unknown
from gateway.faces.http.answers import (
    EXAMPLE_STATE,
    PATCH,
    TEXT,
    DeviceId,
    Name,
    answer,
    body_of,
    etag_of,
    mapping_in,
    object_of,
    shows,
    value_in,
)
from gateway.faces.http.caller import Controller, Inside, Owner, Reader
from gateway.faces.http.commanding import Wished, command
from gateway.faces.http.forms import with_http
from gateway.faces.payload import devices_now
from gateway.thing.command import Operation
from gateway.thing.timestamp import from_iso
from gateway.trust.roles import Permission, may

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])
MOST_HISTORY = 10_000
TD = "application/td+json"
EXAMPLE_ACK = {
    "id": "h-654ccf110478",
    "op": "writeproperty",
    "name": "power",
    "state": "completed",
    "seq": 3,
    "boot": 2,
    "ts": "2026-11-30T07:16:00.287Z",
}
EXAMPLE_DEVICE = {
    "id": "light-hall",
    "kind": "light",
    "title": "Hall light",
    "name": "Hall light",
    "room": "hall",
    "tags": [],
    "availability": {"state": "online", "since": "2026-11-30T07:15:55.769Z", "reason": ""},
    "state": {"power": True, "brightness": 80},
}
_VALUE = {"description": "Any JSON value the property's schema allows"}


@router.get("", summary="Every device with its state", responses=shows([EXAMPLE_DEVICE]))
async def devices(house: Inside, _principal: Reader, room: Annotated[str | None, Query(max_length=64)] = None) -> Response:
    """Return every device: what it is, where it stands, whether it can be reached, and how it is; of one room where that is said."""
    found = devices_now(house.home)
    return answer([each for each in found if room is None or each["room"] == room])


@router.get("/{device}", summary="One device")
async def device(house: Inside, principal: Reader, device: DeviceId) -> Response:
    """Return one device, with where it stands on its wire, what it is linked with, and the schemas of all it can do."""
    house.home.twin(device)
    shown = dict(await house.ask("show", {"device": device}))
    if not may(principal.role, Permission.READ_PRIVATE):
        for name in ("private", "identity", "certificates", "wire"):
            shown.pop(name, None)
    return answer(shown)


@router.get("/{device}/td", summary="Its Thing Description", response_class=Response, responses=shows({"title": "Hall light"}, TD))
async def description(request: Request, house: Inside, _principal: Reader, device: DeviceId) -> Response:
    """Return the W3C Thing Description, with forms for HTTP beside those for MQTT and CoAP."""
    response = answer(with_http(house, device, str(request.base_url)))
    response.headers["content-type"] = TD
    return response


@router.get("/{device}/properties", summary="Its whole state", responses=shows(EXAMPLE_STATE))
async def state(house: Inside, _principal: Reader, device: DeviceId) -> Response:
    """Return every public property; `$` tells the number, the time, and the quality of what is not sure."""
    return answer(house.home.document(device), ETag=etag_of(house.home.twin(device).version))


@router.patch(
    "/{device}/properties",
    summary="Write several properties, all or none",
    openapi_extra=body_of({"type": "object"}, {"cooler": EXAMPLE_STATE}),
    responses=shows(EXAMPLE_ACK, also=202),
)
@router.put(
    "/{device}/properties",
    summary="Likewise, for clients that only put",
    openapi_extra=body_of({"type": "object"}, {"cooler": EXAMPLE_STATE}),
    responses=shows(EXAMPLE_ACK, also=202),
)
async def write_several(request: Request, house: Inside, principal: Controller, wish: Wished, device: DeviceId) -> Response:
    """Write properties atomically: either the appliance shows all of them, or none was sent."""
    value = await value_in(request, PATCH)
    return await command(house, request, principal, wish, device, Operation.WRITE_MULTIPLE, "", value)


@router.get("/{device}/properties/{name}", summary="One property's value", responses=shows(24))
async def read(house: Inside, principal: Reader, device: DeviceId, name: Name) -> Response:
    """Return the bare value; a private one only to those who may read it."""
    home = house.home
    return answer(home.read(device, name, principal), ETag=etag_of(home.twin(device).version))


@router.put(
    "/{device}/properties/{name}",
    summary="Write one property",
    openapi_extra=body_of(_VALUE, {"on": True, "warmer": 26}),
    responses=shows(EXAMPLE_ACK, also=202),
)
async def write(request: Request, house: Inside, principal: Controller, wish: Wished, device: DeviceId, name: Name) -> Response:
    """Write one property; 200 once the appliance shows it, 202 with where to follow while it has not yet."""
    return await command(house, request, principal, wish, device, Operation.WRITE_PROPERTY, name, await value_in(request))


@router.post(
    "/{device}/actions/{name}",
    summary="Invoke an action",
    openapi_extra=body_of({}, {"nothing": None}, required=False),
    responses=shows(EXAMPLE_ACK, also=202),
)
async def invoke(request: Request, house: Inside, principal: Controller, wish: Wished, device: DeviceId, name: Name) -> Response:
    """Invoke an action; a long one answers 202 with where to follow and cancel it."""
    value = await value_in(request, empty=True)
    return await command(house, request, principal, wish, device, Operation.INVOKE_ACTION, name, value)


@router.get("/{device}/runs/{run}", summary="How a command stands", responses=shows(EXAMPLE_ACK))
async def follow(house: Inside, _principal: Reader, device: DeviceId, run: Name) -> Response:
    """Return the newest acknowledgement of a command that is open, or ended within ten minutes."""
    return answer(house.home.told(device, run).document())


@router.delete("/{device}/runs/{run}", summary="Cancel a command", responses=shows(EXAMPLE_ACK, also=202))
async def cancel(request: Request, house: Inside, principal: Controller, wish: Wished, device: DeviceId, run: Name) -> Response:
    """Ask a run to stop."""
    return await command(house, request, principal, wish, device, Operation.CANCEL_ACTION, run, None)


@router.get(
    "/{device}/history", summary="What it showed before", responses=shows([{"at": 1796022960.267, "property": "power", "value": True}])
)
async def history(
    house: Inside,
    principal: Reader,
    device: DeviceId,
    name: Annotated[str | None, Query(max_length=128, description="Only of this property")] = None,
    since: Annotated[
        str | None, Query(max_length=40, description="RFC 3339, or seconds since the epoch", examples=["2026-11-30T06:00:00Z"])
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_HISTORY)] = 500,
) -> Response:
    """Return the newest changes since a time, oldest first, at most `limit`; private ones only to those who may read them."""
    twin = house.home.twin(device)
    private = set() if may(principal.role, Permission.READ_PRIVATE) else set(twin.private)
    if name is not None and name not in twin.instance.properties:
        raise Unknown(f"{device} has no property {name}", property=name)
    if name in private:
        house.home.read(device, name, principal)
    samples = await house.home.history(device, name, _moment(since), limit)
    return answer([sample for sample in samples if sample["property"] not in private])


def _moment(since: str | None) -> float:
    if since is None:
        return 0.0
    try:
        moment = float(since)
    except ValueError:
        return from_iso(since)
    if not abs(moment) <= 1e12:  # noqa: PLR2004 - far beyond any time
        raise BadSyntax("`since` is a time: RFC 3339, or seconds since the epoch")
    return moment


@router.patch(
    "/{device}",
    summary="Name it, put it into a room, tag it",
    openapi_extra=body_of(
        object_of(name=TEXT, room=TEXT, tags={"type": "array", "items": TEXT}),
        {"moved": {"name": "Bedroom AC", "room": "Bedroom", "tags": ["cool"]}},
    ),
)
async def arrange(request: Request, house: Inside, owner: Owner, device: DeviceId) -> Response:
    """Change what people call it: `name`, `room`, `tags`; what is not said stays."""
    house.home.twin(device)
    wanted = await mapping_in(request)
    calls: dict[str, str] = {"name": "name", "room": "room", "tags": "tag"}
    if not wanted or not wanted.keys() <= calls.keys():
        raise BadSyntax("the body has `name`, `room` or `tags`, and nothing else")
    for member, value in wanted.items():
        await house.ask(calls[member], {"device": device, member: value})
    await house.journal.record("arranged", actor=owner.name, target=device, source="http", what_of=", ".join(wanted))
    return answer(_listed(house.home.inventory(), device))


@router.delete("/{device}", summary="Forget it", status_code=204)
async def forget(house: Inside, owner: Owner, device: DeviceId) -> Response:
    """Take a device out of the home, its history with it."""
    house.home.twin(device)
    await house.ask("forget", {"device": device})
    await house.journal.record("forgot", actor=owner.name, target=device, source="http")
    return Response(status_code=204)


def _listed(inventory: list[dict[str, Any]], device: str) -> dict[str, Any]:
    return next(
        ({name: entry[name] for name in ("id", "kind", "title", "name", "room", "tags")} for entry in inventory if entry["id"] == device),
        {},
    )
