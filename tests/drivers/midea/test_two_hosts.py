"""The hub's own search over a real network, on a host without a way to the internet: by broadcast, both versions of the protocol."""

import json
import sys
from pathlib import Path

import pytest

from tests.kit.hosts import Host, needs_hosts, two_hosts

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]

SEARCH = """
import asyncio, json, sys
from random import Random
from gateway.drivers.midea import DRIVER
from gateway.drivers.spi import Context, SearchContext
from gateway.profile.library import Library
from gateway.thing.clock import SystemClock

async def main():
    context = Context(gateway="test", clock=SystemClock(), random=Random(1), library=Library())
    told = []
    where = SearchContext(
        interfaces=(sys.argv[1],), unicast=(), context=context, asked=lambda *_: None, dropped=lambda *why: told.append(why)
    )
    seen = [DRIVER.recognise(sighting) async for sighting in DRIVER.search(where)]
    print(json.dumps({"seen": [[unit.key, unit.address, list(unit.needs)] for unit in seen], "dropped": told}))

asyncio.run(main())
"""


def settle(unit: Host, folder: Path) -> None:
    """Simulate a unit of each version on a host, the second at an address of its own."""
    home, log, other = folder / "home.yaml", folder / "simulator.log", unit.address.rpartition(".")[0] + ".9"
    unit.run(["ip", "address", "add", f"{other}/24", "dev", "cable0"])
    rows = [
        f"  - {{id: ac-{version}, kind: air-conditioner, wire: midea-v{version}, address: {where}, "
        f"facts: {{device: {version}, broadcast: true}}}}"
        for version, where in ((2, unit.address), (3, other))
    ]
    home.write_text("\n".join(["units:", *rows]) + "\n")
    unit.start([sys.executable, "-m", "firmware_sim.cli", "--home", home], log=log)
    unit.run(["timeout", "30", "sh", "-c", f"until grep -q ready {log}; do sleep 0.1; done"])


@needs_hosts
def test_a_broadcast_on_the_cable_finds_both(tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        settle(unit, tmp_path)
        told = json.loads(hub.run([sys.executable, "-c", SEARCH, hub.address]).stdout)
        assert told["dropped"] == []
        network = unit.address.rpartition(".")[0]
        assert sorted(told["seen"]) == [["2", unit.address, []], ["3", f"{network}.9", ["token", "key"]]]
