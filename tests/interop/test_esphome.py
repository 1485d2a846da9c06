"""aioesphomeapi, a client we did not write, on simulated ESPHome nodes: in clear and under a key, every kind of entity, and coming back."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aioesphomeapi import model as words
from aioesphomeapi.client import APIClient
from aioesphomeapi.core import (
    APIConnectionError,
    EncryptionPlaintextAPIError,
    InvalidAuthAPIError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
)
from aioesphomeapi.reconnect_logic import ReconnectLogic

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.esphome_api import PORT, Wire
from tests.drivers.kit import until
from tests.kit.addresses import address

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # a test vector: no node has it
OTHER = "HxwdHh8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRo="  # likewise
FRAMINGS = {"in clear": "none", "under a key": KEY}


@asynccontextmanager
async def living(kind: str, node: str, key: str = "none", **facts: object) -> AsyncIterator[tuple[Appliance, Wire, str]]:
    appliance = make_appliance(kind, identifier="esphome-foreign")
    network = Network(address())
    async with Wire(appliance, network, WireOptions(facts={"node": node, "key": key, **facts})) as wire:
        yield appliance, wire, network.address


class Seen:
    """A client that is connected: what there is by id, and what each shows."""

    def __init__(self, client: APIClient) -> None:
        self.client = client
        self.entities: dict[str, Any] = {}
        self.services: dict[str, Any] = {}
        self.states: dict[int, Any] = {}

    async def learn(self) -> Any:
        about, entities, services = await self.client.device_info_and_list_entities()
        self.entities = {entity.object_id: entity for entity in entities}
        self.services = {service.name: service for service in services}
        self.client.subscribe_states(self.take)
        return about

    def take(self, state: Any) -> None:
        self.states[state.key] = state

    def state(self, name: str) -> Any:
        return self.states.get(self.entities[name].key)

    def key(self, name: str) -> int:
        return int(self.entities[name].key)


@asynccontextmanager
async def seen(where: str, key: str = "none", password: str | None = None) -> AsyncIterator[tuple[Seen, Any]]:
    client = APIClient(where, PORT, password, noise_psk=None if key == "none" else key)
    await client.connect(login=True)
    watching = Seen(client)
    about = await watching.learn()
    try:
        yield watching, about
    finally:
        await client.disconnect()


@pytest.mark.parametrize("key", FRAMINGS.values(), ids=FRAMINGS.keys())
async def test_it_says_who_it_is_and_what_it_has(key: str) -> None:
    async with living("air-conditioner", "haier-hon", key) as (_, wire, where), seen(where, key) as (unit, about):
        assert about.mac_address == wire.identity.mac
        assert (about.name, about.friendly_name) == ("esphome-foreign", "Haier air conditioner")
        assert (about.project_name, about.api_encryption_supported) == ("hulian-homes.haier-hon", key != "none")
        climate = unit.entities["air_conditioner"]
        assert (climate.visual_min_temperature, climate.visual_max_temperature) == (16, 30)
        assert words.ClimateMode.HEAT_COOL in climate.supported_modes
        assert unit.entities["outdoor_temperature"].unit_of_measurement == "°C"
        assert unit.entities["beeper"].entity_category is words.EntityCategory.CONFIG


@pytest.mark.parametrize("key", FRAMINGS.values(), ids=FRAMINGS.keys())
async def test_an_air_conditioner_shows_what_it_does_and_does_what_it_is_told(key: str) -> None:
    async with living("air-conditioner", "tcl-tclac", key) as (appliance, _, where), seen(where, key) as (unit, _):
        await until(lambda: unit.state("tcl") is not None, "a state")
        values = appliance.values()
        assert unit.state("tcl").current_temperature == pytest.approx(values["roomTemperature"], abs=0.01)
        assert unit.state("tcl").mode is words.ClimateMode.OFF
        unit.client.climate_command(
            unit.key("tcl"),
            mode=words.ClimateMode.HEAT,
            target_temperature=23.0,
            fan_mode=words.ClimateFanMode.QUIET,
            swing_mode=words.ClimateSwingMode.VERTICAL,
        )
        await until(lambda: unit.state("tcl").mode is words.ClimateMode.HEAT, "it heats")
        values = appliance.values()
        assert (values["power"], values["mode"], values["targetTemperature"]) == (True, "heat", 23.0)
        assert (values["fanMode"], values["verticalSwing"]) == ("quiet", True)
        unit.client.climate_command(unit.key("tcl"), preset=words.ClimatePreset.ECO)
        await until(lambda: unit.state("tcl").preset is words.ClimatePreset.ECO, "it saves")
        assert appliance.values()["eco"] is True
        appliance.touch({"power": False})
        await until(lambda: unit.state("tcl").mode is words.ClimateMode.OFF, "somebody switched it off")


async def test_the_fan_modes_of_a_makers_own_are_words() -> None:
    async with living("air-conditioner", "midea-uart", KEY) as (appliance, _, where), seen(where, KEY) as (unit, _):
        unit.client.climate_command(unit.key("midea"), mode=words.ClimateMode.COOL, custom_fan_mode="turbo")
        await until(lambda: unit.state("midea") is not None and unit.state("midea").custom_fan_mode == "turbo", "turbo")
        assert appliance.values()["fanMode"] == "turbo"


async def test_a_plug_measures() -> None:
    async with living("plug", "metering-plug") as (appliance, _, where), seen(where) as (unit, _):
        await until(lambda: unit.state("power") is not None, "a state")
        assert unit.state("power").state == pytest.approx(appliance.values()["powerDraw"], abs=0.1)
        assert unit.entities["energy"].state_class is words.SensorStateClass.TOTAL_INCREASING
        unit.client.switch_command(unit.key("relay"), state=False)
        await until(lambda: not unit.state("relay").state, "it is off")
        assert appliance.values()["power"] is False
        unit.client.select_command(unit.key("power_on_state"), "ON")
        await until(lambda: unit.state("power_on_state").state == "ON", "it is chosen")


CLIMATE, MEDIA = words.ClimatePreset, words.MediaPlayerCommand
ROUNDS: dict[str, tuple[Callable[[APIClient, int], None], Callable[[Any], bool]]] = {
    "pump": (lambda client, key: client.switch_command(key, state=True), lambda now: now.state),
    "level": (lambda client, key: client.number_command(key, 77.5), lambda now: now.state == 77.5),
    "scene": (lambda client, key: client.select_command(key, "party"), lambda now: now.state == "party"),
    "note": (lambda client, key: client.text_command(key, "grüße"), lambda now: now.state == "grüße"),
    "holiday": (lambda client, key: client.date_command(key, 2027, 1, 2), lambda now: (now.year, now.month, now.day) == (2027, 1, 2)),
    "wake": (lambda client, key: client.time_command(key, 7, 30, 1), lambda now: (now.hour, now.minute, now.second) == (7, 30, 1)),
    "appointment": (lambda client, key: client.datetime_command(key, 1900000000), lambda now: now.epoch_seconds == 1900000000),
    "ceiling": (
        lambda client, key: client.fan_command(
            key, speed_level=5, oscillating=True, direction=words.FanDirection.REVERSE, preset_mode="storm"
        ),
        lambda now: (now.speed_level, now.oscillating, now.direction, now.preset_mode) == (5, True, words.FanDirection.REVERSE, "storm"),
    ),
    "strip": (
        lambda client, key: client.light_command(key, brightness=0.25, rgb=(0.0, 1.0, 0.5), effect="Rainbow"),
        lambda now: (now.brightness, now.red, now.green, now.blue, now.effect) == (0.25, 0.0, 1.0, 0.5, "Rainbow"),
    ),
    "blind": (
        lambda client, key: client.cover_command(key, position=0.75, tilt=0.25),
        lambda now: (now.position, now.tilt) == (0.75, 0.25),
    ),
    "garden": (lambda client, key: client.valve_command(key, position=1.0), lambda now: now.position == 1.0),
    "shed": (lambda client, key: client.lock_command(key, words.LockCommand.UNLOCK), lambda now: now.state is words.LockState.UNLOCKED),
    "siren": (lambda client, key: client.siren_command(key, state=True, tone="fire", volume=0.5), lambda now: now.state),
    "speaker": (
        lambda client, key: client.media_player_command(key, command=MEDIA.PLAY, volume=0.75),
        lambda now: (now.state, now.volume) == (words.MediaPlayerState.PLAYING, 0.75),
    ),
    "alarm": (
        lambda client, key: client.alarm_control_panel_command(key, words.AlarmControlPanelCommand.ARM_AWAY),
        lambda now: now.state is words.AlarmControlPanelState.ARMED_AWAY,
    ),
    "zone_1": (
        lambda client, key: client.climate_command(key, mode=words.ClimateMode.COOL, target_temperature=24.5, custom_preset="party"),
        lambda now: (now.mode, now.target_temperature, now.custom_preset) == (words.ClimateMode.COOL, 24.5, "party"),
    ),
}


@pytest.mark.parametrize("key", FRAMINGS.values(), ids=FRAMINGS.keys())
async def test_every_kind_of_entity_is_set(key: str) -> None:
    async with living("light", "everything", key) as (_, wire, where), seen(where, key) as (unit, _):
        assert unit.entities.keys() == {entity.object_id for entity in wire.node.listed}
        await until(lambda: unit.states.keys() >= {unit.key(name) for name in ROUNDS}, "states of all")
        for name, (command, done) in ROUNDS.items():
            assert not done(unit.state(name)), name
            command(unit.client, unit.key(name))
            await until(lambda name=name, done=done: done(unit.state(name)), f"{name} is set")  # type: ignore[misc]
        assert wire.unread == 0


async def test_what_has_no_reading_says_so_and_an_event_comes_when_it_happens() -> None:
    async with living("light", "everything") as (_, wire, where), seen(where) as (unit, _):
        await until(lambda: unit.state("broken") is not None, "a state")
        assert unit.state("broken").missing_state
        assert unit.state("knob") is None
        wire.push("EventResponse", {"key": unit.key("knob"), "event_type": "turned"})
        await until(lambda: unit.state("knob") is not None, "an event")
        assert unit.state("knob").event_type == "turned"


async def test_services_infrared_and_buttons_are_called() -> None:
    async with living("ir-remote", "ir-blaster", KEY) as (_, wire, where), seen(where, KEY) as (unit, _):
        pulses = [9000, -4500, 560, -560, 560]
        await unit.client.execute_service(unit.services["send_raw"], {"code": pulses})
        await unit.client.execute_service(unit.services["send_pronto"], {"data": "0000 006D", "repeat": 2})
        unit.client.infrared_rf_transmit_raw_timings(unit.key("transmitter"), 38000, pulses)
        unit.client.button_command(unit.key("tv_power"))
        await until(lambda: len(wire.node.calls) == 4, "four calls")
        raw, pronto, infrared, button = wire.node.calls
        assert (raw.name, raw.arguments) == ("send_raw", {"code": pulses})
        assert pronto.arguments == {"data": "0000 006D", "repeat": 2}
        assert infrared.arguments == {"timings": pulses, "carrier": 38000}
        assert button.name == "tv_power"


async def test_a_wrong_key_no_key_and_a_key_that_is_not_asked_for_are_told_apart() -> None:
    async with living("plug", "metering-plug", KEY) as (_, wire, where):
        with pytest.raises(InvalidEncryptionKeyAPIError) as refused:
            await APIClient(where, PORT, noise_psk=OTHER).connect(login=True)
        assert refused.value.received_mac == wire.identity.compact
        with pytest.raises(RequiresEncryptionAPIError):
            await APIClient(where, PORT).connect(login=True)
    async with living("plug", "metering-plug") as (_, _, where):
        with pytest.raises((EncryptionPlaintextAPIError, APIConnectionError)):
            await APIClient(where, PORT, noise_psk=KEY).connect(login=True)


async def test_the_older_login_wants_its_password() -> None:
    async with living("plug", "metering-plug", password="secret of a test") as (_, _, where):
        with pytest.raises((InvalidAuthAPIError, APIConnectionError)):
            await _about(APIClient(where, PORT, "wrong"))
        async with seen(where, password="secret of a test") as (unit, about):
            assert about.uses_password
            assert "relay" in unit.entities


async def test_it_is_come_back_to_after_it_was_away() -> None:
    async with living("plug", "metering-plug", KEY) as (_, wire, where):
        client = APIClient(where, PORT, noise_psk=KEY)
        came: list[str] = []
        gone: list[bool] = []

        async def on_connect() -> None:
            came.append(client.log_name)

        async def on_disconnect(expected: bool) -> None:
            gone.append(expected)

        again = ReconnectLogic(client=client, on_connect=on_connect, on_disconnect=on_disconnect, zeroconf_wake=False)
        await again.start()
        await until(lambda: len(came) == 1, "connected")
        for each in tuple(wire.clients):
            each.cut()
        await until(lambda: len(came) == 2, "connected again")
        assert gone == [False]
        await again.stop()
        await client.disconnect()


async def test_a_node_that_starts_anew_or_sleeps_says_goodbye() -> None:
    async with living("plug", "metering-plug", KEY, sleeps=[0.3, 0.4]) as (_, _, where):
        ended: list[bool] = []

        async def on_stop(expected: bool) -> None:
            ended.append(expected)

        client = APIClient(where, PORT, noise_psk=KEY)
        await client.connect(login=True, on_stop=on_stop)
        await until(lambda: ended == [True], "it takes its leave")
        await asyncio.sleep(0)
        with pytest.raises(APIConnectionError):
            await client.device_info()


async def test_it_answers_that_it_lives_and_asks_for_the_time() -> None:
    async with living("plug", "metering-plug", KEY, quirks=["asks-time"]) as (_, wire, where):
        client = APIClient(where, PORT, noise_psk=KEY, keepalive=0.05)
        await client.connect(login=True)
        await until(lambda: [call.name for call in wire.node.calls] == ["time"], "it is told the time")
        assert abs(wire.node.calls[0].arguments["epoch"] - time.time()) < 60
        await asyncio.sleep(0.4)
        assert client._connection is not None, "its pings were answered"
        assert (await client.device_info()).name == wire.identity.name
        await client.disconnect()


async def _about(client: APIClient) -> Any:
    await client.connect(login=True)
    return await client.device_info()
