"""The link comes back, and nobody is told that it is there when it is not."""

import asyncio
import re
import signal
from pathlib import Path
from random import Random

import pytest

from gateway.errors import BrokerUnavailable, ConfigurationInvalid, Forbidden, LinkDown, Unknown
from gateway.protocol.mqtt import BrokerAddress, Message, Will
from tests.kit.brokers import needs_mosquitto, signalled
from tests.protocol.conftest import Spoken
from tests.protocol.kit import ACCEPTED, FIVE, FOUR, HOST, HastyClock, client, told_broker, until, unused_port, wire_to


async def test_after_the_brokers_death_everything_stands_again(spoken: Spoken) -> None:
    heard: list[Message] = []
    ups = 0

    async def on_up() -> None:
        nonlocal ups
        ups += 1
        await link.publish("state", b"%d" % ups, retain=True)

    async with spoken.client(on_up=on_up) as link:
        await link.wait_connected(20)
        await link.subscribe("state", heard.append)
        await until(lambda: heard)
        signalled(spoken.broker, signal.SIGKILL)
        await until(lambda: not link.connected)
        assert link.trouble
        with pytest.raises(LinkDown):
            await link.publish("state", b"x")
        link.publish_soon("state", b"x")
        assert link.discarded == 1
        await link.wait_connected(30)
        await until(lambda: heard[-1].payload == b"2")
        assert link.trouble == ""
    assert ups == 2


async def test_a_cut_wire_is_noticed_and_mended(mosquitto: Spoken) -> None:
    heard: list[Message] = []
    async with wire_to(mosquitto.broker.address) as wire, client(wire.address, version=mosquitto.version) as link:
        await link.wait_connected(20)
        await link.subscribe("a", heard.append)
        for _ in range(3):
            wire.cut()
            await until(lambda: not link.connected)
            await link.wait_connected(20)
        await link.publish("a", b"1")
        await until(lambda: heard)


async def test_a_wire_that_stands_still_is_noticed(mosquitto: Spoken) -> None:
    async with wire_to(mosquitto.broker.address) as wire, client(wire.address, version=mosquitto.version, keepalive=1) as link:
        await link.wait_connected(20)
        wire.stop()
        with pytest.raises(LinkDown):
            await link.publish("a", b"1")
        assert not link.connected
        wire.go_on()
        await link.wait_connected(20)


async def test_a_delayed_will_stays_silent_when_we_are_back_in_time(mosquitto: Spoken) -> None:
    heard: list[Message] = []
    will = Will("will", b"offline", delay=30)
    async with mosquitto.client(client_id="watcher") as watcher, wire_to(mosquitto.broker.address) as wire:
        await watcher.wait_connected(20)
        await watcher.subscribe("will", heard.append)
        async with client(wire.address, version=mosquitto.version, will=will) as link:
            await link.wait_connected(20)
            wire.cut()
            await until(lambda: not link.connected)
            await link.wait_connected(20)
            await watcher.publish("will", b"marker")
            await until(lambda: heard and heard[-1].payload == b"marker")
    told = [message.payload for message in heard]
    assert told == ([b"marker"] if mosquitto.version == "5" else [b"offline", b"marker"])


@needs_mosquitto
async def test_nobody_at_the_address_is_said_with_what_to_do() -> None:
    async with client(BrokerAddress(HOST, unused_port())) as link:
        with pytest.raises(BrokerUnavailable, match="start the broker"):
            await link.wait_connected(0.3)
        assert not link.connected


async def test_a_wrong_password_is_said_at_once_and_tried_again() -> None:
    async with told_broker() as broker:
        refusal = {FOUR: b"\x20\x02\x00\x04", FIVE: b"\x20\x03\x00\x86\x00"}
        for version, level in (("5", FIVE), ("3.1.1", FOUR), ("auto", FIVE)):
            broker.levels.clear()
            broker.greet = lambda level, count: refusal[level] if count < 3 else ACCEPTED[level]
            async with client(broker.address, version=version) as link:
                with pytest.raises(BrokerUnavailable, match="password"):
                    await link.wait_connected(20)
                await until(lambda: link.connected)
                assert link.trouble == ""
            assert broker.levels == [level] * 3


