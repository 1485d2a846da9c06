"""Alerts over HTTP: what waits to be seen by somebody, and that somebody has seen it: `/api/v1/alerts`."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from gateway.faces.http.answers import answer, plain
from gateway.faces.http.caller import Controller, Inside, Reader
from gateway.scenes.alerts.showing import shown

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])


@router.get("", summary="What people should know")
async def alerts(
    house: Inside, _principal: Reader, waiting: Annotated[bool, Query(description="Only those nobody has seen yet")] = False
) -> Response:
    """Return the alerts, and how each was told."""
    return answer([plain(shown(alert) | {"told": dict(alert.came)}) for alert in house.alerts.listing(waiting=waiting)])


@router.post("/{alert}/acknowledge", summary="I have seen it")
async def acknowledge(house: Inside, principal: Controller, alert: Annotated[str, InPath(max_length=128)]) -> Response:
    """Note that somebody has seen an alert: it is told no more."""
    return answer(plain(shown(await house.alerts.acknowledge(alert, principal))))
