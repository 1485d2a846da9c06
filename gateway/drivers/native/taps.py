"""A tap on a native appliance: what its topics and its CoAP resources say, and what is asked of it, in the same words for both.

A body that is JSON is told as what it says, so that what is private in it can be found. Nothing here is in the way of an appliance that
nobody records; with a recording, `TappedPublisher` without a link and `Resources` stand in for the two ways.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from gateway.drivers.native.router import Inlet
from gateway.drivers.parts.body import read, written
from gateway.drivers.parts.tap import Tap
from gateway.errors import Offline, TimedOut
from gateway.protocol.coap.message import Method, Response
from gateway.protocol.mqtt import Properties


@dataclass(frozen=True, slots=True)
class Said:
    """What was asked of the appliance: `to` is `rpc`, or method and path of a resource."""

    to: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the appliance says on the broker: `what` is td, avail, state, event or ack."""

    what: str
    body: Any
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a resource said: `code` is class and detail; `lost` why there was no answer."""

    to: str
    code: tuple[int, int] = (2, 5)
    body: Any = None
    location: tuple[str, ...] = ()
    lost: str = ""


class TappedInlet:
    """An inlet that tells what passes."""

    def __init__(self, inlet: Inlet, tap: Tap) -> None:
        self._inlet = inlet
        self._tap = tap

    def td(self, payload: bytes) -> None:
        """Take a Thing Description."""
        self._tap.heard(Told("td", read(payload)))
        self._inlet.td(payload)

    def avail(self, payload: bytes) -> None:
        """Take an availability."""
        self._tap.heard(Told("avail", read(payload)))
        self._inlet.avail(payload)

    def state(self, payload: bytes) -> None:
        """Take a state."""
        self._tap.heard(Told("state", read(payload)))
        self._inlet.state(payload)

    def event(self, name: str, payload: bytes) -> None:
        """Take an event."""
        self._tap.heard(Told("event", read(payload), name))
        self._inlet.event(name, payload)

    def ack(self, payload: bytes) -> None:
        """Take an ack."""
        self._tap.heard(Told("ack", read(payload)))
        self._inlet.ack(payload)

    def link(self, up: bool) -> None:
        """Take notice of the link to the broker."""
        self._inlet.link(up)


class Publisher(Protocol):
    """What a line over the broker needs of the gateway's link."""

    async def publish(self, topic: str, payload: bytes, *, properties: Properties | None = None) -> None:
        """Publish; raise LinkDown."""
        ...


class TappedPublisher:
    """The link, or nobody's, that tells what is published."""

    def __init__(self, client: Publisher | None, tap: Tap) -> None:
        self._client = client
        self._tap = tap

    async def publish(self, topic: str, payload: bytes, *, properties: Properties | None = None) -> None:
        """Publish; raise LinkDown."""
        self._tap.said(Said("rpc", read(payload)))
        if self._client is not None:
            await self._client.publish(topic, payload, properties=properties)


def tapped_publisher(client: Publisher | None, tap: Tap | None) -> Publisher | None:
    """Return the link, with a tap where there is one; without a link only a recording has one."""
    if tap is None or (tap.live and client is None):
        return client
    return TappedPublisher(client if tap.live else None, tap)


class Client(Protocol):
    """What a line over CoAP needs of a client."""

    async def request(
        self,
        method: Method,
        url: str,
        *,
        payload: bytes = b"",
        content_format: int | None = None,
        accept: int | None = None,
        peer: str = "",
        timeout: float = 8.0,  # noqa: ASYNC109 - how long to wait is the caller's word
    ) -> Response:
        """Do one exchange; raise Offline or TimedOut."""
        ...

    def observe(
        self,
        url: str,
        accept: int | None = None,
        *,
        peer: str = "",
        silence: float = 60.0,
        timeout: float = 8.0,
    ) -> AsyncGenerator[Response, None]:
        """Yield what is there and what comes; raise Offline or TimedOut."""
        ...


class TappedClient:
    """A client that tells what passes."""

    def __init__(self, client: Client, tap: Tap) -> None:
        self._client = client
        self._tap = tap

    async def request(self, method: Method, url: str, *, payload: bytes = b"", **more: Any) -> Response:
        """Do one exchange; raise Offline or TimedOut."""
        to = _place(method.name, url)
        self._tap.said(Said(to, read(payload)))
        try:
            response = await self._client.request(method, url, payload=payload, **more)
        except (Offline, TimedOut) as error:
            self._tap.heard(Answered(to, lost=type(error).__name__))
            raise
        self._tap.heard(_answer(to, response))
        return response

    async def observe(self, url: str, accept: int | None = None, **more: Any) -> AsyncGenerator[Response, None]:
        """Yield what is there and what comes; raise Offline or TimedOut."""
        to = _place("OBSERVE", url)
        self._tap.said(Said(to))
        try:
            async for response in self._client.observe(url, accept, **more):
                self._tap.heard(_answer(to, response))
                yield response
        except (Offline, TimedOut) as error:
            self._tap.heard(Answered(to, lost=type(error).__name__))
            raise


@asynccontextmanager
async def tapped_client(client: AbstractAsyncContextManager[Client], tap: Tap) -> AsyncIterator[Client]:
    """Lend a client that tells what passes."""
    async with client as lent:
        yield TappedClient(lent, tap)


class Resources:
    """Stands in for the CoAP client: it answers what a recording has, in the order of asking."""

    def __init__(self) -> None:
        self._answers: dict[str, asyncio.Queue[Answered]] = {}

    async def request(self, method: Method, url: str, **_: Any) -> Response:
        """Return the next answer of this resource."""
        return await self._next(_place(method.name, url))

    async def observe(self, url: str, accept: int | None = None, **_: Any) -> AsyncGenerator[Response, None]:  # noqa: ARG002 - as it was
        """Yield the next answers of this resource, as they come."""
        while True:
            yield await self._next(_place("OBSERVE", url))

    def take(self, answer: Answered) -> None:
        """Take an answer from the recording."""
        self._answers.setdefault(answer.to, asyncio.Queue()).put_nowait(answer)

    async def _next(self, to: str) -> Response:
        answer = await self._answers.setdefault(to, asyncio.Queue()).get()
        if answer.lost:
            raise (TimedOut if answer.lost == TimedOut.__name__ else Offline)("as when it was recorded")
        return Response(code=answer.code, payload=written(answer.body), location=answer.location)


def playing(inlet: Inlet, resources: Resources) -> Callable[[Any], None]:
    """Return what hands each message of a recording to where it belongs."""
    names: Sequence[str] = ("td", "avail", "state", "ack")

    def take(message: Any) -> None:
        if isinstance(message, Answered):
            resources.take(message)
        elif message.what in names:
            getattr(inlet, message.what)(written(message.body))
        else:
            inlet.event(message.name, written(message.body))

    return take


def _place(method: str, url: str) -> str:
    parts = urlsplit(url)
    return f"{method} {parts.path}{'?' + parts.query if parts.query else ''}"


def _answer(to: str, response: Response) -> Answered:
    return Answered(to, tuple(response.code), read(response.payload), tuple(response.location))  # type: ignore[arg-type]
