"""HATasmota judges the simulated unit's announcement, and reads it as our driver does: the same topics, words and units."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.plan import UnitPlan
from gateway.drivers.mqttdiscovery import tasmota
from gateway.drivers.mqttdiscovery.device import device_of
from gateway.drivers.parts.sheet import document
from tests.drivers.contract_bench import living
from tests.drivers.native_bench import hub
from tests.kit.demo import ROOT

pytestmark = [pytest.mark.interop, pytest.mark.timeout(60)]
PYTHON = ROOT / ".venv-appliances" / "bin" / "python"
SPELLED = {"VAr": "var", "C": "°C", "lux": "lx"}
CLIENT = Path(__file__).with_name("tasmota_client.py")


async def announced(folder: Path, kind: str, features: tuple[str, ...]) -> dict[str, Any]:
    """Return both halves of what a simulated unit announces."""
    halves: dict[str, Any] = {}
    async with hub(folder) as (lent, broker):
        assert lent.mqtt is not None
        await lent.mqtt.subscribe(
            "tasmota/discovery/+/+", lambda message: halves.update({message.topic.rpartition("/")[2]: message.payload})
        )
        plan = UnitPlan(
            kind=kind,
            wire="mqttdiscovery",
            id="unit",
            address="127.0.0.1",
            broker=broker.address.url,
            features=features,
            facts={"firmware": "tasmota"},
        )
        async with living(plan):
            while len(halves) < 2:
                await asyncio.sleep(0.01)
    return halves


async def judged(halves: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    if not PYTHON.exists():
        pytest.skip("HATasmota is not installed: run `make interop`")
    process = await asyncio.create_subprocess_exec(
        str(PYTHON), str(CLIENT), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, trouble = await process.communicate(json.dumps({name: json.loads(body) for name, body in halves.items()}).encode())
    assert process.returncode == 0, trouble.decode()
    found: dict[str, list[dict[str, str]]] = json.loads(told)
    return found


async def test_a_plug_is_read_alike(tmp_path: Path) -> None:
    halves = await announced(tmp_path, "plug", ("ENR", "VLT", "CUR"))
    theirs = await judged(halves)
    entities, asks = tasmota.entities_of(halves)
    ours = {leaf.feature.key: leaf for leaf in device_of(entities, asks).leaves}
    (relay,), _ = theirs["switch"], theirs["light"]
    own = ours["switch/power/state"]
    assert own.sink is not None
    assert {source.topic for source in own.sources} == {relay["result_topic"], relay["state_topic"]}
    assert own.sink.topic == f"{relay['command_topic']}POWER"
    assert (own.codec.said(True), own.codec.said(False)) == (relay["state_power_on"], relay["state_power_off"])
    assert asks == ((relay["poll_topic"], relay["poll_payload"]), (theirs["sensor"][0]["poll_topic"], theirs["sensor"][0]["poll_payload"]))
    assert len(theirs["sensor"]) == len([key for key in ours if key.startswith("sensor")]) == 4
    for sensor in theirs["sensor"]:
        name = "_".join(path_of(sensor["value_path"])).lower()
        reading = ours[f"sensor/{name}/state"]
        assert [source.topic for source in reading.sources] == [sensor["state_topic1"], sensor["state_topic2"]]
        assert reading.feature.unit == (sensor["unit"] if sensor["unit"] != "None" else ""), name
    (reach,) = device_of(entities).reaches
    (sign,) = reach.signs
    assert (sign.topic, sign.there, sign.away) == (relay["availability_topic"], relay["availability_online"], relay["availability_offline"])


async def test_a_lamp_is_read_alike(tmp_path: Path) -> None:
    halves = await announced(tmp_path, "light", ("CT",))
    theirs = await judged(halves)
    entities, asks = tasmota.entities_of(halves)
    ours = {leaf.feature.name: leaf for leaf in device_of(entities, asks).leaves}
    assert theirs["switch"] == []
    (lamp,) = theirs["light"]
    assert ours.keys() == {"state", "brightness", "color_temp"}
    for name, command in (("state", "POWER"), ("brightness", lamp["dimmer_cmd"]), ("color_temp", "CT")):
        leaf = ours[name]
        assert leaf.sink is not None
        assert leaf.sink.topic == f"{lamp['command_topic']}{command}"
        assert {source.topic for source in leaf.sources} == {lamp["result_topic"], lamp["state_topic"]}
    warmth = ours["color_temp"].feature
    assert (str(warmth.minimum), str(warmth.maximum)) == (f"{lamp['min_mireds']}.0", f"{lamp['max_mireds']}.0")


async def test_every_reading_we_know_has_the_unit_they_know(tmp_path: Path) -> None:
    known = document(Path(tasmota.__file__).with_name("tasmota.yaml"))
    halves = await announced(tmp_path, "plug", ())
    halves["sensors"] = json.dumps({"sn": {"ALL": dict.fromkeys(known, 1), "TempUnit": "C", "PressureUnit": "hPa"}, "ver": 1}).encode()
    entities, asks = tasmota.entities_of(halves)
    ours = {leaf.feature.key: leaf.feature.unit for leaf in device_of(entities, asks).leaves}
    found = (await judged(halves))["sensor"]
    theirs = {"_".join(path_of(each["value_path"])).lower().replace(".", "_"): SPELLED.get(each["unit"], each["unit"]) for each in found}
    assert {name: ours[f"sensor/{name}/state"] or "None" for name in theirs} == theirs


def path_of(text: str) -> list[str]:
    """Return the path that Python printed as a list of texts."""
    return [part.strip("[]' ") for part in text.split(",")]
