"""The make's own search over a real network: two hosts on a cable, and nothing but a broadcast to find each other by."""

import json
import sys
from pathlib import Path

import pytest

from tests.kit.hosts import needs_hosts, two_hosts
from tests.kit.simulated import simulate

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


@pytest.mark.parametrize("version", [1, 2])
def test_a_broadcast_over_a_cable_finds_the_unit_and_it_is_opened(version: int, tmp_path: Path) -> None:
    with two_hosts() as (unit, hub):
        facts = {"mac": "f4911e000001", "version": version, "broadcast": True}
        simulate(unit, tmp_path, {"id": "dry", "kind": "humidifier", "features": ["DEHUMID"], "wire": "gree", "facts": facts})
        found = json.loads(hub.run([sys.executable, "-c", SEARCH, hub.address]).stdout)
        assert found == [[unit.address, "f4911e000001", "humidifier", 1]]
