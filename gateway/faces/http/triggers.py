"""What makes scenes run by themselves, over HTTP: how each trigger stands, and letting none of a scene's fire for a while."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from gateway.faces.http.answers import answer, plain, shows
from gateway.faces.http.caller import Inside, Owner, Reader

router = APIRouter(prefix="/api/v1", tags=["scenes"])
Scene = Annotated[str, InPath(max_length=128, examples=["good-night"])]
_TRIGGER = {"scene": "good-night", "trigger": 0, "line": 4, "state": "armed", "next": "2026-11-30T22:30:00.000Z"}


@router.get("/triggers", summary="What makes scenes run by themselves", responses=shows([_TRIGGER]))
async def triggers(
    house: Inside, _principal: Reader, scene: Annotated[str, Query(max_length=128, description="Only of this one")] = ""
) -> Response:
    """Return every trigger: in words, whether it is armed or paused, when it is due, and when it last fired."""
    return answer(plain(house.triggers.records(scene)))


@router.post("/scenes/{scene}/pause", summary="Let it not run by itself", status_code=204)
async def pause(house: Inside, owner: Owner, scene: Scene) -> Response:
    """Let no trigger of a scene fire until it is resumed; by hand it can be run all the same."""
    await house.triggers.pause(scene, owner)
    return Response(status_code=204)


@router.post("/scenes/{scene}/resume", summary="Let it run by itself again", status_code=204)
async def resume(house: Inside, owner: Owner, scene: Scene) -> Response:
    """Let the triggers of a scene fire again; what came in between fires no more."""
    await house.triggers.resume(scene, owner)
    return Response(status_code=204)
