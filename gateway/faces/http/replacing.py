"""Another appliance in the place of one, over HTTP: what it would mean, doing it, and taking it back."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import TEXT, DeviceId, answer, body_of, mapping_in, object_of, plain, shows
from gateway.faces.http.caller import Inside, Owner

router = APIRouter(prefix="/api/v1/devices/{device}/replacement", tags=["arranging"])
_PLAN: Final[dict[str, Any]] = {
    "old": {"id": "ac-7f3k2m9q", "name": "Bedroom AC", "kind": "air-conditioner", "room": "bedroom", "online": False},
    "new": {"id": "ac-b01", "name": "AC", "kind": "air-conditioner", "room": "", "online": True},
    "lacks": [{"what": "property", "name": "ionizer", "why": "missing", "text": "it has no ionizer"}],
    "gains": [],
    "scenes": [],
    "links": [],
    "stays": False,
}
_WISH: Final = body_of(object_of("new", new=TEXT | {"maxLength": 128}, force={"type": "boolean"}), {"a newer one": {"new": "ac-b01"}})
_BACK: Final = {"device": "ac-7f3k2m9q", "kind": "air-conditioner", "other": "ac-b01", "again": True}


@router.get("", summary="What it would mean", responses=shows(_PLAN))
async def plan(
    house: Inside,
    _owner: Owner,
    device: DeviceId,
    new: Annotated[str, Query(max_length=128, description="The one that takes its place", examples=["ac-b01"])],
    force: Annotated[bool, Query(description="Also while the old one answers, or the new one does not")] = False,
) -> Response:
    """Return what the new one cannot do, with the scenes and lines that would need it; nothing is changed."""
    return answer(plain(house.replacement.plan(device, new, force=force)))


@router.post("", summary="Do it", openapi_extra=_WISH, responses=shows(_PLAN))
async def replace(request: Request, house: Inside, owner: Owner, device: DeviceId) -> Response:
    """Put another appliance in the place of this one: id, name, room, tags, links, scenes and history stay."""
    wish = await mapping_in(request)
    new, force = wish.get("new"), wish.get("force", False)
    if not isinstance(new, str) or not isinstance(force, bool) or not wish.keys() <= {"new", "force"}:
        raise BadSyntax("the body has `new`, a device's id, perhaps `force`, true or false, and nothing else")
    return answer(plain(await house.replacement.replace(device, new, owner.name, force=force)))


@router.delete("", summary="Take it back", responses=shows(_BACK))
async def take_back(house: Inside, owner: Owner, device: DeviceId) -> Response:
    """Have the one that was replaced in its place again."""
    return answer(plain(await house.replacement.take_back(device, owner.name)))
