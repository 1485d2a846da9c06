"""pydaikin, a client we did not write, on simulated Daikin adapters."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.daikin_lan import Wire
from tests.kit.addresses import address
from tests.kit.demo import ROOT
from tests.kit.hosts import CABLE, Host, needs_hosts, two_hosts

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
APPLIANCES = ROOT / ".venv-appliances" / "bin" / "python"
CLIENT = Path(__file__).parent / "daikin_client.py"
POWERFUL, ECONO = "powerful", "econo"


async def client(*words: str) -> Any:
    """Run pydaikin; return what it says."""
    process = await asyncio.create_subprocess_exec(
        APPLIANCES, CLIENT, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


@asynccontextmanager
async def living(*quirks: str, **facts: object) -> AsyncIterator[tuple[Appliance, Wire, str]]:
    appliance = make_appliance("air-conditioner", identifier="daikin-foreign")
    appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0})
    network = Network(address())
    async with Wire(appliance, network, WireOptions(port=0, facts={"quirks": quirks, **facts})) as wire:
        yield appliance, wire, f"{network.address}:{wire.port}"


async def used(where: str, *plans: Mapping[str, object]) -> list[dict[str, Any]]:
    return list(await client("use", where, *map(json.dumps, plans)))


async def test_pydaikin_finds_and_reads_it_as_it_is() -> None:
    async with living(mac="D0C5D3042E82", name="客厅 Living") as (appliance, wire, where):
        (found,) = await client("scan", where.partition(":")[0])
        assert (found["ip"], found["mac"], found["name"], found["type"]) == (
            where.partition(":")[0],
            "D0C5D3042E82",
            "客厅 Living",
            "aircon",
        )
        (seen,) = await used(where)
        values = appliance.values()
        assert seen["class"] == "DaikinBRP069"
        assert (seen["words"]["mode"], seen["target"], seen["words"]["f_rate"], seen["words"]["f_dir"]) == ("cool", 24.0, "auto", "off")
        assert seen["inside"] == pytest.approx(values["roomTemperature"], abs=0.3)
        assert seen["outside"] == pytest.approx(values["outdoorTemperature"], abs=0.3)
        assert (seen["values"]["cmpfreq"], seen["values"]["err"], seen["values"]["model"]) == ("40", "0", "10F5")
        assert wire.most == 1


async def test_pydaikin_sets_each_thing_it_can_set() -> None:
    steps: list[tuple[Mapping[str, object], Mapping[str, object]]] = [
        ({"set": {"stemp": "22.5"}}, {"targetTemperature": 22.5, "mode": "cool"}),
        ({"set": {"mode": "hot", "stemp": "21.0"}}, {"mode": "heat", "targetTemperature": 21.0}),
        ({"set": {"mode": "auto"}}, {"mode": "auto"}),
        ({"set": {"mode": "dry"}}, {"mode": "dry"}),
        ({"set": {"mode": "fan"}}, {"mode": "fan"}),
        ({"set": {"mode": "cool"}}, {"mode": "cool", "targetTemperature": 22.5}),
        *[
            ({"set": {"f_rate": told}}, {"fanMode": word})
            for told, word in {"silence": "quiet", "1": "low", "2": "low", "3": "medium", "4": "high", "5": "high", "auto": "auto"}.items()
        ],
        *[({"set": {"f_dir": told}}, {"verticalSwing": told in {"vertical", "3d"}}) for told in ("vertical", "horizontal", "3d", "off")],
        ({"special": [POWERFUL, "on"]}, {"fanMode": "turbo", "eco": False}),
        ({"special": [POWERFUL, "off"]}, {"fanMode": "auto"}),
        ({"special": [ECONO, "on"]}, {"eco": True}),
        ({"special": [ECONO, "off"]}, {"eco": False}),
        ({"set": {"mode": "off"}}, {"power": False, "mode": "cool"}),
        ({"set": {}}, {"power": True}),
    ]
    async with living() as (appliance, _, where):
        heard: list[dict[str, object]] = []
        appliance.listen(lambda _: heard.append(appliance.values()))
        seen = await used(where, *(plan for plan, _ in steps))
        at = 0
        for plan, shown in steps:  # each of them came about, one after the other
            at = next((place for place in range(at, len(heard)) if shown.items() <= heard[place].items()), -1)
            assert at >= 0, f"{plan} never made {shown}"
        said = [[each["words"][name] for name in ("mode", "f_rate", "f_dir", "adv")] for each in seen[1:]]
        assert [words[0] for words in said[:6]] == ["cool", "hot", "auto", "dry", "fan", "cool"]
        assert [words[1] for words in said[6:13]] == ["silence", "1", "2", "3", "4", "5", "auto"]
        assert [words[2] for words in said[13:17]] == ["vertical", "horizontal", "3d", "off"]
        assert [words[3] for words in said[17:21]] == ["powerful", "off", "econo", "off"]
        assert [words[0] for words in said[21:]] == ["off", "cool"]


async def test_pydaikin_sets_the_make_s_own_and_sees_no_temperature_where_there_is_none() -> None:
    async with living() as (_, _wire, where):
        seen = await used(where, {"streamer": "on"}, {"special": [POWERFUL, "on"]}, {"holiday": "on"}, {"set": {"mode": "dry"}})
        assert [each["words"]["adv"] for each in seen] == ["off", "streamer", "powerful streamer", "powerful streamer", "powerful streamer"]
        assert seen[3]["values"]["en_hol"] == "1"
        assert (seen[4]["target"], seen[4]["values"]["stemp"]) == (None, "M")


async def test_pydaikin_moves_one_of_two_louvres() -> None:
    async with living("two-louvres") as (appliance, _, where):
        seen = await used(where, *({"set": {"f_dir": told}} for told in ("vertical", "3d", "horizontal")))
        assert [each["words"]["f_dir"] for each in seen] == ["off", "vertical", "3d", "horizontal"]
        assert appliance.values()["verticalSwing"] is False


async def test_pydaikin_gets_a_refusal_and_an_adapter_without_sensors() -> None:
    async with living("no-room-sensor", "no-outdoor-when-off", "one-at-a-time", automatic=7) as (appliance, wire, where):
        appliance.touch({"power": False, "mode": "auto"})
        wrong = {"raw": ["aircon/set_control_info", {"pow": "1"}]}
        (_, seen) = await used(where, wrong)
        assert (seen["answer"], appliance.values()["power"]) == ({}, False)
        assert (seen["inside"], seen["outside"], seen["values"]["mode"]) == (None, None, "7")
        assert wire.most == 1


def settle(unit: Host, folder: Path) -> None:
    """Simulate one adapter on a host until it is ready."""
    home, log = folder / "home.yaml", folder / "simulator.log"
    facts = f"{{mac: D0C5D3000001, broadcast: {unit.address.rpartition('.')[0]}.255}}"
    home.write_text(f"units: [{{id: ac, kind: air-conditioner, wire: daikin, address: {unit.address}, facts: {facts}}}]\n")
    unit.start([sys.executable, "-m", "firmware_sim.cli", "--home", home], log=log)
    unit.run(["timeout", "30", "sh", "-c", f"until grep -q ready {log}; do sleep 0.1; done"])


@needs_hosts
def test_pydaikin_finds_it_by_true_broadcast_and_uses_it_on_port_80(tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        settle(unit, tmp_path)
        for words in (["del", f"{hub.address}/24"], ["add", f"{hub.address}/24", "broadcast", "+"]):  # the client asks the system for it
            hub.run(["ip", "address", *words, "dev", CABLE])
        (found,) = json.loads(hub.run([APPLIANCES, CLIENT, "scan"]).stdout)
        assert (found["ip"], found["mac"]) == (unit.address, "D0C5D3000001")
        plan = json.dumps({"set": {"mode": "hot", "stemp": "21.0"}})
        seen = json.loads(hub.run([APPLIANCES, CLIENT, "use", found["ip"], plan]).stdout)
        assert (seen[1]["words"]["mode"], seen[1]["target"]) == ("hot", 21.0)
