"""The make's own search over a real network: two hosts on a cable, and nothing but a broadcast to find each other by."""

import json
import sys
from pathlib import Path

import pytest

from tests.kit.hosts import Host, needs_hosts, two_hosts

pytestmark = [pytest.mark.long, pytest.mark.timeout(120), needs_hosts]
SEARCH = """
import asyncio, json, sys
from random import Random
from gateway.drivers.gree import DRIVER
from gateway.drivers.spi import Context, SearchContext, registration_of
from gateway.profile.library import Library
from gateway.thing.clock import SystemClock

async def main():
    context = Context(gateway="test", clock=SystemClock(), random=Random(1), library=Library())
    told = lambda where, what: None
    found = []
    async for sighting in DRIVER.search(SearchContext(interfaces=(sys.argv[1],), unicast=(), context=context, asked=told, dropped=told)):
        candidate = DRIVER.recognise(sighting)
        async with DRIVER.open(registration_of(candidate), context) as session:
            found.append([candidate.address, candidate.key, candidate.kind, len(session.describe())])
    print(json.dumps(found))

asyncio.run(main())
"""


def settle(unit: Host, folder: Path, version: int) -> None:
    """Simulate one unit on a host until it is ready."""
    home, log = folder / "home.yaml", folder / "simulator.log"
    facts = f"{{mac: f4911e000001, version: {version}, broadcast: true}}"
    home.write_text(f"units: [{{id: dry, kind: humidifier, features: [DEHUMID], wire: gree, address: {unit.address}, facts: {facts}}}]\n")
    unit.start([sys.executable, "-m", "firmware_sim.cli", "--home", home], log=log)
    unit.run(["timeout", "30", "sh", "-c", f"until grep -q ready {log}; do sleep 0.1; done"])


@pytest.mark.parametrize("version", [1, 2])
def test_a_broadcast_over_a_cable_finds_the_unit_and_it_is_opened(version: int, tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        settle(unit, tmp_path, version)
        found = json.loads(hub.run([sys.executable, "-c", SEARCH, hub.address]).stdout)
        assert found == [[unit.address, "f4911e000001", "humidifier", 1]]
