"""Set-top boxes over HTTP: what is known of each, what the dated rules say, and what an owner or an operator's list adds."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.faces.http.answers import DeviceId, answer, body_of, mapping_in, plain, shows
from gateway.faces.http.caller import Inside, Owner, Reader

router = APIRouter(prefix="/api/v1/set-top-boxes", tags=["arranging"])
_BOX: Final = {"device": "box-1", "verdict": "smart", "facts": {"year": {"value": 2019, "source": "owner", "quality": "told"}}, "age": 7}
_FACTS: Final = body_of({"type": "object"}, {"what its label says": {"year": 2019}})
_LIST: Final = body_of({"type": "object"}, {"of an operator": {"box-1": {"facts": {"year": 2019}, "origin": "list of May, line 2"}}})


@router.get("", summary="Every box, judged", responses=shows({"today": "2026-11-30", "boxes": [_BOX]}))
async def boxes(house: Inside, _principal: Reader) -> Response:
    """Return what is known of each box and by whose word, what the rules make of it, and what is said about replacing it."""
    return answer(plain(await house.ask("boxes", {})))


@router.patch("/{device}", summary="Say what is known of a box", openapi_extra=_FACTS, responses=shows(_BOX))
async def tell(request: Request, house: Inside, owner: Owner, device: DeviceId) -> Response:
    """Add facts in the owner's word; they go before what a list says."""
    house.home.twin(device)
    told = await house.ask("box-set", {"device": device, "facts": await mapping_in(request)})
    await house.journal.record("box told", actor=owner.name, target=device, source="http")
    return answer(plain(told))


@router.delete("/{device}", summary="Take back what was said of a box", responses=shows(_BOX))
async def untell(
    house: Inside, owner: Owner, device: DeviceId, fact: Annotated[list[str], Query(max_length=64, examples=[["year"]])]
) -> Response:
    """Forget facts in the owner's word, by their names."""
    house.home.twin(device)
    shown = await house.ask("box-unset", {"device": device, "facts": fact})
    await house.journal.record("box untold", actor=owner.name, target=device, source="http")
    return answer(plain(shown))


@router.put("", summary="Take what an operator's list says", openapi_extra=_LIST, responses=shows({"boxes": ["box-1"]}))
async def take(request: Request, house: Inside, owner: Owner) -> Response:
    """Take the facts of a list, by the ids of the boxes, all or nothing."""
    entries: dict[str, Any] = await mapping_in(request)
    for device in entries:
        house.home.twin(device)
    taken = await house.ask("box-list", {"boxes": entries})
    await house.journal.record("box list", actor=owner.name, source="http", boxes=len(entries))
    return answer(plain(taken))
