"""The scenes that come along with the program, over HTTP: `/api/v1/built-in-scenes`. One is taken as any other: sent, and kept."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

from gateway.faces.http.answers import answer, plain, shows
from gateway.faces.http.caller import Inside, Owner, Reader
from gateway.scenes.builtin.built_in import document_of, names, text_of

router = APIRouter(prefix="/api/v1/built-in-scenes", tags=["scenes"])
Scene = Annotated[str, InPath(max_length=128, examples=["leaving"])]
_EXAMPLE = {"scene": "leaving", "names": {"en": "Leaving home", "zh-Hans": "离家"}, "descriptions": {"en": "Lights and heaters off"}}


@router.get("", summary="The scenes that come along", responses=shows([_EXAMPLE]))
async def ready(_principal: Reader) -> Response:
    """Return what each is called and what it does, in both languages."""
    return answer(await asyncio.to_thread(lambda: [_told(document_of(name)) for name in names()]))


@router.get("/{scene}", summary="One of them, as it is written", responses=shows(_EXAMPLE | {"text": "scene: leaving\n..."}))
async def one(_principal: Reader, scene: Scene) -> Response:
    """Return one with its text: change it, or keep it as it is with `PUT /api/v1/scenes/{scene}`."""
    document, text = await asyncio.to_thread(lambda: (document_of(scene), text_of(scene)))
    return answer(_told(document) | {"text": text})


@router.post("/{scene}", summary="Keep one in this home", responses=shows({"scene": "leaving", "version": 1}))
async def keep(house: Inside, owner: Owner, scene: Scene) -> Response:
    """Keep one as it is, as `hulian scene import --builtin` does; it can be changed afterwards."""
    return answer(plain(await house.desk.put(await asyncio.to_thread(text_of, scene), owner)))


def _told(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"scene": document["scene"], "names": plain(document.get("names", {})), "descriptions": plain(document.get("descriptions", {}))}
