"""The conversation with a node that is only bytes: what counts as its answer, asking again, asking for fewer; and the socket all share."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from gateway.drivers.echonet.frame import NODE
from gateway.drivers.echonet.plug import PORT, Plug, local_address, shared_plug
from gateway.drivers.echonet.talk import MOST, TRIES, Talk, talking
from gateway.drivers.spi import Context
from gateway.errors import Offline, PortTaken, TimedOut
from tests.kit.addresses import address
from tests.kit.echonet import Peer, peer

Hurry = Callable[[Awaitable[Any]], Awaitable[Any]]
COOLER = 0x013001


class Node:
    """A node that a test plays by hand."""

    def __init__(self, peer: Peer, plug: Plug) -> None:
        self.peer = peer
        self.plug = plug
        self.asked = 0

    async def question(self) -> tuple[str, str]:
        """Return the number and the rest of what the hub asks next."""
        told = await self.peer.next(of=self.plug.address)
        self.asked += 1
        assert told[8:14] == "05ff01"
        return told[4:8], told[14:]

    def say(self, number: str, rest: str, source: str = "013001") -> None:
        self.peer.send(f"1081{number}{source}05ff01{rest}".replace(" ", ""), self.plug.address)


@pytest.fixture
async def plug() -> AsyncIterator[Plug]:
    async with shared_plug(address()) as plug:
        yield plug


@pytest.fixture
async def node(plug: Plug) -> AsyncIterator[Node]:
    async with peer(address()) as someone:
        yield Node(someone, plug)


@pytest.fixture
async def talk(node: Node, plug: Plug, context: Context) -> AsyncIterator[Talk]:
    async with talking(plug, node.peer.address, context.clock, context.random) as talk:
        yield talk


async def test_an_answer_ends_the_question(talk: Talk, node: Node) -> None:
    asking = asyncio.create_task(talk.get(COOLER, (0x80, 0xB3)))
    number, rest = await node.question()
    assert rest == "01300162028000b300"
    node.say(number, "72 02 800130 b3011a")
    assert await asking == {0x80: b"\x30", 0xB3: b"\x1a"}


async def test_only_the_right_number_object_and_service_are_an_answer(talk: Talk, node: Node) -> None:
    heard: list[int] = []
    talk.heard.append(lambda frame: heard.append(frame.number))
    asking = asyncio.create_task(talk.get(COOLER, (0x80,)))
    number, _ = await node.question()
    other = f"{int(number, 16) ^ 1:04x}"
    node.say(other, "72 01 800131")
    node.say(number, "72 01 800131", source="013002")
    node.say(number, "73 01 800131")
    node.say(number, "71 01 8000")
    await asyncio.sleep(0.05)
    assert not asking.done()
    node.say(number, "72 01 800130")
    assert await asking == {0x80: b"\x30"}
    assert heard == [int(number, 16)] * 2, "the announcement and the answer; what answers nothing is old"


async def test_a_stranger_is_not_heard(talk: Talk, node: Node, plug: Plug) -> None:
    asking = asyncio.create_task(talk.get(COOLER, (0x80,)))
    number, _ = await node.question()
    async with peer(address()) as stranger:
        stranger.send(f"1081{number}01300105ff017201800131", plug.address)
        await asyncio.sleep(0.05)
        assert not asking.done()
    node.say(number, "72 01 800130")
    assert await asking == {0x80: b"\x30"}


async def test_damaged_words_are_counted_and_doubled_ones_do_no_harm(talk: Talk, node: Node, plug: Plug) -> None:
    for _ in range(2):
        asking = asyncio.create_task(talk.get(COOLER, (0x80,)))
        number, _ = await node.question()
        node.peer.send("1081ffff01300105ff0172028001", plug.address)
        node.say(number, "72 01 800130")
        node.say(number, "72 01 800131")
        assert await asking == {0x80: b"\x30"}
    assert plug.dropped == 2


async def test_silence_is_asked_again_under_the_same_number_and_then_told(talk: Talk, node: Node, hurry: Hurry) -> None:
    with pytest.raises(TimedOut, match=node.peer.address):
        await hurry(talk.get(COOLER, (0x80,)))
    numbers = {(await node.question())[0] for _ in range(TRIES)}
    assert len(numbers) == 1
    assert await node.peer.silence(of=node.plug.address)


async def test_a_late_answer_to_an_earlier_try_is_one(talk: Talk, node: Node, hurry: Hurry) -> None:
    asking = asyncio.ensure_future(hurry(talk.get(COOLER, (0x80,))))
    first, _ = await node.question()
    await node.question()
    node.say(first, "72 01 800130")
    assert await asking == {0x80: b"\x30"}


async def test_a_node_that_answers_the_first_few_is_asked_for_so_many(talk: Talk, node: Node) -> None:
    asking = asyncio.create_task(talk.get(COOLER, (0x80, 0xB0, 0xB3, 0xBB, 0xA0)))
    number, _ = await node.question()
    node.say(number, "72 02 800130 b00142")
    number, rest = await node.question()
    assert rest.endswith("6202b300bb00")
    node.say(number, "52 02 b3011a bb00")
    number, rest = await node.question()
    assert rest.endswith("6201a000")
    node.say(number, "72 01 a00141")
    assert await asking == {0x80: b"\x30", 0xB0: b"\x42", 0xB3: b"\x1a", 0xBB: b"", 0xA0: b"\x41"}
    assert talk.most == 2


async def test_a_node_that_refuses_so_many_is_asked_for_half(talk: Talk, node: Node) -> None:
    asking = asyncio.create_task(talk.get(COOLER, (0x80, 0xB0, 0xB3)))
    number, _ = await node.question()
    node.say(number, "52 03 8000 b000 b300")
    for code, data in (("80", "30"), ("b0", "42"), ("b3", "1a")):
        number, rest = await node.question()
        assert rest.endswith(f"6201{code}00")
        node.say(number, f"72 01 {code}01{data}")
    assert await asking == {0x80: b"\x30", 0xB0: b"\x42", 0xB3: b"\x1a"}


async def test_a_node_that_says_nothing_to_so_many_is_asked_for_half_after_the_second_time(talk: Talk, node: Node, hurry: Hurry) -> None:
    asking = asyncio.ensure_future(hurry(talk.get(COOLER, (0x80, 0xB0))))
    seen: list[str] = []
    while not asking.done():
        try:
            async with asyncio.timeout(0.2):
                number, rest = await node.question()
        except TimeoutError:
            continue
        count = rest[6:10][2:]
        seen.append(count)
        if count == "01":
            code = rest[10:12]
            node.say(number, f"72 01 {code}0130")
    assert await asking == {0x80: b"\x30", 0xB0: b"\x30"}
    assert seen == ["02", "02", "01", "02", "02", "01", "01", "01"]
    assert talk.most == 1


async def test_one_silence_of_a_bad_network_is_no_limit(talk: Talk, node: Node, hurry: Hurry) -> None:
    asking = asyncio.ensure_future(hurry(talk.get(COOLER, (0x80, 0xB0))))
    for _ in range(2):
        await node.question()
    number, rest = await node.question()
    assert rest.endswith("62018000")
    node.say(number, "72 01 800130")
    number, rest = await node.question()
    assert rest.endswith("62028000b000")
    node.say(number, "72 02 800130 b00142")
    await asking
    assert talk.most == MOST


async def test_what_is_refused_of_a_set_is_returned(talk: Talk, node: Node) -> None:
    setting = asyncio.create_task(talk.set(COOLER, {0x80: b"\x30", 0xB3: b"\x63"}))
    number, rest = await node.question()
    assert rest == "0130016102800130b30163"
    node.say(number, "51 02 8000 b30163")
    assert await setting == [0xB3]


async def test_a_set_goes_on_where_the_node_stopped(talk: Talk, node: Node) -> None:
    setting = asyncio.create_task(talk.set(COOLER, {0x80: b"\x30", 0xB3: b"\x14", 0xB0: b"\x43"}))
    number, _ = await node.question()
    node.say(number, "71 02 8000 b300")
    number, rest = await node.question()
    assert rest == "0130016101b00143"
    node.say(number, "71 01 b000")
    assert await setting == []


async def test_a_set_that_is_refused_altogether_says_so(talk: Talk, node: Node) -> None:
    setting = asyncio.create_task(talk.set(COOLER, {0x80: b"\x30", 0xB3: b"\x14"}))
    number, _ = await node.question()
    node.say(number, "51 00")
    assert await setting == [0x80, 0xB3]


async def test_what_wants_to_be_confirmed_is(talk: Talk, node: Node) -> None:
    heard: list[int] = []
    talk.heard.append(lambda frame: heard.append(frame.service))
    node.say("0042", "74 02 800130 b00143")
    assert await node.peer.next() == "10810042" + "05ff01" + "013001" + "7a028000b000"
    assert heard == [0x74]


async def heard_power(talk: Talk, node: Node, *said: tuple[str, str]) -> list[str]:
    """Let the node announce its power, each with a number; return what is taken of that."""
    heard: list[str] = []
    talk.heard.append(lambda frame: heard.append(frame.properties[0][1].hex()))
    for number, power in said:
        node.say(number, f"73 01 8001{power}")
    async with asyncio.timeout(5):
        while not heard or heard[-1] != "39":
            node.say("ffff", "73 01 800139")
            await asyncio.sleep(0.01)
    return [power for power in heard if power != "39"]


async def test_an_announcement_that_comes_again_after_another_is_old(talk: Talk, node: Node) -> None:
    assert await heard_power(talk, node, ("0001", "31"), ("0002", "30"), ("0001", "31"), ("0003", "31")) == ["31", "30", "31"]


async def test_a_node_that_does_not_number_its_announcements_is_taken_at_its_word(talk: Talk, node: Node) -> None:
    assert await heard_power(talk, node, ("0000", "31"), ("0000", "30"), ("0000", "31")) == ["31", "30", "31"]


async def test_an_ended_conversation_says_so(talk: Talk) -> None:
    talk.end("enough")
    with pytest.raises(Offline, match="enough"):
        await talk.get(NODE, (0xD6,))


async def test_all_share_one_socket_and_the_last_one_closes_it() -> None:
    where = address()
    async with shared_plug(where) as first:
        async with shared_plug(where) as second:
            assert first is second
        with pytest.raises(OSError, match="in use"):
            taken(where)
    taken(where)


async def test_a_port_that_another_program_holds_is_named_with_what_to_do() -> None:
    where = address()
    async with peer(where):
        with pytest.raises(PortTaken, match=rf"UDP {PORT} of {where} is held by another program.*ss -ulnp"):
            async with shared_plug(where):
                pass
    async with shared_plug(where):
        pass


async def test_on_loopback_another_address_does_as_well(plug: Plug) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        with suppress(OSError):  # somebody else holds it already, which is as good
            other.bind(("127.0.0.1", PORT))
        async with shared_plug("127.0.0.1") as here:
            assert here.address != "127.0.0.1"
            assert here.address.startswith("127.255.36.")
    assert plug.address != here.address


def test_the_way_to_a_unit_decides_the_address() -> None:
    assert local_address("127.3.4.5") == "127.0.0.1"


def taken(where: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        plug.bind((where, PORT))
