"""A native appliance as an independent MQTT client sees it, through a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.desk import desk_of
from firmware_sim.wires.native_mqtt import Wire

ROOT = "hulian/1/plug-1"
VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])
PATIENCE = 20


class Broker(Protocol):
    url: str
    port: int

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Client:
    """Collects everything it hears."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.mqtt = client
        self.heard: list[tuple[str, bytes, bool, Any]] = []
        self._moved = asyncio.Event()

    async def listen(self) -> None:
        async for message in self.mqtt.messages:
            self.heard.append((str(message.topic), bytes(message.payload), message.retain, message.properties))
            self._moved.set()

    async def until(self, topic: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the first payload on `topic` that fits, waiting for it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for name, payload, _, _ in self.heard:
                    value = json.loads(payload) if payload else None
                    if name == topic and fits(value):
                        return value
                self._moved.clear()
                await self._moved.wait()

    async def rpc(self, envelope: Any, client: str = "tester", **properties: Any) -> None:
        payload = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
        await self.publish(f"{ROOT}/c/{client}/rpc", payload, **properties)

    async def publish(self, topic: str, payload: bytes, retain: bool = False, **properties: Any) -> None:
        carried = None
        if properties:
            carried = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            for name, value in properties.items():
                setattr(carried, name, value)
        await self.mqtt.publish(topic, payload, qos=1, retain=retain, properties=carried)

    async def acks(self, identifier: str, topic: str = f"{ROOT}/c/tester/ack") -> list[dict[str, Any]]:
        """Return every ack of one command, once the terminal one is there."""
        await self.until(topic, lambda ack: ack["id"] == identifier and ack["state"] not in ("accepted", "running", "delayed"))
        return [ack for name, payload, _, _ in self.heard if name == topic and (ack := json.loads(payload))["id"] == identifier]


@asynccontextmanager
async def listening(broker: Broker, *filters: str, version: str = "5") -> AsyncIterator[Client]:
    protocol = aiomqtt.ProtocolVersion.V5 if version == "5" else aiomqtt.ProtocolVersion.V311
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=protocol) as mqtt:
        client = Client(mqtt)
        task = asyncio.create_task(client.listen())
        for name in filters or (f"{ROOT}/#",):
            await mqtt.subscribe(name, qos=1)
        try:
            yield client
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def wired(plug: Appliance, network: Network, broker: Broker, version: str = "auto") -> Wire:
    options = WireOptions(modules=("native_mqtt",), broker=broker.url, facts={"mqtt_version": version})
    return Wire(plug, network, options)


