"""The MQTT face, met by an independent client on a real broker."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.faces.mqtt import ghosts
from gateway.faces.mqtt.commands import ANSWERS_LIMIT, LANE_LIMIT
from gateway.home import subscription
from gateway.protocol.broker.private import private_broker
from gateway.storage.commands import CommandRecord
from gateway.storage.state import StateStore
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.timestamp import iso
from tests.faces.conftest import FAULT, House, Scripted, opened, opened_on
from tests.kit.brokers import needs_mosquitto
from tests.protocol.kit import wire_to

pytestmark = needs_mosquitto
ROOT = "hulian/1/hub-test"
V5, V311 = aiomqtt.ProtocolVersion.V5, aiomqtt.ProtocolVersion.V311
PATIENCE = 20.0


class Listener:
    """Collects what one client hears, newest last."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.heard: list[aiomqtt.Message] = []
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        async for message in self.client.messages:
            async with self._news:
                self.heard.append(message)
                self._news.notify_all()

    async def wait_for(self, topic: str, **wanted: Any) -> dict[str, Any]:
        """Return the first JSON object on `topic` whose members equal `wanted`."""

        def found() -> dict[str, Any] | None:
            for message in self.heard:
                if str(message.topic) == topic and message.payload:
                    document = json.loads(bytes(message.payload))
                    if all(document.get(name) == value for name, value in wanted.items()):
                        return dict(document)
            return None

        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: found() is not None)
        document = found()
        assert document is not None
        return document

    async def wait_value(self, topic: str, value: Any) -> aiomqtt.Message:
        """Return the first message on `topic` whose JSON is `value`."""

        def found() -> aiomqtt.Message | None:
            hits = (m for m in self.heard if str(m.topic) == topic and m.payload and json.loads(bytes(m.payload)) == value)
            return next(hits, None)

        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: found() is not None)
        message = found()
        assert message is not None
        return message

    def on(self, topic: str) -> list[aiomqtt.Message]:
        return [message for message in self.heard if str(message.topic) == topic]


@asynccontextmanager
async def client(house: House, *filters: str, protocol: aiomqtt.ProtocolVersion = V5) -> AsyncIterator[Listener]:
    async with aiomqtt.Client(house.broker.host, house.broker.port, protocol=protocol) as connection:
        listener = Listener(connection)
        task = asyncio.create_task(listener.listen())
        for one in filters or (f"{ROOT}/#",):
            await connection.subscribe(one, qos=1)
        try:
            yield listener
        finally:
            task.cancel()


@pytest.mark.parametrize("protocol", [V5, V311], ids=["mqtt5", "mqtt3.1.1"])
async def test_a_late_subscriber_gets_everything_from_retained_topics(house: House, protocol: aiomqtt.ProtocolVersion) -> None:
    async with client(house, protocol=protocol) as listener:
        state = await listener.wait_for(f"{ROOT}/light-1/s", power=False, brightness=80)
        await listener.wait_value(f"{ROOT}/light-1/p/brightness", 80)
        assert (await listener.wait_for(f"{ROOT}/light-1/avail"))["state"] == "online"
        assert (await listener.wait_for(f"{ROOT}/light-1/td"))["title"] == "Hall light"
        assert (await listener.wait_for(f"{ROOT}/$/avail"))["state"] == "online"
    assert state["$"]["boot"] == 1
    assert state["$"]["seq"] >= 1


@pytest.mark.parametrize("protocol", [V5, V311], ids=["mqtt5", "mqtt3.1.1"])
async def test_a_bare_write_reaches_the_appliance_and_ends_in_one_terminal_ack(house: House, protocol: aiomqtt.ProtocolVersion) -> None:
    async with client(house, protocol=protocol) as listener:
        await listener.wait_for(f"{ROOT}/light-1/s")
        await listener.client.publish(f"{ROOT}/light-1/p/power/set", "true", qos=1)
        done = await listener.wait_for(f"{ROOT}/light-1/ack", state="completed")
        await listener.wait_for(f"{ROOT}/light-1/s", power=True)
        acks = [json.loads(bytes(m.payload)) for m in listener.on(f"{ROOT}/light-1/ack") if isinstance(m.payload, bytes)]
    assert [ack["state"] for ack in acks] == ["accepted", "completed"]
    assert {ack["id"] for ack in acks} == {done["id"]}
    assert (done["op"], done["name"]) == ("writeproperty", "power")
    assert house.light.executed[0].principal.role == "user"


