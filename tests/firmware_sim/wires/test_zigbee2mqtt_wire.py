"""A simulated bridge, heard and told by a plain client of the broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomqtt
import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.zigbee2mqtt.board import Board
from firmware_sim.wires.zigbee2mqtt.model import model, model_for, models
from firmware_sim.wires.zigbee2mqtt.parting import asked_of
from firmware_sim.wires.zigbee2mqtt_bridge import Wire
from tests.firmware_sim.wires.conftest import Mosquitto


class Ear:
    """A client that hears everything below a topic."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.kept: dict[str, Any] = {}
        self.said: list[tuple[str, Any]] = []

    async def listen(self) -> None:
        async for message in self.client.messages:
            payload = message.payload if isinstance(message.payload, bytes) else b""
            content = json.loads(payload) if payload[:1] in (b"{", b"[") else payload.decode()
            self.said.append((str(message.topic), content))
            if payload:
                self.kept[str(message.topic)] = content
            else:
                self.kept.pop(str(message.topic), None)

    async def until(self, topic: str, **wanted: Any) -> Any:
        async with asyncio.timeout(10):
            while True:
                found = self.kept.get(topic)
                if isinstance(found, dict) and found.items() >= wanted.items():
                    return found
                await asyncio.sleep(0.01)


@asynccontextmanager
async def heard(mosquitto: Mosquitto) -> AsyncIterator[Ear]:
    host, _, port = mosquitto.url.removeprefix("mqtt://").partition(":")
    async with aiomqtt.Client(host, int(port)) as client:
        await client.subscribe("#")
        ear = Ear(client)
        listening = asyncio.create_task(ear.listen())
        try:
            yield ear
        finally:
            listening.cancel()


def wired(mosquitto: Mosquitto, appliance: Appliance, **facts: Any) -> Wire:
    return Wire(appliance, Network(), WireOptions(broker=mosquitto.url, facts={"lost": 0.5, **facts}))


async def test_a_bridge_lists_its_devices_shows_them_and_takes_what_they_are_told(mosquitto: Mosquitto) -> None:
    lamp = make_appliance("light", identifier="lamp")
    plug = make_appliance("plug", identifier="plug")
    async with wired(mosquitto, lamp, name="küche/lampe") as first, wired(mosquitto, plug) as second, heard(mosquitto) as ear:
        assert first.bridge is second.bridge
        await ear.until("zigbee2mqtt/bridge/state", state="online")
        await ear.until("zigbee2mqtt/küche/lampe/availability", state="online")
        await ear.until("zigbee2mqtt/plug/availability", state="online")
        rows = {row["friendly_name"]: row for row in ear.kept["zigbee2mqtt/bridge/devices"]}
        assert rows.keys() == {"Coordinator", "küche/lampe", "plug"}
        assert rows["plug"]["definition"]["model"] == "TS011F_plug_1"
        await ear.client.publish("zigbee2mqtt/küche/lampe/set", '{"state":"TOGGLE","nonsense":1}')
        await ear.until("zigbee2mqtt/küche/lampe", state="ON")
        assert lamp.values()["power"] is True
        assert any("nonsense" in str(said) for topic, said in ear.said if topic.endswith("logging"))
        plug.touch({"power": False})
        await ear.until("zigbee2mqtt/plug", state="OFF")
        await ear.client.publish("zigbee2mqtt/bridge/request/device/rename", '{"from":"plug","to":"keller/steckdose"}')
        await ear.until("zigbee2mqtt/keller/steckdose", state="OFF")
        assert "zigbee2mqtt/plug/availability" not in ear.kept
        await ear.client.publish("zigbee2mqtt/bridge/request/device/remove", '{"id":"keller/steckdose"}')
        await ear.until("zigbee2mqtt/bridge/response/device/remove", status="ok")
        assert [row["friendly_name"] for row in ear.kept["zigbee2mqtt/bridge/devices"]] == ["Coordinator", "küche/lampe"]
        first._network.set(silent=True)
        await ear.until("zigbee2mqtt/küche/lampe/availability", state="offline")


async def test_with_its_last_unit_it_goes_without_a_word_or_with_one(mosquitto: Mosquitto) -> None:
    plug = make_appliance("plug", identifier="plug")
    async with heard(mosquitto) as ear:
        wire = wired(mosquitto, plug, base="haus/zigbee", quirks=["stale", "legacy-availability"])
        async with wire:
            await ear.until("haus/zigbee/plug", state="OFF")
            assert plug.values()["power"] is True, "what the broker keeps is the opposite"
            assert ear.kept["haus/zigbee/plug/availability"] == "online"
            wire._network.supply(on=False)
        await ear.until("haus/zigbee/bridge/state", state="offline")


