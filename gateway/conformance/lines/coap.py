"""A device over CoAP: its resources under one base, asked, observed, and followed through `run/{id}` where it says 2.01."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import orjson

from gateway.conformance.failure import Failure, Gone, Silence
from gateway.conformance.frames import Frames
from gateway.conformance.line import PATIENCE, TERMINAL, Answer, Heard, Hearing, Refused, Request, State, Transport, Version
from gateway.errors import CommandError, Offline, TimedOut
from gateway.protocol.coap.client import CoapClient
from gateway.protocol.coap.guard import Limits
from gateway.protocol.coap.message import CREATED, JSON, MERGE_PATCH, Method, Response
from gateway.protocol.coap.sealing import PeerKeys
from gateway.thing.clock import SystemClock

_LOOK: Final = 0.2
"""Seconds between two looks at a run that is not over."""
_CLIENT_ERROR: Final = 4
_TOO_MANY: Final = (4, 29)
_TURNED_AWAY, _LONGEST_WAIT = 8, 5.0
"""How often a request is made while the answer is 4.29, and the longest wait in between, in seconds."""
LIMITS: Final = Limits(rate=5000.0, burst=10000.0, total=20000.0)
"""What is taken from an appliance: as much as a judge must be able to hear."""
_REQUESTS: Final[Mapping[str, tuple[Method, str, int]]] = {
    "writeproperty": (Method.PUT, "p/{}", JSON),
    "writemultipleproperties": (Method.IPATCH, "s", MERGE_PATCH),
    "invokeaction": (Method.POST, "a/{}", JSON),
    "cancelaction": (Method.DELETE, "run/{}", JSON),
}
_GROUPS: Final = ("s", "e", "ack", "run")


class CoapLine:
    """A Line. `base`: such as `coap://127.0.0.7/d/self`; `peer`: whose key of `keys` is meant; `events`: names to be heard."""

    transport = Transport.COAP

    def __init__(
        self,
        client: CoapClient,
        base: str,
        frames: Frames,
        random: Random,
        *,
        events: tuple[str, ...] = (),
        properties: tuple[str, ...] = (),
        peer: str = "",
        keys: PeerKeys | None = None,
    ) -> None:
        self.client = client
        self.keys = keys
        self.base = base
        self.peer = peer
        self._frames = frames
        self._random = random
        self._events = events
        self._properties = properties

    async def request(self, method: Method, path: str, *, patience: float = PATIENCE, pushing: bool = False, **more: Any) -> Response:
        """Do one exchange with a path below the base (or, beginning with a slash, below the host); raise Gone without an answer.

        Who is told 4.29 waits as long as it is told and asks again, as any client of a small appliance has to; not while it is `pushing`.
        """
        for _ in range(_TURNED_AWAY):
            response = await self._exchange(method, path, patience, more)
            if pushing or response.code != _TOO_MANY:
                break
            await asyncio.sleep(min(response.max_age or 1, _LONGEST_WAIT))
        return response

    async def _exchange(self, method: Method, path: str, patience: float, more: Mapping[str, Any]) -> Response:
        url = self._url(path)
        self._frames.out("coap", f"{method.name} {path}", more.get("payload", b""))
        try:
            response = await self.client.request(method, url, peer=self.peer, timeout=patience, **more)
        except (Offline, TimedOut) as error:
            raise Gone(f"an answer to {method.name} {path}", came=error.detail) from error
        except CommandError as error:
            raise Failure(f"an answer to {method.name} {path} that can be read", came=error.detail) from error
        self._frames.came("coap", f"{response.code[0]}.{response.code[1]:02d} {path}", response.payload)
        return response

    def _url(self, path: str) -> str:
        return "/".join(self.base.split("/", 3)[:3]) + path if path.startswith("/") else f"{self.base}/{path}"

    async def td(self) -> bytes:
        """Return the Thing Description's bytes."""
        return (await self._got("td")).payload

    async def state(self) -> State:
        """Return the whole public state."""
        return _state(await self._got("s", accept=JSON))

    async def version(self) -> Version:
        """Return which state it is in, with its ETag."""
        response = await self._got("s", accept=JSON)
        head = _state(response)["$"]
        return Version(head["boot"], head["seq"], response.etag or b"")

    async def read(self, name: str) -> Any:
        """Return one property."""
        return _value((await self._got(f"p/{quote(name)}", accept=JSON)).payload)

    async def _got(self, path: str, **more: Any) -> Response:
        response = await self.request(Method.GET, path, **more)
        if not response.successful:
            raise Refused(_error(response), response.code)
        return response

    async def begin(self, request: Request, answer: Answer | None = None) -> Answer:
        """Send it and return the first word about it."""
        began = time.monotonic()
        answer = answer or Answer(request)
        answer.request = request = _named(request, self._random)
        method, path, more = self._message(request)
        self._take(answer, await self.request(method, path, **more), began)
        return answer

    async def ask(self, request: Request, *, patience: float = PATIENCE, answer: Answer | None = None) -> Answer:
        """Send it and follow it to its terminal ack."""
        began = time.monotonic()
        answer = await self.begin(request, answer)
        while answer.state not in TERMINAL:
            if time.monotonic() - began > patience:
                raise Silence(
                    f"a terminal ack of {request.operation} {request.name} within {patience:g} s", sent=request.input, came=answer.stages
                )
            await asyncio.sleep(_LOOK)
            stage = await self.run(answer.request.id)
            if stage != answer.last:
                answer.stages.append(stage)
        answer.seconds = time.monotonic() - began
        return answer

    async def run(self, id: str) -> Mapping[str, Any]:
        """Return the last ack of a run; raise Refused where there is none of that id."""
        stage = _value((await self._got(f"run/{quote(id)}", accept=JSON)).payload)
        if not isinstance(stage, dict):
            raise Failure("run/{id} is the last ack of the run", came=stage)
        return stage

    def _message(self, request: Request) -> tuple[Method, str, dict[str, Any]]:
        method, path, content_format = _REQUESTS[request.operation]
        facts = {"id": request.id, "exp": request.expires, "ttl": request.ttl, "confirm": request.confirm, "why": request.why}
        query = urlencode({name: value for name, value in facts.items() if value is not None}, quote_via=quote)
        payload = b"" if request.input is None and request.operation in ("invokeaction", "cancelaction") else orjson.dumps(request.input)
        more: dict[str, Any] = {"payload": payload, "content_format": content_format if payload else None}
        if request.expected is not None:
            more["if_match"] = (request.expected.etag,)
        return method, f"{path.format(quote(request.name))}?{query}", more

    def _take(self, answer: Answer, response: Response, began: float) -> None:
        """Put what a response says into the answer, in the words of an ack."""
        request = answer.request
        answer.code, answer.max_age, answer.seconds = response.code, response.max_age, time.monotonic() - began
        known = {"id": request.id, "op": request.operation, "name": request.name}
        body = _readable(response.payload)
        if response.code == CREATED:
            answer.stages.append(known | {"state": "accepted", "location": list(response.location)})
        elif response.successful:
            whole = isinstance(body, dict) and body.get("state") in TERMINAL and "id" in body
            answer.stages.append(body if whole else known | {"state": "completed", "out": body})
        else:
            state = "rejected" if response.code[0] == _CLIENT_ERROR else "failed"
            answer.stages.append(known | {"state": state, "error": _error(response)})

    @asynccontextmanager
    async def hearing(self, *what: str) -> AsyncIterator[Hearing]:
        """Observe what is asked for; entered once each observation has been answered."""
        hearing = Hearing()
        paths = [path for group in what or _GROUPS for path in self._paths(group)]
        begun = [asyncio.Event() for _ in paths]
        tasks = [
            asyncio.create_task(self._observe(*path, hearing, event), name=f"hear {path[0]}")
            for path, event in zip(paths, begun, strict=True)
        ]
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(event.wait() for event in begun))
            yield hearing
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _paths(self, group: str) -> list[tuple[str, str, str]]:
        if group.startswith("p/"):
            return [(f"p/{quote(group[2:])}", "p", group[2:])]
        names = {"e": self._events, "p": self._properties}.get(group)
        if names is None:
            return [(group, group, "")] if group in ("s", "ack", "td") else []
        return [(f"{group}/{quote(name)}", group, name) for name in names]

    async def _observe(self, path: str, what: str, name: str, hearing: Hearing, begun: asyncio.Event) -> None:
        """Hear one resource until cancelled; one that cannot be observed, or goes silent, is heard no more."""
        try:
            async for response in self.client.observe(self._url(path), JSON, peer=self.peer, silence=3600.0, timeout=PATIENCE / 2):
                self._frames.came("coap", f"observe {path}", response.payload)
                first = not begun.is_set()
                begun.set()
                if response.successful:
                    hearing.take(Heard(time.monotonic(), what, name, _readable(response.payload), response.payload, retained=first))
            hearing.lost.append(path)
        except CommandError as error:
            self._frames.came("coap", f"observe {path} lost: {error.detail}")
            hearing.lost.append(path)
        finally:
            begun.set()

    @asynccontextmanager
    async def another(self, version: Literal["3.1.1", "5", "auto"] = "auto") -> AsyncIterator["CoapLine"]:  # noqa: ARG002 - MQTT's
        """Return a line of a client of its own, at another port."""
        names = {"events": self._events, "properties": self._properties}
        async with CoapClient(limits=LIMITS, clock=SystemClock(), keys=self.keys) as client:
            yield CoapLine(client, self.base, self._frames, self._random, **names, peer=self.peer, keys=self.keys)

    async def throw(self, where: str, payload: bytes) -> None:
        """Send bytes that mean nothing, as PUT, POST or iPATCH by where they go."""
        method = Method.POST if where.startswith("a/") else Method.IPATCH if where == "s" else Method.PUT
        await self.request(method, where, payload=payload, content_format=JSON)


def _named(request: Request, random: Random) -> Request:
    return request if request.id else replace(request, id=f"j{random.getrandbits(64):016x}")


def _state(response: Response) -> State:
    body = _value(response.payload)
    head = body.get("$") if isinstance(body, dict) else None
    if not isinstance(head, dict) or not all(isinstance(head.get(name), int) for name in ("boot", "seq")):
        raise Failure("the state is an object with `$`, which has boot and seq", came=body)
    return dict(body)


def _value(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Failure("JSON, as was asked for", came=payload[:200].hex()) from None


def _readable(payload: bytes) -> Any:
    try:
        return orjson.loads(payload) if payload else None
    except orjson.JSONDecodeError:
        return None


def _error(response: Response) -> Mapping[str, Any]:
    body = _readable(response.payload)
    return body if isinstance(body, dict) else {}
