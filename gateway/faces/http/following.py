"""A run of a scene as it goes, device by device: `/api/v1/runs/{run}/changes`."""

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.errors import CommandError
from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.changes import SSE, STREAM, Streams, check
from gateway.faces.http.house import House
from gateway.faces.http.problem import document_of
from gateway.protocol.payload import json_bytes

router = APIRouter(prefix="/api/v1", tags=["scenes"])


@router.get("/runs/{run}/changes", summary="A run as it goes", responses=STREAM, response_class=Response)
async def run_changes(request: Request, house: Inside, _principal: Reader, run: Annotated[str, InPath(max_length=128)]) -> Response:
    """Send the report now, and whenever it has moved on, as server-sent events; it ends with the run."""
    house.desk.scenes.runs.report(run)
    return StreamingResponse(_reports(request, house, run), media_type=SSE)


async def _reports(request: Request, house: House, run: str) -> AsyncGenerator[bytes, None]:
    streams: Streams = request.app.state.streams
    following = house.desk.scenes.runs.follow(run)
    try:
        async with streams.one():
            async for report in following:
                check(request, house)
                yield b"data: " + json_bytes(house.desk.document(report)) + b"\n\n"
                if report.ended is not None and (report.effect is None or report.effect.over):
                    return
    except CommandError as error:
        yield b"event: error\ndata: " + json_bytes(document_of(error)) + b"\n\n"
    finally:
        await following.aclose()  # type: ignore[attr-defined]
