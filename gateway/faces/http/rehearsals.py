"""Rehearsals over HTTP: what a scene would do, tried on a copy of the home: `/api/v1/rehearsals`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import answer, body_of, mapping_in, object_of, plain
from gateway.faces.http.caller import Inside, Owner, Reader
from gateway.faces.http.streaming import Say, steps
from gateway.scenes.rehearsal.order import Wanted
from gateway.trust.roles import Permission

router = APIRouter(prefix="/api/v1/rehearsals", tags=["scenes"])
Scene = Annotated[str, InPath(max_length=128, examples=["good-night"])]
_MEMBERS: Final[dict[str, dict[str, Any]]] = {
    "with": {"type": "object"},
    "faults": {"type": "object", "additionalProperties": {"type": "string"}},
    "eachAway": {"type": "boolean"},
}
_WISH = body_of(object_of(**_MEMBERS), {"plain": {}, "without the hall light": {"faults": {"light-hall": "away"}}}, required=False)


@router.get("", summary="The last rehearsal of each scene, in short")
async def rehearsals(house: Inside, _principal: Reader) -> Response:
    """Return what was foretold, and whether that still fits the scene as it is now."""
    return answer([plain(each) for each in house.rehearsals.listing()])


@router.get("/{scene}", summary="The last rehearsal of a scene")
async def last(house: Inside, _principal: Reader, scene: Scene) -> Response:
    """Return the whole document: the report, the power, what differed when it was really run."""
    return answer(plain(house.rehearsals.last(scene)))


@router.post("/{scene}", summary="Rehearse a scene", openapi_extra=_WISH, response_class=Response)
async def rehearse(
    request: Request,
    house: Inside,
    owner: Owner,
    scene: Scene,
    limit: Annotated[float | None, Query(ge=1, le=1e6, description="Watts")] = None,
) -> Response:
    """Play a scene on a simulated copy of this home; lines of JSON say how far it is, the last is the result, or the error."""
    body = await mapping_in(request, empty=True)
    given, faults, away = body.get("with", {}), body.get("faults", {}), body.get("eachAway", False)
    if not body.keys() <= {"with", "faults", "eachAway"} or not isinstance(given, dict) or not isinstance(away, bool):
        raise BadSyntax("the body has `with`, `faults` (objects) and `eachAway` (yes or no), and nothing else")
    if not isinstance(faults, dict) or not all(isinstance(fault, str) for fault in faults.values()):
        raise BadSyntax("`faults` is an object of devices and what is wrong with each")
    house.desk.scenes.text(scene)
    for device in faults:
        house.home.twin(device)
    wanted = Wanted(scene=scene, arguments=given, faults=faults, each_away=away, limit=limit)

    async def play(say: Say) -> Any:
        async def tell(item: Any) -> None:
            say(plain(item))

        return plain(await house.rehearsals.rehearse(wanted, owner, tell))

    return steps(request, house, play, Permission.ADMINISTER)
