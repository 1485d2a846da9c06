"""The pairing window over HTTP: an owner opens it for somebody, sees how it goes, and closes it: `/api/v1/pairing`.

Who comes in goes through CoAP, as ever (`hulian join`, or a phone with the QR code); who is in stands in `/api/v1/clients`.
"""

from collections.abc import AsyncGenerator
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax, ExtraMissing, Unknown
from gateway.faces.http.answers import answer, body_of, mapping_in, object_of, shows
from gateway.faces.http.caller import Inside, Owner
from gateway.faces.http.house import House
from gateway.faces.http.streaming import STREAM, Item, stream
from gateway.thing.principal import Role
from gateway.thing.timestamp import iso
from gateway.trust.extra import INSTALL
from gateway.trust.pairing import Pairing
from gateway.trust.roles import Permission
from gateway.trust.window import MEANS, MOST_MINUTES, Ended, Window

router = APIRouter(prefix="/api/v1/pairing", tags=["arranging"])
_OFFER: Final = {
    "gateway": "hub-7f3k2m",
    "role": "user",
    "by": "phone-7f3k2m9q",
    "until": "2026-11-30T07:21:00.000Z",
    "pin": "0000-0000",
    "qr": "hulian:...",
    "addresses": ["192.168.1.20:5683"],
    "tries": 0,
}
_WISH: Final = body_of(
    object_of(
        "role",
        role={"type": "string", "enum": [*Role]},
        minutes={"type": "number", "exclusiveMinimum": 0, "maximum": MOST_MINUTES},
        means={"type": "array", "items": {"type": "string", "enum": [*MEANS]}},
    ),
    {"a phone of the family": {"role": "user"}, "by PIN, for a minute": {"role": "viewer", "minutes": 1, "means": ["pin"]}},
)


@router.post("", summary="Open the window", status_code=201, openapi_extra=_WISH, responses={201: shows(_OFFER)[200]})
async def arrange(request: Request, house: Inside, owner: Owner) -> Response:
    """Open it for one who is to come in, in one role; return the PIN to type and the text of the QR code to scan."""
    wish = await mapping_in(request)
    if not wish.keys() <= {"role", "minutes", "means"}:
        raise BadSyntax("the body has `role`, perhaps `minutes` and `means`, and nothing else")
    pairing = _able(house)
    return answer(_offer(pairing, await pairing.arrange(wish, owner, source="http")), 201)


@router.get("", summary="What the open window offers", responses=shows(_OFFER))
async def offer(house: Inside, _owner: Owner) -> Response:
    """Return what an open window offers, whoever opened it; 404 while it is closed."""
    pairing = _able(house)
    window = pairing.window.now_open
    if window is None:
        raise Unknown("pairing is closed: POST /api/v1/pairing opens it")
    return answer(_offer(pairing, window))


@router.delete("", summary="Close the window", status_code=204)
async def close(house: Inside, _owner: Owner) -> Response:
    """Close it, if it is open."""
    await _able(house).window.close("stopped")
    return Response(status_code=204)


@router.get("/changes", summary="How it goes", responses=STREAM, response_class=Response)
async def changes(request: Request, house: Inside, _owner: Owner) -> Response:
    """Send `{"tries"}` at every try and `{"ended", "client"}` at the end, as server-sent events; `client` came in."""
    return stream(request, house, _changes(_able(house)), Permission.ADMINISTER)


async def _changes(pairing: Pairing) -> AsyncGenerator[Item, None]:
    async for change in pairing.window.changes():
        if isinstance(change, Ended):
            yield Item({"ended": change.why, "client": change.client or None})
            return
        yield Item({"tries": change.tries})


def _offer(pairing: Pairing, window: Window) -> dict[str, Any]:
    return pairing.offer(window) | {"until": iso(window.until), "tries": window.tries}


def _able(house: House) -> Pairing:
    if house.pairing is None:
        raise ExtraMissing(f"pairing needs libraries that are not installed: {INSTALL}, then start the gateway again")
    return house.pairing
