"""The hub's own search over a real network, on a host without a way to the internet: by broadcast, both versions of the protocol."""

import json
import sys
from pathlib import Path

import pytest

from tests.kit.hosts import CABLE, needs_hosts, two_hosts
from tests.kit.simulated import simulate

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


@needs_hosts
def test_a_broadcast_on_the_cable_finds_both(tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        other = f"{unit.address.rpartition('.')[0]}.9"
        unit.run(["ip", "address", "add", f"{other}/24", "dev", CABLE])
        rows = [
            {
                "id": f"ac-{version}",
                "kind": "air-conditioner",
                "wire": f"midea-v{version}",
                "address": where,
                "facts": {"device": version, "broadcast": True},
            }
            for version, where in ((2, unit.address), (3, other))
        ]
        simulate(unit, tmp_path, *rows)
        told = json.loads(hub.run([sys.executable, "-c", SEARCH, hub.address]).stdout)
        assert told["dropped"] == []
        assert sorted(told["seen"]) == [["2", unit.address, []], ["3", other, ["token", "key"]]]
