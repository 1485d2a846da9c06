"""An appliance that claims more than its kind allows is not taken in, and the inbox says why."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import aiomqtt
import pytest

from firmware_sim.build import make_appliance
from firmware_sim.wires.native_forms import NativeForms
from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop
from tests.kit.home import write_home

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    running = start_demo(folder, "--home", str(write_home(folder, (("light", "native-mqtt"),))))
    yield running
    assert stop(running.process) == 0


async def test_a_wider_appliance_is_refused_and_the_inbox_says_why_until_it_is_mended(demo: Demo) -> None:
    appliance = make_appliance("plug", identifier="plug-wide", title="A plug that promises too much")
    good = appliance.thing_description(NativeForms("plug-wide", mqtt=demo.ready["mqtt"], coap=None))
    wide = json.loads(json.dumps(good))
    wide["properties"]["powerDraw"]["maximum"] = 5000
    async with aiomqtt.Client("127.0.0.1", demo.mqtt_port) as client:

        async def say(tail: str, body: Any) -> None:
            await client.publish(f"hulian/1/plug-wide/self/{tail}", json.dumps(body), qos=1, retain=True)

        await say("td", wide)
        await say("avail", {"state": "online", "since": "2026-11-22T00:00:00Z"})
        await say("s", appliance.document())
        eventually(lambda: entry(demo), "the plug in the inbox")
        demo.call("accept", unit="native:plug-wide", answers={})
        eventually(lambda: entry(demo)["refused"], "why it cannot be taken in")
        assert entry(demo)["refused"] == "powerDraw: maximum 5000 is above the kind's 4000"
        assert "plug-wide" not in {device["id"] for device in demo.call("devices")["devices"]}
        assert "maximum 5000 is above the kind's 4000" in printed(demo, "accept")
        assert "1 cannot be taken in" in printed(demo, "devices")
        await say("td", good)
        eventually(lambda: "plug-wide" in {device["id"] for device in demo.call("devices")["devices"]}, "the plug, once it is honest", 90)
        assert entry(demo)["refused"] == ""


def entry(demo: Demo) -> dict[str, Any]:
    return next((dict(each) for each in demo.call("inbox") if each["unit"] == "native:plug-wide"), {})


def printed(demo: Demo, command: str) -> str:
    words = [sys.executable, "-m", "gateway.cli.main", "--data", str(demo.data), command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
