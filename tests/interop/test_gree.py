"""greeclimate, a client we did not write, on simulated Gree units; and the emulator that comes with it, under our driver."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.gree_lan import PORT, Wire
from gateway.drivers.gree import DRIVER
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Context, Registration
from gateway.profile.library import Library
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from tests.kit.addresses import address
from tests.kit.demo import ROOT
from tests.kit.hosts import needs_hosts, two_hosts
from tests.kit.simulated import broadcast_of, simulate

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
APPLIANCES = ROOT / ".venv-appliances" / "bin" / "python"
CLIENT = Path(__file__).parent / "gree_client.py"
COOLING = ("HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP")


async def client(*words: object) -> Any:
    """Run greeclimate; return what it says."""
    process = await asyncio.create_subprocess_exec(
        APPLIANCES, CLIENT, *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@asynccontextmanager
async def living(kind: str, features: tuple[str, ...], **facts: object) -> AsyncIterator[tuple[Appliance, Wire, str]]:
    appliance = make_appliance(kind, identifier="gree-foreign", features=features)
    network = Network(address())
    async with Wire(appliance, network, WireOptions(facts=facts)) as wire:
        yield appliance, wire, network.address


async def used(wire: Wire, where: str, wanted: Mapping[str, object], columns: list[str] | None = None) -> Any:
    plan = {"set": wanted} | ({"columns": columns} if columns else {})
    return await client("use", where, wire.port, wire.identity.mac, wire.identity.mid, json.dumps(plan))


@pytest.mark.parametrize(
    ("facts", "cipher"),
    [
        ({"version": 1}, "CipherV1"),
        ({"version": 2}, "CipherV2"),
        ({"version": 2, "quirks": ["scan-in-v1"]}, "CipherV2"),
        ({"version": 1, "quirks": ["fussy", "plain-sensor"]}, "CipherV1"),
    ],
    ids=["1", "2", "scan in 1, bind in 2", "fussy"],
)
async def test_greeclimate_finds_reads_and_sets_an_air_conditioner(facts: dict[str, object], cipher: str) -> None:
    async with living("air-conditioner", COOLING, **facts) as (appliance, wire, where):
        appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0, "roomTemperature": 29.0})
        (found,) = await client("scan", where)
        assert (found["ip"], found["port"], found["mac"], found["mid"]) == (where, PORT, wire.identity.mac, "10001")
        seen = await used(wire, where, {"mode": 4, "target_temperature": 22, "fan_speed": 3, "power_save": True, "vertical_swing": 1})
        values = appliance.values()
        assert seen["cipher"] == cipher
        assert (seen["was"]["power"], seen["was"]["mode"], seen["was"]["target_temperature"]) == (True, 1, 24)
        assert seen["was"]["current_temperature"] == round(values["roomTemperature"])
        assert (seen["now"]["mode"], seen["now"]["target_temperature"], seen["now"]["version"]) == (4, 22, "1.60")
        assert (values["mode"], values["targetTemperature"], values["fanMode"], values["eco"]) == ("heat", 22.0, "medium", True)
        assert values["verticalSwing"] is True
        assert wire.module.unread <= 1, "greeclimate may have tried the other version first"


async def test_greeclimate_sees_all_columns_that_only_the_make_has_words_for() -> None:
    own = {"light": False, "anion": True, "fresh_air": True, "xfan": True, "horizontal_swing": 3, "sleep": True, "quiet": True}
    columns = [
        "Pow",
        "Lig",
        "Health",
        "Air",
        "Blo",
        "SwingLfRig",
        "StHt",
        "SwhSlp",
        "SlpMod",
        "Quiet",
        "Tur",
        "OutEnvTem",
        "DwatSen",
        "Dwet",
    ]
    async with living("air-conditioner", COOLING) as (appliance, wire, where):
        seen = await used(wire, where, own, columns)
        assert {name: seen["now"][name] for name in own} == own | {"quiet": 2}
        raw, values = seen["now"]["raw"], appliance.values()
        assert raw["OutEnvTem"] == round(values["outdoorTemperature"]) + 40
        assert raw["DwatSen"] == round(values["roomHumidity"])
        assert raw["Dwet"] == (values["targetHumidity"] - 15) // 5
        assert (values["sleepMode"], values["fanMode"]) == ("on", "quiet")


@pytest.mark.parametrize("warm", [61, 68, 72, 73, 75, 86])
async def test_greeclimate_and_a_unit_that_shows_fahrenheit_mean_the_same(warm: int) -> None:
    async with living("air-conditioner", COOLING, quirks=["fahrenheit"]) as (appliance, wire, where):
        seen = await used(wire, where, {"target_temperature": warm})
        assert seen["now"]["target_temperature"] == warm
        assert appliance.values()["targetTemperature"] == round((warm - 32) / 0.9) / 2


@pytest.mark.parametrize("version", [1, 2])
async def test_greeclimate_reads_and_sets_a_dehumidifier(version: int) -> None:
    async with living("humidifier", ("DEHUMID", "TMP"), version=version, mid="13805") as (appliance, wire, where):
        seen = await used(wire, where, {"target_humidity": 60, "fan_speed": 3})
        values = appliance.values()
        assert (seen["was"]["power"], seen["was"]["target_humidity"], seen["was"]["water_full"]) == (True, 50, False)
        assert seen["was"]["current_humidity"] == round(values["roomHumidity"])
        assert (seen["now"]["target_humidity"], seen["now"]["fan_speed"], values["targetHumidity"]) == (60, 3, 60)
        appliance.touch({"tankLitres": 4.0})
        assert (await used(wire, where, {"power": False}))["was"]["water_full"] is True
        assert appliance.values()["power"] is False


async def test_its_rounds_of_setting_and_reading_can_be_timed() -> None:
    async with living("air-conditioner", COOLING) as (_, wire, where):
        seconds = await client("roundtrip", where, wire.port, wire.identity.mac, wire.identity.mid, 20)
        assert len(seconds) == 20
        assert wire.module.obeyed == 20


EMULATED = [
    ("sim-w04h-v3.55", "10001"),
    ("sim-w04n-v17", "10002"),
    ("sim-w04n-v17", "13000"),
    ("sim-wb04a-v1.49", "10010"),
    ("sim-w04hb-v1.20", "302b"),
    ("sim-wb04brt13-v1.50-3019", "3019"),
    ("sim-w06dv-v4.01", "3018"),
]


@asynccontextmanager
async def emulated(profile: str, sort: str) -> AsyncIterator[Registration]:
    """Run the emulator that comes with greeclimate: one unit, as its program was found to speak."""
    where = address()
    process = await asyncio.create_subprocess_exec(
        APPLIANCES, "-m", "gree_emulator", "--profile", profile, "--mid", sort, "--listen", where, "--port", str(PORT), "--seed", "x",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=APPLIANCES.parent,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"Listening")
        told = json.loads(await process.stdout.readline())
        yield Registration(driver="gree", key=told["mac"], address=where, port=PORT, facts={"mid": sort})
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize(("profile", "sort"), EMULATED, ids=["/".join(each) for each in EMULATED])
async def test_our_driver_reads_and_sets_the_units_of_an_emulator_we_did_not_write(profile: str, sort: str) -> None:
    context = Context(gateway="test", clock=SystemClock(), random=Random(1), library=Library())
    async with emulated(profile, sort) as registration, DRIVER.open(registration, context) as session:
        assert isinstance(session, AskedSession)
        (description,) = session.describe()
        wanted: dict[str, Any] = {
            "power": True,
            "mode": "heat",
            "targetTemperature": 21,
            "fanMode": "high",
            "verticalSwing": True,
            "eco": True,
        }
        reports = session.reports()
        await anext(reports)
        for name, value in wanted.items():
            command = Command(id="c", device=description.id, operation=Operation.WRITE_PROPERTY, name=name, input=value, principal=LOCAL)
            assert [progress.state.value async for progress in session.execute(command)] == ["completed"]
            report = await anext(reports)
            assert report.values[name] == value
        assert {name: report.values[name] for name in wanted} == wanted
        assert report.complete
        assert report.values.get("roomTemperature", 26) in {25, 26, 27}
        assert description.identity["maker"] == "Gree"


@needs_hosts
@pytest.mark.parametrize("version", [1, 2])
def test_greeclimate_finds_it_by_true_broadcast(version: int, tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        facts = {"mac": "f4911e000001", "version": version, "broadcast": broadcast_of(unit)}
        simulate(unit, tmp_path, {"id": "ac", "kind": "air-conditioner", "wire": "gree", "facts": facts})
        (found,) = json.loads(hub.run([APPLIANCES, CLIENT, "scan"]).stdout)
        assert (found["ip"], found["mac"], found["mid"]) == (unit.address, "f4911e000001", "10001")
        plan = json.dumps({"set": {"power": True, "target_temperature": 21}})
        seen = json.loads(hub.run([APPLIANCES, CLIENT, "use", found["ip"], str(found["port"]), found["mac"], found["mid"], plan]).stdout)
        assert (seen["now"]["power"], seen["now"]["target_temperature"]) == (True, 21)
