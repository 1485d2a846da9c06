"""A path under /api that is none is told in the API's own words, also where pages take every other address."""

from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from gateway.faces.http.application import api


async def asked(method: str, path: str) -> tuple[int, str, bytes]:
    """Return status, type and body of an answer of the API with pages behind it."""
    status, headers, body = await heard(method, path)
    return status, headers.get(b"content-type", b"").decode().partition(";")[0], body


async def heard(method: str, path: str) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return status, headers and body of that answer."""
    application = api(cast(Any, SimpleNamespace(version="0")))
    application.mount("/", Starlette(routes=[Route("/{rest:path}", lambda _: HTMLResponse("a page"))]))
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": []}
    scope |= {"http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": ""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/devices/lamp/nothing", "/api/", "/api/v2/devices"])
async def test_a_path_that_is_none_is_a_problem_of_the_api(path: str) -> None:
    status, kind, body = await asked("GET", path)
    assert (status, kind) == (404, "application/problem+json")
    assert path in orjson.loads(body)["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/v1/devices", b"GET, HEAD"), ("/things", b"GET, HEAD"), ("/api/v1/links", b"DELETE, GET, HEAD, POST")],
)
async def test_a_path_that_takes_other_methods_says_which(path: str, allowed: bytes) -> None:
    status, headers, _ = await heard("PATCH", path)
    assert (status, headers[b"content-type"], headers[b"allow"]) == (405, b"application/problem+json", allowed)


async def test_every_other_address_is_the_pages() -> None:
    assert await asked("GET", "/scenes") == (200, "text/html", b"a page")