@VERSIONS
async def test_a_newcomer_finds_everything_retained(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    async with wired(plug, network, mosquitto, version), listening(mosquitto, version=version) as client:
        assert (await client.until(f"{ROOT}/self/avail"))["state"] == "online"
        state = await client.until(f"{ROOT}/self/s")
        td = await client.until(f"{ROOT}/self/td")
        assert await client.until(f"{ROOT}/self/p/power") is state["power"]
        assert state["$"]["boot"] == plug.boot
        assert td["hl:kind"] == "plug"
        assert all(body["forms"] for body in td["properties"].values()), "what no form leads to is not described"
        assert "identity" not in td["properties"]
        assert all(retained for _, _, retained, _ in client.heard)
        assert not [name for name, *_ in client.heard if name.endswith(("/p/identity", "/p/life", "/p/claims"))]
        assert "identity" not in state


@VERSIONS
async def test_a_bare_write_acts_and_is_acknowledged(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    async with wired(plug, network, mosquitto, version), listening(mosquitto, version=version) as client:
        await client.publish(f"{ROOT}/self/p/power/set", b"true")
        accepted = await client.until(f"{ROOT}/self/ack", lambda ack: ack["state"] == "accepted")
        completed = await client.until(f"{ROOT}/self/ack", lambda ack: ack["state"] == "completed")
        assert accepted["id"] == completed["id"]
        assert completed["name"] == "power"
        state = await client.until(f"{ROOT}/self/s", lambda state: state["power"])
        assert state["$"]["seq"] >= completed["seq"]
        assert await client.until(f"{ROOT}/self/p/power", lambda value: value is True) is True


async def test_properties_come_before_the_state_that_holds_them(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        await client.until(f"{ROOT}/self/s")
        client.heard.clear()
        await client.rpc({"id": "m1", "op": "writemultipleproperties", "in": {"power": True, "overloadLimit": 1500}})
        await client.until(f"{ROOT}/self/s", lambda state: state["power"] and state["overloadLimit"] == 1500)
        order = [name for name, *_ in client.heard if "/p/" in name or name.endswith("/s")]
        assert order[-1] == f"{ROOT}/self/s"
        assert {f"{ROOT}/self/p/power", f"{ROOT}/self/p/overloadLimit"} <= set(order)


@VERSIONS
async def test_an_envelope_is_answered_to_its_client_and_to_all(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    async with wired(plug, network, mosquitto, version), listening(mosquitto, version=version) as client:
        await client.rpc({"id": "w1", "op": "writeproperty", "dev": "self", "name": "power", "in": True})
        acks = await client.acks("w1")
        assert [ack["state"] for ack in acks] == ["accepted", "completed"]
        assert acks == await client.acks("w1", f"{ROOT}/self/ack")


async def test_the_same_id_acts_once_and_gives_the_same_acks(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        await client.rpc({"id": "w1", "op": "writeproperty", "name": "power", "in": True})
        first = await client.acks("w1")
        plug.write({"power": False})
        client.heard.clear()
        await client.rpc({"id": "w1", "op": "writeproperty", "name": "power", "in": True})
        assert await client.acks("w1") == first
        assert plug.values()["power"] is False


async def test_response_topic_and_correlation_data_are_followed(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto, "5"), listening(mosquitto) as client:
        mine = f"{ROOT}/c/tester/box/7"
        await client.rpc(
            {"id": "r1", "op": "readproperty", "name": "ratedCurrent"},
            ResponseTopic=mine,
            CorrelationData=b"\x00\xff1",
            MessageExpiryInterval=30,
        )
        answer = await client.until(mine)
        assert answer["out"] in (10, 16)
        assert [properties.CorrelationData for name, _, _, properties in client.heard if name == mine] == [b"\x00\xff1"]


@pytest.mark.parametrize(
    "elsewhere", ["hulian/1/plug-1/c/other/ack", "hulian/1/plug-1/self/p/power/set", "hulian/1/plug-1/c/tester/rpc", "a/b"]
)
async def test_an_answer_never_leaves_the_branch_of_its_client(
    plug: Appliance, network: Network, mosquitto: Broker, elsewhere: str
) -> None:
    async with wired(plug, network, mosquitto, "5"), listening(mosquitto, f"{ROOT}/#", "a/b") as client:
        await client.rpc({"id": "r1", "op": "readproperty", "name": "identity", "reply": elsewhere}, ResponseTopic=elsewhere)
        assert (await client.acks("r1"))[0]["state"] == "completed"
        assert not [name for name, payload, *_ in client.heard if name == elsewhere and b"completed" in payload]
        assert not [name for name, payload, *_ in client.heard if name == f"{ROOT}/self/ack" and b'"out"' in payload]


async def test_a_bare_command_may_name_where_it_is_answered(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto, "5"), listening(mosquitto) as client:
        await client.publish(f"{ROOT}/self/s/set", b'{"power": true}', ResponseTopic=f"{ROOT}/c/tester/ack", CorrelationData=b"x")
        ack = await client.until(f"{ROOT}/c/tester/ack", lambda ack: ack["state"] == "completed")
        assert ack["op"] == "writemultipleproperties"


@VERSIONS
async def test_a_retained_command_is_refused_and_its_topic_cleared(
    plug: Appliance, network: Network, mosquitto: Broker, version: str
) -> None:
    async with listening(mosquitto, version=version) as client:
        await client.publish(f"{ROOT}/self/p/power/set", b"true", retain=True)
        await client.publish(f"{ROOT}/self/a/identify", b"{}", retain=True)
        client.heard.clear()
        async with wired(plug, network, mosquitto, version):
            for name in ("power", "identify"):
                refused = await client.until(f"{ROOT}/self/ack", lambda ack, name=name: ack["name"] == name)  # type: ignore[misc]
                assert (refused["state"], refused["error"]["code"]) == ("rejected", "forbidden")
            await client.until(f"{ROOT}/self/p/power/set", lambda value: value is None)
            await client.until(f"{ROOT}/self/a/identify", lambda value: value is None)
            await client.publish(f"{ROOT}/self/p/overloadLimit/set", b"1500")
            await client.until(f"{ROOT}/self/ack", lambda ack: ack["name"] == "overloadLimit" and ack["state"] == "completed")
        assert plug.values()["power"] is False
        assert len([1 for name, payload, *_ in client.heard if name == f"{ROOT}/self/ack" and b"identify" in payload]) == 1


async def test_on_mqtt_5_a_retained_command_is_known_even_when_it_comes_live(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto, "5"), listening(mosquitto) as client:
        await client.publish(f"{ROOT}/self/p/power/set", b"true", retain=True)
        assert (await client.until(f"{ROOT}/self/ack"))["error"]["code"] == "forbidden"
        await client.until(f"{ROOT}/self/p/power/set", lambda value: value is None)
        assert plug.values()["power"] is False


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        ("self/p/power/set", b"tru", "bad-syntax"),
        ("self/p/power/set", b"\xff\xfe", "bad-syntax"),
        ("self/p/power/set", b"1", "schema"),
        ("self/p/power/set", b"[" * 40 + b"]" * 40, "bad-syntax"),
        ("self/p/power/set", b'"' + b"x" * 70_000 + b'"', "too-large"),
        ("self/p/nothing/set", b"1", "unknown"),
        ("self/p/powerDraw/set", b"1", "read-only"),
        ("self/s/set", b"[1]", "bad-syntax"),
        ("self/s/set", b"{}", "bad-syntax"),
        ("self/s/set", b'{"power": true, "overloadLimit": 1}', "schema"),
        ("self/a/nothing", b"", "unknown"),
        ("c/tester/rpc", b"{", "bad-syntax"),
        ("c/tester/rpc", b"[]", "bad-syntax"),
        ("c/tester/rpc", b"{}", "bad-syntax"),
        ("c/tester/rpc", b'{"id": 7, "op": "writeproperty"}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a/b#", "op": "writeproperty", "name": "power", "in": true}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a", "op": "explode"}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a", "op": {}, "name": []}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a", "op": "writeproperty", "dev": "other", "name": "power", "in": true}', "unknown"),
        ("c/tester/rpc", b'{"id": "a", "op": "writeproperty", "name": "power", "in": true, "exp": "2026-01-01T00:00:00"}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a", "op": "writeproperty", "name": "power", "in": true, "ttl": "1"}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a", "op": "writeproperty", "name": "power", "in": true, "if": 3}', "bad-syntax"),
        ("c/tester/rpc", b'{"id": "a", "op": "writeproperty", "name": "power", "in": true, "if": {"boot": 0, "seq": 1}}', "precondition"),
        ("c/tester/rpc", b'{"id": "a", "op": "queryaction", "name": "gone"}', "unknown"),
        ("c/tester/rpc", b'{"id": "a", "op": "cancelaction", "name": "gone"}', "unknown"),
        ("c/tester/rpc", b'{"id": "a", "op": "readproperty", "name": "gone"}', "unknown"),
    ],
)
async def test_what_cannot_be_done_gets_one_rejection(
    plug: Appliance, network: Network, mosquitto: Broker, topic: str, payload: bytes, code: str
) -> None:
    where = f"{ROOT}/c/tester/ack" if topic.startswith("c/") else f"{ROOT}/self/ack"
    async with wired(plug, network, mosquitto), listening(mosquitto, where) as client:
        await client.publish(f"{ROOT}/{topic}", payload)
        ack = await client.until(where)
        assert (ack["state"], ack["error"]["code"]) == ("rejected", code)
        await client.publish(f"{ROOT}/c/tester/rpc", b'{"id": "next", "op": "readproperty", "name": "power"}')
        await client.publish(f"{ROOT}/self/p/powerOnState/set", b'"on"')
        await client.until(where, lambda ack: ack["id"] == "next" or ack["name"] == "powerOnState")
        assert plug.values()["power"] is False
        assert len([1 for _, text, *_ in client.heard if json.loads(text)["state"] == "rejected"]) == 1


@VERSIONS
async def test_commands_out_of_time_expire(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    async with wired(plug, network, mosquitto, version), listening(mosquitto, version=version) as client:
        write = {"op": "writeproperty", "name": "power", "in": True}
        await client.rpc({"id": "e1", "exp": "2026-01-01T00:00:00Z", **write})
        await client.rpc({"id": "e2", "ttl": 0, **write})
        assert [ack["state"] for identifier in ("e1", "e2") for ack in await client.acks(identifier)] == ["expired", "expired"]
        await client.rpc({"id": "e3", "ttl": 60, "exp": "2126-01-01T00:00:00+08:00", **write})
        assert (await client.acks("e3"))[-1]["state"] == "completed"


async def test_a_write_may_depend_on_the_state_it_was_thought_for(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        at = {"boot": plug.boot, "seq": plug.seq}
        await client.rpc({"id": "i1", "op": "writeproperty", "name": "power", "in": True, "if": at})
        assert (await client.acks("i1"))[-1]["state"] == "completed"
        await client.rpc({"id": "i2", "op": "writeproperty", "name": "power", "in": False, "if": at})
        assert (await client.acks("i2"))[-1]["error"]["code"] == "precondition"


async def test_what_needs_a_person_is_done_with_the_token_given_out(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        plug.write({"power": True, "feedsKind": "refrigerator"})
        off = {"op": "writeproperty", "name": "power", "in": False}
        await client.rpc({"id": "d1", **off})
        error = (await client.acks("d1"))[-1]["error"]
        assert error["code"] == "needs-confirm"
        await client.rpc({"id": "d2", **off, "confirm": error["confirm"]}, client="stranger")
        assert (await client.acks("d2", f"{ROOT}/c/stranger/ack"))[-1]["error"]["code"] == "needs-confirm"
        await client.rpc({"id": "d3", **off, "confirm": error["confirm"]})
        assert (await client.acks("d3"))[-1]["state"] == "completed"
        assert plug.values()["power"] is False


@VERSIONS
async def test_a_long_action_is_followed_asked_about_and_kept(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    async with wired(plug, network, mosquitto, version), listening(mosquitto, version=version) as client:
        await client.rpc({"id": "run-a", "op": "invokeaction", "name": "runDiagnostics", "in": {"level": "quick"}})
        running = await client.until(f"{ROOT}/self/run/run-a", lambda ack: ack["state"] == "running")
        assert "percent" in running
        await client.rpc({"id": "q1", "op": "queryaction", "name": "run-a"})
        assert (await client.acks("q1"))[-1]["out"]["id"] == "run-a"
        plug.advance(600)
        acks = await client.acks("run-a")
        assert acks[0]["state"] == "accepted"
        assert acks[-1]["state"] == "completed"
        assert "out" in acks[-1]
        async with listening(mosquitto, f"{ROOT}/self/run/#") as newcomer:
            assert (await newcomer.until(f"{ROOT}/self/run/run-a"))["state"] == "completed"


async def test_events_are_told_once_and_never_retained(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        await client.until(f"{ROOT}/self/avail")
        plug.raise_fault("COMM.NO-SIGNAL")
        told = await client.until(f"{ROOT}/self/e/faultRaised")
        assert (told["code"], told["boot"]) == ("COMM.NO-SIGNAL", plug.boot)
        assert told["seq"] <= plug.seq
        async with listening(mosquitto, f"{ROOT}/self/e/#", f"{ROOT}/self/avail") as newcomer:
            await newcomer.until(f"{ROOT}/self/avail")
            assert not [name for name, *_ in newcomer.heard if "/e/" in name]


@VERSIONS
async def test_a_power_cut_lets_the_will_speak(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    async with wired(plug, network, mosquitto, version), listening(mosquitto, version=version) as client:
        await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "online")
        network.supply(on=False)
        offline = await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "offline")
        assert offline["reason"] == "connection lost"


async def test_leaving_in_order_says_so(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with listening(mosquitto) as client:
        async with wired(plug, network, mosquitto):
            await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "online")
        offline = await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "offline")
        assert offline["reason"] == "switched off"


async def test_silence_ends_with_a_fresh_picture(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "online")
        network.set(silent=True)
        await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "offline")
        plug.touch({"power": True})
        client.heard.clear()
        network.set(silent=False)
        await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "online")
        assert (await client.until(f"{ROOT}/self/s"))["power"] is True


async def test_a_broker_that_comes_back_is_filled_again(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with wired(plug, network, mosquitto):
        mosquitto.stop()
        plug.touch({"power": True})
        mosquitto.start()
        async with listening(mosquitto) as client:
            await client.until(f"{ROOT}/self/avail", lambda avail: avail["state"] == "online")
            assert (await client.until(f"{ROOT}/self/s"))["power"] is True
            await client.publish(f"{ROOT}/self/p/power/set", b"false")
            await client.until(f"{ROOT}/self/ack", lambda ack: ack["state"] == "completed")


async def test_a_run_that_failed_in_the_dark_is_told_afterwards(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with listening(mosquitto) as client:
        async with wired(plug, network, mosquitto):
            await client.rpc({"id": "dark", "op": "invokeaction", "name": "runDiagnostics", "in": {"level": "quick"}})
            await client.until(f"{ROOT}/self/run/dark", lambda ack: ack["state"] == "running")
            network.supply(on=False)
            plug.mains("off")
        plug.mains("on")
        network.supply(on=True)
        async with wired(plug, network, mosquitto):
            acks = await client.acks("dark")
            assert acks[-1]["state"] == "failed"
            assert len([ack for ack in acks if ack["state"] == "failed"]) == 1
            await client.until(f"{ROOT}/self/run/dark", lambda ack: ack is not None and ack["state"] == "failed")


async def test_a_run_kept_from_an_earlier_life_is_cleared(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    async with listening(mosquitto) as client:
        await client.publish(f"{ROOT}/self/run/ancient", b'{"state": "running"}', retain=True)
        async with wired(plug, network, mosquitto):
            await client.until(f"{ROOT}/self/run/ancient", lambda value: value is None)


async def test_a_slow_network_delays_but_keeps_the_order(plug: Appliance, network: Network, mosquitto: Broker) -> None:
    network.set(delay=0.2)
    async with wired(plug, network, mosquitto), listening(mosquitto) as client:
        await client.rpc({"id": "s1", "op": "writeproperty", "name": "power", "in": True})
        assert [ack["state"] for ack in await client.acks("s1")] == ["accepted", "completed"]


async def test_without_its_broker_it_stands_and_goes(plug: Appliance, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_sim.wires.native_mqtt.START_PATIENCE", 0.2)
    options = WireOptions(modules=("native_mqtt",), broker="mqtt://127.0.0.1:1")
    async with Wire(plug, network, options) as wire:
        assert wire.port is None
    async with Wire(plug, network, WireOptions(modules=("native_mqtt",))) as lonely:
        assert lonely.port is None
    assert desk_of(plug) is desk_of(plug)


@pytest.mark.parametrize("mistake", [{"broker": "http://127.0.0.1"}, {"broker": "127.0.0.1:1883"}, {"facts": {"mqtt_version": "4"}}])
def test_a_mistake_in_the_setup_says_what_to_write(plug: Appliance, network: Network, mistake: dict[str, Any]) -> None:
    with pytest.raises(SetupMistake, match=r"mqtt://host:port|one of 5, 3\.1\.1, auto"):
        Wire(plug, network, WireOptions(**mistake))
