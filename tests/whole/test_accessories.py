"""Accessories through the whole house: a plug that feeds, and appliances that only an infrared remote speaks for."""

from collections.abc import Iterator

import pytest

from tests.kit.demo import Demo, start_demo, stop
from tests.kit.home import block

pytestmark = pytest.mark.timeout(240)

HOME = """
base-address: 127.0.0.{first}
units:
  - {{id: fridge-{first}, kind: refrigerator, wire: native-coap, seed: 1}}
  - {{id: plug-{first}, kind: plug, wire: native-mqtt, seed: 2, feeds: fridge-{first}}}
  - {{id: eye-{first}, kind: ir-remote, wire: native-coap, seed: 3, room: bedroom}}
  - {{id: ac-{first}, kind: air-conditioner, wire: native-coap, seed: 4, room: bedroom, via: eye-{first}, facts: {{misses: 0.0}}}}
  - {{id: acm-{first}, kind: air-conditioner, wire: native-mqtt, seed: 5, room: bedroom, via: eye-{first}, facts: {{misses: 1.0}}}}
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    (path := folder / "home.yaml").write_text(HOME.format(first=block()))
    running = start_demo(folder, "--home", str(path), "--speed", "10")
    yield running
    assert stop(running.process) == 0


def named(demo: Demo, word: str) -> str:
    return next(str(unit["id"]) for unit in demo.ready["units"] if unit["id"].startswith(f"{word}-"))


@pytest.mark.parametrize(("word", "obeys"), [("ac", True), ("acm", False)])
def test_what_is_behind_a_remote_is_its_own_kind_assumed_from_end_to_end(demo: Demo, word: str, obeys: bool) -> None:
    device = named(demo, word)
    assert next(entry["kind"] for entry in demo.call("devices")["devices"] if entry["id"] == device) == "air-conditioner"
    assert "power" not in demo.state(device)
    ack = demo.call("command", device=device, operation="writeproperty", name="power", input=True)
    assert ack["state"] == "completed"
    state = demo.state(device)
    assert (state["power"], state["$"]["q"]["power"], state["$"]["q"]["targetTemperature"]) == (True, "assumed", "assumed")
    assert "roomTemperature" not in state
    truth = demo.simulator(do="truth", unit=device)["truth"]
    assert (truth["settings"]["power"], truth["shown"]["power"]) == (obeys, True)


def test_a_plug_that_feeds_a_refrigerator_asks_first_and_then_cuts_it(demo: Demo) -> None:
    plug, fridge = named(demo, "plug"), named(demo, "fridge")
    assert (demo.state(plug)["feeds"], demo.state(plug)["feedsKind"]) == (fridge, "refrigerator")
    ack = demo.call("command", device=plug, operation="writeproperty", name="power", input=False)
    assert (ack["state"], ack["error"]["code"]) == ("rejected", "needs-confirm")
    assert demo.simulator(do="truth", unit=fridge)["truth"]["powered"] is True
    demo.simulator(do="touch", unit=plug, set={"power": False})
    assert demo.simulator(do="truth", unit=fridge)["truth"]["powered"] is False
    demo.simulator(do="touch", unit=plug, set={"power": True})
    assert demo.simulator(do="truth", unit=fridge)["truth"]["powered"] is True
