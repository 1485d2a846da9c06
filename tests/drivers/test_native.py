from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firmware_sim.wire import WIRES
from gateway.drivers.native import coap_line
from tests.drivers.contract import Bench, DriverContract
from tests.drivers.contract_terms import MARK
from tests.drivers.kit import context
from tests.drivers.native_bench import GATEWAY, hub, native
from tests.kit.addresses import address


@pytest.fixture(autouse=True)
def hurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WIRES, "native-coap", ("native_coap",))  # nobody needs an announcement here, which takes a second
    if request.node.get_closest_marker(MARK).args[0] in UNHURRIED:
        return
    monkeypatch.setattr(coap_line, "_SILENCE", 0.5)
    monkeypatch.setattr(coap_line, "_PATIENCE", 2.0)


FOUND = {
    "found": "it announces itself: see the tests of the finders",
    "key": "it is let in by the hub, not paired by its driver: see the tests of keyed appliances",
    "wrong key": "likewise",
}
UNHURRIED = {"lost", "slow", "flooding"}
"""Checks in which a datagram is sent again, which takes seconds."""
NO_ADDRESS = "it lives on the hub's broker and has no address"
ON_THE_BROKER = dict.fromkeys(("new address", "flooding", "connections", "pieces", "nobody there"), NO_ADDRESS)
DATAGRAMS = dict.fromkeys(("pieces", "connections"), "the wire is datagrams")

SLOW = {"slow": "its description comes in blocks: at a second each, longer than a session may take to open"}


class TestOverMqtt(DriverContract):
    driver = "native"
    wire = "native-mqtt"
    kind = "plug"
    lacks = FOUND | ON_THE_BROKER

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with hub(tmp_path) as (lent, broker), native(lent, "native-mqtt", broker=broker.address.url) as bench:
            yield bench


class TestOverCoap(DriverContract):
    driver = "native"
    wire = "native-coap"
    kind = "plug"
    lacks = FOUND | DATAGRAMS | SLOW

    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        async with native(context(GATEWAY), "native-coap", address=address(), port=None) as bench:
            yield bench


@pytest.mark.long
class TestOverBoth(DriverContract):
    driver = "native"
    wire = "native"
    kind = "plug"
    lacks = FOUND | ON_THE_BROKER

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with (
            hub(tmp_path) as (lent, broker),
            native(lent, "native", broker=broker.address.url, address=address(), port=None) as bench,
        ):
            yield bench
