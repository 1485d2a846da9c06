"""The contract on the wire of devices that announce themselves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.drivers.contract import DriverContract
from tests.drivers.contract_bench import Bench
from tests.drivers.discovered_bench import discovered

NO_KEY = "the broker asks who comes, not the device"
NO_PLACE = "the broker is its place, and it has no address"
ONE_LINK = "all devices share the hub's one link to its broker"


class TestLight(DriverContract):
    driver = "mqttdiscovery"
    wire = "mqttdiscovery"
    kind = "light"
    lacks = {
        "key": NO_KEY,
        "wrong key": NO_KEY,
        "nobody there": NO_PLACE,
        "new address": NO_PLACE,
        "connections": ONE_LINK,
        "flooding": ONE_LINK,
    }
    judges = ("homeassistant",)

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with discovered(tmp_path, features=("CT",)) as bench:
            yield bench
