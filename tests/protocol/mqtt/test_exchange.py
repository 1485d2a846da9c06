"""What is sent arrives as it was sent: over mosquitto in both versions, and over amqtt."""

import asyncio

import pytest

from gateway.errors import BadSyntax, Forbidden, TooLarge, Unknown
from gateway.protocol.mqtt import Message, Properties, Will
from tests.protocol.conftest import Spoken
from tests.protocol.kit import until


async def test_a_message_arrives_as_it_was_sent(spoken: Spoken) -> None:
    heard: list[Message] = []
    async with spoken.client() as client:
        await client.wait_connected(20)
        await client.subscribe("home/+/s", heard.append)
        await client.publish("home/ac/s", b'{"power":true}')
        await client.publish("home/ac/t", b"other")
        await client.publish("home/tv/s", b"", qos=0)
        await until(lambda: len(heard) == 2)
    assert [(message.topic, message.payload, message.retain) for message in heard] == [
        ("home/ac/s", b'{"power":true}', False),
        ("home/tv/s", b"", False),
    ]
    assert client.version == spoken.version


async def test_a_late_subscriber_gets_what_was_retained_and_can_tell(spoken: Spoken) -> None:
    heard: list[Message] = []
    async with spoken.client() as client, spoken.client(client_id="late") as late:
        await client.wait_connected(20)
        await late.wait_connected(20)
        await client.publish("a/s", b"1", retain=True)
        await client.publish("a/s", b"2", retain=True)
        await client.publish("a/e", b"gone by")
        await client.publish("a/removed", b"x", retain=True)
        await client.publish("a/removed", b"", retain=True)
        await late.subscribe("a/#", heard.append)
        await client.publish("a/end", b"")
        await until(lambda: heard and heard[-1].topic == "a/end")
    assert [(message.topic, message.payload, message.retain) for message in heard] == [("a/s", b"2", True), ("a/end", b"", False)]


async def test_a_thousand_messages_keep_their_order(spoken: Spoken) -> None:
    heard: list[Message] = []
    async with spoken.client() as client:
        await client.wait_connected(20)
        await client.subscribe("n/+", heard.append)
        for number in range(1000):
            client.publish_soon(f"n/{number % 7}", b"%d" % number)
        await client.publish("n/end", b"1000")
        await until(lambda: len(heard) == 1001)
        assert [int(message.payload) for message in heard] == list(range(1001))
        assert client.discarded == 0


async def test_a_burst_on_one_retained_topic_ends_with_the_last_value(spoken: Spoken) -> None:
    heard: list[Message] = []
    async with spoken.client() as client:
        await client.wait_connected(20)
        await client.subscribe("s/#", heard.append)
        for number in range(3000):
            client.publish_soon("s/one", b"%d" % number, retain=True)
        await client.publish("s/end", b"")
        await until(lambda: heard and heard[-1].topic == "s/end")
    values = [int(message.payload) for message in heard[:-1]]
    assert values[-1] == 2999
    assert values == sorted(values)


@pytest.mark.parametrize("correlation", [b"", b"7", bytes(range(256)), None])
async def test_properties_travel_in_mqtt_5_and_are_dropped_in_3(mosquitto: Spoken, correlation: bytes | None) -> None:
    sent = Properties("hulian/1/gw/c/phone/ack", correlation, {"seq": "42", "ort": "Küche"}, "application/json", 60)
    heard: list[Message] = []
    async with mosquitto.client() as client:
        await client.wait_connected(20)
        await client.subscribe("a/b", heard.append)
        await client.publish("a/b", b"{}", properties=sent)
        client.publish_soon("a/b", b"[]", properties=sent)
        await until(lambda: len(heard) == 2)
    assert [message.properties for message in heard] == [sent if mosquitto.version == "5" else Properties()] * 2


async def test_large_messages_pass_whole(spoken: Spoken) -> None:
    heard: list[Message] = []
    payload = bytes(range(256)) * 900
    async with spoken.client() as client:
        await client.wait_connected(20)
        await client.subscribe("big", heard.append)
        await asyncio.gather(*(client.publish("big", payload) for _ in range(5)))
        await until(lambda: len(heard) == 5)
    assert {message.payload for message in heard} == {payload}


