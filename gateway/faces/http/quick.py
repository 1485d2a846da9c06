"""The shortest way to a property's value: what clients ask most often goes past the router, which takes longer than the answer.

The same door, the same answer and the same refusals as the route `GET /devices/{device}/properties/{name}` of `devices.py`, which
describes it; anything that is not exactly such a request goes on to the application.
"""

from typing import Final

from gateway.faces.http.answers import etag_of
from gateway.faces.http.guard import Application, Receive, Scope, Send
from gateway.faces.http.house import House
from gateway.protocol.payload import json_bytes
from gateway.trust.login import visitor_of
from gateway.trust.roles import Permission, require

PREFIX: Final = "/api/v1/devices/"
_TYPE: Final = (b"content-type", b"application/json")


def quick(application: Application, house: House) -> Application:
    """Return the application with the short way before it."""
    home, logins = house.home, house.logins

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope)
        if asked is None:
            await application(scope, receive, send)
            return
        principal = logins.principal(visitor_of(scope))
        require(principal, Permission.READ)
        body = json_bytes(home.read(*asked, principal))
        tag = etag_of(home.twin(asked[0]).version).encode()
        headers = [_TYPE, (b"content-length", str(len(body)).encode()), (b"etag", tag)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answered


def _asked(scope: Scope) -> tuple[str, str] | None:
    """Return the device and the property a request reads, None for every other request."""
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
        return None
    parts = scope["path"][len(PREFIX) :].split("/")
    if len(parts) != 3 or parts[1] != "properties" or parts[2] == "changes" or not parts[0] or not parts[2]:  # noqa: PLR2004
        return None
    return parts[0], parts[2]
