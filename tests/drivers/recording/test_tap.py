"""The tap on an exchange: everything in clear, in order; and one that stands in for the unit, with no socket at all."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from gateway.drivers.parts.exchange import exchange
from gateway.drivers.parts.tap import in_clear, tap, tapped
from gateway.errors import Offline, WireError
from gateway.thing.clock import SystemClock
from tests.kit.addresses import address

CLOCK = SystemClock()


class Notes:
    """A tap that remembers; not live, it answers every question with what `answers` has."""

    def __init__(self, *, live: bool = True, answers: dict[str, str] | None = None) -> None:
        self.live = live
        self.notes: list[tuple[str, Any]] = []
        self._answers = answers or {}
        self._take: Callable[[Any], None] = lambda _: None
        self.end: Callable[[str], None] = lambda _: None

    def said(self, message: Any) -> None:
        self.notes.append(("said", message))
        if message in self._answers:
            asyncio.get_running_loop().call_soon(self._take, self._answers[message])

    def heard(self, message: Any) -> None:
        self.notes.append(("heard", message))

    def ended(self, reason: str) -> None:
        self.notes.append(("ended", reason))

    def listen(self, take: Callable[[Any], None], end: Callable[[str], None]) -> None:
        self._take, self.end = take, end


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(b"rubbish", addr)
        self.transport.sendto(b"ok " + data.removeprefix(b"q "), addr)


def decode(data: bytes) -> str:
    if not data.startswith(b"ok "):
        raise WireError("nonsense")
    return data[3:].decode()


def spoken(data: bytes) -> str:
    return data.removeprefix(b"q ").decode()


async def test_what_is_said_and_what_can_be_read_is_told_in_clear_and_in_order() -> None:
    notes, loop = Notes(), asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, local_addr=(address(), 0))
    host, port = transport.get_extra_info("sockname")
    with tapped(notes):
        opened = exchange(host, port, decode, CLOCK, Random(1), spoken=spoken)
        talk = await opened.__aenter__()
    assert tap() is None
    assert await talk.ask(lambda: b"q one", lambda message: message == "one") == "one"
    talk.tell(b"q two")
    transport.close()
    await asyncio.sleep(0.02)
    with pytest.raises(Offline):
        await talk.ask(lambda: b"q three", lambda message: message == "three")
    await opened.__aexit__(None, None, None)
    assert notes.notes[:3] == [("said", "one"), ("heard", "one"), ("said", "two")]
    assert ("said", "three") in notes.notes
    assert notes.notes[-1][0] == "ended"


async def test_one_that_is_not_live_stands_in_for_the_unit() -> None:
    notes = Notes(live=False, answers={"one": "one"})
    with tapped(notes):
        async with exchange("192.0.2.1", 9, decode, CLOCK, Random(1), spoken=spoken) as talk:
            assert await talk.ask(lambda: b"q one", lambda message: message == "one") == "one"
            notes.end("nobody listens there")
            waiting = asyncio.ensure_future(talk.ask(lambda: b"q two", lambda message: message == "two"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            notes.end("nobody listens there")
            with pytest.raises(Offline, match="nobody listens there"):
                await waiting
    assert isinstance(talk.closed.exception(), Offline)
    assert [what for what, _ in notes.notes] == ["said", "said"]


async def test_without_a_tap_nothing_is_looked_at() -> None:
    read: list[bytes] = []
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=(address(), 0))
    host, port = transport.get_extra_info("sockname")
    try:
        async with exchange(host, port, decode, CLOCK, Random(1), spoken=read.append) as talk:
            assert await talk.ask(lambda: b"q one", lambda message: message == "one") == "one"
    finally:
        transport.close()
    assert read == []


@pytest.mark.parametrize(("data", "clear"), [(b"ok x", "x"), (b"hello", "hello"), (b"\x00\xff", {"bytes": 2}), (b"a\nb", {"bytes": 3})])
def test_what_of_ours_cannot_be_read_back_is_its_text_or_its_length(data: bytes, clear: Any) -> None:
    assert in_clear(data, decode) == clear
