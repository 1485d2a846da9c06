from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.drivers.native import coap_line
from tests.drivers.contract import Bench, DriverContract
from tests.drivers.kit import context
from tests.drivers.native_bench import GATEWAY, hub, native


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coap_line, "_SILENCE", 0.5)
    monkeypatch.setattr(coap_line, "_PATIENCE", 2.0)


FOUND = {
    "found": "it announces itself: see the tests of the finders",
    "key": "it is let in by the hub, not paired by its driver: see the tests of keyed appliances",
    "wrong key": "likewise",
}
ON_THE_BROKER = {
    name: "it lives on the hub's broker and has no address" for name in ("new address", "flooding", "connections", "pieces", "nobody there")
}
DATAGRAMS = {name: "the wire is datagrams" for name in ("pieces", "connections")}


class TestOverMqtt(DriverContract):
    lacks = FOUND | ON_THE_BROKER

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with hub(tmp_path) as (lent, broker), native(lent, "native-mqtt", broker=broker.address.url) as bench:
            yield bench


class TestOverCoap(DriverContract):
    lacks = FOUND | DATAGRAMS

    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        async with native(context(GATEWAY), "native-coap") as bench:
            yield bench


class TestOverBoth(DriverContract):
    lacks = FOUND | ON_THE_BROKER

    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with hub(tmp_path) as (lent, broker), native(lent, "native", broker=broker.address.url) as bench:
            yield bench
