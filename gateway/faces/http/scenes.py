"""Scenes over HTTP: listed, brought, checked, planned, run, followed and taken back: `/api/v1/scenes`, `/api/v1/runs`."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import YAML, answer, mapping_in, object_of, shows, text_in
from gateway.faces.http.caller import Controller, Inside, Owner, Reader
from gateway.faces.http.house import House
from gateway.scenes.report import Report
from gateway.scenes.scenes import told

router = APIRouter(prefix="/api/v1", tags=["scenes"])
LONGEST: Final = 256 << 10
"""Bytes of a scene."""
PATIENCE: Final = 5.0
Scene = Annotated[str, InPath(max_length=128, examples=["good-night"])]
RunId = Annotated[str, InPath(max_length=128)]
Wait = Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the end")]
_TEXT = {
    "requestBody": {
        "required": True,
        "content": {
            YAML[0]: {
                "schema": {"type": "string"},
                "examples": {"leaving": {"value": "scene: leaving\nsteps:\n  - select: {kind: light}\n    set: {power: false}\n"}},
            }
        },
    }
}
_REPORT = {
    "id": "scene-8b17ffb9ddc5",
    "scene": "leaving",
    "by": "local",
    "began": "2026-11-30T07:16:19.549Z",
    "ended": "2026-11-30T07:16:19.565Z",
    "good": True,
    "lines": [{"device": "light-hall", "set": {"power": False}, "outcome": "done", "seconds": 0.006, "lines": [3]}],
}
_GIVEN = {
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": object_of(**{"with": {"type": "object", "description": "Its parameters, this time"}}),
                "examples": {"warmer": {"value": {"with": {"warmth": 23}}}, "plain": {"value": {}}},
            }
        },
    }
}


@router.get("/scenes", summary="Every scene, and whether it is on")
async def scenes(house: Inside, _principal: Reader) -> Response:
    """Return every scene with its names, version, parameters and state: on, partly or off."""
    return answer(house.desk.listing(state=True))


@router.get("/scenes/{scene}", summary="One scene, and its newest report")
async def scene(house: Inside, _principal: Reader, scene: Scene) -> Response:
    """Return one scene."""
    return answer(house.desk.record(scene))


@router.get("/scenes/{scene}/text", summary="As it was written, with its versions")
async def text(
    house: Inside, _principal: Controller, scene: Scene, version: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None
) -> Response:
    """Return the document of a scene, the newest or a version of it, and which versions are kept."""
    return answer(await house.ask("scene-text", {"scene": scene, "version": version}))


@router.put("/scenes/{scene}", summary="Keep a scene", openapi_extra=_TEXT)
async def put(request: Request, house: Inside, owner: Owner, scene: Scene) -> Response:
    """Keep a scene, or a new version of it; 422 says each mistake with its line."""
    return answer(await house.desk.put(await text_in(request, "a scene", YAML, LONGEST), owner, scene))


@router.post("/scenes/check", summary="Check a scene that is being written", openapi_extra=_TEXT)
async def check(request: Request, house: Inside, _owner: Owner) -> Response:
    """Return what is to be said about a document, mistakes with their lines; nothing is kept."""
    found, findings = await house.desk.scenes.checked(await text_in(request, "a scene", YAML, LONGEST))
    good = found is not None and not any(finding.severity.value == "error" for finding in findings)
    return answer({"good": good, "scene": None if found is None else found.id, "findings": [dict(told(finding)) for finding in findings]})


@router.delete("/scenes/{scene}", summary="Forget a scene", status_code=204)
async def remove(house: Inside, owner: Owner, scene: Scene) -> Response:
    """Forget a scene; not one that is part of another."""
    await house.desk.scenes.remove(scene, owner)
    return Response(status_code=204)


@router.post("/scenes/{scene}/restore", summary="Make an older version the newest again")
async def restore(house: Inside, owner: Owner, scene: Scene, version: Annotated[int, Query(ge=1, le=1_000_000_000)]) -> Response:
    """Go back to an older version."""
    restored = await house.desk.scenes.restore(scene, version, owner)
    return answer({"scene": restored.scene, "version": restored.number})


@router.post("/scenes/{scene}/plan", summary="What it would do now", openapi_extra=_GIVEN)
async def plan(
    request: Request,
    house: Inside,
    _principal: Controller,
    scene: Scene,
    limit: Annotated[float | None, Query(ge=1, le=1e6, description="Watts of its line")] = None,
) -> Response:
    """Return device by device what a run would ask now, what is so already, and what it would draw."""
    given = await _given(request)
    return answer(await house.ask("scene-plan", {"scene": scene, "with": given, "limit": limit}))


@router.post("/scenes/{scene}/runs", summary="Run it", openapi_extra=_GIVEN, responses=shows(_REPORT, also=202))
async def run(request: Request, house: Inside, principal: Controller, scene: Scene, wait: Wait = PATIENCE) -> Response:
    """Run a scene; 200 with the report once it has ended, 202 with where to follow while it goes on."""
    return await _told(house, await house.desk.run(scene, await _given(request), principal), wait)


@router.get("/runs", summary="What scenes did")
async def reports(
    house: Inside, _principal: Reader, scene: Annotated[str, Query(max_length=128)] = "", limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Response:
    """Return the newest reports, the newest first."""
    return answer([house.desk.document(report) for report in house.desk.scenes.runs.reports(scene, limit)])


@router.get("/runs/{run}", summary="What a run did, device by device")
async def report(house: Inside, _principal: Reader, run: RunId) -> Response:
    """Return a report; of one that goes on, as far as it is."""
    return answer(house.desk.document(house.desk.scenes.runs.report(run)))


@router.post("/runs/{run}/undo", summary="Take it back", responses=shows(_REPORT, also=202))
async def undo(house: Inside, principal: Controller, run: RunId, wait: Wait = PATIENCE) -> Response:
    """Put every device back to what it showed before the run."""
    return await _told(house, await house.desk.scenes.begin_undo(run, principal), wait)


async def _told(house: House, report: Report, wait: float) -> Response:
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            await house.desk.scenes.runs.end_of(report)
    return answer(house.desk.document(report), 200 if report.ended is not None else 202, Location=f"/api/v1/runs/{report.id}")


async def _given(request: Request) -> dict[str, Any]:
    body = await mapping_in(request, empty=True)
    given = body.get("with", {})
    if not isinstance(given, dict) or not body.keys() <= {"with"}:
        raise BadSyntax("the body has `with`, an object of parameters, and nothing else")
    return given