async def test_values_come_before_the_state_that_contains_them(house: House) -> None:
    async with client(house) as listener:
        await listener.wait_for(f"{ROOT}/light-1/s")
        await listener.client.publish(f"{ROOT}/light-1/s/set", '{"power": true, "brightness": 30}', qos=1)
        await listener.wait_for(f"{ROOT}/light-1/s", power=True, brightness=30)
        topics = [str(message.topic) for message in listener.heard if not message.retain]
    state = topics.index(f"{ROOT}/light-1/s", topics.index(f"{ROOT}/light-1/p/brightness"))
    assert topics.index(f"{ROOT}/light-1/p/power") < state


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        ("light-1/p/power/set", "not json", "bad-syntax"),
        ("light-1/p/power/set", "", "bad-syntax"),
        ("light-1/p/power/set", b"\xff\xfe", "bad-syntax"),
        ("light-1/p/power/set", "1", "schema"),
        ("light-1/p/brightness/set", "101", "schema"),
        ("light-1/p/brightness/set", "30.5", "schema"),
        ("light-1/p/brightness/set", '"30"', "schema"),
        ("light-1/p/brightness/set", "1e999", "bad-syntax"),
        ("light-1/p/nothing/set", "1", "unknown"),
        ("light-1/s/set", "[1]", "schema"),
        ("light-1/a/nothing", "", "unknown"),
        ("plug-1/p/powerDraw/set", "5", "read-only"),
        ("plug-1/p/powerOnState/set", '"off"', "read-only"),
        ("plug-1/s/set", '{"power": false, "powerOnState": "off"}', "read-only"),
    ],
)
async def test_a_bad_command_gets_its_error_and_the_next_good_one_works(house: House, topic: str, payload: Any, code: str) -> None:
    device = topic.split("/", 1)[0]
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/{topic}", payload, qos=1)
        refused = await listener.wait_for(f"{ROOT}/{device}/ack", state="rejected")
        await listener.client.publish(f"{ROOT}/light-1/p/power/set", "true", qos=1)
        await listener.wait_for(f"{ROOT}/light-1/ack", state="completed")
    assert refused["error"]["code"] == code
    assert refused["error"]["detail"]
    assert [command.name for command in house.light.executed] == ["power"]


@pytest.mark.parametrize(
    "topic", ["nobody/p/power/set", "light-1/p/power/set/more", "light-1/x", "c/me", "UPPER/p/power/set", "light-1/p//set", "$/p/a/set"]
)
async def test_messages_nobody_asked_for_change_nothing(house: House, topic: str) -> None:
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/{topic}", "true", qos=1)
        await listener.client.publish(f"{ROOT}/light-1/p/power/set", "true", qos=1)
        await listener.wait_for(f"{ROOT}/light-1/ack", state="completed")
    assert [command.name for command in house.light.executed] == ["power"]
    assert house.plug.executed == []


