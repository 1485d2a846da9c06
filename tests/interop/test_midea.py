"""midea-local, a client we did not write, on simulated Midea units; and both known clients' searches over a real network."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions, wire_factory
from firmware_sim.wires.midea.door import Door
from tests.kit.addresses import address
from tests.kit.demo import ROOT
from tests.kit.hosts import CABLE, needs_hosts, two_hosts
from tests.kit.simulated import broadcast_of, simulate

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
APPLIANCES = ROOT / ".venv-appliances" / "bin" / "python"
HERE = Path(__file__).parent
DEVICE = 151732605009000


@pytest.fixture
def appliance() -> Appliance:
    appliance = make_appliance("air-conditioner", identifier="ac-foreign", features=("HEAT", "AUTO", "OUT", "SWV", "ECO"))
    appliance.touch({"power": True, "mode": "cool", "targetTemperature": 24.0})
    appliance.advance(600)
    return appliance


@pytest.fixture(params=["midea_v2", "midea_v3"])
async def wire(request: pytest.FixtureRequest, appliance: Appliance) -> AsyncIterator[Door]:
    door = wire_factory(request.param)(appliance, Network(address()), WireOptions(port=0, facts={"device": DEVICE}))
    assert isinstance(door, Door)
    async with door:
        yield door


async def told(wire: Door, *more: str) -> Any:
    """Run midea-local on the unit; return what it says."""
    where = wire.address
    process = await asyncio.create_subprocess_exec(
        APPLIANCES, HERE / "midea_client.py", where, "21.5", *more, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


def secrets(wire: Door) -> tuple[str, ...]:
    return () if wire.keys is None else (wire.keys.token.hex(), wire.keys.key.hex())


async def test_midea_local_finds_reads_and_sets_it(wire: Door, appliance: Appliance) -> None:
    seen = await told(wire, *secrets(wire))
    assert (seen["found"]["device_id"], seen["found"]["type"], seen["found"]["port"]) == (DEVICE, 0xAC, wire.port)
    assert (seen["found"]["protocol"], seen["found"]["sn"]) == (3 if wire.keys else 2, wire.identity.serial)
    values = appliance.values()
    assert (seen["was"]["power"], seen["was"]["mode"], seen["was"]["target_temperature"]) == (True, 2, 24.0)
    assert seen["was"]["indoor_temperature"] == pytest.approx(values["roomTemperature"], abs=0.1)
    assert seen["set"]["target_temperature"] == values["targetTemperature"] == 21.5
    assert seen["after a sign of life"]["target_temperature"] == 21.5
    assert wire.unread == 0


@pytest.mark.parametrize("wire", ["midea_v3"], indirect=True)
async def test_midea_local_is_told_that_its_token_or_key_is_wrong(wire: Door) -> None:
    token, key = secrets(wire)
    assert not (await told(wire, token[::-1], key))["connected"]
    assert not (await told(wire, token, key[::-1]))["connected"]
    assert (await told(wire, token, key))["connected"]


@needs_hosts
@pytest.mark.parametrize("version", [2, 3])
def test_both_clients_find_it_by_true_broadcast(version: int, tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        facts = {"device": DEVICE, "broadcast": broadcast_of(unit)}
        simulate(unit, tmp_path, {"id": "ac", "kind": "air-conditioner", "wire": f"midea-v{version}", "facts": facts})
        for python, *library in ((Path(sys.executable), "msmart", CABLE), (APPLIANCES, "midealocal")):
            found = json.loads(hub.run([python, HERE / "midea_search.py", *library]).stdout)
            assert found == [{"id": DEVICE, "address": unit.address, "version": version}], library
