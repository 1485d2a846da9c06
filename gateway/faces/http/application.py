"""The ASGI application: the API's routes, how its errors look, and its description. The pages are mounted on it by `app`."""

from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import ORJSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from gateway.errors import BadFormat, BadSyntax, CommandError, HulianError, ReadOnly, SchemaViolation, Unknown
from gateway.faces.http import (
    alerts,
    anyone,
    arranging,
    boxes,
    changes,
    describing,
    devices,
    following,
    keys,
    linking,
    metrics,
    pairing,
    ready,
    rehearsals,
    remotes,
    replacing,
    scenes,
    session,
    things,
    trials,
    triggers,
)
from gateway.faces.http.answers import PROBLEM_NAME, PROBLEM_SCHEMA, PROBLEMS
from gateway.faces.http.house import House
from gateway.faces.http.nowhere import end_with_nowhere
from gateway.faces.http.problem import PROBLEM, body_of, status_of
from gateway.faces.http.streaming import Streams
from gateway.thing.log import Log

BASE: Final = "/api/v1"
PARTS: Final = (
    *(session, changes, devices, replacing, following),
    *(rehearsals, scenes, triggers, ready, alerts),
    *(arranging, linking, keys, remotes, boxes, pairing, describing),
    *(trials, things, metrics, anyone),
)
"""Every module with routes, in the order in which a path is looked for."""
NOT_FOUND, NOT_ALLOWED = 404, 405
_log = Log()


class _Described(FastAPI):
    """The framework's application, whose description has the shape of all refusals once."""

    def openapi(self) -> dict[str, Any]:
        """Return the description; made when it is asked for the first time."""
        described = super().openapi()
        described.setdefault("components", {}).setdefault("schemas", {})[PROBLEM_NAME] = PROBLEM_SCHEMA
        return described


def api(house: House) -> FastAPI:
    """Return the application over one house."""
    application = _Described(
        title="Hulian",
        version=house.version,
        openapi_url=f"{BASE}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    application.state.house = house
    application.state.streams = Streams()
    for part in PARTS:
        application.include_router(part.router, responses=PROBLEMS)
    end_with_nowhere(application, [*application.routes, *(route for part in PARTS for route in part.router.routes)])
    application.add_exception_handler(HulianError, _known)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _plain)
    application.add_exception_handler(ClientDisconnect, _gone)
    return application


async def _known(_request: Request, error: Exception) -> Response:
    """Answer with the problem an error of ours is."""
    assert isinstance(error, HulianError)  # noqa: S101 - it is registered for these
    if not isinstance(error, CommandError):
        _log.warning("http", why=str(error))
    return Response(body_of(error), status_of(error), media_type=PROBLEM)


async def _gone(_request: Request, _error: Exception) -> Response:
    """End a request whose sender went away in the middle of its body: nobody hears the answer."""
    return Response(status_code=400)


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer to a request of another shape: where, and what is wrong there; nothing of the input comes back."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - likewise
    faults = error.errors()
    where = "; ".join(f"{'.'.join(str(part) for part in fault['loc'])[:80]}: {fault['msg']}" for fault in faults[:5])
    unreadable = any(fault["type"] in ("json_invalid", "missing") for fault in faults)
    return await _known(request, (BadSyntax if unreadable else SchemaViolation)(where))


async def _plain(request: Request, error: Exception) -> Response:
    """Answer for what the framework itself refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - likewise
    path = request.url.path[:200]
    kinds: dict[int, HulianError] = {
        NOT_FOUND: Unknown(f"there is nothing at {path}"),
        NOT_ALLOWED: ReadOnly(f"{request.method} is not possible on {path}"),
        415: BadFormat(str(error.detail)),
    }
    answer = await _known(request, kinds.get(error.status_code, BadSyntax(str(error.detail))))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


__all__ = ["ORJSONResponse", "api"]
Json = Any