@pytest.mark.parametrize("protocol", [V5, V311], ids=["mqtt5", "mqtt3.1.1"])
async def test_a_retained_command_is_refused_and_cleared(house: House, protocol: aiomqtt.ProtocolVersion) -> None:
    topic = f"{ROOT}/light-1/p/power/set"
    async with client(house, protocol=protocol) as listener:
        await listener.client.publish(topic, "true", qos=1, retain=True)
        refused = await listener.wait_for(f"{ROOT}/light-1/ack", state="rejected")
    assert refused["error"]["code"] == "forbidden"
    assert house.light.executed == []
    async with client(house) as late:
        await late.wait_for(f"{ROOT}/light-1/s")
        await late.client.publish(f"{ROOT}/light-1/p/brightness/set", "20", qos=1)
        await late.wait_for(f"{ROOT}/light-1/ack", state="completed")
        assert [message for message in late.on(topic) if message.retain and message.payload] == []


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize(
    ("topic", "payload"),
    [("box-1/a/playPause", "null"), ("light-1/p/power/set", "true"), ("light-1/s/set", '{"power": true}'), ("c/me/rpc", "{}")],
)
async def test_a_command_retained_while_the_link_was_down_is_never_done(tmp_path: Path, version: Any, topic: str, payload: str) -> None:
    left = f"{ROOT}/{topic}"
    async with opened(tmp_path, version=version) as house, client(house, f"{ROOT}/+/s", f"{ROOT}/+/ack", left) as listener:
        box = Scripted(house.home, Description(id="box-1", kind="set-top-box"))
        await house.home.attach(box.description, box)
        async with aiomqtt.Client(house.broker.host, house.broker.port, identifier="hulian-hub-test") as usurper:
            await usurper.publish(left, payload, qos=1, retain=True)
        async with asyncio.timeout(PATIENCE):
            while not any(not message.payload for message in listener.on(left)):
                await asyncio.sleep(0.02)
        await settled(listener, 20)
        assert [command.name for session in (house.light, box) for command in session.executed] == ["brightness", "brightness"]
        acks = [json.loads(bytes(m.payload)) for m in listener.heard if str(m.topic).endswith("/ack") and isinstance(m.payload, bytes)]
        assert {ack["error"]["code"] for ack in acks if ack["state"] == "rejected"} <= {"forbidden"}
        async with client(house, left) as late:
            await settled(listener, 21)
            assert late.heard == []


async def settled(listener: Listener, brightness: int) -> None:
    """Return when the face has taken everything that was on its way to it before."""
    await listener.client.publish(f"{ROOT}/light-1/p/brightness/set", str(brightness), qos=1)
    await listener.wait_for(f"{ROOT}/light-1/s", brightness=brightness)
    await listener.client.publish(f"{ROOT}/light-1/p/brightness/set", str(brightness + 50), qos=1)
    await listener.wait_for(f"{ROOT}/light-1/s", brightness=brightness + 50)


async def test_an_envelope_is_answered_under_its_clients_branch(house: House) -> None:
    async with client(house) as listener:
        envelope = {"id": "7", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40, "why": "test"}
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(envelope), qos=1)
        done = await listener.wait_for(f"{ROOT}/c/me/ack", id="7", state="completed")
        assert (await listener.wait_for(f"{ROOT}/light-1/ack", id="7", state="completed"))["seq"] == done["seq"]
    assert house.light.executed[0].principal.name == "me"
    assert house.light.executed[0].why == "test"


async def test_the_same_id_acts_once_and_is_answered_again(house: House) -> None:
    envelope = json.dumps({"id": "once", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40})
    async with client(house) as listener:
        for _ in range(3):
            await listener.client.publish(f"{ROOT}/c/me/rpc", envelope, qos=1)
        async with asyncio.timeout(PATIENCE):
            while sum(b'"completed"' in bytes(m.payload) for m in listener.on(f"{ROOT}/c/me/ack") if isinstance(m.payload, bytes)) < 3:
                await asyncio.sleep(0.02)
    assert len(house.light.executed) == 1


