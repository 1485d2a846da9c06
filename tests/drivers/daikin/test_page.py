"""HTTP as adapters speak it, well and badly, over real connections; every answer is written by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from gateway.drivers.daikin.message import LONGEST, Answer, Question
from gateway.drivers.daikin.page import fetch
from gateway.drivers.daikin.talk import NO_PAGE, talk_with
from gateway.drivers.parts.tap import tapped
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.clock import SystemClock
from tests.kit.addresses import address

PORT = 8080


@asynccontextmanager
async def saying(*answers: bytes, leave: bool = True) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answer one connection after the other, the last answer again and again; yield where, and what was asked."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answers[min(len(heard), len(answers)) - 1])
            if not leave:
                await reader.read()
        except ConnectionError:
            return
        finally:
            writer.close()

    where = address()
    async with await asyncio.start_server(serve, where, PORT):
        yield where, heard


async def test_a_page_is_asked_for_once_on_a_connection_of_its_own() -> None:
    async with saying(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\nContent-Type: text/plain\r\n\r\nret=OK") as (where, heard):
        assert await fetch(where, PORT, "/common/basic_info") == b"ret=OK"
        assert heard == [f"GET /common/basic_info HTTP/1.1\r\nHost: {where}\r\nConnection: close\r\n\r\n".encode()]


async def test_the_length_is_enough_to_know_the_end() -> None:
    async with saying(b"HTTP/1.1 200 OK\r\ncontent-length:6\r\n\r\nret=OK and more", leave=False) as (where, _):
        assert await fetch(where, PORT, "/") == b"ret=OK"


async def test_without_a_length_the_end_is_where_the_adapter_leaves() -> None:
    async with saying(b"HTTP/1.0 200 OK\r\n\r\nret=OK") as (where, _):
        assert await fetch(where, PORT, "/") == b"ret=OK"


async def test_a_head_that_strict_clients_refuse_is_read() -> None:
    async with saying(b"HTTP/1.0 200 OK\r\nServer: Daikin\x01\r\nno colon\r\nContent-Length: 6\r\n\r\nret=OK") as (where, _):
        assert await fetch(where, PORT, "/") == b"ret=OK"


async def test_a_page_there_is_none_of_is_empty() -> None:
    async with saying(b"HTTP/1.0 404 Not Found\r\nContent-Length: 7\r\n\r\nnothing") as (where, _):
        assert await fetch(where, PORT, "/") == b""


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"ret=OK",
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.0 two hundred\r\n\r\n",
        b"HTTP/1.0 500 Oh\r\nContent-Length: 6\r\n\r\nret=OK",
        b"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\nret=OK",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5000000\r\n\r\nret=OK",
        b"HTTP/1.0 200 OK\r\nContent-Length: 6000\r\n\r\n" + b"a" * 6000,
        b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nret=OK",
        b"HTTP/1.0 200 OK\r\n\r\n" + b"a" * (LONGEST + 1),
        b"HTTP/1.0 200 OK\r\nX: " + b"a" * (3 * LONGEST) + b"\r\n\r\nret=OK",
    ],
    ids=[
        "nothing",
        "no head",
        "not HTTP",
        "no status",
        "500",
        "less than nothing",
        "far too long",
        "too long",
        "cut off",
        "endless",
        "endless head",
    ],
)
async def test_what_is_no_answer_is_a_wire_error(answer: bytes) -> None:
    async with saying(answer) as (where, _):
        with pytest.raises(WireError):
            await fetch(where, PORT, "/")


async def test_it_is_asked_again_when_an_answer_cannot_be_read() -> None:
    good = b"HTTP/1.0 200 OK\r\n\r\nret=OK,pow=1"
    async with saying(b"HTTP/1.0 200 OK\r\n\r\npow=1", b"nothing", good) as (where, heard):
        async with talk_with(where, PORT, SystemClock(), Random(1)) as talk:
            assert (await talk.ask(Question("x"))).words == {"pow": "1"}
            assert talk.dropped == 1
        assert len(heard) == 3


async def test_three_answers_that_cannot_be_read_are_none_and_the_conversation_goes_on() -> None:
    async with saying(b"nothing") as (where, heard), talk_with(where, PORT, SystemClock(), Random(1)) as talk:
        with pytest.raises(TimedOut):
            await talk.ask(Question("x"))
        assert len(heard) == 3
        assert not talk.closed.done()


async def test_a_page_there_is_none_of_is_no_reason_to_ask_again() -> None:
    async with saying(b"HTTP/1.0 404 Not Found\r\n\r\n") as (where, heard), talk_with(where, PORT, SystemClock(), Random(1)) as talk:
        assert await talk.ask(Question("x")) == NO_PAGE
        assert len(heard) == 1


async def test_where_nobody_listens_the_conversation_is_over() -> None:
    async with talk_with(address(), PORT, SystemClock(), Random(1)) as talk:
        with pytest.raises(Offline, match="cannot be reached"):
            await talk.ask(Question("x"))
        assert talk.closed.done()
        with pytest.raises(Offline):
            await talk.ask(Question("x"))


class Hurried(SystemClock):
    """Remembers how long somebody wanted to wait, and lets nobody wait so long."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        await asyncio.sleep(0.05)


