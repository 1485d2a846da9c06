"""What stands before everything that is served over HTTP, the pages and their WebSockets included: an ASGI application around another.

Whoever comes under a name that is not ours is turned away (DNS rebinding), and so is whoever is sent by a page that is not ours:
a browser says so in `Origin`, always for a WebSocket and for whatever changes something. A program says no Origin, and shows a token.
Bodies have a limit, in bytes and in seconds; every address has a rate. What passes carries who it is from in its scope
(`gateway.trust.login.visitor_of`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any, Final

from gateway.errors import BadSyntax, CommandError, Forbidden, RateExceeded, TooLarge
from gateway.faces.http.problem import PROBLEM, body_of, status_of
from gateway.protocol.restraint import Senders, Verdict
from gateway.thing.clock import Clock
from gateway.trust.login import Visitor

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT: Final = 1 << 20
"""Bytes of one body: the longest scene or page upload is far below."""
BODY_SECONDS, BODY_WHOLE = 20.0, 60.0
"""Seconds for the next piece of a body, and for all of it."""
RATE, BURST, TOTAL, ADDRESSES = 100.0, 400.0, 1000.0, 512
"""Requests a second from one address, at once from one, from all; addresses remembered."""
LOCAL_TIMES: Final = 20.0
REFUSED: Final = 1008
"""The code a WebSocket is closed with: a policy is violated."""
ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), microphone=(), camera=(self), payment=(), usb=()"),
)
STRICT: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""What the API's answers may do in a browser: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Under which names and addresses we may be asked; loopback's own are always among them on `local` doors."""

    hosts: Collection[str] = field(default=())

    def knows(self, host: str, *, local: bool) -> bool:
        """Return whether a Host header is one of ours; the port may be another's (a tunnel), for a name cannot be taken over by one."""
        name = host_name(host)
        return name in self.hosts or (local and _of_loopback(name))


def host_name(host: str) -> str:
    """Return the name in a Host header, without port, brackets and last dot; empty when it is none."""
    name = host.strip().lower()
    if any(letter in name for letter in ", \t/@"):  # two of them, or something that is no authority
        return ""
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].removesuffix(".")


def _of_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """`application`: what is behind; `local`: this door is the hub's own loopback; `secure`: it is under TLS; `cookie`: of its logins."""

    def __init__(self, application: Application, names: Names, senders: Senders, *, local: bool, secure: bool, cookie: str) -> None:
        self._application = application
        self._names = names
        self._senders = senders
        self._local = local
        self._secure = secure
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request or WebSocket through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        headers = _headers(scope)
        _take_apart(scope, headers)
        host = str((scope.get("client") or ("", 0))[0])
        try:
            self._check(scope, headers, host)
        except CommandError as error:
            await _refused(scope, send, error)
            return
        scope["hulian.visitor"] = self._visitor(headers, host)
        scope["hulian.cookie"] = self._cookie
        scope["hulian.secure"] = self._secure
        if scope["type"] == "websocket":
            await self._application(scope, receive, send)
            return
        answer = _Answer(send, strict=_is_api(scope["path"]), secure=self._secure)
        if scope["method"] == "HEAD" and _is_api(scope["path"]):
            await self._headed(scope, answer)
            return
        body = _Body(receive)
        try:
            await self._application(scope, body.receive, answer.send)
        except CommandError as error:
            if answer.begun:
                raise
            await _refused(scope, answer.send, error)

    async def _headed(self, scope: Scope, answer: "_Answer") -> None:
        """Answer HEAD as GET, without the body; a stream is left as soon as it has begun."""
        head = _Head(answer.send)
        try:
            await self._application({**scope, "method": "GET"}, head.receive, head.send)
        except CommandError as error:
            await _refused(scope, answer.send, error)

    def _check(self, scope: Scope, headers: Mapping[str, str], host: str) -> None:
        if self._senders.take(host) is not Verdict.ADMIT:
            raise RateExceeded("too many requests from this address: wait a little")
        asked = headers.get("host", "")
        if not self._names.knows(asked, local=self._local):
            raise Forbidden(f"this hub is not called {host_name(asked)[:80]!r}: use its address, or add the name to `names` in [http]")
        origin = headers.get("origin")
        scheme = "https" if self._secure else "http"
        if origin is not None and origin.lower() != f"{scheme}://{asked.lower()}":
            raise Forbidden("a page of another site may ask nothing of this hub")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not _is_navigation(scope, headers):
            raise Forbidden("a page of another site may ask nothing of this hub")
        if headers.get("content-length", "0").isdecimal() and int(headers.get("content-length", "0")[:12]) > BODY_LIMIT:
            raise TooLarge(f"a body has at most {BODY_LIMIT} bytes")

    def _visitor(self, headers: Mapping[str, str], host: str) -> Visitor:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return Visitor(local=self._local, host=host, token=token.strip(), said=True)
        if "cookie" not in headers:
            return Visitor(local=self._local, host=host)
        try:
            morsel = SimpleCookie(headers["cookie"]).get(self._cookie)
        except CookieError:
            morsel = None
        return Visitor(local=self._local, host=host, token=None if morsel is None else morsel.value)


