"""Accessories through the whole house: plugs that feed, of two makes, and appliances that only an infrared remote speaks for."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop
from tests.kit.home import block
from tests.whole.client.over_coap import HomeOverCoap, home_over_coap
from tests.whole.client.over_mqtt import HomeOverMqtt, home_over_mqtt

pytestmark = pytest.mark.timeout(240)

HOME = """
base-address: 127.0.0.{first}
units:
  - {{id: fridge-{first}, kind: refrigerator, wire: native-coap, seed: 1}}
  - {{id: plug-{first}, kind: plug, wire: native-mqtt, seed: 2, feeds: fridge-{first}}}
  - {{id: eye-{first}, kind: ir-remote, wire: native-coap, seed: 3, room: bedroom}}
  - {{id: ac-{first}, kind: air-conditioner, wire: native-coap, seed: 4, room: bedroom, via: eye-{first}, facts: {{misses: 0.0}}}}
  - {{id: acm-{first}, kind: air-conditioner, wire: native-mqtt, seed: 5, room: bedroom, via: eye-{first}, facts: {{misses: 1.0}}}}
  - {{id: meter-{first}, kind: plug, wire: native-mqtt, seed: 6, feeds: ac-{first}}}
  - {{id: meterm-{first}, kind: plug, wire: native-mqtt, seed: 7, feeds: acm-{first}}}
  - {{id: cold-{first}, kind: refrigerator, wire: native-coap, seed: 8, title: "Cellar refrigerator {first}"}}
  - id: vendor-{first}
    kind: plug
    wire: miio
    seed: 9
    feeds: cold-{first}
    facts: {{did: 30000{first}, model: chuangmi.plug.212a01, token: "{token}"}}
