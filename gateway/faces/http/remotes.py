"""Appliances without a network, over HTTP: what each transmitter speaks for, one more, and which codes are known: `/api/v1/remotes`.

One that is there is forgotten as any other device: `DELETE /api/v1/devices/{device}`.
"""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import TEXT, DeviceId, answer, body_of, mapping_in, object_of, plain, shows
from gateway.faces.http.caller import Inside, Owner, Reader

router = APIRouter(prefix="/api/v1/remotes", tags=["arranging"])
_THING: Final = {"id": "ac-old", "kind": "air-conditioner", "codes": "midea-r05d", "title": "Old AC"}
_MEMBERS: Final = ("kind", "codes", "title")
_WISH: Final = body_of(object_of("kind", **dict.fromkeys(_MEMBERS, TEXT)), {"an old one": {n: _THING[n] for n in _MEMBERS}})


@router.get("", summary="What each transmitter speaks for", responses=shows([{"transmitter": "remote-1", "name": "", "things": [_THING]}]))
async def remotes(house: Inside, _principal: Reader) -> Response:
    """Return the transmitters of the home, with the appliances that have no other voice."""
    return answer(plain(await house.ask("remote", {})))


@router.get("/codes", summary="Which codes are known", responses=shows({"air-conditioner": ["midea-r05d"]}))
async def codes(house: Inside, _principal: Reader) -> Response:
    """Return the sets of codes there are, by kind."""
    return answer(plain(await house.ask("remote-codes", {})))


@router.post("/{device}/things", summary="Let it speak for one more", openapi_extra=_WISH, responses=shows({"id": "ac-old"}))
async def add(request: Request, house: Inside, owner: Owner, device: DeviceId) -> Response:
    """Let a transmitter speak for one more appliance, with known codes; without `codes` they are learned from its own remote."""
    house.home.twin(device)
    wish = await mapping_in(request)
    if not {"kind"} <= wish.keys() <= {*_MEMBERS}:
        raise BadSyntax("the body has `kind`, perhaps `codes` and `title`, and nothing else")
    made = await house.ask("remote-add", wish | {"device": device})
    await house.journal.record("remote added", actor=owner.name, target=device, source="http")
    return answer(plain(made))
