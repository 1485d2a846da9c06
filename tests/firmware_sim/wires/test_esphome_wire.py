"""A simulated ESPHome node by itself: its files, what it shows of its appliance, what it does with commands, when it is mute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.esphome.entity import key_of
from firmware_sim.wires.esphome.framing import Plain
from firmware_sim.wires.esphome.identity import identity_of
from firmware_sim.wires.esphome.messages import catalogue
from firmware_sim.wires.esphome.node import Node, models, sheet
from firmware_sim.wires.esphome_api import Wire
from tests.drivers.kit import until
from tests.kit.addresses import address


def node(kind: str, model: str, **facts: object) -> tuple[Appliance, Node]:
    appliance = make_appliance(kind, identifier="esphome-alone")
    return appliance, Node(appliance, identity_of("esphome-alone", {"key": "none", **facts}), model)


def shown(of: Node, name: str) -> dict[str, Any]:
    entity = next(entity for entity in of.listed if entity.object_id == name)
    return dict(of.states()[entity.device, entity.key][1])


def ask(of: Node, name: str, message: str, **fields: object) -> None:
    entity = next(entity for entity in of.listed if entity.object_id == name)
    of.obey(message, catalogue().name(message).decode(catalogue().name(message).encode({"key": entity.key, **fields})))


@pytest.mark.parametrize("model", models())
def test_every_file_lists_tells_and_travels(model: str) -> None:
    kind = (*sheet(model)["kinds"], "light")[0]
    appliance, made = node(kind, model)
    for name, said in (*made.contents(), *made.states().values(), ("DeviceInfoResponse", made.about())):
        message = catalogue().name(name)
        read = message.decode(message.encode(said))
        assert {each: read[each] for each in said if not isinstance(said[each], float | list)} == {
            each: value for each, value in said.items() if not isinstance(value, float | list)
        }
    known = set(appliance.values())
    for entity in made.listed:
        for name, binding in entity.bindings.items():
            assert binding.needs <= known, f"{entity.object_id}.{name}"


def test_a_climate_shows_power_and_mode_as_one_word_and_takes_it_apart_again() -> None:
    appliance, made = node("air-conditioner", "haier-hon")
    assert shown(made, "air_conditioner")["mode"] == "OFF"
    ask(made, "air_conditioner", "ClimateCommandRequest", has_mode=True, mode="FAN_ONLY")
    assert (appliance.values()["power"], appliance.values()["mode"]) == (True, "fan")
    ask(made, "air_conditioner", "ClimateCommandRequest", has_preset=True, preset="BOOST")
    assert appliance.values()["fanMode"] == "turbo"
    assert shown(made, "air_conditioner")["fan_mode"] == "HIGH"
    ask(made, "air_conditioner", "ClimateCommandRequest", has_preset=True, preset="NONE")
    assert appliance.values()["fanMode"] == "auto"
    ask(made, "quiet_mode", "SwitchCommandRequest", state=True)
    assert appliance.values()["fanMode"] == "quiet"


def test_what_is_not_meant_by_its_flag_is_not_done() -> None:
    appliance, made = node("air-conditioner", "haier-hon")
    before = appliance.values()["targetTemperature"]
    ask(made, "air_conditioner", "ClimateCommandRequest", target_temperature=18.0, has_swing_mode=True, swing_mode="VERTICAL")
    assert appliance.values()["targetTemperature"] == before
    assert appliance.values()["verticalSwing"] is True


def test_a_preset_of_its_own_stands_instead_of_one_of_everybodys() -> None:
    _, made = node("light", "everything")
    ask(made, "zone_1", "ClimateCommandRequest", has_custom_preset=True, custom_preset="party")
    assert shown(made, "zone_1")["custom_preset"] == "party"
    assert "preset" not in shown(made, "zone_1")
    ask(made, "zone_1", "ClimateCommandRequest", has_preset=True, preset="AWAY")
    assert shown(made, "zone_1")["preset"] == "AWAY"
    assert "custom_preset" not in shown(made, "zone_1")


def test_a_command_of_another_kind_of_entity_is_not_for_it() -> None:
    appliance, made = node("plug", "metering-plug")
    ask(made, "relay", "LockCommandRequest", command="LOCK")
    assert appliance.values()["power"] is True


def test_an_action_of_the_appliance_stands_behind_a_word() -> None:
    appliance, made = node("curtain", "curtain")
    ask(made, "curtain", "CoverCommandRequest", has_position=True, position=0.0)
    appliance.advance(2)
    assert shown(made, "curtain")["current_operation"] == "IS_CLOSING"
    ask(made, "curtain", "CoverCommandRequest", stop=True)
    appliance.advance(1)
    assert appliance.values()["movement"] == "stopped"
    assert 0 < appliance.values()["position"] < 100


def test_what_the_appliance_has_no_sensor_for_is_told_as_missing() -> None:
    appliance = make_appliance("plug", identifier="esphome-poor", features=())
    made = Node(appliance, identity_of("esphome-poor", {}), "metering-plug")
    assert shown(made, "current")["missing_state"] is True


def test_two_entities_with_one_number_are_listed_both() -> None:
    appliance = make_appliance("plug", identifier="esphome-twice")
    row = {"type": "switch", "id": "other", "key": 7, "state": {"state": {"held": False}}}
    made = Node(appliance, identity_of("esphome-twice", {}), "metering-plug", [row, {**row, "id": "another"}])
    assert [entity.object_id for entity in made.listed if entity.key == 7] == ["other", "another"]


@pytest.mark.parametrize("facts", [{"key": "short"}, {"key": "AAAA"}, {"node": "nothing"}, {"node": "curtain"}])
def test_facts_that_cannot_be_are_said(facts: dict[str, object]) -> None:
    with pytest.raises(SetupMistake):
        Wire(make_appliance("plug", identifier="x"), Network(), WireOptions(facts=facts))


def test_who_it_is_stays_the_same_and_is_the_facts_where_they_say_so() -> None:
    one, again = identity_of("a", {}), identity_of("a", {})
    assert one == again
    assert one.key != identity_of("b", {}).key
    assert identity_of("a", {"mac": "aa:bb:cc:dd:ee:ff"}).compact == "aabbccddeeff"


class Plainly:
    """A client of three lines in clear."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.framing = reader, writer, Plain()
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def say(self, name: str, **fields: object) -> None:
        message = catalogue().name(name)
        self.writer.write(self.framing.wrap(message.number, message.encode(fields)))

    async def listen(self) -> None:
        while data := await self.reader.read(4096):
            for number, content in self.framing.feed(data):
                message = catalogue().number(number)
                assert message is not None
                self.heard.append((message.name, message.decode(content)))

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]


