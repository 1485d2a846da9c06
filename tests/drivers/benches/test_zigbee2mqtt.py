"""The contract on the wire of Zigbee2MQTT."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.drivers.contract import DriverContract
from tests.drivers.contract_bench import Bench
from tests.drivers.zigbee2mqtt_bench import bridged

NO_KEY = "the broker asks who comes, not the device"
NO_PLACE = "the broker is its place, and it has no address"
ONE_LINK = "all devices share the hub's one link to its broker"
NO_ORDER = "a state has neither number nor time: one that comes late cannot be told from a new one; the next question puts it right"
LACKS = {
    "key": NO_KEY,
    "wrong key": NO_KEY,
    "nobody there": NO_PLACE,
    "new address": NO_PLACE,
    "connections": ONE_LINK,
    "flooding": ONE_LINK,
    "twice and late": NO_ORDER,
}
UNTOLD = {"ratedCurrent": "nothing tells it"}


class TestPlugWithReadings(DriverContract):
    driver = "zigbee2mqtt"
    wire = "zigbee2mqtt"
    kind = "plug"
    lacks = LACKS
    untold = UNTOLD
    read_only = frozenset({"feeds", "feedsKind"})
    judges = ("zigbee2mqtt",)

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with bridged(tmp_path, "plug", quirks=["retains"], read_only=self.read_only) as bench:
            yield bench
