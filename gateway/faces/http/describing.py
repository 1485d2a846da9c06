"""A whole home over HTTP: described and taken over, filled from a list, handed to its people: `/api/v1/home`, `/bulk`, `/handover`."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.faces.http.answers import YAML, answer, plain, shows, text_in
from gateway.faces.http.caller import Inside, Owner
from gateway.faces.http.guard import BODY_LIMIT
from gateway.faces.http.streaming import LINES, Say, steps
from gateway.trust.roles import Permission

router = APIRouter(prefix="/api/v1", tags=["arranging"])
CSV: Final = "text/csv"
LONGEST_WAIT: Final = 600
SHEET_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""What the sheet may do in a browser: its style stands in it, and it has no script."""
DryRun = Annotated[bool, Query(alias="dryRun", description="Only say what would be done")]
_HOME: Final = (
    "hulian-home: 1\ndevices:\n  - {id: light-hall, kind: light, name: Hall light, room: hall, unit: 'native:light-hall'}\nscenes: []\n"
)
_ROWS: Final = "hulian-manifest: 1\ndevices:\n  - {unit: 'midea:151732605161920', name: Bedroom AC, room: bedroom}\n"
_TABLE: Final = "unit,name,room,tags,credential.token\nmidea:151732605161920,Bedroom AC,bedroom,guest,\n"
_STANDING: Final = {"id": "light-hall", "name": "Hall light", "kind": "light", "unit": "native:light-hall", "state": "here", "missing": []}
_FATE: Final = {"line": 2, "name": "Bedroom AC", "state": "done", "unit": "midea:151732605161920", "devices": ["ac-1"], "why": ""}


def _written(**texts: str) -> dict[str, Any]:
    """Return what the description says of a body that is a text, by its type."""
    content = {kind: {"schema": {"type": "string"}, "example": text} for kind, text in texts.items()}
    return {"requestBody": {"required": True, "content": content}}


@router.get("/home", summary="The home as a document", response_class=Response, responses=shows(_HOME, YAML[0]))
async def export(house: Inside, _owner: Owner) -> Response:
    """Return appliances, rooms, names, tags, links and scenes as YAML, for another hub or to keep; nothing secret is in it."""
    headers = {"content-disposition": f'attachment; filename="{house.home.identifier}.yaml"'}
    return Response(house.describing.text(), media_type=YAML[0], headers=headers)


@router.post(
    "/home", summary="Become like a described home", openapi_extra=_written(**{YAML[0]: _HOME}), responses=shows({"devices": [_STANDING]})
)
async def take(request: Request, house: Inside, owner: Owner, dry_run: DryRun = False) -> Response:
    """Keep its scenes, give its names to what is here, and await the rest, which is listed. 422 says each mistake."""
    text = await text_in(request, "a description of a home", YAML, BODY_LIMIT)
    taken = await house.describing.take(text, owner, dry_run=dry_run)
    if not dry_run:
        await house.journal.record("home imported", actor=owner.name, source="http", devices=len(taken["devices"]))
    return answer(plain(taken))


@router.post(
    "/bulk",
    summary="Take many appliances in from a list",
    response_class=Response,
    openapi_extra=_written(**{YAML[0]: _ROWS, CSV: _TABLE}),
    responses=shows({"result": {"rows": [_FATE], "missing": 0, "others": []}}, LINES),
)
async def bulk(
    request: Request,
    house: Inside,
    owner: Owner,
    dry_run: DryRun = False,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to look for what is not there yet")] = 20.0,
) -> Response:
    """Go through a list in YAML or CSV, as `hulian bulk` does: lines of JSON say how far it is, the last what became of each row.

    It may be sent again and again: only what is not so yet is done. A reader that goes away ends it; what is done stays.
    """
    text = await text_in(request, "a list of appliances", (*YAML, CSV), BODY_LIMIT)
    name = "list.csv" if request.headers["content-type"].lower().startswith(CSV) else "list.yaml"

    async def join(say: Say) -> Any:
        def tell(done: int, of: int, what: str) -> None:
            say({"done": done, "of": of, "what": what})

        result = await house.arranging.bulk(text, name, dry_run=dry_run, wait=wait, tell=tell)
        if not dry_run:
            await house.journal.record("bulk", actor=owner.name, source="http", rows=len(result["rows"]), missing=result["missing"])
        return plain(result)

    return steps(request, house, join, Permission.ADMINISTER)


@router.get(
    "/handover",
    summary="The sheet for its people",
    response_class=Response,
    responses=shows("<!doctype html>", "text/html"),
)
async def handover(
    house: Inside, owner: Owner, language: Annotated[Literal["en", "zh", "two"], Query(description="What it opens in")] = "two"
) -> Response:
    """Return one page for a screen and for A4: rooms, appliances, scenes, what is still open, blanks for names; nothing secret in it."""
    await house.journal.record("handover", actor=owner.name, source="http")
    headers = {"content-security-policy": SHEET_POLICY, "content-disposition": f'inline; filename="{house.home.identifier}.html"'}
    return Response(await house.arranging.handover(language), media_type="text/html", headers=headers)
