"""Conformance runs over HTTP: begun, followed, stopped, their reports downloaded: `/api/v1/conformance`."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from gateway.errors import BadSyntax, Unknown
from gateway.faces.http.answers import answer, body_of, mapping_in, object_of
from gateway.faces.http.caller import Inside, Owner

router = APIRouter(prefix="/api/v1/conformance", tags=["conformance"])
TrialId = Annotated[str, InPath(max_length=128)]
_TYPES: Final = {"html": "text/html", "junit": "application/xml", "jsonl": "application/jsonl"}
_WISH = body_of(
    object_of(
        "device",
        device={"type": "string", "maxLength": 128},
        tests={"type": "string", "maxLength": 200},
        budget={"type": "number", "minimum": 10, "maximum": 1800},
    ),
    {"quick": {"device": "light-hall", "tests": "T,D", "budget": 60}},
)


@router.get("", summary="The last runs")
async def trials(house: Inside, _owner: Owner) -> Response:
    """Return the runs of this life of the hub, the newest last, without what each of them said."""
    return answer([{name: value for name, value in trial.document().items() if name != "said"} for trial in house.trials.all()])


@router.post("", summary="Judge a device", status_code=202, openapi_extra=_WISH)
async def start(request: Request, house: Inside, owner: Owner) -> Response:
    """Begin a run of `hulian conformance` on a device of this home; one at a time."""
    wish = await mapping_in(request)
    if not wish.keys() <= {"device", "tests", "budget"}:
        raise BadSyntax("the body has `device`, and perhaps `tests` and `budget`")
    trial = await house.trials.start(wish)
    await house.journal.record("conformance", actor=owner.name, target=str(wish["device"]), source="http")
    return answer(trial.document(), 202, Location=f"/api/v1/conformance/{trial.id}")


@router.get("/{trial}", summary="How a run stands, verdict by verdict")
async def follow(house: Inside, _owner: Owner, trial: TrialId) -> Response:
    """Return a run with the lines it has said so far: what it asks, each verdict, how it ended."""
    return answer(house.trials.find(trial).document())


@router.delete("/{trial}", summary="Stop a run", status_code=204)
async def stop(house: Inside, _owner: Owner, trial: TrialId) -> Response:
    """End a run; what it changed is put back."""
    await house.trials.find(trial).stop()
    return Response(status_code=204)


@router.get("/{trial}/report.{form}", summary="Its report", response_class=Response)
async def report(house: Inside, _owner: Owner, trial: TrialId, form: Annotated[Literal["html", "junit", "jsonl"], InPath()]) -> Response:
    """Download the report: a page for people, JUnit for CI servers, JSON lines for programs."""
    file = house.trials.find(trial).report(form)
    if file is None:
        raise Unknown("there is no report of this run yet")
    return FileResponse(file, media_type=_TYPES[form], filename=f"{trial}-{file.name}")
