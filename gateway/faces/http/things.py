"""W3C WoT Discovery: `/.well-known/wot` tells what this hub is, `/things` lists a Thing Description for every device, page by page."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import Unknown
from gateway.faces.http.answers import Name, answer, shows
from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.forms import with_http
from gateway.profile.thing_description import thing_id

router = APIRouter(tags=["things"])
TD, LISTING = "application/td+json", "application/ld+json"
PAGE: Final = 20
MOST: Final = 100
_CONTEXT: Final = ["https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1", "https://www.w3.org/2022/wot/discovery"]


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
    form = {"href": f"{base}/things{{?offset,limit}}", "op": "readproperty", "htv:methodName": "GET", "contentType": LISTING}
    one = {"href": f"{base}/things/{{id}}", "op": "invokeaction", "htv:methodName": "GET", "contentType": TD}
    found: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "ThingDirectory",
        "id": thing_id(house.home.identifier),
        "title": f"Hulian {house.home.identifier}",
        "securityDefinitions": scheme,
        "security": [*scheme],
        "properties": {
            "things": {
                "readOnly": True,
                "type": "array",
                "items": {"type": "object"},
                "uriVariables": {"offset": {"type": "integer", "minimum": 0}, "limit": {"type": "integer", "minimum": 1, "maximum": MOST}},
                "forms": [form],
            }
        },
        "actions": {"retrieveThing": {"safe": True, "uriVariables": {"id": {"type": "string"}}, "forms": [one]}},
    }
    return _typed(answer(found), TD)


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
    """Return one page, in the order of the ids; `Link: rel="next"` says where the next is."""
    base, devices = str(request.base_url), sorted(house.home.devices())
    page = [with_http(house, device, base) for device in devices[offset : offset + limit]]
    response = _typed(answer(page), LISTING)
    links = [f'<{base}things>; rel="canonical"; etag="{len(devices)}"']
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


def _typed(response: Response, media_type: str) -> Response:
    response.headers["content-type"] = media_type
    return response
