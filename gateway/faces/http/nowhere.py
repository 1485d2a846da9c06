"""What no route of the API is: answered as the API answers, also where pages stand behind it and would take the rest.

A path that is there for other methods is told apart from one that is nowhere, and which they are (RFC 9110 15.5.6).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

ROOT: Final = "/api"


def end_with_nowhere(application: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """Answer for every method that none of `routes` takes, and for every path under `/api` that has no route."""
    application.router.routes.append(_OtherMethods([route for route in routes if isinstance(route, Route)]))
    application.mount(ROOT, _nowhere)


class _OtherMethods(BaseRoute):
    """Takes what one of `routes` would, were it asked by another method, and says by which."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a path is one of theirs and the method is not."""
        return (Match.FULL if self._partly(scope) else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the framework's signature
        """Refuse with the methods there are."""
        allowed = {method for route in self._partly(scope) for method in route.methods or ()}
        if "GET" in allowed:
            allowed.add("HEAD")  # the guard answers it
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})

    def _partly(self, scope: Scope) -> list[Route]:
        return [route for route in self._routes if route.matches(scope)[0] is Match.PARTIAL]


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocketClose()(scope, receive, send)
        return
    raise HTTPException(404)