@pytest.mark.parametrize(
    "greeting", [None, b"", b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x01"], ids=["silent", "hangs up", "refuses", "refuses as 3.1.1"]
)
async def test_a_broker_that_knows_only_3_1_1_is_spoken_to_in_it_from_then_on(greeting: bytes | None) -> None:
    async with told_broker() as broker:
        broker.greet = lambda level, _: greeting if level == FIVE else ACCEPTED[FOUR]
        async with client(broker.address, version="auto") as link:
            await link.wait_connected(20)
            assert link.version == "3.1.1"
            broker.hang_up()
            await until(lambda: len(broker.levels) == 3)
        assert broker.levels == [FIVE, FOUR, FOUR]


async def test_back_off_grows_and_has_jitter() -> None:
    clock = HastyClock()
    async with client(BrokerAddress(HOST, unused_port()), clock=clock, random=Random(3)):
        await until(lambda: len(clock.asked) >= 12)
    assert max(clock.asked[:2]) <= 2
    assert max(clock.asked) > 2
    assert all(0 <= seconds <= 30 for seconds in clock.asked)
    assert len(set(clock.asked)) == len(clock.asked)


async def test_leaving_while_connecting_leaves_nothing_behind() -> None:
    async with told_broker() as broker:
        broker.greet = lambda *_: None
        before = asyncio.all_tasks()
        async with client(broker.address, version="5"):
            await until(lambda: broker.levels)
        await until(lambda: not {left for left in asyncio.all_tasks() - before if "serve" not in repr(left)})


@pytest.mark.parametrize("turns", range(12))
async def test_leaving_at_the_moment_of_the_answer_leaves_nothing_behind(turns: int) -> None:
    asked = asyncio.Event()

    def greet(level: int, _: int) -> bytes:
        asked.set()
        return ACCEPTED[level]

    async with told_broker() as broker:
        broker.greet = greet
        async with asyncio.timeout(20), client(broker.address, version="5") as link:
            await link.subscribe("a", print)
            await asked.wait()
            for _ in range(turns):
                await asyncio.sleep(0)


async def test_cancelling_the_owner_ends_the_link_cleanly() -> None:
    async with told_broker() as broker:

        async def own() -> None:
            async with client(broker.address) as link:
                await link.wait_connected(20)
                owning.set()
                await asyncio.sleep(60)

        owning = asyncio.Event()
        before = asyncio.all_tasks()
        task = asyncio.create_task(own())
        await owning.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: broker.disconnects == 1)
        await until(lambda: not {left for left in asyncio.all_tasks() - before if "serve" not in repr(left)})


async def test_waiters_learn_that_the_link_fell() -> None:
    async with told_broker() as broker, client(broker.address) as link:
        broker.acknowledges = False
        await link.wait_connected(20)
        waiting = [asyncio.create_task(link.publish("a", b"")) for _ in range(5)]
        await until(lambda: len(broker.published) == 5)
        broker.hang_up()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(result) for result in results] == [LinkDown] * 5


async def test_a_subscription_made_while_down_is_made_when_up() -> None:
    heard: list[Message] = []
    async with told_broker() as broker:
        broker.greet = lambda level, count: b"" if count == 1 else ACCEPTED[level]
        async with client(broker.address, version="3.1.1") as link:
            await link.subscribe("a", heard.append)
            await link.wait_connected(20)
            assert broker.filters == ["a"]
            broker.say(b"\x30\x05\x00\x01ahi")
            await until(lambda: heard)
    assert heard[0].payload == b"hi"


async def test_a_refused_subscription_is_said() -> None:
    async with told_broker() as broker, client(broker.address) as link:
        broker.subscription_code = 0x87
        await link.wait_connected(20)
        with pytest.raises(Forbidden):
            await link.subscribe("a", print)
        broker.subscription_code = 0
        await link.subscribe("a", print)


async def test_an_impossible_filter_is_refused() -> None:
    async with told_broker() as broker, client(broker.address) as link:
        for filter in ("", "a/#/b", "a+", "a/b#", "a\0"):  # noqa: A001
            with pytest.raises(ConfigurationInvalid):
                await link.subscribe(filter, print)


async def test_the_brokers_window_is_kept() -> None:
    async with told_broker() as broker, client(broker.address, version="5") as link:
        broker.acknowledges = False
        broker.greet = lambda *_: b"\x20\x06\x00\x00\x03\x21\x00\x05"
        await link.wait_connected(20)
        for number in range(12):
            link.publish_soon("a", b"%d" % number)
        await until(lambda: len(broker.published) == 5)
        await asyncio.sleep(0.1)
        assert len(broker.published) == 5
        broker.acknowledge(broker.published[0])
        await until(lambda: len(broker.published) == 6)
        broker.acknowledges = True
        for packet in broker.published[1:]:
            broker.acknowledge(packet)
        await until(lambda: len(broker.published) == 12)