async def test_each_time_there_is_more_patience() -> None:
    clock = Hurried()
    async with saying(b"", leave=False) as (where, heard), talk_with(where, PORT, clock, Random(1)) as talk:
        with pytest.raises(TimedOut, match="did not answer"):
            await talk.ask(Question("x"))
        assert [wait for wait in clock.waits if wait > 1] == [1.6, 2.0, 2.5]
        assert len(heard) == 3
        assert not talk.closed.done()


async def test_where_it_is_turned_away_it_pauses_before_it_asks_again() -> None:
    clock = Hurried()
    async with talk_with(address(), PORT, clock, Random(1)) as talk:
        with pytest.raises(Offline):
            await talk.ask(Question("x"))
    pauses = [wait for wait in clock.waits if wait < 1]
    assert len(pauses) == 2
    assert all(0.2 <= pause <= 0.4 for pause in pauses)


class Listener:
    """A tap that remembers."""

    live = True

    def __init__(self) -> None:
        self.told: list[object] = []

    def said(self, message: object) -> None:
        self.told.append(("said", message))

    def heard(self, message: object) -> None:
        self.told.append(("heard", message))

    def ended(self, reason: str) -> None:
        self.told.append(("ended", reason))

    def listen(self, take: object, end: object) -> None:  # noqa: ARG002 - nobody may call it
        raise AssertionError("it is live")


async def test_an_adapter_that_is_left_in_the_middle_gets_a_moment_to_notice() -> None:
    clock = Hurried()
    async with saying(b"", leave=False) as (where, heard):
        async with talk_with(where, PORT, clock, Random(1)) as talk:
            asking = asyncio.create_task(talk.ask(Question("x")))
            while not heard:
                await asyncio.sleep(0.005)
            asking.cancel()
            await asyncio.wait({asking})
        assert clock.waits == [1.6, 0.1]
    async with saying(b"HTTP/1.0 200 OK\r\n\r\nret=OK") as (where, _):
        async with talk_with(where, PORT, clock, Random(1)) as talk:
            await talk.ask(Question("x"))
        assert clock.waits == [1.6, 0.1, 1.6], "one that has answered needs none"


async def test_who_listens_hears_both_sides_and_the_end() -> None:
    by = Listener()
    with tapped(by):
        async with saying(b"HTTP/1.0 200 OK\r\n\r\nret=OK,pow=1") as (where, _), talk_with(where, PORT, SystemClock(), Random(1)) as talk:
            await talk.ask(Question("x"))
            talk.end(Offline("enough"))
    assert by.told == [("said", Question("x")), ("heard", Answer("OK", {"pow": "1"})), ("ended", "enough")]


async def test_there_is_never_a_second_connection() -> None:
    most = there = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal most, there
        there += 1
        most = max(most, there)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.01)
        there -= 1
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nret=OK")
        writer.close()

    where = address()
    async with await asyncio.start_server(serve, where, PORT), talk_with(where, PORT, SystemClock(), Random(1)) as talk:
        await asyncio.gather(*(talk.ask(Question(str(number))) for number in range(6)))
    assert most == 1
