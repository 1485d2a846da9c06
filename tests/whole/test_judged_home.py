"""Appliances behind the gateway, judged as what it shows them as: no false alarm where a maker's wire says less than the profile."""

import os
from collections.abc import Iterator

import pytest

from gateway.conformance.order import Order, judged
from gateway.conformance.target import Target
from gateway.profile.library import Library
from tests.kit.addresses import address
from tests.kit.demo import Demo, start_demo, stop

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
LIBRARY = Library()
UNITS = f"""
name: judged
titles: {{en: Judged, zh-Hans: 受检}}
units:
  - {{id: ac-daikin, kind: air-conditioner, wire: daikin, seed: 35, title: "Daikin air conditioner", room: living-room}}
  - {{id: plug-{os.getpid()}, kind: plug, wire: native-mqtt, seed: 32, title: "Standard plug", room: study}}
"""
TESTS = ("T", "S5", "S6", "C8", "E4", "X", "G2", "L2")
"""One question each, so that no budget is needed and nothing depends on how fast this machine is."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("judged")
    one, two, three, _ = address().split(".")
    file = folder / "judged.yaml"
    file.write_text(f"{UNITS}base-address: {one}.{two}.{int(three) + 1}.2\n", encoding="utf-8")  # an odd third number: nobody else's
    demo = start_demo(folder / "data", "--home", str(file), "--speed", "1")
    try:
        yield demo
    finally:
        stop(demo.process)


@pytest.mark.parametrize("kind", ["air-conditioner", "plug"])
async def test_an_appliance_behind_the_gateway_is_judged_over_both_transports_without_a_false_alarm(home: Demo, kind: str) -> None:
    target = Target(name=f"mqtt://127.0.0.1:{home.mqtt_port}/{home.topic(home.device(kind), '')}".rstrip("/"), library=LIBRARY)
    result = await judged(Order(target=target, seed=1, tests=TESTS))
    assert [verdict.document() for verdict in result.failures] == []
    passed = [verdict for verdict in result.verdicts if verdict.outcome == "passed"]
    assert {"mqtt", "coap"} <= {verdict.transport for verdict in passed}
    assert len(passed) >= 8