async def test_a_client_that_asks_again_and_again_holds_nobody_up(house: House) -> None:
    house.light.silent = True
    envelope = json.dumps({"id": "again", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40})
    async with client(house, f"{ROOT}/c/#", f"{ROOT}/plug-1/#") as listener:
        for _ in range(ANSWERS_LIMIT + 20):
            await listener.client.publish(f"{ROOT}/c/me/rpc", envelope, qos=0)
        other = {"id": "other", "op": "readproperty", "dev": "plug-1", "name": "power"}
        await listener.client.publish(f"{ROOT}/c/you/rpc", json.dumps(other), qos=1)
        await listener.wait_for(f"{ROOT}/c/you/ack", id="other", state="completed")
        await listener.client.publish(f"{ROOT}/plug-1/p/power/set", "false", qos=1)
        await listener.wait_for(f"{ROOT}/plug-1/ack", state="completed")
        refused = await listener.wait_for(f"{ROOT}/c/me/ack", state="rejected")
    assert refused["error"]["code"] == "rate"
    assert len(house.light.executed) == 1


async def test_a_flood_on_one_device_holds_up_no_other(house: House) -> None:
    house.light.silent = True
    async with client(house, f"{ROOT}/+/ack") as listener, asyncio.TaskGroup() as group:
        for number in range(3 * LANE_LIMIT):
            await listener.client.publish(f"{ROOT}/light-1/p/brightness/set", str(1 + number % 100), qos=0)
        group.create_task(listener.client.publish(f"{ROOT}/plug-1/p/power/set", "false", qos=1))
        plug = await listener.wait_for(f"{ROOT}/plug-1/ack", state="completed")
        refused = await listener.wait_for(f"{ROOT}/light-1/ack", state="rejected")
    assert plug["name"] == "power"
    assert refused["error"]["code"] == "rate"
    assert [command.name for command in house.plug.executed] == ["power"]


async def test_an_end_that_came_while_the_link_was_down_is_told_when_it_is_back(tmp_path: Path) -> None:
    async with (
        private_broker("127.0.0.1", 0, tmp_path / "broker", SystemClock()) as broker,
        wire_to(broker.address) as wire,
        opened_on(wire.address, tmp_path) as house,
        client(replace(house, broker=broker.address)) as listener,
    ):
        house.light.silent = True
        envelope = {"id": "d", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40}
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(envelope), qos=1)
        await listener.wait_for(f"{ROOT}/c/me/ack", id="d", state="accepted")
        async with asyncio.timeout(PATIENCE):
            while not house.light.executed:
                await asyncio.sleep(0.01)
            wire.cut()
            while house.link.connected:
                await asyncio.sleep(0)
        house.light.show({"brightness": 40})
        await listener.wait_for(f"{ROOT}/c/me/ack", id="d", state="completed")
        await listener.wait_for(f"{ROOT}/light-1/ack", id="d", state="completed")


async def test_an_end_stored_just_before_a_crash_is_told_after_it(tmp_path: Path) -> None:
    command = Command(
        id="crash", device="light-1", operation=Operation.WRITE_PROPERTY, name="brightness", input=40, principal=Principal("me", Role.OWNER)
    )
    now = SystemClock().now()
    ack = Ack(id="crash", device="light-1", operation=command.operation, name="brightness", state=AckState.COMPLETED, at=now)
    long_ago = replace(ack, id="old", at=now - 60)
    async with StateStore(tmp_path / "state.db") as store:
        for one in (long_ago, ack):
            await store.commands.add(CommandRecord(command=replace(command, id=one.id), accepted=one.at, ended=one.at, ack=one))
    async with (
        private_broker("127.0.0.1", 0, tmp_path / "broker", SystemClock()) as broker,
        aiomqtt.Client(broker.address.host, broker.address.port) as waiting,
    ):
        await waiting.subscribe(f"{ROOT}/+/ack", qos=1)
        async with opened_on(broker.address, tmp_path), asyncio.timeout(PATIENCE):
            told = json.loads(bytes((await anext(aiter(waiting.messages))).payload or b""))
    assert (told["id"], told["state"]) == ("crash", "completed")


