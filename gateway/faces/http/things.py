"""W3C WoT Discovery (Recommendation of 2023-12-05): what this hub is, a Thing Description for every device, and news of them.

`/.well-known/wot` describes the directory, `/things` lists, page by page, `/events` tells what came, changed and went. What the
Recommendation leaves to choice and is not here (searching, sorting, collections, differences) is answered with 501, as it asks.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import SetupError, Unknown
from gateway.faces.http.answers import Name, answer, shows
from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.changes import After, number_of
from gateway.faces.http.forms import with_http
from gateway.faces.http.house import House
from gateway.faces.http.streaming import SSE, STREAM, Item, stream
from gateway.home.change import Change, Described, Removed, Snapshot
from gateway.profile.thing_description import thing_id

router = APIRouter(tags=["things"])
TD, LISTING = "application/td+json", "application/ld+json"
PAGE: Final = 20
MOST: Final = 100
_CONTEXT: Final = ["https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1", "https://www.w3.org/2022/wot/discovery"]
_EVENTS: Final = {"thingCreated": "thing_created", "thingUpdated": "thing_updated", "thingDeleted": "thing_deleted"}
"""Of the directory, by their names in its description: what they are called in the stream."""
_PAGED: Final = {"offset": {"type": "integer", "minimum": 0}, "limit": {"type": "integer", "minimum": 1, "maximum": MOST}}
_ONE: Final = {"id": {"type": "string", "format": "iri-reference"}}
_TOLD: Final = {"type": "object", "properties": {"id": {"type": "string", "format": "iri-reference"}}, "required": ["id"]}
Kind = Literal["thing_created", "thing_updated", "thing_deleted"]


@router.get(
    "/.well-known/wot",
    summary="What this hub is, as a Thing Description Directory",
    response_class=Response,
    responses=shows({"@type": "ThingDirectory", "title": "Hulian hub-7f3k2m"}, TD),
)
async def directory(request: Request, house: Inside, _principal: Reader) -> Response:
    """Return the Thing Description of the directory."""
    base = str(request.base_url).rstrip("/")
    keyed = not house.access.open
    scheme = {"login": {"scheme": "bearer", "in": "header", "name": "Authorization"}} if keyed else {"nosec": {"scheme": "nosec"}}
    listing = {"href": f"{base}/things{{?offset,limit}}", "op": "readproperty", "htv:methodName": "GET", "contentType": LISTING}
    one = {"href": f"{base}/things/{{id}}", "op": "invokeaction", "htv:methodName": "GET", "contentType": TD}
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "ThingDirectory",
        "id": thing_id(house.home.identifier),
        "title": f"Hulian {house.home.identifier}",
        "securityDefinitions": scheme,
        "security": [*scheme],
        "properties": {
            "things": {"readOnly": True, "type": "array", "items": {"type": "object"}, "uriVariables": _PAGED, "forms": [listing]}
        },
        "actions": {
            "retrieveThing": {"safe": True, "idempotent": True, "uriVariables": _ONE, "output": {"type": "object"}, "forms": [one]}
        },
        "events": {name: _event(base, kind) for name, kind in _EVENTS.items()},
        "links": [{"rel": "service-desc", "href": f"{base}/api/v1/openapi.json", "type": "application/json"}],
    }
    return _typed(answer(found), TD)


def _event(base: str, kind: str) -> dict[str, Any]:
    form = {"href": f"{base}/events/{kind}", "op": "subscribeevent", "subprotocol": "sse", "contentType": SSE}
    return {"data": _TOLD, "forms": [form]}


@router.get(
    "/things", summary="Every device's Thing Description", response_class=Response, responses=shows([{"title": "Hall light"}], LISTING)
)
async def things(
    request: Request,
    house: Inside,
    _principal: Reader,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> Response:
    """Return one page, in the order of the ids; `Link: rel="next"` says where the next is, `rel="canonical"` which edition this is."""
    asked = request.query_params
    if asked.get("format", "array") != "array" or "sort_by" in asked or "sort_order" in asked:
        raise SetupError("things are listed as an array, in the order of their ids, and not otherwise")
    base, devices, edition = str(request.base_url), sorted(house.home.devices()), house.home.edition
    page = []
    for device in devices[offset : offset + limit]:
        page.append(with_http(house, device, base))
        await asyncio.sleep(0)  # a page of many takes a while to make, and others are to be served meanwhile
    response = _typed(answer(page), LISTING)
    links = [f'<{base}things>; rel="canonical"; etag="{edition}"']
    if offset + limit < len(devices):
        links.append(f'<{base}things?offset={offset + limit}&limit={limit}>; rel="next"')
    response.headers["link"] = ", ".join(links)
    return response


@router.get(
    "/things/{thing}", summary="One Thing Description, by its id", response_class=Response, responses=shows({"title": "Hall light"}, TD)
)
async def thing(request: Request, house: Inside, _principal: Reader, thing: Name) -> Response:
    """Return the Thing Description whose `id` (a URN) or device id this is."""
    device = next((each for each in house.home.devices() if thing in (each, thing_id(each))), None)
    if device is None:
        raise Unknown("there is no such thing in this home")
    return _typed(answer(with_http(house, device, str(request.base_url))), TD)


@router.get("/events", summary="What came, changed and went", responses=STREAM, response_class=Response)
async def every_event(
    request: Request,
    house: Inside,
    _principal: Reader,
    last_event_id: After = None,
    diff: Annotated[bool, Query()] = False,
) -> Response:
    """Send `thing_created`, `thing_updated` and `thing_deleted`, each with the id of the thing, as server-sent events."""
    return _events(request, house, frozenset(_EVENTS.values()), last_event_id, diff=diff)


@router.get("/events/{kind}", summary="One kind of them", responses=STREAM, response_class=Response)
async def events(
    request: Request,
    house: Inside,
    _principal: Reader,
    kind: Kind,
    last_event_id: After = None,
    diff: Annotated[bool, Query()] = False,
) -> Response:
    """Send the events of one kind."""
    return _events(request, house, frozenset({kind}), last_event_id, diff=diff)


@router.get("/search/{language}", summary="Searching, which is not here", status_code=501)
async def search(_principal: Reader, language: Name) -> Response:
    """Refuse: a home is small enough to be listed."""
    raise SetupError(f"things cannot be searched by {language[:32]} here: GET /things lists them all")


def _events(request: Request, house: House, kinds: frozenset[str], after: str | None, *, diff: bool) -> Response:
    if diff:
        raise SetupError("what changed is not told here: read the thing again")
    return stream(request, house, _news(house, kinds, after))


async def _news(house: House, kinds: frozenset[str], after: str | None) -> AsyncGenerator[Item, None]:
    boot, known = house.home.boot, set(house.home.devices())
    async with house.home.subscribe(after=number_of(after, boot)) as changing:
        async for change in changing:
            if not isinstance(change, Snapshot) and (kind := _kind(change, known)) in kinds:
                yield Item({"id": thing_id(change.device)}, f"{boot}-{change.number}", kind)


def _kind(change: Change, known: set[str]) -> str:
    """Return what a change is to who watches the directory, "" for nothing; `known`: the things there are so far."""
    if isinstance(change, Removed):
        known.discard(change.device)
        return _EVENTS["thingDeleted"]
    if isinstance(change, Described):
        new = change.device not in known
        known.add(change.device)
        return _EVENTS["thingCreated" if new else "thingUpdated"]
    return ""


def _typed(response: Response, media_type: str) -> Response:
    response.headers["content-type"] = media_type
    return response
