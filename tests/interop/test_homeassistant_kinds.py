"""Every kind of the standard in a real Home Assistant: what is announced becomes an entity, what can be written is set from there."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.profile.library import Library
from tests.interop.test_homeassistant import MARK, MODES, Flat, interpreter, settled, unset, wrong
from tests.kit.demo import eventually, program, start_demo, stop
from tests.kit.homeassistant import home_assistant
from tests.kit.kinds import all_features

pytestmark = [pytest.mark.interop, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=list(MODES))
def catalogue(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flat]:
    """A home with one appliance of each kind, each with all the features that go together."""
    release = str(request.param)
    python, folder = interpreter(release), tmp_path_factory.mktemp("kinds")
    demo = start_demo(folder / "data", "--home", str(written_home(folder)), "--homeassistant", MODES[release])
    try:
        (folder / "hass").mkdir()
        with home_assistant(python, folder / "hass", demo.mqtt_port) as hub:
            settled(hub)
            yield Flat(demo, hub, release)
    finally:
        assert stop(demo.process) == 0


def written_home(folder: Path) -> Path:
    library = Library()
    units = [
        f"  - {{id: {kind}{MARK}{os.getpid()}, kind: {kind}, wire: native-mqtt, features: [{', '.join(all_features(library, kind))}]}}"
        for kind in library.kinds()
    ]
    path = folder / "kinds.yaml"
    path.write_text("\n".join(["name: one of each", "base-address: 127.0.47.200", "units:", *units]) + "\n")
    return path


def announced(catalogue: Flat) -> set[str]:
    """Return the unique ids in every discovery message that is retained."""
    command = [program("mosquitto_sub"), "-p", str(catalogue.demo.mqtt_port), "-t", "homeassistant/#", "-W", "3", "--retained-only"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    messages = [json.loads(line) for line in printed.splitlines()]
    return {entity["unique_id"] for message in messages for entity in message.get("components", {"": message}).values()}


def test_whatever_is_announced_becomes_an_entity(catalogue: Flat) -> None:
    eventually(lambda: announced(catalogue) == set(catalogue.hub.registry()), "an entity for everything that is announced", 60)
    assert len(catalogue.hub.registry()) > 10 * len(Library().kinds())
    assert wrong(catalogue) == []


def test_whatever_can_be_written_is_set_from_home_assistant(catalogue: Flat) -> None:
    failed: list[str] = []
    for unit in catalogue.demo.ready["units"]:
        failed += unset(catalogue, str(unit["id"]))
    assert failed == []
