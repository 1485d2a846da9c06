"""What no route of the API is: answered as the API answers, also where pages stand behind it and would take the rest.

A path that is there for other methods is told apart from one that is nowhere.
"""

from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

ROOT: Final = "/api"


def end_with_nowhere(application: FastAPI) -> None:
    """Answer for every path under `/api` that has no route so far."""
    routes = tuple(application.routes)

    async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        whole = {**scope, "root_path": scope.get("app_root_path", "")}
        is_there = any(route.matches(whole)[0] is Match.PARTIAL for route in routes)
        raise HTTPException(405 if is_there else 404)

    application.mount(ROOT, nowhere)