async def test_what_cannot_be_published_is_refused_or_counted(mosquitto: Spoken) -> None:
    async with mosquitto.client() as client:
        await client.wait_connected(20)
        for topic in ("a/+", "#", "", "a\0b", "a" * 3000, "a/\ud800"):
            with pytest.raises(BadSyntax):
                await client.publish(topic, b"")
            client.publish_soon(topic, b"")
        with pytest.raises(TooLarge):
            await client.publish("a", b"x" * 262_144)
        client.publish_soon("a", b"x" * 262_144)
        assert client.discarded == 7
        await client.publish("a", b"still there")


async def test_a_handler_that_refuses_a_message_gets_the_next(mosquitto: Spoken) -> None:
    heard: list[bytes] = []

    def choosy(message: Message) -> None:
        if message.payload == b"bad":
            raise Unknown("no such thing")
        heard.append(message.payload)

    async with mosquitto.client() as client:
        await client.wait_connected(20)
        await client.subscribe("a", choosy)
        for payload in (b"1", b"bad", b"2"):
            await client.publish("a", payload)
        await until(lambda: len(heard) == 2)
        assert client.connected
    assert heard == [b"1", b"2"]


async def test_a_handler_with_a_defect_ends_its_owner(mosquitto: Spoken) -> None:
    def broken(message: Message) -> None:
        raise ZeroDivisionError(message.topic)

    async def own() -> None:
        async with mosquitto.client() as client:
            await client.wait_connected(20)
            await client.subscribe("a", broken)
            await client.publish("a", b"")
            await asyncio.sleep(30)

    with pytest.raises(ExceptionGroup) as caught:
        await own()
    assert caught.group_contains(ZeroDivisionError)


async def test_a_handler_may_publish(mosquitto: Spoken) -> None:
    heard: list[bytes] = []
    async with mosquitto.client() as client:
        await client.wait_connected(20)
        await client.subscribe("in", lambda message: client.publish_soon("out", message.payload))
        await client.subscribe("out", lambda message: heard.append(message.payload))
        for number in range(500):
            client.publish_soon("in", b"%d" % number)
        await until(lambda: len(heard) == 500)
    assert heard == [b"%d" % number for number in range(500)]


async def test_what_is_no_longer_subscribed_is_no_longer_heard(spoken: Spoken) -> None:
    first: list[Message] = []
    second: list[Message] = []
    async with spoken.client() as client:
        await client.wait_connected(20)
        await client.subscribe("a", first.append)
        await client.subscribe("a", second.append)
        await client.publish("a", b"1")
        await until(lambda: first and second)
        await client.unsubscribe("a", first.append)
        await client.publish("a", b"2")
        await until(lambda: len(second) == 2)
        await client.unsubscribe("a")
        await client.publish("a", b"3")
        await client.subscribe("b", second.append)
        await client.publish("b", b"4")
        await until(lambda: second[-1].payload == b"4")
    assert [message.payload for message in first] == [b"1"]
    assert [message.payload for message in second] == [b"1", b"2", b"4"]


async def test_the_will_speaks_when_the_owner_fails_and_only_then(spoken: Spoken) -> None:
    heard: list[Message] = []

    async def fail() -> None:
        async with spoken.client(client_id="bad", will=Will("will/bad", b"offline")) as bad:
            await bad.wait_connected(20)
            raise Forbidden("the owner's own trouble")

    async with spoken.client() as watcher:
        await watcher.wait_connected(20)
        await watcher.subscribe("will/#", heard.append)
        async with spoken.client(client_id="good", will=Will("will/good", b"offline")) as good:
            await good.wait_connected(20)
        with pytest.raises(Forbidden):
            await fail()
        await until(lambda: heard)
    assert [(message.topic, message.payload) for message in heard] == [("will/bad", b"offline")]
