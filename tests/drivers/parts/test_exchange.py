"""Questions and answers over UDP, with a unit on loopback that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from random import Random

import pytest

from gateway.drivers.parts.exchange import Exchange, exchange
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.clock import SystemClock
from tests.kit.addresses import address

Answer = Callable[[bytes], Iterable[bytes]]


class Answers(asyncio.DatagramProtocol):
    """A unit: what it hears, and what it says to that."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        for reply in self.answer(data):
            self.transport.sendto(reply, addr)


def decode(data: bytes) -> str:
    if not data.startswith(b"ok "):
        raise WireError("nonsense")
    return data[3:].decode()


@asynccontextmanager
async def talking(answer: Answer) -> AsyncIterator[tuple[Exchange[str], Answers]]:
    loop = asyncio.get_running_loop()
    transport, unit = await loop.create_datagram_endpoint(lambda: Answers(answer), local_addr=(address(), 0))
    host, port = transport.get_extra_info("sockname")
    try:
        async with exchange(host, port, decode, SystemClock(), Random(1)) as talk:
            yield talk, unit
    finally:
        transport.close()


async def ask(talk: Exchange[str], word: str, **more: float) -> str:
    return await talk.ask(word.encode, lambda message: message == word, **more)  # type: ignore[arg-type]


async def test_a_question_is_answered() -> None:
    async with talking(lambda data: [b"ok " + data]) as (talk, _):
        assert await ask(talk, "status") == "status"


async def test_a_lost_question_is_asked_again() -> None:
    lost = iter([True, True, False])
    async with talking(lambda data: [] if next(lost) else [b"ok " + data]) as (talk, unit):
        assert await ask(talk, "status", patience=0.02) == "status"
        assert len(unit.heard) == 3


async def test_silence_ends_after_the_last_try() -> None:
    async with talking(lambda _: []) as (talk, unit):
        with pytest.raises(TimedOut):
            await ask(talk, "status", tries=3, patience=0.02)
        assert len(unit.heard) == 3


async def test_what_answers_something_else_is_heard_and_no_answer() -> None:
    async with talking(lambda data: [b"ok older", b"rubbish", b"ok " + data]) as (talk, _):
        heard: list[str] = []
        talk.heard = heard.append
        assert await ask(talk, "newer") == "newer"
        assert heard == ["older", "newer"]
        assert talk.dropped == 1


async def test_each_try_is_made_anew() -> None:
    numbers = iter(range(10))
    async with talking(lambda data: [b"ok " + data] if data == b"1" else []) as (talk, unit):
        assert await talk.ask(lambda: str(next(numbers)).encode(), lambda message: message == "1", patience=0.02) == "1"
        assert unit.heard == [b"0", b"1"]


async def test_a_host_where_nobody_listens_is_said_to_be_so_at_once() -> None:
    async with talking(lambda _: []) as (talk, unit):
        unit.transport.close()
        await asyncio.sleep(0.01)
        with pytest.raises(Offline, match="cannot be reached"):
            await ask(talk, "status", patience=5.0)


async def test_two_who_ask_take_turns() -> None:
    async with talking(lambda data: [b"ok " + data]) as (talk, unit):
        assert await asyncio.gather(*(ask(talk, word) for word in "abc")) == list("abc")
        assert unit.heard == [b"a", b"b", b"c"]


async def test_a_closed_exchange_says_so() -> None:
    async with talking(lambda data: [b"ok " + data]) as (talk, _):
        pass
    with pytest.raises(Offline):
        await ask(talk, "status")
    assert isinstance(talk.closed.exception(), Offline)
