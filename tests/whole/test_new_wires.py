"""One home with a unit of each wire that describes itself or only hears light: one client script, unmodified, over MQTT and over CoAP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.addresses import address
from tests.kit.brokers import needs_mosquitto
from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop

pytestmark = [needs_mosquitto, pytest.mark.long, pytest.mark.timeout(240)]

HOME = """
base-address: {base}
units:
  - {{id: ac-esp, kind: air-conditioner, wire: esphome, seed: 51, title: "ESPHome unit", room: study, facts: {{node: haier-hon}}}}
  - {{id: plug-esp, kind: plug, wire: esphome, seed: 52, title: "ESPHome plug", room: hall, facts: {{node: metering-plug, key: none}}}}
  - {{id: plug-zigbee, kind: plug, wire: zigbee2mqtt, seed: 53, title: "Zigbee plug", room: hall, facts: {{model: tuya-plug}}}}
  - {{id: light-zigbee, kind: light, wire: zigbee2mqtt, seed: 54, title: "Zigbee lamp", room: hall, facts: {{model: ikea-bulb}}}}
  - {{id: light-tasmota, kind: light, wire: mqttdiscovery, seed: 55, title: "Tasmota lamp", room: hall, facts: {{firmware: tasmota}}}}
  - {{id: ir-attic, kind: ir-remote, wire: broadlink, seed: 57, title: "Transmitter", room: attic}}
  - {{id: ac-attic, kind: air-conditioner, wire: ir, seed: 58, title: "Old air conditioner", room: attic, facts: {{misses: 0.0}}}}
  - {{id: tv-attic, kind: uhd-tv, wire: ir, seed: 60, title: "Old television", room: attic, facts: {{misses: 0.0}}}}
  - {{id: meter-{pid}, kind: plug, wire: native-mqtt, seed: 61, title: "Attic plug", room: attic, feeds: tv-attic}}
  - {{id: tv-dlna, kind: uhd-tv, wire: dlna, seed: 62, title: "Renderer", room: hall, settings: {{power: true}}}}
  - {{id: tv-google, kind: uhd-tv, wire: androidtv, seed: 59, title: "Television", room: attic, facts: {{paired: true}}}}
"""
DRIVERS = {"native", "esphome", "zigbee2mqtt", "mqttdiscovery", "broadlink", "androidtv", "dlna"}
ASKED: tuple[list[list[object]], ...] = ([["power", True], ["power", False], ["power", True]], [["volume", 20], ["volume", 30]], [])
"""What the client tries, by what can be set: a transmitter has nothing, and a key that turns power over needs to know the start."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("wires")
    one, two, three, _ = address().split(".")
    (path := folder / "home.yaml").write_text(HOME.format(base=f"{one}.{two}.{int(three) + 1}.2", pid=os.getpid()))
    running = start_demo(folder / "data", "--home", str(path))
    yield running
    assert stop(running.process) == 0


@pytest.fixture(scope="module")
def seen(home: Demo) -> dict[str, dict[str, Any]]:
    """Transport to device to what the client saw."""
    return {way: driven(url) for way, url in (("mqtt", home.ready["mqtt"]), ("coap", home.coap))}


def driven(url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.whole.client.everything", url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def test_every_wire_is_there_in_its_room_and_nobody_was_asked_anything(home: Demo) -> None:
    eventually(lambda: all(device["room"] for device in home.call("devices")["devices"]), "each in its room")
    devices = home.call("devices")["devices"]
    assert {device["availability"]["state"] for device in devices} == {"online"}
    assert sorted(device["kind"] for device in devices) == sorted(unit["kind"] for unit in home.ready["units"])
    assert {session["driver"] for session in home.call("status")["sessions"] if session["state"] == "open"} == DRIVERS


@pytest.mark.parametrize("way", ["mqtt", "coap"])
def test_the_client_drives_a_unit_of_every_wire(home: Demo, seen: dict[str, dict[str, Any]], way: str) -> None:
    by_wire = {device: session["driver"] for session in home.call("status")["sessions"] for device in session["devices"]}
    drove = {by_wire[device] for device, (_, *steps) in seen[way].items() if steps}
    assert drove == DRIVERS
    for device, (kind, *steps) in seen[way].items():
        assert [step[:2] for step in steps] in ASKED
        assert {(state, shown == value) for _, value, state, shown in steps} <= {("completed", True)}, (device, kind, steps)


def test_over_both_the_same_is_seen(seen: dict[str, dict[str, Any]]) -> None:
    assert seen["mqtt"] == seen["coap"]


def test_the_client_names_no_wire() -> None:
    client = (Path(__file__).parent / "client" / "everything.py").read_text().lower()
    assert not {word for word in {*DRIVERS, "zigbee", "tasmota", "infrared"} if word in client}


def test_a_plug_of_each_wire_is_told_what_it_feeds_and_asks_before_it_cuts_a_refrigerator_off(home: Demo) -> None:
    plugs = [device["id"] for device in home.call("devices")["devices"] if device["kind"] == "plug" and device["room"] == "hall"]
    assert len(plugs) == 2
    for plug in plugs:
        ack = home.call("command", device=plug, operation="writeproperty", name="feedsKind", input="refrigerator")
        assert ack["state"] == "completed"
        ack = home.call("command", device=plug, operation="writeproperty", name="power", input=False)
        assert (ack["state"], ack["error"]["code"], ack["error"]["constraint"]) == ("rejected", "needs-confirm", "plug-protected")
        assert (home.state(plug)["feedsKind"], home.state(plug)["power"]) == ("refrigerator", True)


def test_what_only_hears_light_is_controlled_by_its_transmitter(home: Demo) -> None:
    ties = {(tie["relation"], tie["otherName"], tie["told"]) for tie in home.call("links")}
    assert ("controls", "Old air conditioner", True) in ties


def test_a_key_that_turns_power_over_works_once_a_plug_tells_how_the_television_is(home: Demo) -> None:
    named = {device["name"]: device["id"] for device in home.call("devices")["devices"]}
    plug, television = named["Attic plug"], named["Old television"]

    def switch(on: bool) -> dict[str, Any]:
        return dict(home.call("command", device=television, operation="writeproperty", name="power", input=on))

    assert switch(True)["error"]["code"] == "read-only"
    assert home.call("link", device=plug, relation="feeds", other=television)["told"] is True
    eventually(lambda: home.call("advance", seconds=20) and "power" in home.state(television), "the plug tells that it is off")
    assert (home.state(television)["power"], "power" in home.state(television)["$"]["q"]) == (False, False)
    assert switch(True)["state"] == "completed"
    assert home.simulator(do="truth", unit="tv-attic")["truth"]["settings"]["power"] is True
    assert (home.state(television)["power"], home.state(television)["$"]["q"]["power"]) == (True, "assumed")
    eventually(lambda: home.call("advance", seconds=5) and "power" not in home.state(television)["$"]["q"], "the plug tells that it is on")
    assert home.state(television)["power"] is True