"""
TOKEN = "d1" * 16  # a made-up key, published here


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    (path := folder / "home.yaml").write_text(HOME.format(first=block(), token=TOKEN))
    running = start_demo(folder, "--home", str(path), "--speed", "10")
    yield running
    assert stop(running.process) == 0


def named(demo: Demo, word: str) -> str:
    return next(str(unit["id"]) for unit in demo.ready["units"] if unit["id"].startswith(f"{word}-"))


def vendors(demo: Demo) -> str:
    """Return the device of the plug that remembers nothing."""
    return next(str(each["devices"][0]) for each in demo.call("status")["sessions"] if each["driver"] == "miio")


def hulian(demo: Demo, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(demo.data), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, stdin=subprocess.DEVNULL)


def linked(demo: Demo) -> list[tuple[str, str, str]]:
    return [(tie["device"], tie["relation"], tie["other"]) for tie in json.loads(hulian(demo, "links", "--json").stdout)]


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


@pytest.mark.parametrize(("word", "obeys", "says"), [("ac", True, "so it is on"), ("acm", False, "so it is off, though on was sent")])
def test_the_plug_it_hangs_on_proves_whether_it_obeyed(demo: Demo, word: str, obeys: bool, says: str) -> None:
    device = named(demo, word)
    demo.call("command", device=device, operation="writeproperty", name="power", input=True)
    assert demo.state(device)["$"]["q"]["power"] == "assumed"
    eventually(lambda: (demo.state(named(demo, f"meter{word[2:]}"))["powerDraw"] > 15) is obeys, "the plug measures it")
    time.sleep(1)  # the verdict is seen at the next tick, and must then hold
    demo.call("advance", seconds=130)
    state = eventually(lambda: "power" not in (now := demo.state(device))["$"]["q"] and now, "the measured")
    assert state["power"] is obeys
    assert says in hulian(demo, "links", device).stdout


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


def test_a_vendors_plug_is_told_what_it_feeds_and_what_cannot_be_is_refused(demo: Demo) -> None:
    plug, fridge = vendors(demo), named(demo, "cold")
    assert (demo.state(plug)["feeds"], demo.state(plug)["feedsKind"]) == ("", "none")
    refused = hulian(demo, "link", fridge, "feeds", plug)
    assert (refused.returncode, "which feeds nothing; a plug does" in " ".join(refused.stderr.split())) == (1, True)
    assert "no device" in hulian(demo, "link", plug, "feeds", "attic").stderr
    assert hulian(demo, "link", plug, "feeds", named(demo, "fridge")).returncode == 1
    made = hulian(demo, "link", plug, "feeds", demo.call("show", device=fridge)["name"])
    assert (made.returncode, "feeds Cellar refrigerator" in made.stdout) == (0, True)
    assert (plug, "feeds", fridge) in linked(demo)
    assert (demo.state(plug)["feeds"], demo.state(plug)["feedsKind"]) == (fridge, "refrigerator")
    assert f"Feeds: {fridge}" in hulian(demo, "show", plug).stdout
    assert f"Fed by: {plug}" in hulian(demo, "show", fridge).stdout
    entries = [entry for entry in demo.call("journal") if entry["what"] == "linked"]
    assert (entries[-1]["actor"], entries[-1]["target"], entries[-1]["detail"]["other"]) == ("local", plug, fridge)


async def over_both(demo: Demo, device: str) -> dict[str, list[Any]]:
    """Try to switch a device off over MQTT and over CoAP, and return what each saw of it."""
    seen: dict[str, list[Any]] = {}
    async with home_over_mqtt(demo.ready["mqtt"]) as mqtt, home_over_coap(demo.coap) as coap:
        ways: tuple[HomeOverMqtt | HomeOverCoap, ...] = (mqtt, coap)
        for number, home in enumerate(ways):
            described = (await home.devices())[device]
            ack = await home.command(device, "writeproperty", "power", False, f"off-{number}")
            both = await mqtt.command(device, "writemultipleproperties", "", {"power": False, "feedsKind": "none"}, f"sly-{number}")
            links = [link["rel"] for link in described["links"]]
            seen[f"way {number}"] = [
                *[await home.read(device, name) for name in ("feeds", "feedsKind", "power")],
                "readOnly" in described["properties"]["feeds"],
                "hl:feeds" in links,
                ack["state"],
                ack["error"]["code"],
                both["error"]["code"],
            ]
    return seen


def test_no_way_in_cuts_off_a_refrigerator_that_hangs_on_a_vendors_plug_unless_a_person_confirms_it(demo: Demo) -> None:
    plug, fridge = vendors(demo), named(demo, "cold")
    if (plug, "feeds", fridge) not in linked(demo):
        demo.call("link", device=plug, relation="feeds", other=fridge)
    seen = asyncio.run(over_both(demo, plug))
    assert seen["way 0"] == seen["way 1"] == [fridge, "refrigerator", True, False, True, "rejected", "needs-confirm", "state-conflict"]
    refused = hulian(demo, "set", plug, "power", "off")
    assert (refused.returncode, "--yes" in refused.stderr) == (1, True)
    assert demo.simulator(do="truth", unit=fridge)["truth"]["powered"] is True
    assert hulian(demo, "set", plug, "power", "off", "--yes").returncode == 0
    assert demo.simulator(do="truth", unit=fridge)["truth"]["powered"] is False
    assert hulian(demo, "set", plug, "power", "on").returncode == 0
    unsure = hulian(demo, "unlink", plug, "feeds")
    assert (unsure.returncode, "protected no more" in " ".join(unsure.stderr.split())) == (1, True)
    assert hulian(demo, "unlink", plug, "feeds", "--yes").returncode == 0
    assert (plug, "feeds", fridge) not in linked(demo)
    assert hulian(demo, "set", plug, "power", "off").returncode == 0


def test_what_cannot_speak_is_shown_by_its_plug(demo: Demo) -> None:
    plug = vendors(demo)
    hulian(demo, "unlink", plug, "feeds", "--yes")
    hulian(demo, "set", plug, "power", "off")
    assert "does of air-conditioner" in " ".join(hulian(demo, "link", plug, "feeds", "--as", "teapot", "It").stderr.split())
    made = json.loads(hulian(demo, "link", plug, "feeds", "--as", "fan", "Attic fan", "--json").stdout)
    eventually(lambda: demo.call("advance", seconds=20) and demo.state(made["other"]).get("power") is False, "off, for its plug is")
    assert demo.state(made["other"])["$"]["q"]["power"] == "assumed"
    assert "assumed: nothing tells what it really does" in " ".join(hulian(demo, "show", "Attic fan").stdout.split())
    assert hulian(demo, "unlink", plug, "feeds", "Attic fan").returncode == 0
    eventually(lambda: made["other"] not in {entry["id"] for entry in demo.call("devices")["devices"]}, "it goes with the link")