async def test_publish_says_what_the_broker_refuses() -> None:
    async with told_broker() as broker, client(broker.address, version="5") as link:
        broker.acknowledges = False
        await link.wait_connected(20)
        waiting = asyncio.create_task(link.publish("a", b""))
        await until(lambda: broker.published)
        broker.say(b"\x40\x03" + broker.published[0].to_bytes(2, "big") + b"\x87")
        with pytest.raises(Forbidden):
            await waiting


@pytest.mark.parametrize(
    "noise",
    [
        b"\xff" * 64,
        b"\x30\x02\xff\xff",
        b"\x30\x7f" + b"\xff" * 127,
        b"\x40\x00",
        b"\x90\x01\x00",
        b"\x20\x00",
        b"\xb0\x00",
        b"\x36\x03\x00\x01a",
        b"\x30\xff\xff\xff\xff\x7f",
    ],
    ids=lambda noise: noise[:4].hex(),
)
async def test_noise_from_the_broker_costs_at_most_the_connection(noise: bytes) -> None:
    async with told_broker() as broker, client(broker.address) as link:
        await link.wait_connected(20)
        broker.say(noise)
        broker.hang_up()
        await until(lambda: len(broker.levels) >= 2)
        await link.wait_connected(20)
        await link.publish("a", b"")


async def test_a_topic_that_is_not_utf_8_is_passed_over() -> None:
    heard: list[Message] = []
    async with told_broker() as broker, client(broker.address, version="3.1.1") as link:
        await link.wait_connected(20)
        await link.subscribe("#", heard.append)
        broker.say(b"\x30\x04\x00\x02\xff\xfe\x30\x05\x00\x01aok")
        await until(lambda: heard)
    assert [(message.topic, message.payload) for message in heard] == [("a", b"ok")]


async def test_on_up_that_fails_on_purpose_does_not_end_the_link() -> None:
    async def on_up() -> None:
        raise Unknown("nothing to publish")

    async with told_broker() as broker, client(broker.address, on_up=on_up) as link:
        await link.wait_connected(20)
        await link.publish("a", b"")


async def test_on_up_with_a_defect_ends_the_owner() -> None:
    async def on_up() -> None:
        raise ZeroDivisionError

    async def own() -> None:
        async with told_broker() as broker, client(broker.address, on_up=on_up):
            await asyncio.sleep(30)

    with pytest.raises(ExceptionGroup) as caught:
        await own()
    assert caught.group_contains(ZeroDivisionError)


async def test_on_up_is_awaited_again_when_something_did_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.mqtt.outbox.FULL", 10)
    ups: list[int] = []

    async def on_up() -> None:
        ups.append(link.discarded)

    async with told_broker() as broker:
        broker.acknowledges = False
        async with client(broker.address, on_up=on_up) as link:
            await until(lambda: ups)
            for _ in range(250):
                link.publish_soon("a", b"")
            assert link.discarded == 40
            await until(lambda: len(broker.published) == 200)
            broker.acknowledges = True
            for packet in broker.published:
                broker.acknowledge(packet)
            await until(lambda: len(ups) == 2)
    assert ups == [0, 40]


async def test_publish_waits_when_the_queue_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.mqtt.outbox.CROWDED", 10)
    async with told_broker() as broker, client(broker.address) as link:
        broker.acknowledges = False
        await link.wait_connected(20)
        for _ in range(210):
            link.publish_soon("a", b"")
        waiting = asyncio.create_task(link.publish("b", b""))
        await until(lambda: len(broker.published) == 200)
        assert not waiting.done()
        broker.acknowledges = True
        for packet in broker.published:
            broker.acknowledge(packet)
        await waiting
        assert len(broker.published) == 211


def test_the_link_works_on_uvloop_too() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def exchange() -> list[Message]:
        heard: list[Message] = []
        async with told_broker() as broker, client(broker.address, version="5") as link:
            await link.wait_connected(20)
            await link.subscribe("a", heard.append)
            for _ in range(500):
                link.publish_soon("b", b"x" * 5000)
            await link.publish("b", b"")
            broker.say(b"\x30\x06\x00\x01a\x00hi" * 2000)
            await until(lambda: len(heard) == 2000)
            broker.hang_up()
            await until(lambda: not link.connected)
            await link.wait_connected(20)
        return heard

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert {message.payload for message in runner.run(exchange())} == {b"hi"}


def test_the_gateway_speaks_mqtt_by_itself() -> None:
    gateway = Path(__file__).parents[3] / "gateway"
    assert not [path for path in gateway.rglob("*.py") if re.search(r"^\s*(import|from) (aiomqtt|paho)", path.read_text(), re.MULTILINE)]
