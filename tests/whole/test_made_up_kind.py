"""A kind nobody has heard of is one file in `profiles/`: with it alone it is listed, simulated, described, driven and in Home Assistant."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop
from tests.kit.home import block

pytestmark = pytest.mark.timeout(240)

KIND = "soup-cooker"
PROFILE = """
"@context":
  - https://www.w3.org/2022/wot/td/v1.1
  - {"@language": en}
  - {hl: "urn:hulian:ns:profile:1#", mqv: "https://www.w3.org/2019/wot/mqtt#", cov: "https://www.w3.org/2019/wot/coap#"}
"@type": ["tm:ThingModel", "hl:SoupCooker"]
id: "urn:uuid:{{DEVICE_UUID}}"
title: Soup cooker
titles: {en: Soup cooker, zh-Hans: 煲汤机}
version: {model: 1.0.0}
links: [{rel: "tm:extends", href: ./appliance-base-1.yaml, type: application/tm+json}]
hl:kind: soup-cooker
hl:class: appliance
hl:maturity: draft
properties:
  power: {"tm:ref": "./mixin-power-1.yaml#/properties/power"}
  stirring:
    title: Stirring
    titles: {en: Stirring, zh-Hans: 搅拌}
    type: string
    enum: [gentle, brisk]
    observable: true
    hl:latency: PT2S
    hl:map: {ha: {platform: select}}
  brothTemperature:
    title: Broth
    titles: {en: Broth, zh-Hans: 汤温}
    type: number
    unit: Cel
    minimum: 0
    maximum: 100
    readOnly: true
    observable: true
    hl:resolution: 0.5
    hl:map: {ha: {platform: sensor, device_class: temperature}}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout's programs and profiles, and one file more."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("gateway", "firmware_sim", "profiles"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "profiles" / f"{KIND}-1.yaml").write_text(PROFILE, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def demo(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, first = tmp_path_factory.mktemp("demo"), block()
    home = f"units: [{{id: cooker-{first}, kind: {KIND}, wire: native-coap, address: 127.0.0.{first}}}]"
    (folder / "home.yaml").write_text(home)
    running = start_demo(folder, "--home", str(folder / "home.yaml"), root=checkout)
    yield running
    assert stop(running.process) == 0


def said(checkout: Path, module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True, timeout=120).stdout


def test_it_is_good_listed_and_can_be_simulated(checkout: Path) -> None:
    assert "good" in said(checkout, "gateway.cli.main", "profile", "check", f"profiles/{KIND}-1.yaml")
    assert KIND in {entry["kind"] for entry in json.loads(said(checkout, "gateway.cli.main", "profile", "list", "--json"))}
    assert KIND in said(checkout, "firmware_sim.cli", "--list")


def test_it_is_described_and_obeys(demo: Demo) -> None:
    (device,) = demo.ready["devices"]
    td = demo.call("td", device=device)
    assert td["hl:kind"] == KIND
    assert {"power", "stirring", "brothTemperature", "faults"} <= td["properties"].keys()
    for name, value in (("stirring", "brisk"), ("power", True)):
        assert demo.call("command", device=device, operation="writeproperty", name=name, input=value)["state"] == "completed"
    assert demo.simulator(do="truth", unit=device)["truth"]["settings"]["stirring"] == "brisk"
    eventually(lambda: "brothTemperature" in demo.state(device), "a temperature of the broth")


async def test_home_assistant_is_told_of_it(demo: Demo) -> None:
    (device,) = demo.ready["devices"]
    async with aiomqtt.Client("127.0.0.1", demo.mqtt_port) as client:
        await client.subscribe(f"homeassistant/device/{device}/config")
        message: Any = await anext(aiter(client.messages))
    platforms = {name: entry["p"] if "p" in entry else entry["platform"] for name, entry in _components(message.payload).items()}
    assert {"select", "switch", "sensor"} <= set(platforms.values())


def _components(payload: bytes) -> dict[str, Any]:
    document = json.loads(payload)
    found: dict[str, Any] = document["components"] if "components" in document else document["cmps"]
    return found