@pytest.mark.parametrize(
    ("quirks", "told"),
    [((), [True]), (("pessimistic",), [True]), (("ignores-set",), [True]), (("pessimistic", "ignores-set"), [])],
)
async def test_what_an_optimistic_bridge_shows_of_a_set(quirks: tuple[str, ...], told: list[bool]) -> None:
    appliance = make_appliance("plug", identifier="plug")
    appliance.touch({"power": False})
    wire = Wire(appliance, Network(), WireOptions(facts={"quirks": quirks}))
    said: list[Any] = []
    wire.device.tell = lambda _, state: said.append(state["state"] == "ON")
    end = wire.device.begin()
    wire.device.set({"state": "ON"})
    await asyncio.sleep(0.1)
    assert list(dict.fromkeys(said)) == told
    assert appliance.values()["power"] is not bool("ignores-set" in quirks)
    end()


async def test_a_sleepy_device_takes_what_it_was_told_when_it_wakes() -> None:
    appliance = make_appliance("plug", identifier="plug")
    wire = Wire(appliance, Network(), WireOptions(facts={"quirks": ["sleepy"], "wakes": 0.3}))
    end = wire.device.begin()
    before = appliance.values()["power"]
    wire.device._until_awake = lambda: 0.1  # type: ignore[method-assign]
    wire.device.set({"state": "OFF" if before else "ON"})
    assert appliance.values()["power"] is before
    await asyncio.sleep(0.2)
    assert appliance.values()["power"] is not before
    end()


async def test_what_a_device_was_called_and_keeps_outlives_a_power_cut_and_what_was_removed_joins_anew(mosquitto: Mosquitto) -> None:
    lamp, plug = make_appliance("light", identifier="lamp"), make_appliance("plug", identifier="plug")
    async with wired(mosquitto, lamp), heard(mosquitto) as ear:
        async with wired(mosquitto, plug):
            await ear.until("zigbee2mqtt/plug", state="ON")
            await ear.client.publish("zigbee2mqtt/plug/set", '{"indicator_mode":"on"}')
            await ear.client.publish("zigbee2mqtt/bridge/request/device/rename", '{"from":"plug","to":"other"}')
            await ear.until("zigbee2mqtt/other", indicator_mode="on")
        ear.kept.clear()
        async with wired(mosquitto, plug) as wire:
            await ear.until("zigbee2mqtt/other", indicator_mode="on")
            await ear.client.publish("zigbee2mqtt/bridge/request/device/remove", '{"id":"other"}')
            await ear.until("zigbee2mqtt/bridge/response/device/remove", status="ok")
        async with wired(mosquitto, plug):
            await ear.until(f"zigbee2mqtt/{wire.device.ieee}", indicator_mode="off/on")


@pytest.mark.parametrize("name", models())
def test_every_model_shows_only_what_it_exposes_and_takes_what_it_shows(name: str) -> None:
    known = model(name)
    appliance = make_appliance(known.kind, identifier="x", features=known.features)
    board = Board(appliance, known)
    state = board.state()
    assert state.keys() - known.leaves.keys() <= {"color_mode"}
    settable = {place: raw for place, raw in state.items() if known.access(place) & 2}
    taken, refused = board.taken(settable)
    assert (taken, refused) == (settable, [])
    board.do(taken)
    assert board.state() == state
    assert board.taken({"linkquality": 3})[1]


@pytest.mark.parametrize(
    ("topic", "payload", "asked"),
    [
        ("a/b/set", b'{"x":1}', ("a/b", "set", {"x": 1})),
        ("a/set/x", b"1", ("a", "set", {"x": 1})),
        ("a/get", b'{"x":""}', ("a", "get", {"x": ""})),
        ("a/set", b"TOGGLE", ("a", "set", {"state": "TOGGLE"})),
        ("a/set", b"nonsense", None),
        ("bridge/x/set", b'{"x":1}', None),
        ("a/state", b"{}", None),
    ],
)
def test_what_a_topic_asks(topic: str, payload: bytes, asked: tuple[Any, ...] | None) -> None:
    found = asked_of(topic, payload)
    assert (None if found is None else (found.name, found.verb, dict(found.values))) == asked


def test_a_thermostat_is_off_and_a_siren_sounds_in_words_of_their_own() -> None:
    valve = make_appliance("thermostat", identifier="x", features=model("eurotronic-valve").features)
    board = Board(valve, model("eurotronic-valve"))
    board.do({"system_mode": "heat"})
    assert (valve.values()["power"], valve.values()["mode"], board.state()["system_mode"]) == (True, "heat", "heat")
    board.do({"system_mode": "off"})
    assert (valve.values()["power"], board.state()["system_mode"]) == (False, "off")
    siren = make_appliance("siren", identifier="y", features=model("heiman-siren").features)
    Board(siren, model("heiman-siren")).do({"warning": {"mode": "emergency", "duration": 5}})
    assert siren.values()["sounding"] is True


def test_a_kind_without_a_device_and_an_unknown_quirk_are_mistakes() -> None:
    with pytest.raises(SetupMistake, match="no Zigbee device here"):
        model_for("oven", None)
    with pytest.raises(SetupMistake, match="no quirk"):
        Wire(make_appliance("plug", identifier="p"), Network(), WireOptions(facts={"quirks": ["x"]}))