@pytest.mark.parametrize("followed", [True, False], ids=["followed", "bare"])
async def test_the_face_ends_while_a_command_waits_for_its_device(tmp_path: Path, followed: bool) -> None:
    async with asyncio.timeout(PATIENCE), opened(tmp_path) as house, client(house) as listener:
        house.home.detach("plug-1", "unplugged")
        envelope = {"id": "w", "op": "writeproperty", "dev": "plug-1", "name": "power", "in": False, "ttl": 3600}
        properties = None if followed else expiring(3600)
        topic, payload = (f"{ROOT}/c/me/rpc", json.dumps(envelope)) if followed else (f"{ROOT}/plug-1/p/power/set", "false")
        await listener.client.publish(topic, payload, qos=1, properties=properties)
        await listener.wait_for(f"{ROOT}/plug-1/ack", state="accepted")


def expiring(seconds: int) -> Any:
    properties: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = seconds
    return properties


@pytest.mark.parametrize(
    ("operation", "name", "out"),
    [("readproperty", "brightness", 80), ("readallproperties", "", {"power": False, "brightness": 80})],
)
async def test_reads_are_answered_with_the_value(house: House, operation: str, name: str, out: Any) -> None:
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps({"id": "r", "op": operation, "dev": "light-1", "name": name}), qos=1)
        answer = await listener.wait_for(f"{ROOT}/c/me/ack", id="r", state="completed")
    assert out.items() <= answer["out"].items() if isinstance(out, dict) else answer["out"] == out
    assert answer["seq"] >= 1


async def test_a_write_that_depends_on_a_state_may_leave_out_the_boot(house: House) -> None:
    asked = {"id": "w", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40}
    async with client(house) as listener:
        seq = (await listener.wait_for(f"{ROOT}/light-1/s"))["$"]["seq"]
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(asked | {"if": {"seq": seq}}), qos=1)
        await listener.wait_for(f"{ROOT}/c/me/ack", id="w", state="completed")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"op": "destroy"}, "bad-syntax"),
        ({"dev": "nobody"}, "unknown"),
        ({"in": 500}, "schema"),
        ({"exp": "yesterday"}, "bad-syntax"),
        ({"exp": "2020-01-01T00:00:00Z"}, "expired"),
        ({"ttl": "soon"}, "bad-syntax"),
        ({"if": {"boot": 1, "seq": 999}}, "precondition"),
        ({"if": {"seq": 999}}, "precondition"),
        ({"if": {"boot": 1}}, "bad-syntax"),
        ({"op": "readproperty", "id": "a/b"}, "bad-syntax"),
        ({"if": 5}, "bad-syntax"),
        ({"id": 5}, "bad-syntax"),
        ({"id": "a/b"}, "bad-syntax"),
        ({"id": "+"}, "bad-syntax"),
        ({"id": "#"}, "bad-syntax"),
        ({"id": "a\u0000"}, "bad-syntax"),
        ({"name": "x" * 500}, "bad-syntax"),
    ],
)
async def test_a_bad_envelope_is_answered_with_its_error(house: House, change: dict[str, Any], code: str) -> None:
    envelope = {"id": "bad", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40} | change
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(envelope), qos=1)
        async with asyncio.timeout(PATIENCE):
            while not (answers := [json.loads(bytes(m.payload)) for m in listener.on(f"{ROOT}/c/me/ack") if isinstance(m.payload, bytes)]):
                await asyncio.sleep(0.02)
    assert answers[-1]["error"]["code"] == code
    assert answers[-1].get("id") == (envelope["id"] if isinstance(envelope["id"], str) else None)
    assert answers[-1]["ts"]
    assert house.light.executed == []


@pytest.mark.parametrize(
    "end", [{"exp": 1e12}, {"ttl": 1e12}, {"exp": 253402300800}, {"exp": "9999-12-31T23:59:59-14:00"}], ids=["exp", "ttl", "10000", "zone"]
)
async def test_an_end_beyond_every_calendar_is_an_end_that_can_be_written(house: House, end: dict[str, Any]) -> None:
    envelope = {"id": "late", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40} | end
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(envelope), qos=1)
        await listener.wait_for(f"{ROOT}/c/me/ack", id="late", state="completed")
    expires = house.light.executed[0].expires
    assert expires is not None
    assert iso(expires).startswith("9999-")


