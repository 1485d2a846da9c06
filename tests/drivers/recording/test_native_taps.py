"""The tap on appliances that speak the standard: each kind of message there and back, and answers that never came."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from gateway.drivers.native.taps import (
    Answered,
    Resources,
    Said,
    TappedClient,
    TappedInlet,
    Told,
    playing,
    tapped_publisher,
)
from gateway.drivers.parts.body import read, written
from gateway.errors import Offline, TimedOut
from gateway.protocol.coap.message import CONTENT, CREATED, Method, Response
from gateway.protocol.mqtt import Properties

BASE = "coap://192.0.2.1:5683/d/self"
ALL = [
    Told("td", {"title": "Lamp"}),
    Told("avail", {"state": "online"}),
    Told("state", {"power": True}),
    Told("event", {"code": 7}, "faultRaised"),
    Told("ack", {"id": "a"}),
]


class Notes:
    def __init__(self, *, live: bool = True) -> None:
        self.live = live
        self.said_: list[Any] = []
        self.heard_: list[Any] = []

    def said(self, message: Any) -> None:
        self.said_.append(message)

    def heard(self, message: Any) -> None:
        self.heard_.append(message)

    def ended(self, reason: str) -> None:
        raise AssertionError(reason)

    def listen(self, take: Any, end: Any) -> None:
        raise AssertionError((take, end))


class Inlet:
    """An appliance's session: what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    def td(self, payload: bytes) -> None:
        self.given.append(("td", payload))

    def avail(self, payload: bytes) -> None:
        self.given.append(("avail", payload))

    def state(self, payload: bytes) -> None:
        self.given.append(("state", payload))

    def event(self, name: str, payload: bytes) -> None:
        self.given.append(("event", name, payload))

    def ack(self, payload: bytes) -> None:
        self.given.append(("ack", payload))

    def link(self, up: bool) -> None:
        self.given.append(("link", up))


def test_each_message_of_the_broker_is_told_and_handed_on_and_comes_back_from_a_recording() -> None:
    notes, heard, again = Notes(), Inlet(), Inlet()
    tapped = TappedInlet(heard, notes)
    tapped.td(b'{"title":"Lamp"}')
    tapped.avail(b'{"state":"online"}')
    tapped.state(b'{"power":true}')
    tapped.event("faultRaised", b'{"code":7}')
    tapped.ack(b'{"id":"a"}')
    tapped.link(up=True)
    assert notes.heard_ == ALL
    take = playing(again, Resources())
    for message in ALL:
        take(message)
    assert again.given == heard.given[:-1]
    assert heard.given[-1] == ("link", True)


class Publisher:
    def __init__(self) -> None:
        self.published: list[tuple[str, bytes, Properties | None]] = []

    async def publish(self, topic: str, payload: bytes, *, properties: Properties | None = None) -> None:
        self.published.append((topic, payload, properties))


async def test_what_is_published_is_told_and_a_recording_publishes_nothing() -> None:
    link, notes, playing_, ends = Publisher(), Notes(), Notes(live=False), Properties(expiry=3)
    for tap in (notes, playing_):
        publisher = tapped_publisher(link, tap)
        assert publisher is not None
        await publisher.publish("t/rpc", b'{"op":"x"}', properties=ends)
    assert notes.said_ == playing_.said_ == [Said("rpc", {"op": "x"})]
    assert link.published == [("t/rpc", b'{"op":"x"}', ends)]
    assert tapped_publisher(link, None) is link
    assert tapped_publisher(None, notes) is None, "a hub without a broker stays without"
    assert tapped_publisher(None, playing_) is not None


class Client:
    """A client that answers a request or does not, and of an observation once before it is lost."""

    def __init__(self, error: type[Exception] | None = None) -> None:
        self._error = error

    async def request(self, method: Method, url: str, **more: Any) -> Response:
        assert (method, url, more["timeout"]) == (Method.PUT, f"{BASE}/p/power?id=7", 3.0)
        if self._error is not None:
            raise self._error("gone")
        return Response(code=CREATED, payload=b"true", location=("d", "self", "run", "7"))

    async def observe(self, url: str, accept: int | None = None, **_: Any) -> AsyncGenerator[Response, None]:
        assert (url, accept) == (f"{BASE}/s", 50)
        yield Response(code=CONTENT, payload=b'{"power":false}')
        raise Offline("silent")


async def ask(client: Any) -> Response:
    answer: Response = await client.request(Method.PUT, f"{BASE}/p/power?id=7", payload=b"true", timeout=3.0)
    return answer


async def observed(client: Any) -> list[bytes]:
    """Return what an observation brings until it is lost."""
    seen: list[bytes] = []
    try:
        async for each in client.observe(f"{BASE}/s", 50):
            seen.append(each.payload)  # noqa: PERF401 - it ends with an error
    except Offline:
        return [*seen, b"lost"]
    return seen


@pytest.mark.parametrize("error", [TimedOut, Offline])
async def test_an_answer_that_never_came_is_told_and_does_not_come_again(error: type[Exception]) -> None:
    notes, resources = Notes(), Resources()
    with pytest.raises(error):
        await ask(TappedClient(Client(error), notes))
    assert notes.said_ == [Said("PUT /d/self/p/power?id=7", True)]
    assert notes.heard_ == [Answered("PUT /d/self/p/power?id=7", lost=error.__name__)]
    resources.take(notes.heard_[0])
    with pytest.raises(error):
        await ask(resources)


async def test_an_answer_and_an_observation_come_again_as_they_came() -> None:
    notes, resources = Notes(), Resources()
    client = TappedClient(Client(), notes)
    first = await ask(client)
    seen = await observed(client)
    for message in notes.heard_:
        resources.take(message)
    again = await ask(resources)
    assert (again.code, again.payload, again.location) == (first.code, first.payload, first.location)
    assert await observed(resources) == seen == [b'{"power":false}', b"lost"]
    assert notes.said_[1] == Said("OBSERVE /d/self/s")


@pytest.mark.parametrize("payload", [b"", b"null", b"true", b'{"a":[1.5]}', b"\xff\xfe"])
def test_a_body_is_what_it_says_or_itself(payload: bytes) -> None:
    assert written(read(payload)) == (b"" if payload == b"null" else payload)