class _Body:
    """Reads a body within its limits: raises TooLarge and TimedOut into whoever reads it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._got = 0
        self._whole = False
        self._end: float | None = None

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._end = self._end or now + BODY_WHOLE
        try:
            async with asyncio.timeout_at(min(now + BODY_SECONDS, self._end)):
                message = await self._receive()
        except TimeoutError as error:
            raise BadSyntax(f"the body did not arrive in time: a piece in {BODY_SECONDS:g} seconds, all in {BODY_WHOLE:g}") from error
        self._got += len(message.get("body", b""))
        if self._got > BODY_LIMIT:
            raise TooLarge(f"a body has at most {BODY_LIMIT} bytes")
        self._whole = not message.get("more_body", False)
        return message


class _Head:
    """Lets the beginning of an answer through and nothing else; after it the other end has gone away, as far as the application sees."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._asked = False
        self._begun = asyncio.Event()

    async def receive(self) -> Message:
        if self._asked:
            await self._begun.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._send(message)
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            self._begun.set()


class _Answer:
    """Adds to each answer what tells a browser how little it may do with it."""

    def __init__(self, send: Send, *, strict: bool, secure: bool) -> None:
        self._send = send
        self._strict = strict
        self._secure = secure
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = list(message.get("headers", ()))
            known = {bytes(name).lower() for name, _ in headers}
            more = [*ALWAYS]
            if self._strict:
                more += [(b"content-security-policy", STRICT), (b"cache-control", b"no-store")]
            if self._secure:
                more.append((b"strict-transport-security", b"max-age=31536000"))
            message["headers"] = [*headers, *(each for each in more if each[0] not in known)]
        await self._send(message)


def _is_api(path: str) -> bool:
    return path.startswith(("/api/", "/.well-known/", "/things", "/events", "/search/", "/metrics", "/healthz"))


def _is_navigation(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Return whether a person follows a link to us from elsewhere."""
    return scope["type"] == "http" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by name in lower case; of one that comes twice the last, which is never what makes a check pass."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        word, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[word] = f"{headers[word]}, {text}" if word in headers and word in ("host", "origin") else text
    return headers


def _take_apart(scope: Scope, headers: dict[str, str]) -> None:
    """Make of an absolute target a path, whose authority goes before what Host says (RFC 9112, 3.2.2); one parser does it by itself."""
    scheme, absolute, rest = scope["path"].partition("://")
    if absolute and scheme.lower() in ("http", "https"):
        headers["host"], _, path = rest.partition("/")
        scope["path"] = f"/{path}"


async def _refused(scope: Scope, send: Send, error: CommandError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": REFUSED, "reason": error.detail[:120]})
        return
    body = body_of(error)
    headers = [(b"content-type", PROBLEM.encode()), (b"content-length", str(len(body)).encode()), (b"content-security-policy", STRICT)]
    await send({"type": "http.response.start", "status": status_of(error), "headers": [*headers, *ALWAYS]})
    await send({"type": "http.response.body", "body": body})


def senders(clock: Clock, *, local: bool) -> Senders:
    """Return the rates of the doors of one side: programs of this machine, and pages with all their parts, are let ask for more."""
    times = LOCAL_TIMES if local else 1.0
    return Senders(clock, rate=RATE * times, burst=BURST * times, total=TOTAL * times, most=ADDRESSES)


__all__ = ["Guard", "Names", "host_name", "senders"]