@pytest.mark.parametrize(("members", "seconds"), [({}, 60), ({"ttl": 3600}, 60), ({"ttl": 5}, 5), ({"exp": "2199-01-01T00:00:00Z"}, 60)])
async def test_an_envelope_ends_no_later_than_the_message_that_carries_it(house: House, members: dict[str, Any], seconds: int) -> None:
    envelope = {"id": "soon", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 40} | members
    before = time.time()
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(envelope), qos=1, properties=expiring(60))
        await listener.wait_for(f"{ROOT}/c/me/ack", id="soon", state="completed")
    expires = house.light.executed[0].expires
    assert expires is not None
    assert before - 2 < expires - seconds < time.time()  # a broker that keeps it past a full second takes that off


def answered_at(topic: str) -> Any:
    """Return the properties of a message that asks for its answer on `topic`."""
    properties: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ResponseTopic = topic
    return properties


async def test_correlation_data_comes_back_byte_for_byte(house: House) -> None:
    properties = answered_at(f"{ROOT}/c/me/answers")
    properties.CorrelationData = bytes(range(256))
    async with client(house) as listener:
        await listener.client.publish(f"{ROOT}/light-1/p/power/set", "true", qos=1, properties=properties)
        await listener.wait_for(f"{ROOT}/c/me/answers", state="completed")
        answers = listener.on(f"{ROOT}/c/me/answers")
    told: list[Any] = [message.properties for message in answers]
    assert {properties.CorrelationData for properties in told} == {bytes(range(256))}


@pytest.mark.parametrize(
    "topic", ["elsewhere/answers", f"{ROOT}/light-1/p/power", f"{ROOT}/c/other/x", f"{ROOT}/c/me/rpc", f"{ROOT}/c/me/#"]
)
async def test_a_response_topic_outside_the_own_branch_is_ignored(house: House, topic: str) -> None:
    envelope = {"id": "9", "op": "writeproperty", "dev": "light-1", "name": "brightness", "in": 41}
    async with client(house, "#") as listener:
        await listener.client.publish(f"{ROOT}/c/me/rpc", json.dumps(envelope), qos=1, properties=answered_at(topic))
        await listener.wait_for(f"{ROOT}/c/me/ack", id="9", state="completed")
        strangers = [m for m in listener.on(topic) if isinstance(m.payload, bytes) and b'"op":"writeproperty"' in m.payload]
    assert strangers == []


async def test_mqtt5_carries_the_place_of_a_bare_value(house: House) -> None:
    async with client(house) as listener:
        message = await listener.wait_value(f"{ROOT}/light-1/p/brightness", 80)
        state = await listener.wait_for(f"{ROOT}/light-1/s", brightness=80)
    told: Any = message.properties
    user = dict(told.UserProperty)
    assert user["boot"] == str(state["$"]["boot"])
    assert int(user["seq"]) <= state["$"]["seq"]


async def test_events_are_published_with_their_place(house: House) -> None:
    async with client(house) as listener:
        await listener.wait_for(f"{ROOT}/light-1/s")
        house.light.raise_event("faultCleared", FAULT)
        event = await listener.wait_for(f"{ROOT}/light-1/e/faultCleared")
        message = listener.on(f"{ROOT}/light-1/e/faultCleared")[0]
    assert event["code"] == "THERMAL.OVERHEAT"
    assert event["boot"] == 1
    assert not message.retain


async def test_a_vanished_device_is_offline_with_its_reason(house: House) -> None:
    async with client(house) as listener:
        await listener.wait_for(f"{ROOT}/light-1/avail", state="online")
        house.home.detach("light-1", "no answer for 30 s")
        avail = await listener.wait_for(f"{ROOT}/light-1/avail", state="offline")
        state = await listener.wait_for(f"{ROOT}/light-1/s", brightness=80)
        async with asyncio.timeout(PATIENCE):
            while not any(b'"stale"' in bytes(m.payload) for m in listener.on(f"{ROOT}/light-1/s") if isinstance(m.payload, bytes)):
                await asyncio.sleep(0.02)
    assert avail["reason"] == "no answer for 30 s"
    assert state["brightness"] == 80


