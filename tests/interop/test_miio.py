"""python-miio, a client we did not write, on simulated Xiaomi devices: each model by its own class, and by true broadcast."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.miio_lan import Wire
from tests.kit.addresses import address
from tests.kit.demo import ROOT
from tests.kit.hosts import needs_hosts, two_hosts
from tests.kit.simulated import simulate

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
APPLIANCES = ROOT / ".venv-appliances" / "bin" / "python"
CLIENT = Path(__file__).parent / "miio_client.py"
TOKEN = "00112233445566778899aabbccddeeff"  # a test vector: no device has it


async def client(*words: object) -> Any:
    """Run python-miio; return what it says."""
    process = await asyncio.create_subprocess_exec(
        APPLIANCES, "-W", "ignore", CLIENT, *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@asynccontextmanager
async def living(kind: str, model: str, **facts: object) -> AsyncIterator[tuple[Appliance, Wire, str]]:
    appliance = make_appliance(kind, identifier="miio-foreign")
    network = Network(address())
    async with Wire(appliance, network, WireOptions(facts={"model": model, "token": TOKEN, **facts})) as wire:
        yield appliance, wire, network.address


def happened(appliance: Appliance, **what: float) -> None:
    """Let something happen at the appliance, and let it notice."""
    appliance.touch(what)
    appliance.advance(10)


async def used(where: str, name: str, plan: list[list[object]]) -> Any:
    return await client("use", where, TOKEN, name, json.dumps(plan))


async def test_it_is_found_by_a_hello_and_hides_its_token() -> None:
    async with living("fan", "dmaker.fan.p11") as (_, wire, where):
        assert await client("discover", where) == {"did": wire.identity.device, "token": "ff" * 16}


async def test_one_that_belongs_to_nobody_tells_its_token() -> None:
    async with living("fan", "dmaker.fan.p11", provisioned=False) as (_, wire, where):
        assert await client("discover", where) == {"did": wire.identity.device, "token": TOKEN}


async def test_it_says_what_it_is() -> None:
    async with living("fan", "dmaker.fan.p11") as (_, wire, where):
        said = await client("info", where, TOKEN)
        assert said == {"model": "dmaker.fan.p11", "mac": wire.identity.mac, "firmware": wire.sheet.firmware, "address": where}


async def test_a_wrong_token_is_met_with_silence() -> None:
    async with living("fan", "dmaker.fan.p11") as (_, wire, where):
        assert (await client("info", where, "ab" * 16))["error"].startswith("DeviceException")
        assert wire.unread > 0


async def test_an_air_conditioner() -> None:
    async with living("air-conditioner", "xiaomi.aircondition.mc4") as (appliance, wire, where):
        happened(appliance, roomTemperature=28.4)
        plan: list[list[object]] = [
            ["on"],
            ["set_target_temperature", 22.5],
            ["set_fan_speed", "FanSpeed.Level6"],
            ["set_vertical_swing", True],
            ["set_mode", "OperationMode.Heat"],
            ["set_heater", True],
            ["set_eco", True],
            ["set_sleep_mode", False],
            ["set_buzzer", True],
        ]
        seen = await used(where, "AirConditionerMiot", plan)
        values = appliance.values()
        assert all(said[0]["code"] == 0 for said in seen["said"])
        assert (seen["was"]["power"], seen["was"]["mode"], seen["was"]["target_temperature"]) == (False, 2, 26.0)
        assert seen["was"]["temperature"] == pytest.approx(28.4, abs=0.2)
        shown = {"power": True, "mode": 5, "target_temperature": 22.5, "fan_speed": 6, "vertical_swing": True, "heater": True, "eco": True}
        assert {name: seen["now"][name] for name in shown} == shown
        assert seen["now"]["buzzer"] is True
        assert seen["now"]["fan_speed_percent"] == values["fanPercent"]
        assert (values["mode"], values["targetTemperature"], values["fanMode"], values["auxHeat"]) == ("heat", 22.5, "high", True)
        assert wire.unread == 0


async def test_an_air_purifier() -> None:
    async with living("air-purifier", "zhimi.airpurifier.mb3") as (appliance, _, where):
        happened(appliance, pm25=120, filter=45)
        dust = round(appliance.values()["pm25"])
        seen = await used(
            where, "AirPurifierMiot", [["on"], ["set_mode", "OperationMode.Favorite"], ["set_favorite_rpm", 1840], ["set_child_lock", True]]
        )
        assert (seen["was"]["power"], seen["was"]["mode"], seen["was"]["motor_speed"]) == (False, 0, 0)
        assert (seen["was"]["aqi"], seen["was"]["filter_life_remaining"]) == (dust, 45)
        assert seen["was"]["buzzer_volume"] is None
        assert (seen["now"]["power"], seen["now"]["mode"], seen["now"]["motor_speed"], seen["now"]["child_lock"]) == (True, 2, 1840, True)
        values = appliance.values()
        assert (values["mode"], values["fanPercent"], values["childLock"]) == ("manual", 80, True)
        seen = await used(
            where, "AirPurifierMiot", [["set_fan_level", 3], ["set_mode", "OperationMode.Fan"], ["set_mode", "OperationMode.Silent"]]
        )
        assert seen["now"]["mode"] == 1
        assert appliance.values()["mode"] == "sleep"


@pytest.mark.parametrize(("model", "coldest"), [("zhimi.heater.mc2", 18), ("zhimi.heater.za2", 16)])
async def test_a_heater(model: str, coldest: int) -> None:
    async with living("space-heater", model) as (appliance, _, where):
        happened(appliance, roomTemperature=14.3)
        room = round(appliance.values()["roomTemperature"], 1)
        plan: list[list[object]] = [
            ["on"],
            ["set_target_temperature", coldest],
            ["set_delay_off", 7200],
            ["set_child_lock", True],
            ["set_buzzer", False],
        ]
        seen = await used(where, "HeaterMiot", plan)
        assert (seen["was"]["power"], seen["was"]["target_temperature"], seen["was"]["temperature"]) == (False, 20, room)
        shown = {"power": True, "target_temperature": coldest, "countdown_time": 2, "child_lock": True, "buzzer": False}
        assert {name: seen["now"][name] for name in shown} == shown
        values = appliance.values()
        assert (values["power"], values["targetTemperature"], values["offTimer"], values["childLock"]) == (True, coldest, 120, True)


FANS = {
    "dmaker.fan.p11": ("FanMiot", ("fan_speed", "swing_mode", "power_off_time", 1)),
    "dmaker.fan.p5": ("FanP5", ("speed", "roll_enable", "time_off", "nature")),
}


@pytest.mark.parametrize("model", FANS)
async def test_a_fan_of_the_newer_and_of_the_older_dialect(model: str) -> None:
    name, (speed, swing, timer, natural) = FANS[model]
    async with living("fan", model) as (appliance, _, where):
        plan: list[list[object]] = [
            ["on"],
            ["set_speed", 55],
            ["set_oscillate", True],
            ["set_angle", 60],
            ["delay_off", 90],
            ["set_mode", "OperationMode.Nature"],
            ["set_child_lock", True],
        ]
        seen = await used(where, name, plan)
        assert (seen["was"]["power"], seen["was"][speed], seen["was"][swing]) == (False, 40, False)
        now = seen["now"]
        assert (now["power"], now[speed], now[swing], now[timer], now["mode"], now["child_lock"]) == (True, 55, True, 90, natural, True)
        values = appliance.values()
        assert (values["fanPercent"], values["swing"], values["offTimer"], values["mode"]) == (55, True, 90, "natural")


async def test_a_plug_of_the_older_dialect() -> None:
    async with living("plug", "chuangmi.plug.m1") as (appliance, _, where):
        seen = await used(where, "ChuangmiPlug", [["off"], ["set_led", False], ["send", "set_nonsense", ["on"]]])
        assert (seen["was"]["power"], seen["now"]["power"], appliance.values()["power"]) == ("on", "off", False)
        assert seen["was"]["temperature"] == round(appliance.values()["plugTemperature"])
        assert seen["said"][:2] == [["ok"], ["ok"]]
        assert seen["said"][2]["error"].startswith("DeviceError")


async def test_a_plug_that_only_a_plain_client_knows_and_every_code_a_device_answers() -> None:
    async with living("plug", "chuangmi.plug.212a01") as (appliance, _, where):
        happened(appliance, load=100)
        plan: list[list[object]] = [
            ["get_property_by", 5, 6],
            ["set_property_by", 2, 1, False],
            ["get_property_by", 2, 1],
            ["get_property_by", 9, 9],
            ["get_property_by", 4, 6],
            ["set_property_by", 5, 6, 1],
            ["set_property_by", 4, 1, 86501],
            ["call_action_by", 9, 9],
        ]
        power, off, shown, absent, blind, fixed, beyond, nothing = [
            each[0] if isinstance(each, list) else each for each in await client("raw", where, TOKEN, json.dumps(plan))
        ]
        assert power["value"] == pytest.approx(100, abs=2)
        assert (off["code"], shown["value"], appliance.values()["power"]) == (0, False, False)
        assert [each["code"] for each in (absent, blind, fixed, beyond, nothing)] == [-4003, -4001, -4002, -4005, -4003]


async def test_a_device_whose_processor_is_busy_is_asked_again() -> None:
    async with living("space-heater", "zhimi.heater.mc2", quirks=["busy"]) as (_, _wire, where):
        seen = await used(where, "HeaterMiot", [["set_target_temperature", 25]])
        assert seen["now"]["target_temperature"] == 25


async def test_an_action_replaces_the_filter() -> None:
    async with living("air-purifier", "zhimi.airpurifier.mb3") as (appliance, _, where):
        appliance.touch({"filter": 10})
        (done, level) = await client("raw", where, TOKEN, json.dumps([["call_action_by", 4, 1], ["get_property_by", 4, 3]]))
        assert (done["code"], level[0]["value"]) == (0, 100)


async def test_its_rounds_of_setting_and_reading_can_be_timed() -> None:
    async with living("space-heater", "zhimi.heater.mc2") as (_, _wire, where):
        assert len(await client("roundtrip", where, TOKEN, 20)) == 20


@needs_hosts
def test_it_is_found_by_true_broadcast(tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        facts = {"model": "dmaker.fan.p11", "did": 301234567, "token": TOKEN, "broadcast": True, "quirks": ["subnet"]}
        simulate(unit, tmp_path, {"id": "fan", "kind": "fan", "wire": "miio", "facts": facts})
        hub.run(["ip", "route", "add", "default", "dev", "cable0"])  # as every host of a home has one: the client asks 255.255.255.255
        (found,) = json.loads(hub.run([APPLIANCES, CLIENT, "discover"]).stdout)
        assert found == {"address": unit.address, "did": 301234567, "token": "ff" * 16}
        seen = json.loads(hub.run([APPLIANCES, CLIENT, "use", unit.address, TOKEN, "FanMiot", '[["on"], ["set_speed", 70]]']).stdout)
        assert (seen["now"]["power"], seen["now"]["fan_speed"]) == (True, 70)
