"""Two programs we did not write: pychonet as a controller on simulated appliances, and the npm library echonet-lite as an appliance.

pychonet has port 3610 of an address of its own; on loopback that is enough. The library listens on 0.0.0.0:3610 and so needs a host of its
own; there the search goes by true multicast.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.echonet_lite import Wire
from tests.kit.addresses import address
from tests.kit.demo import ROOT
from tests.kit.hosts import Host, needs_hosts, two_hosts

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
APPLIANCES = ROOT / ".venv-appliances" / "bin" / "python"
CLIENT = Path(__file__).parent / "echonet_client.py"
DEVICE = Path(__file__).parent / "echonet_device.cjs"
MODULES = ROOT / ".interop" / "node_modules"
PYTHON = ROOT / ".venv" / "bin" / "python"


async def client(plan: Mapping[str, Any], local: str | None = None) -> Any:
    """Run pychonet; return what it saw."""
    words = (APPLIANCES, CLIENT, local or address(), json.dumps(plan))
    process = await asyncio.create_subprocess_exec(*map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@asynccontextmanager
async def living(kind: str, features: tuple[str, ...] | None = None, where: str | None = None, **facts: Any) -> AsyncIterator[Appliance]:
    appliance = make_appliance(kind, features=features)
    if "power" in appliance.surface.writable:
        appliance.write({"power": True})
    async with Wire(appliance, Network(where or address()), WireOptions(facts=facts)) as wire:
        assert wire.home is not None
        yield appliance


async def visit(where: str, kind: str, read: str, **plan: Any) -> Any:
    return await client({"node": where, "class": kind, "read": read.split(), **plan})


async def test_it_reads_and_sets_an_air_conditioner() -> None:
    where = address()
    async with living("air-conditioner", where=where) as appliance:
        appliance.touch({"mode": "cool", "targetTemperature": 24.0, "roomTemperature": 29.2, "outdoorTemperature": -5.4})
        appliance.advance(60)
        values = appliance.values()
        seen = await visit(
            where,
            "0130",
            "80 B0 B3 BB BE BA A0 A3 8F 88",
            set={"B3": "15", "8F": "41"},
            call=[["setMode", "auto"], ["setFanSpeed", "medium"], ["setSwingMode", "vert"], ["setSilentMode", "silent"]],
        )
        assert seen["objects"] == ["013001"]
        assert seen["as"] == "HomeAirConditioner"
        was = seen["read"]
        assert (was["80"], was["B0"], was["B3"], was["88"]) == ("on", "cool", 24, "off")
        assert was["BB"] == round(values["roomTemperature"])
        assert (was["BE"], was["BA"]) == (-5, round(values["roomHumidity"]))
        assert seen["called"] == [True] * 4
        assert seen["after"]["B0"] == "auto"
        now = appliance.values()
        assert (now["mode"], now["targetTemperature"], now["eco"], now["verticalSwing"]) == ("auto", 21, True, True)
        assert now["fanMode"] == "quiet"


async def test_what_it_sets_wrongly_is_refused_and_changes_nothing() -> None:
    where = address()
    async with living("air-conditioner", where=where) as appliance:
        appliance.write({"mode": "cool", "targetTemperature": 24})
        seen = await visit(where, "0130", "B3 B0", set={"B3": "3c", "B0": "99", "A0": "39"})
        assert seen["set"] == {"B3": False, "B0": False, "A0": False}
        assert (seen["after"]["B3"], seen["after"]["B0"]) == (24, "cool")


async def test_it_reads_and_sets_a_refrigerator() -> None:
    where = address()
    async with living("refrigerator", ("MOD", "QCK", "VAR", "ICE", "CMP"), where=where) as appliance:
        appliance.touch({"freezerDoor": True})
        appliance.advance(10)
        read = "B0 B2 B3 B6 E2 E3 E6 D1 D2 A0 A1 A4 A6 D8"
        seen = await visit(where, "03B7", read, set={"E2": "06", "E3": "ec", "A0": "42", "A4": "41", "E6": "fb"})
        was, now = seen["read"], appliance.values()
        assert seen["as"] == "Refrigerator"
        assert (was["B0"], was["B2"], was["B3"], was["B6"]) == ("open", "closed", "open", "closed")
        assert (was["E2"], was["E3"], was["A0"], was["A4"]) == (4, -18, "normal", "disabled")
        assert was["D8"]["maximum_rotation_speed"] == 255
        assert (now["fridgeTarget"], now["freezerTarget"], now["mode"]) == (6, -20, "quick-freeze")
        assert (now["variableZoneTarget"], now["iceMaker"]) == (-5, "on")
        assert (seen["after"]["A0"], seen["after"]["E6"]) == ("quick", -5)


async def test_it_reads_and_starts_a_washer_though_it_has_no_class_for_one() -> None:
    where = address()
    async with living("washing-machine", where=where) as appliance:
        seen = await visit(where, "03D3", "80 B2 D0 E2 EA D7", set={"D0": "6f", "B2": "41"})
        assert seen["read"]["B2"] == "43"
        assert (appliance.values()["program"], appliance.values()["cycleState"]) == ("quick", "running")
        assert (seen["after"]["B2"], seen["after"]["E2"]) == ("41", "41")


async def test_it_reads_and_sets_a_water_heater() -> None:
    where = address()
    async with living("electric-water-heater", where=where) as appliance:
        appliance.touch({"tankTemperature": 40})
        appliance.advance(5)
        seen = await visit(where, "026B", "B0 B2 B3 B6 C0 C1 C2 E1 E2", set={"B3": "41", "B6": "42"})
        assert seen["as"] == "ElectricWaterHeater"
        assert (seen["read"]["B0"], seen["read"]["B3"], seen["read"]["E2"]) == ("Automatic", 60, appliance.values()["tankVolume"])
        assert seen["read"]["C1"] == round(appliance.values()["tankTemperature"])
        assert set(seen["read"]["C2"].values()) == {"Normal"}
        assert (appliance.values()["targetTemperature"], appliance.values()["mode"]) == (65, "eco")
        assert seen["after"]["B6"] == "Saving"


async def test_it_reads_and_sets_an_air_cleaner() -> None:
    where = address()
    async with living("air-purifier", where=where) as appliance:
        appliance.touch({"pm25": 400, "filter": 1})
        appliance.advance(5)
        seen = await visit(where, "0135", "80 A0 C0 C1 E1", call=[["setFanSpeed", "very-high"]])
        assert seen["as"] == "HomeAirCleaner"
        assert (seen["read"]["A0"], seen["read"]["C0"], seen["read"]["E1"], seen["read"]["C1"]) == ("auto", "pollution", "yes", "no")
        assert seen["after"]["A0"] == "very-high"
        assert (appliance.values()["mode"], appliance.values()["fanPercent"]) == ("manual", 87)


async def test_it_reads_three_senses_of_one_node() -> None:
    where = address()
    async with living("presence-sensor", ("OCC", "CNT", "LUX"), where=where) as appliance:
        appliance.touch({"person": True, "door": "open", "lux": 300})
        seen = await visit(where, "0007", "80 B1")
        assert sorted(seen["objects"]) == ["000701", "000d01", "002901"]
        assert seen["read"] == {"80": "on", "B1": "detected"}
        assert (await visit(where, "0029", "B1 E0"))["read"] == {"B1": "open detected", "E0": "open detected but degree-of-opening unknown"}
        appliance.touch({"person": False, "door": "closed"})
        appliance.advance(3600)
        assert (await visit(where, "0007", "B1"))["read"] == {"B1": "not_detected"}
        assert (await visit(where, "0029", "B1 E0"))["read"] == {"B1": "close detected", "E0": "close detected"}


async def test_it_finds_by_multicast_those_that_hear_it() -> None:
    places = [address() for _ in range(3)]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(living("air-conditioner", where=places[0], broadcast=True))
        await stack.enter_async_context(living("refrigerator", where=places[1], broadcast=True))
        await stack.enter_async_context(living("refrigerator", where=places[1]))
        await stack.enter_async_context(living("air-purifier", where=places[2]))
        found = (await client({"find": 2}))["found"]
    assert found.get(places[0]) == ["013001"]
    assert found.get(places[1]) == ["03b701", "03b702"]
    assert places[2] not in found


async def test_a_unit_that_limits_a_request_makes_it_complain() -> None:
    where = address()
    async with living("air-conditioner", where=where, most=4):
        plan = {"node": where, "class": "0130", "read": ["80", "B0", "B3", "BB", "A0"]}
        with pytest.raises(AssertionError, match="EchonetMaxOpcError"):
            await client(plan)


@needs_hosts
@pytest.mark.long
def test_it_finds_and_sets_over_a_cable(tmp_path: Path) -> None:
    with two_hosts() as (home, hub):
        simulate(home, tmp_path, "air-conditioner")
        seen = hub_client(hub, {"find": 1})
        assert seen["found"] == {home.address: ["013001"]}
        seen = hub_client(hub, {"node": home.address, "class": "0130", "read": ["B3"], "set": {"B3": "17"}})
        assert (seen["read"]["B3"], seen["after"]["B3"]) == (26, 23)


@needs_hosts
@pytest.mark.long
def test_our_driver_finds_our_appliance_by_multicast_over_a_cable(tmp_path: Path) -> None:
    with two_hosts() as (home, hub):
        simulate(home, tmp_path, "air-conditioner")
        seen = our_hub(hub, {"targetTemperature": 22, "power": True})
        ((where, key, kind),) = seen["found"]
        assert (where, kind) == (home.address, "air-conditioner")
        assert where not in key
        assert (seen["after"]["targetTemperature"], seen["after"]["power"]) == (22, True)


@needs_hosts
@pytest.mark.long
def test_our_driver_finds_and_drives_an_air_conditioner_we_did_not_write(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (MODULES / "echonet-lite").is_dir():
        pytest.skip("needs node and the npm library echonet-lite: make interop")
    with two_hosts() as (home, hub):
        log = tmp_path / "device"
        home.start([node, DEVICE, home.address], log=log, env={"NODE_PATH": str(MODULES)})
        wait_for(log, "ready")
        seen = our_hub(
            hub, {"power": False, "mode": "heat", "targetTemperature": 21, "fanMode": "high", "verticalSwing": True, "eco": True}
        )
        ((where, _, kind),) = seen["found"]
        assert (where, kind) == (home.address, "air-conditioner")
        before, after = seen["before"], seen["after"]
        assert (before["power"], before["mode"], before["targetTemperature"], before["roomTemperature"]) == (True, "cool", 26, 29)
        assert before["fanMode"] == "low"
        assert "outdoorTemperature" not in before, "it cannot be measured there"
        assert (after["power"], after["mode"], after["targetTemperature"]) == (False, "heat", 21)
        assert (after["fanMode"], after["eco"]) == ("high", True)
        assert after["verticalSwing"] is False, "the library says that it swings, and does not: shown is what it does"
        assert '"b3":"15"' in log.read_text(), "the library itself was told"


def simulate(home: Host, folder: Path, kind: str) -> None:
    plan = folder / "home.yaml"
    plan.write_text(f"units:\n  - {{kind: {kind}, wire: echonet, address: {home.address}, seed: 3, facts: {{broadcast: true}}}}\n")
    log = folder / "simulator"
    home.start([ROOT / ".venv" / "bin" / "hulian-sim", "--home", plan], log=log)
    wait_for(log, "ready")


def hub_client(hub: Host, plan: Mapping[str, Any]) -> Any:
    return json.loads(hub.run([APPLIANCES, CLIENT, hub.address, json.dumps(plan)]).stdout)


def our_hub(hub: Host, wanted: Mapping[str, Any]) -> Any:
    return json.loads(hub.run([PYTHON, "-m", "tests.interop.echonet_hub", hub.address, json.dumps(wanted)]).stdout)


def wait_for(log: Path, word: str) -> None:
    async def look() -> None:
        async with asyncio.timeout(30):
            while not log.is_file() or word not in log.read_text():
                await asyncio.sleep(0.05)

    asyncio.run(look())
