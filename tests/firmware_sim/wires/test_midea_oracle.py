"""msmart-ng, a client we did not write, finds, reads and sets the simulated Midea unit."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msmart.device import AirConditioner as Client
from msmart.discover import Discover

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea_v2 import Wire

FEATURES = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP", "AUX", "MTR", "CLN")


@pytest.fixture
def appliance() -> Appliance:
    appliance = make_appliance("air-conditioner", identifier="ac-oracle", features=FEATURES)
    appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0, "roomTemperature": 29.0, "outdoorTemperature": 35.0})
    appliance.advance(600)
    return appliance


@pytest.fixture
async def wire(appliance: Appliance, network: Network) -> AsyncIterator[Wire]:
    async with Wire(appliance, network, WireOptions(port=0, facts={"device": 151732605009000})) as wire:
        yield wire


@pytest.fixture
async def client(wire: Wire, network: Network) -> AsyncIterator[Any]:
    client = Client(network.address, 151732605009000, wire.port)
    client.set_max_connection_lifetime(None)
    await client.get_capabilities()
    yield client
    client._lan._disconnect()


async def find(address: str) -> Any:
    for wait in (0.2, 0.5, 2.0, 5.0):
        if (found := await Discover.discover_single(address, auto_connect=False, timeout=wait)) is not None:
            return found
    pytest.fail("never found")


async def test_is_found_with_number_name_port_and_type(wire: Wire, network: Network) -> None:
    found = await find(network.address)
    assert isinstance(found, Client)
    assert (found.ip, found.port, found.id, found.version) == (network.address, wire.port, 151732605009000, 2)
    assert (found.name, found.sn) == (wire.identity.name, wire.identity.serial)


async def test_says_what_it_can_do(client: Any) -> None:
    able = client.capabilities_dict()
    assert {mode.name for mode in able["supported_modes"]} >= {"AUTO", "COOL", "HEAT", "DRY", "FAN_ONLY"}
    assert {mode.name for mode in able["supported_swing_modes"]} == {"OFF", "VERTICAL"}
    assert {speed.name for speed in able["supported_fan_speeds"]} == {"AUTO", "SILENT", "LOW", "MEDIUM", "HIGH"}
    assert (client.min_target_temperature, client.max_target_temperature) == (16, 32)
    assert client.supports_eco
    assert client.supports_turbo
    assert client.supports_self_clean
    assert client.supports_target_humidity


async def test_an_appliance_with_few_features_says_so(network: Network) -> None:
    plain = make_appliance("air-conditioner", identifier="ac-plain", features=())
    async with Wire(plain, network, WireOptions(port=0)) as wire:
        client = Client(network.address, 1, wire.port)
        await client.get_capabilities()
        await client.refresh()
        client._lan._disconnect()
    assert {mode.name for mode in client.supported_operation_modes} == {"COOL", "DRY", "FAN_ONLY"}
    assert {mode.name for mode in client.supported_swing_modes} == {"OFF"}
    assert not client.supports_eco
    assert client.outdoor_temperature is None
    assert client.get_total_energy_usage() is None


async def test_shows_its_state_and_measurements(client: Any, appliance: Appliance) -> None:
    client.enable_group1_data_requests = client.enable_group2_data_requests = client.enable_group7_data_requests = True
    client.enable_group11_data_requests = True
    await client.refresh()
    values = appliance.values()
    assert client.online
    assert (client.power_state, client.operational_mode.name, client.target_temperature) == (True, "COOL", 24.0)
    assert client.indoor_temperature == pytest.approx(values["roomTemperature"], abs=0.05)
    assert client.outdoor_temperature == pytest.approx(values["outdoorTemperature"], abs=0.05)
    assert client.indoor_humidity == pytest.approx(values["roomHumidity"], abs=0.5)
    assert client.get_total_energy_usage() == pytest.approx(values["energyTotal"], abs=0.006)
    assert client.get_real_time_power_usage() == pytest.approx(values["powerDraw"], abs=0.06)
    assert client.outdoor_unit_power == pytest.approx(values["powerDraw"], abs=1)
    assert (client.compressor_frequency > 0) is (values["operatingState"] == "cooling")
    assert client.indoor_fan_speed > 0
    assert client.error_code == 0


async def test_what_is_set_happens_and_the_room_follows(client: Any, appliance: Appliance) -> None:
    await client.refresh()
    client.target_temperature = 18.5
    client.fan_speed = Client.FanSpeed.HIGH
    client.swing_mode = Client.SwingMode.VERTICAL
    client.eco = True
    await client.apply()
    values = appliance.values()
    assert (values["targetTemperature"], values["fanMode"], values["verticalSwing"], values["eco"]) == (18.5, "high", True, True)
    warm = appliance.truth()["roomTemperature"]
    appliance.advance(3600)
    await client.refresh()
    assert appliance.truth()["roomTemperature"] < warm - 0.5
    assert client.indoor_temperature == pytest.approx(appliance.values()["roomTemperature"], abs=0.05)
    assert (client.target_temperature, client.fan_speed, client.eco) == (18.5, Client.FanSpeed.HIGH, True)


@pytest.mark.parametrize("degrees", [16, 16.5, 17, 22.5, 30, 30.5, 31, 32])
async def test_every_temperature_arrives(client: Any, appliance: Appliance, degrees: float) -> None:
    await client.refresh()
    client.target_temperature = degrees
    await client.apply()
    assert appliance.values()["targetTemperature"] == degrees
    assert client.target_temperature == degrees


@pytest.mark.parametrize(("mode", "name"), [("AUTO", "auto"), ("COOL", "cool"), ("DRY", "dry"), ("HEAT", "heat"), ("FAN_ONLY", "fan")])
async def test_every_mode_arrives(client: Any, appliance: Appliance, mode: str, name: str) -> None:
    await client.refresh()
    client.operational_mode = Client.OperationalMode[mode]
    await client.apply()
    assert appliance.values()["mode"] == name
    assert client.operational_mode.name == mode


async def test_what_cannot_be_done_is_left_out_and_shown_so(client: Any, appliance: Appliance) -> None:
    await client.refresh()
    client.operational_mode = Client.OperationalMode.DRY
    client.target_temperature = 20
    client.sleep = True
    await client.apply()
    assert (appliance.values()["mode"], appliance.values()["sleepMode"]) == ("dry", "on")
    assert appliance.values()["targetTemperature"] == client.target_temperature == 24.0


async def test_the_last_of_turbo_economy_and_sleep_wins(client: Any, appliance: Appliance) -> None:
    await client.refresh()
    client.sleep = True
    await client.apply()
    client.sleep = True
    client.turbo = True
    await client.apply()
    assert (appliance.values()["fanMode"], appliance.values()["sleepMode"]) == ("turbo", "off")
    assert (client.turbo, client.sleep) == (True, False)


async def test_a_press_at_the_unit_shows_in_the_next_status(client: Any, appliance: Appliance) -> None:
    appliance.touch({"targetTemperature": 27.5, "fanMode": "turbo"})
    await client.refresh()
    await client.refresh()
    assert client.target_temperature == 27.5
    assert client.turbo


async def test_a_fault_shows_its_number(client: Any, appliance: Appliance) -> None:
    appliance.raise_fault("REFRIG.LOW-CHARGE")
    await client.refresh()
    assert client.error_code == 6
    appliance.clear_fault("REFRIG.LOW-CHARGE")
    appliance.raise_fault("THERMAL.PLUG-HOT")
    await client.refresh()
    assert client.error_code == 99


async def test_display_and_self_clean_and_sound(client: Any, appliance: Appliance) -> None:
    await client.refresh()
    shown = client.display_on
    await client.toggle_display()
    assert client.display_on is not shown
    client.sound = True
    await client.apply()
    assert client.sound
    await client.start_self_clean()
    appliance.advance(3600)
    assert [event.data["result"] for event in appliance.events("coilCleaned")] == ["done"]


async def test_quirky_units_show_what_they_made_of_it(appliance: Appliance, network: Network) -> None:
    async with Wire(appliance, network, WireOptions(port=0, facts={"quirks": ["seventeen", "whole"]})) as wire:
        client = Client(network.address, 1, wire.port)
        await client.refresh()
        client.target_temperature = 16
        await client.apply()
        assert client.target_temperature == 17
        client.target_temperature = 22.5
        await client.apply()
        assert client.target_temperature == 22
        client._lan._disconnect()
