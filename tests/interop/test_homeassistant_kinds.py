"""Every kind of the standard in a real Home Assistant: what is announced becomes an entity, what can be written is set from there."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.profile.library import Library
from tests.interop.test_homeassistant import MARK, Flat, interpreter, settled, unset
from tests.kit.demo import program, start_demo, stop
from tests.kit.homeassistant import home_assistant

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]
RELEASE = "2025.4"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flat]:
    """A home with one appliance of each kind."""
    python, folder = interpreter(RELEASE), tmp_path_factory.mktemp("kinds")
    demo = start_demo(folder / "data", "--home", str(written_home(folder)), "--homeassistant", "device")
    try:
        (folder / "hass").mkdir()
        with home_assistant(python, folder / "hass", demo.mqtt_port) as hub:
            settled(hub)
            yield Flat(demo, hub, RELEASE)
    finally:
        assert stop(demo.process) == 0


def written_home(folder: Path) -> Path:
    units = [f"  - {{id: {kind}{MARK}{os.getpid()}, kind: {kind}, wire: native-mqtt}}" for kind in Library().kinds()]
    path = folder / "kinds.yaml"
    path.write_text("\n".join(["name: one of each", "base-address: 127.0.47.200", "units:", *units]) + "\n")
    return path


def test_whatever_is_announced_becomes_an_entity(catalogue: Flat) -> None:
    announced: set[str] = set()
    command = [program("mosquitto_sub"), "-p", str(catalogue.demo.mqtt_port), "-t", "homeassistant/device/+/config", "-W", "3"]
    for line in subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout.splitlines():
        announced |= {component["unique_id"] for component in json.loads(line)["components"].values()}
    assert len(announced) > 10 * len(Library().kinds())
    assert announced ^ set(catalogue.hub.registry()) == set()
    assert catalogue.hub.complaints() == []


def test_whatever_can_be_written_is_set_from_home_assistant(catalogue: Flat) -> None:
    failed: list[str] = []
    for unit in catalogue.demo.ready["units"]:
        failed += unset(catalogue, str(unit["id"]))
    assert failed == []
