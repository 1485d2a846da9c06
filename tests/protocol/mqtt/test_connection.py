"""One conversation with a broker that sets limits, breaks rules, or says nothing."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Forbidden, LinkDown
from gateway.protocol.mqtt import BrokerAddress, Message, Will
from gateway.protocol.mqtt.connection import TAKEN, Connection, Opening
from gateway.protocol.mqtt.message import NO_PROPERTIES
from gateway.protocol.mqtt.properties import variable
from tests.protocol.kit import ACCEPTED, FIVE, FOUR, client, told_broker, until


class Line:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.aborted = True


async def opened(heard: Callable[[Message], None] = print, confirmed: Callable[[int, int], None] = print) -> tuple[Connection, Line]:
    opening = Opening(address=BrokerAddress("x"), client_id="c", version="5", will=None, keepalive=0, patience=5, context=None)
    connection, line = Connection(opening, heard, confirmed), Line()
    connection.connection_made(cast("asyncio.Transport", line))
    asyncio.get_running_loop().call_soon(connection.data_received, ACCEPTED[FIVE])
    await connection.open()
    line.written.clear()
    return connection, line


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_noise_never_gets_past_the_connection(reads: list[bytes]) -> None:
    async def hear() -> None:
        connection, line = await opened(lambda _: None)
        for read in reads:
            if not line.aborted:
                connection.data_received(read)

    asyncio.run(hear())


async def test_what_is_sent_in_one_turn_leaves_in_one_write() -> None:
    connection, line = await opened()
    for _ in range(50):
        connection.send("a", b"x", 1, False, NO_PROPERTIES)
    connection.data_received(b"\x32\x06\x00\x01a\x00\x09\x00")
    await asyncio.sleep(0)
    (together,) = line.written
    assert together.count(b"\x00\x01a") == 50
    assert together.endswith(b"\x40\x02\x00\x09")


async def test_qos_0_is_confirmed_when_it_has_left_and_not_while_the_broker_takes_nothing() -> None:
    confirmed: list[tuple[int, int]] = []
    connection, line = await opened(confirmed=lambda *what: confirmed.append(what))
    first = connection.send("a", b"", 0, False, NO_PROPERTIES)
    assert confirmed == []
    await asyncio.sleep(0)
    assert confirmed == [(first, 0)]
    connection.pause_writing()
    second = connection.send("a", b"", 0, False, NO_PROPERTIES)
    await asyncio.sleep(0)
    assert confirmed == [(first, 0)]
    connection.resume_writing()
    assert confirmed == [(first, 0), (second, 0)]
    assert len(line.written) == 2


async def test_a_packet_id_that_waits_for_its_confirmation_is_not_used_again() -> None:
    connection, _ = await opened(confirmed=lambda *_: None)
    held = connection.send("a", b"", 1, False, NO_PROPERTIES)
    for _ in range(70_000):
        identifier = connection.send("a", b"", 1, False, NO_PROPERTIES)
        assert 0 < identifier <= 65535
        assert identifier != held
        connection.data_received(b"\x40\x02" + identifier.to_bytes(2, "big"))


async def test_a_confirmation_of_what_was_never_sent_is_passed_over() -> None:
    confirmed: list[tuple[int, int]] = []
    connection, line = await opened(confirmed=lambda *what: confirmed.append(what))
    connection.data_received(b"\x40\x02\x00\x07")
    assert confirmed == []
    assert not line.aborted


async def test_a_message_that_is_too_large_is_passed_by_and_the_next_is_heard() -> None:
    heard: list[Message] = []
    async with told_broker() as broker, client(broker.address, version="3.1.1") as link:
        await link.wait_connected(20)
        await link.subscribe("#", heard.append)
        body = b"\x00\x03big\x00\x07" + bytes(TAKEN)
        broker.say(b"\x32" + variable(len(body)) + body + b"\x30\x05\x00\x01aok")
        await until(lambda: heard)
        await until(lambda: broker.acknowledged == [7])
        assert link.connected
    assert [message.topic for message in heard] == ["a"]


@pytest.mark.parametrize(
    ("offer", "heads"),
    [(b"\x24\x00", [0x30, 0x31]), (b"\x25\x00", [0x32, 0x32]), (b"\x24\x01\x25\x01", [0x32, 0x33])],
    ids=["QoS 0 only", "retains nothing", "all"],
)
async def test_what_the_broker_cannot_do_is_not_asked(offer: bytes, heads: list[int]) -> None:
    async with told_broker() as broker, client(broker.address, version="5") as link:
        greeting = b"\x00\x00" + variable(len(offer)) + offer
        broker.greet = lambda *_: b"\x20" + variable(len(greeting)) + greeting
        await link.wait_connected(20)
        await link.publish("a", b"")
        await link.publish("a", b"", retain=True)
        await until(lambda: broker.heads == heads)


async def test_what_is_larger_than_the_broker_takes_is_said_and_costs_nothing_else() -> None:
    async with told_broker() as broker, client(broker.address, version="5") as link:
        broker.greet = lambda *_: b"\x20\x08\x00\x00\x05\x27\x00\x00\x00\x64"
        await link.wait_connected(20)
        with pytest.raises(Forbidden, match="0x95"):
            await link.publish("a", bytes(200))
        await link.publish("a", bytes(20))
        assert len(broker.published) == 1


async def test_the_brokers_own_keepalive_is_kept() -> None:
    async with told_broker() as broker, client(broker.address, version="5", keepalive=600) as link:
        broker.greet = lambda *_: b"\x20\x06\x00\x00\x03\x13\x00\x01"
        await link.wait_connected(20)
        await until(lambda: broker.pings >= 2)
        assert link.connected


async def test_why_the_broker_hung_up_is_told() -> None:
    async with told_broker() as broker, client(broker.address, version="5") as link:
        await link.wait_connected(20)
        broker.greet = lambda *_: None
        broker.say(b"\xe0\x02\x8e\x00")
        await until(lambda: "another client took our client id" in link.trouble)


async def test_an_answer_to_another_question_costs_the_connection() -> None:
    async with told_broker() as broker, client(broker.address, version="3.1.1") as link:
        await link.subscribe("a", print)
        await link.subscribe("b", print)
        await until(lambda: len(broker.levels) >= 2)


async def test_a_broker_that_does_not_answer_a_subscription_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.mqtt.connector._PATIENCE", 0.3)
    async with told_broker() as broker, client(broker.address, version="3.1.1") as link:
        await link.wait_connected(20)
        broker.subscription_code = -1
        await link.subscribe("a", print)
        await until(lambda: len(broker.levels) >= 2)
        broker.subscription_code = 0
        await until(lambda: link.connected)


async def test_a_broker_that_talks_before_it_is_asked_is_none() -> None:
    async with told_broker() as broker, client(broker.address, version="auto") as link:
        broker.greet = lambda level, _: b"\x30\x04\x00\x01ab" if level == FIVE else ACCEPTED[FOUR]
        await link.wait_connected(20)
        assert link.version == "3.1.1"


async def test_a_connection_that_is_over_takes_no_message() -> None:
    connection, line = await opened()
    connection.connection_lost(None)
    with pytest.raises(LinkDown):
        connection.send("a", b"", 1, False, NO_PROPERTIES)
    with pytest.raises(LinkDown):
        await connection.unsubscribe_all(["a"])
    assert line.written == []
    assert (await connection.ended()).defect is None


def test_a_handlers_defect_ends_its_owner_on_uvloop_too() -> None:
    uvloop = pytest.importorskip("uvloop")
    handlers: dict[str, None] = {}

    async def own() -> None:
        async with told_broker() as broker, client(broker.address, version="3.1.1", will=Will("w", b"")) as link:
            await link.wait_connected(20)
            await link.subscribe("a", lambda message: handlers[message.topic])
            broker.say(b"\x30\x04\x00\x01ab")
            await asyncio.sleep(30)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, pytest.raises(ExceptionGroup) as caught:
        runner.run(own())
    assert caught.group_contains(KeyError)
