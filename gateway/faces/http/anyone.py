"""What anybody may ask: whether the hub lives, and whom to tell of a hole in it."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.errors import Unknown
from gateway.faces.http.answers import answer
from gateway.faces.http.caller import Inside
from gateway.trust.security_txt import MEDIA_TYPE, PATH, security_txt

router = APIRouter(tags=["open"])


@router.get("/healthz", summary="Does it live?")
async def healthz() -> Response:
    """Return 200 while the hub serves; nothing about the home, nor which version it is."""
    return answer({"status": "ok"})


@router.get(PATH, summary="Whom to tell of a hole (RFC 9116)", response_class=Response)
async def security(house: Inside) -> Response:
    """Return security.txt; 404 where nobody was named in `contacts` of [http]."""
    if not house.contacts:
        raise Unknown("nobody is named: whoever runs this hub sets `contacts` in [http]")
    return Response(security_txt(house.contacts, house.clock.now(), policy=house.policy), media_type=MEDIA_TYPE)
