"""Real Home Assistants on the demo's broker: every appliance as the entities of a table, every property set from there.

2025.4 is told of a device in one message, 2024.3 of each entity in one. Both live in virtual environments of their own
(`make interop`), without the internet and without a page in the browser.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.interop.homeassistant_services import steps, writable
from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop
from tests.kit.homeassistant import HomeAssistant, home_assistant

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]
TABLE = Path(__file__).parent / "homeassistant_platforms.yaml"
FLAT = ROOT / "firmware_sim" / "homes" / "city-flat.yaml"
PATIENCE = 40.0
MODES = {"2025.4": "device", "2024.3": "entity"}
NOT_THERE_YET = {"2024.3": {"notify": "text"}}
"""Platforms that a release does not have, and what is shown instead."""
HARMLESS = {"2025.4": (), "2024.3": ('Invalid state message \'{"state":"unknown"}\'',)}
"""2024.3 warns of a date that is not known; it shows it as unknown all the same."""


@dataclass
class Flat:
    """The city flat, its demo and the Home Assistant that looks at it."""

    demo: Demo
    hub: HomeAssistant
    release: str

    def device(self, unit: str) -> str:
        """Return the gateway's id of a unit: the Midea one has an id the gateway gave it."""
        kind = next(entry["kind"] for entry in self.demo.ready["units"] if entry["id"] == unit)
        return self.demo.device(kind)

    def truth(self, unit: str) -> dict[str, Any]:
        """Return what the appliance itself is set to."""
        return dict(self.demo.simulator(do="truth", unit=unit)["truth"]["settings"])

    def entity(self, device: str, key: str) -> str:
        """Return the entity id of one of our entities."""
        return str(self.hub.registry()[f"{self.demo.gateway}_{device}_{key}"]["entity_id"])


def interpreter(release: str) -> Path:
    """Return the Python a release lives in; skip where it is not installed."""
    python = ROOT / f".venv-homeassistant-{release}" / "bin" / "python"
    if not (python.parent.parent / ".installed").exists():
        pytest.skip(f"Home Assistant {release} is not installed: run `make interop`")
    return python


@pytest.fixture(scope="module", params=list(MODES))
def flat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flat]:
    release = str(request.param)
    python = interpreter(release)
    folder = tmp_path_factory.mktemp("homeassistant")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    home = folder / "flat.yaml"
    home.write_text(FLAT.read_text().replace("units:", f"base-address: 127.0.47.{10 + 40 * (worker % 5)}\nunits:", 1))
    demo = start_demo(folder / "data", "--home", str(home), "--homeassistant", MODES[release])
    try:
        (folder / "hass").mkdir()
        with home_assistant(python, folder / "hass", demo.mqtt_port) as hub:
            flat = Flat(demo, hub, release)
            settled(hub)
            yield flat
    finally:
        assert stop(demo.process) == 0


def settled(hub: HomeAssistant) -> None:
    """Return when no entity has come for two seconds."""
    count, since = 0, time.monotonic()
    while time.monotonic() < since + 2 or count == 0:
        found = len(hub.registry())
        if found != count:
            count, since = found, time.monotonic()
        assert time.monotonic() < since + PATIENCE, "no entity was found"
        time.sleep(0.3)


def shown(flat: Flat, unit: str) -> dict[str, list[str]]:
    """Return platform to the names of a unit's entities, those of one affordance once."""
    device = flat.device(unit)
    prefix = f"{flat.demo.gateway}_{device}_"
    td = flat.demo.call("td", device=device)
    names = sorted((name for section in ("properties", "actions", "events") for name in td[section]), key=len, reverse=True)
    found: dict[str, set[str]] = {}
    for unique, entry in flat.hub.registry().items():
        if unique.startswith(prefix):
            platform = str(entry["entity_id"]).partition(".")[0]
            rest = unique.removeprefix(prefix).removeprefix(platform).removeprefix("_")
            found.setdefault(platform, set()).add(next((name for name in names if rest == name or rest.startswith(f"{name}_")), rest))
    return {platform: sorted(those) for platform, those in sorted(found.items())}


def expected(release: str, unit: str) -> dict[str, list[str]]:
    rows: dict[str, dict[str, list[str]]] = YAML(typ="safe", pure=True).load(TABLE)
    instead = NOT_THERE_YET.get(release, {})
    merged: dict[str, set[str]] = {}
    for platform, names in rows[unit].items():
        merged.setdefault(instead.get(platform, platform), set()).update(names)
    return {platform: sorted(names) for platform, names in sorted(merged.items())}


def test_every_appliance_of_the_flat_has_exactly_the_platforms_of_the_table(flat: Flat) -> None:
    units = [str(unit["id"]) for unit in flat.demo.ready["units"]]
    assert {unit: shown(flat, unit) for unit in units} == {unit: expected(flat.release, unit) for unit in units}


def test_every_writable_property_is_set_from_home_assistant_and_seen_in_the_appliance(flat: Flat) -> None:
    failed: list[str] = []
    for unit in flat.demo.ready["units"]:
        failed += unset(flat, str(unit["id"]))
    assert failed == []


def unset(flat: Flat, unit: str) -> list[str]:
    """Set every writable property of a unit from Home Assistant; return those that the appliance did not take."""
    device = flat.device(unit)
    td = flat.demo.call("td", device=device)
    failed = []
    for name in writable(td):
        for step in steps(td, name, flat.demo.state(device)):
            flat.hub.do(step.service, flat.entity(device, step.key), **step.data)
            try:
                eventually(lambda step=step: flat.truth(unit).get(step.name) == step.value, f"{unit} {step}", PATIENCE)
            except TimeoutError as error:
                failed.append(f"{error}: it is {flat.truth(unit).get(name)!r}")
    return failed
