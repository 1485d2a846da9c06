"""A run of a scene as it goes, device by device: `/api/v1/runs/{run}/changes`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.house import House
from gateway.faces.http.streaming import STREAM, Item, stream

router = APIRouter(prefix="/api/v1", tags=["scenes"])


@router.get("/runs/{run}/changes", summary="A run as it goes", responses=STREAM, response_class=Response)
async def run_changes(request: Request, house: Inside, _principal: Reader, run: Annotated[str, InPath(max_length=128)]) -> Response:
    """Send the report now, and whenever it has moved on, as server-sent events; it ends with the run, and what is measured of it."""
    house.desk.scenes.runs.report(run)
    return stream(request, house, _reports(house, run))


async def _reports(house: House, run: str) -> AsyncGenerator[Item, None]:
    async with aclosing(house.desk.scenes.runs.follow(run)) as following:  # type: ignore[type-var]
        async for report in following:
            yield Item(house.desk.document(report))
            if report.ended is not None and (report.effect is None or report.effect.over):
                return