async def test_a_forgotten_device_leaves_nothing_retained(house: House) -> None:
    async with client(house) as listener:
        await listener.wait_for(f"{ROOT}/plug-1/s")
        await house.home.forget("plug-1")
        async with asyncio.timeout(PATIENCE):
            while not any(not m.payload for m in listener.on(f"{ROOT}/plug-1/td")):
                await asyncio.sleep(0.02)
    async with client(house) as late:
        await late.wait_for(f"{ROOT}/light-1/s")
        await asyncio.sleep(0.3)
        assert [str(m.topic) for m in late.heard if "/plug-1/" in str(m.topic) and m.retain] == []
        assert "plug-1" not in json.dumps(
            [json.loads(bytes(m.payload)) for m in late.on(f"{ROOT}/$/devices") if isinstance(m.payload, bytes)]
        )


async def test_a_device_forgotten_while_the_face_fell_behind_leaves_nothing_retained(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def flood(_device: str) -> None:
        for _ in range(subscription.LIMIT + 10):
            house.light.raise_event("faultCleared", FAULT)

    monkeypatch.setattr(house.home._history, "forget", flood)
    async with client(house) as listener:
        await listener.wait_for(f"{ROOT}/plug-1/s")
        await house.home.forget("plug-1")
        async with asyncio.timeout(PATIENCE):
            while not any(not m.payload for m in listener.on(f"{ROOT}/plug-1/td")):
                await asyncio.sleep(0.02)


async def test_a_device_forgotten_while_everything_is_published_anew_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as house, client(house) as listener:
        await listener.wait_for(f"{ROOT}/plug-1/s")
        publish = house.link.publish

        async def forgetting(topic: str, *arguments: Any, **more: Any) -> None:
            await publish(topic, *arguments, **more)
            if topic == f"{ROOT}/light-1/avail" and "light-1" in house.home.devices():
                await house.home.forget("light-1")

        monkeypatch.setattr(house.link, "publish", forgetting)
        listener.heard.clear()
        async with aiomqtt.Client(house.broker.host, house.broker.port, identifier="hulian-hub-test"):
            pass
        await listener.wait_for(f"{ROOT}/plug-1/s", power=True)
        await asyncio.sleep(2 * ghosts.QUIET)
        assert [message for message in listener.on(f"{ROOT}/plug-1/s") if not message.payload] == []


async def test_an_envelope_without_an_id_is_given_one(house: House) -> None:
    async with client(house) as listener:
        await listener.wait_for(f"{ROOT}/light-1/s")
        asked = {"op": "writeproperty", "dev": "light-1", "name": "power", "in": True}
        await listener.client.publish(f"{ROOT}/c/homeassistant/rpc", json.dumps(asked), qos=1)
        done = await listener.wait_for(f"{ROOT}/c/homeassistant/ack", state="completed", name="power")
    assert done["id"].startswith("g-")
    assert house.light.executed[0].id == done["id"]


async def test_an_appliance_that_is_put_out_is_offline_for_everybody_and_others_are_not(house: House) -> None:
    for number in (1, 2):
        roots = (f"hulian/1/lamp-{number}", f"tele/lamp-{number}")
        await house.clients.add(f"lamp {number}", Role.DEVICE, LOCAL, id=f"lamp-key-{number}", roots=roots)
    async with client(house, "hulian/1/+/self/avail") as listener:
        await house.clients.revoke("lamp-key-2")
        said = await listener.wait_for("hulian/1/lamp-2/self/avail", state="offline")
    assert "revoked" in said["reason"]
    assert {str(message.topic) for message in listener.heard} == {"hulian/1/lamp-2/self/avail"}
