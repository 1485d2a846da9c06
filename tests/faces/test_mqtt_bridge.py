"""A bridge on the broker of a hub that has an owner: it speaks under its own roots, announces what it has there, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.app import Gateway, Settings, run_gateway
from gateway.errors import Forbidden, SchemaViolation
from gateway.faces.mqtt import rules
from gateway.faces.mqtt.rules import BRIDGE, Right, identity
from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Role
from gateway.trust.client import Client
from tests.kit.brokers import needs_mosquitto
from tests.routes.control_wire import call

PLAIN = "127.0.22.6"
ANNOUNCED = (
    "homeassistant/light/lamp/config",
    "homeassistant/device/lamp/config",
    "homeassistant/light/0x01/light/config",
    "tasmota/discovery/AABBCC112233/config",
    "tasmota/discovery/AABBCC112233/sensors",
)
OWN = ("zigbee2mqtt/lamp", "zigbee2mqtt/bridge/state")
FORBIDDEN = (
    "hulian/1/hub-1/light-1/p/power/set",
    "hulian/1/hub-1/light-1/s",
    "hulian/1/kettle/self/s",
    "homeassistant/status",
    "homeassistant/light/lamp/state",
    "homeassistant/light/lamp/a/b/config",
    "nodered/lamp",
    "zigbee2mqtt2/lamp",
    "tasmota/discovery/AABBCC112233/other",
    "tele/plug/STATE",
)


def bridge(**more: Any) -> Client:
    usual: dict[str, Any] = {"id": "zigbee-1", "name": "Zigbee", "role": Role.DEVICE, "added": 0.0, "by": "local", "bridge": True}
    return Client(**usual | {"roots": ("zigbee2mqtt",)} | more)


@pytest.mark.parametrize("root", ["hulian", "hulian/1/kettle", "hulian/2", "homeassistant", "homeassistant/x", "#", "a/+", "", "$SYS"])
def test_a_bridge_has_no_root_in_the_trees_of_the_hub_and_of_home_assistant(root: str) -> None:
    with pytest.raises(SchemaViolation):
        identity(bridge(roots=("zigbee2mqtt", root)), "hub-1")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DEVICE])
def test_nobody_else_becomes_a_bridge(role: Role) -> None:
    assert identity(bridge(role=role), "hub-1") == identity(bridge(role=role, bridge=False), "hub-1")


def test_an_appliance_that_is_no_bridge_announces_nothing() -> None:
    rights = identity(bridge(bridge=False), "hub-1")
    assert not any(name in rights.publish for right, name in BRIDGE if right is Right.PUBLISH)


@asynccontextmanager
async def owned(folder: Path) -> AsyncIterator[tuple[Gateway, Path]]:
    """A hub with an owner and a door for passwords."""
    socket = folder / "control"
    settings = Settings(
        data=folder / "data",
        socket=socket,
        mqtt_port=0,
        coap_port=0,
        coaps_port=0,
        mqtts_port=0,
        plain=(PLAIN,),
        announce=False,
    )
    async with run_gateway(settings, clock=SystemClock(), random=Random(1)) as gateway:
        await gateway.access.clients.add("Anna", Role.OWNER, LOCAL)
        async with asyncio.timeout(20):
            while not gateway.broker.doors.plain.hosts:
                await asyncio.sleep(0.02)
        yield gateway, socket


async def speaker(gateway: Gateway, answer: dict[str, Any]) -> MqttClient:
    address = BrokerAddress(host=PLAIN, port=gateway.broker.doors.plain.port, username=answer["client"], password=answer["password"])
    return MqttClient(address, client_id=answer["client"], version="5", clock=SystemClock(), random=Random(2))


async def refused(client: MqttClient, topic: str) -> bool:
    try:
        await client.publish(topic, b"x")
    except Forbidden:
        return True
    return False


@needs_mosquitto
async def test_a_bridge_speaks_and_announces_and_does_nothing_else(tmp_path: Path) -> None:
    async with owned(tmp_path) as (gateway, socket):
        nonsense: tuple[dict[str, Any], ...] = (
            {"bridge": "zigbee2mqtt"},
            {"bridge": []},
            {"bridge": [3]},
            {},
            {"bridge": ["a"], "tasmota": "b"},
            {"bridge": ["hulian/1/x"]},
        )
        for wrong in nonsense:
            assert (await call(socket, "password", name="Zigbee", **wrong))["error"]["code"] in {"schema", "bad-syntax"}, wrong
        answer = (await call(socket, "password", name="Zigbee", bridge=["zigbee2mqtt"]))["result"]
        again = await call(socket, "password", name="Other", bridge=["zigbee2mqtt/attic"])
        assert answer["client"] in again["error"]["detail"], "no second one under the roots of the first"
        other = (await call(socket, "password", name="Flows", bridge=["nodered"]))["result"]
        async with await speaker(gateway, answer) as client, await speaker(gateway, other) as flows:
            await client.wait_connected(20)
            await flows.wait_connected(20)
            heard: list[str] = []
            await flows.subscribe("nodered/#", lambda message: heard.append(message.topic))
            await client.subscribe("homeassistant/#", lambda message: heard.append(f"client {message.topic}"))
            await client.subscribe("zigbee2mqtt/#", lambda message: heard.append(f"client {message.topic}"))
            for topic in (*ANNOUNCED, *OWN):
                assert not await refused(client, topic), topic
            for topic in FORBIDDEN:
                assert await refused(client, topic), topic
            assert await refused(flows, "zigbee2mqtt/lamp/set")
            assert not await refused(flows, "nodered/lamp")
            await eventually(lambda: "nodered/lamp" in heard and "client zigbee2mqtt/bridge/state" in heard)
            assert not [topic for topic in heard if topic.startswith("client homeassistant") and topic != "client homeassistant/status"]


@pytest.mark.parametrize("number", range(len(BRIDGE)))
def test_each_right_of_a_bridge_is_given_by_its_line_and_no_other(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    whole = identity(bridge(), "hub-1")
    monkeypatch.setattr(rules, "BRIDGE", BRIDGE[:number] + BRIDGE[number + 1 :])
    right, name = BRIDGE[number]
    assert name in getattr(whole, right.value)
    assert name not in getattr(identity(bridge(), "hub-1"), right.value)


async def eventually(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)