@asynccontextmanager
async def talking(network: Network, **facts: object) -> AsyncIterator[tuple[Appliance, Wire, Plainly]]:
    appliance = make_appliance("plug", identifier="esphome-told")
    async with Wire(appliance, network, WireOptions(facts={"key": "none", **facts})) as wire:
        client = Plainly(*await asyncio.open_connection(network.address, 6053))
        listening = asyncio.create_task(client.listen(), name="listening")
        try:
            yield appliance, wire, client
        finally:
            client.writer.transport.abort()
            listening.cancel()
            await asyncio.wait({listening})


async def test_nothing_is_answered_before_a_hello_and_another_major_version_is_left() -> None:
    async with talking(Network(address())) as (_, wire, client):
        client.say("DeviceInfoRequest")
        await until(lambda: not wire.clients, "it hangs up")
        assert client.heard == []
    async with talking(Network(address()), api=[1, 10]) as (_, wire, client):
        client.say("HelloRequest", api_version_major=2)
        await until(lambda: client.names() == ["HelloResponse"] and not wire.clients, "it says which it speaks, and leaves")
        assert client.heard[0][1]["api_version_minor"] == 10


async def test_a_mute_network_holds_back_what_is_said_and_asked() -> None:
    network = Network(address())
    async with talking(network) as (appliance, _, client):
        client.say("HelloRequest", api_version_major=1)
        client.say("SubscribeStatesRequest")
        await until(lambda: "SelectStateResponse" in client.names(), "states")
        network.set(silent=True)
        client.heard.clear()
        appliance.touch({"power": False})
        client.say("SwitchCommandRequest", key=key_of("relay"), state=True)
        client.say("PingRequest")
        await asyncio.sleep(0.15)
        assert client.heard == []
        assert appliance.values()["power"] is False, "it has not heard the command yet"
        network.set(silent=False)
        await until(lambda: {"SwitchStateResponse", "PingResponse"} <= set(client.names()), "all of it, late")
        assert appliance.values()["power"] is True


async def test_more_clients_than_it_has_room_for_are_turned_away() -> None:
    network = Network(address())
    async with talking(network, most=1) as (_, wire, client):
        client.say("HelloRequest", api_version_major=1)
        await until(lambda: client.names() == ["HelloResponse"], "the first is in")
        reader, writer = await asyncio.open_connection(network.address, 6053)
        async with asyncio.timeout(5):
            assert await reader.read(10) == b""
        writer.close()
        assert len(wire.clients) == 1


async def test_bytes_that_are_no_message_end_the_connection_and_are_counted() -> None:
    async with talking(Network(address())) as (_, wire, client):
        client.writer.write(client.framing.wrap(1, b"\x0a\xff"))
        await until(lambda: not wire.clients, "it hangs up")
        assert wire.unread == 1
