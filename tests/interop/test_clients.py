"""Clients we did not write use the demo as they would any gateway: mosquitto's, libcoap's, node-wot, wotpy, msmart-ng."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.kit.demo import ROOT, Demo, eventually, program

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
NODE_MODULES = ROOT / ".interop" / "node_modules"
WOTPY = ROOT / ".venv-wotpy" / "bin" / "python"
HERE = Path(__file__).parent


def heard(demo: Demo, topic: str, *, count: int | None = None, seconds: int = 3, version: str = "5") -> dict[str, str]:
    """Return topic -> last payload, as mosquitto_sub prints them."""
    limit = ["-C", str(count)] if count else ["-W", str(seconds)]
    command = [program("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(demo.mqtt_port), "-V", version, "-v", "-t", topic, *limit]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    return dict(line.split(" ", 1) for line in output.splitlines() if " " in line)


def said(demo: Demo, topic: str, payload: str, *, version: str = "5") -> None:
    command = [program("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(demo.mqtt_port), "-V", version, "-q", "1", "-t", topic, "-m", payload]
    subprocess.run(command, check=True, timeout=30)


def coap(demo: Demo, path: str, *options: str, method: str = "get") -> str:
    command = [program("coap-client-notls", "coap-client"), "-m", method, "-B", "10", *options, f"{demo.coap}{path}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def test_all_five_appliances_are_there_within_ten_seconds(demo: Demo) -> None:
    kinds = sorted(entry["kind"] for entry in demo.call("devices")["devices"])
    assert kinds == ["air-conditioner", "light", "plug", "refrigerator", "set-top-box"]
    assert len(demo.ready["devices"]) == 5


@pytest.mark.parametrize("version", ["5", "311"])
def test_mosquitto_sub_shows_every_kind_of_topic(demo: Demo, version: str) -> None:
    topics = heard(demo, f"hulian/1/{demo.gateway}/#", version=version)
    for device in demo.ready["devices"]:
        assert json.loads(topics[demo.topic(device, "avail")])["state"] == "online"
        assert json.loads(topics[demo.topic(device, "td")])["hl:kind"]
        state = json.loads(topics[demo.topic(device, "s")])
        for name in state.keys() - {"$"}:
            assert demo.topic(device, f"p/{name}") in topics


@pytest.mark.parametrize("version", ["5", "311"])
def test_a_write_by_mosquitto_pub_cools_the_simulated_room(demo: Demo, version: str) -> None:
    device, unit = demo.device("air-conditioner"), demo.unit("air-conditioner")
    for name, value in (("power", "true"), ("mode", '"cool"'), ("fanMode", '"high"')):
        said(demo, demo.topic(device, f"p/{name}/set"), value, version=version)
    eventually(lambda: demo.state(device)["power"] is True and demo.state(device)["mode"] == "cool", "cooling asked for")
    before = demo.simulator(do="truth", unit=unit)["truth"]["roomTemperature"]
    listener = subprocess.Popen(
        [program("mosquitto_sub"), "-p", str(demo.mqtt_port), "-V", version, "-t", demo.topic(device, "ack"), "-W", "10"],
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: subscribed(demo, device), "subscribed", 3)
    target = 18 if version == "5" else 17
    said(demo, demo.topic(device, "p/targetTemperature/set"), str(target), version=version)
    acks = [json.loads(line) for line in listener.communicate(timeout=60)[0].splitlines()]
    mine = [ack for ack in acks if ack["name"] == "targetTemperature"]
    assert [ack["state"] for ack in mine] == ["accepted", "completed"]
    demo.simulator(do="advance", unit=unit, seconds=1800)
    after = demo.simulator(do="truth", unit=unit)["truth"]
    assert after["settings"]["targetTemperature"] == target
    assert after["roomTemperature"] < before


def subscribed(_demo: Demo, _device: str) -> bool:
    """Give mosquitto_sub a moment to subscribe: it says nothing when it has."""
    import time  # noqa: PLC0415

    time.sleep(1)
    return True


def test_libcoap_reads_and_writes_what_mqtt_shows(demo: Demo) -> None:
    device = demo.device("light")
    coap(demo, f"/d/{device}/p/power", "-e", "true", method="put")
    coap(demo, f"/d/{device}/p/brightness", "-e", "37", method="put")
    read = json.loads(coap(demo, f"/d/{device}/s"))
    published = json.loads(heard(demo, demo.topic(device, "s"), count=1)[demo.topic(device, "s")])
    truth = demo.simulator(do="truth", unit=demo.unit("light"))["truth"]
    assert (read["brightness"], published["brightness"]) == (37, 37)
    assert truth["settings"]["brightness"] == 37
    assert json.loads(coap(demo, f"/d/{device}/p/brightness")) == 37


def test_libcoap_is_told_why_a_write_is_refused(demo: Demo) -> None:
    device = demo.device("light")
    command = [program("coap-client-notls", "coap-client"), "-m", "put", "-e", "900", "-B", "10", f"{demo.coap}/d/{device}/p/brightness"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "4.22" in refused.stderr + refused.stdout
    assert '"schema"' in refused.stderr + refused.stdout


def test_libcoap_observes_a_hand_on_the_appliance(demo: Demo) -> None:
    device = demo.device("plug")
    observer = subprocess.Popen(
        [program("coap-client-notls", "coap-client"), "-s", "12", "-B", "14", f"{demo.coap}/d/{device}/p/power"],
        stdout=subprocess.PIPE,
        text=True,
    )
    subscribed(demo, device)
    was = demo.state(device)["power"]
    demo.simulator(do="touch", unit=demo.unit("plug"), set={"power": not was})
    eventually(lambda: demo.state(device)["power"] is not was, "the plug switched by hand")
    words = observer.communicate(timeout=60)[0]
    assert "true" in words
    assert "false" in words


def test_the_thing_description_is_valid_by_the_w3c_schema(demo: Demo, tmp_path: Path) -> None:
    schema = NODE_MODULES / "wot-thing-description-types" / "schema" / "td-json-schema-validation.json"
    if not schema.exists():
        pytest.skip("the TD 1.1 schema comes with node-wot: run `make interop`")
    validator = Draft7Validator(json.loads(schema.read_text()))
    for device in demo.ready["devices"]:
        document = demo.call("td", device=device)
        mistakes = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(document)]
        assert mistakes == [], device
        assert document["@context"][:2] == ["https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1"]
    del tmp_path


def node_wot(demo: Demo, device: str, plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    if not (NODE_MODULES / "@node-wot" / "core").exists():
        pytest.skip("node-wot is not installed: run `make interop` (needs npm)")
    td = folder / "td.json"
    td.write_text(heard(demo, demo.topic(device, "td"), count=1)[demo.topic(device, "td")])
    command = [program("node"), str(HERE / "node_wot_client.cjs"), str(td), json.dumps(plan)]
    environment = {"NODE_PATH": str(NODE_MODULES), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout.splitlines()[-1]))


def test_node_wot_uses_the_description_over_mqtt(demo: Demo, tmp_path: Path) -> None:
    device = demo.device("air-conditioner")
    plan = {
        "event": "commandAck",
        "read": "targetTemperature",
        "write": ["fanMode", "low"],
        "invoke": ["setComfort", {"mode": "cool", "targetTemperature": 24}],
        "until": 2,
    }
    before = demo.state(device)["targetTemperature"]
    seen = node_wot(demo, device, plan, tmp_path)
    assert seen["read"] == before
    finished = {(ack["op"], ack["name"]) for ack in seen["events"] if ack["state"] == "completed"}
    assert finished == {("writeproperty", "fanMode"), ("invokeaction", "setComfort")}
    assert demo.state(device)["targetTemperature"] == 24


def test_wotpy_uses_the_description_over_coap(demo: Demo) -> None:
    if not WOTPY.exists():
        pytest.skip("wotpy is not installed: run `make interop`")
    device = demo.device("light")
    plan = {"read": "brightness", "write": ["brightness", 64], "refused": ["brightness", 900], "invoke": ["identify", {"seconds": 2}]}
    command = [str(WOTPY), str(HERE / "wotpy_client.py"), f"{demo.coap}/d/{device}/td", json.dumps(plan)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout.splitlines()[-1])
    assert seen["read"] == demo.simulator(do="truth", unit=demo.unit("light"))["truth"]["settings"]["brightness"] or seen["read"] > 0
    assert seen["wrote"] == 64
    assert "schema" in seen["refused"] or "4.22" in seen["refused"] or "Unprocessable" in seen["refused"]


def test_msmart_and_the_gateway_drive_the_same_unit(demo: Demo) -> None:
    device, unit = demo.device("air-conditioner"), next(unit for unit in demo.ready["units"] if unit["kind"] == "air-conditioner")

    set_by_us = demo.call("command", device=device, operation="writeproperty", name="targetTemperature", input=21)
    command = [sys.executable, str(HERE / "msmart_client.py"), unit["address"], "27.5"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert set_by_us["state"] == "completed"
    assert json.loads(result.stdout) == {"was": 21, "set": 27.5}
    assert demo.simulator(do="truth", unit=unit["id"])["truth"]["settings"]["targetTemperature"] == 27.5
    eventually(lambda: demo.state(device)["targetTemperature"] == 27.5, "the gateway sees what msmart-ng set", 60)
