"""Real Home Assistants on the demo's broker: every appliance as the entities of a table, every property set from there.

2025.4 is told of a device in one message, 2024.3 of each entity in one. Both live in virtual environments of their own
(`make interop`), without the internet and without a page in the browser.
"""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.interop.homeassistant_services import HANDS, steps, writable
from tests.kit.demo import ROOT, Demo, ask, eventually, start_demo, stop
from tests.kit.homeassistant import HomeAssistant, home_assistant

pytestmark = [pytest.mark.interop, pytest.mark.timeout(600)]
TABLE = Path(__file__).parent / "homeassistant_platforms.yaml"
FLAT = ROOT / "firmware_sim" / "homes" / "city-flat.yaml"
PATIENCE = 40.0
MARK = "-p"
"""Between the id of a unit in the flat and the process whose home it is."""
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

    def unit(self, name: str) -> str:
        """Return the id a unit of the flat has in this process."""
        return next(str(unit["id"]) for unit in self.demo.ready["units"] if str(unit["id"]).startswith(f"{name}{MARK}"))

    def adopted(self, unit: str) -> bool:
        """Return whether the gateway has a unit; have it taken in where it only waits."""
        if unit in {entry["id"] for entry in self.demo.call("devices")["devices"]}:
            return True
        ask(self.demo.ready["control"], {"id": 1, "call": "accept", "with": {"unit": f"native:{unit}"}})
        return False

    def device(self, unit: str) -> str:
        """Return the gateway's id of a unit: the Midea one has an id the gateway gave it."""
        entry = next(entry for entry in self.demo.ready["units"] if entry["id"] == unit)
        return unit if entry["wire"].startswith("native") else self.demo.device(entry["kind"])

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
    demo = start_demo(folder / "data", "--home", str(written_home(folder)), "--homeassistant", MODES[release])
    try:
        (folder / "hass").mkdir()
        with home_assistant(python, folder / "hass", demo.mqtt_port) as hub:
            flat = Flat(demo, hub, release)
            settled(hub)
            yield flat
    finally:
        assert stop(demo.process) == 0


def written_home(folder: Path) -> Path:
    """Write the city flat with addresses and ids of this process: other tests run homes of their own beside it."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    text = FLAT.read_text().replace("units:", f"base-address: 127.0.47.{10 + 40 * (worker % 5)}\nunits:", 1)
    path = folder / "flat.yaml"
    path.write_text(re.sub(r"\{id: ([a-z-]+)", rf"{{id: \1{MARK}{os.getpid()}", text))
    return path


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
            name = next((name for name in names if rest == name or rest.startswith(f"{name}_")), rest)
            found.setdefault(platform, set()).add(name or "whole")
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
    found = {unit.rpartition(MARK)[0]: shown(flat, unit) for unit in units}
    assert found == {unit: expected(flat.release, unit) for unit in found}


def test_every_appliance_stands_in_its_room_behind_the_gateway(flat: Flat) -> None:
    devices = {str(device["identifiers"][0][1]): device for device in flat.hub.devices()}
    gateway = devices[flat.demo.gateway]
    areas = {area["area_id"]: area["name"] for area in flat.hub.ask("config/area_registry/list")}
    rooms = {entry["id"]: entry["room"] for entry in flat.demo.call("devices")["devices"]}
    assert len(rooms) == len(flat.demo.ready["units"])
    for device, room in rooms.items():
        shown = devices[f"{flat.demo.gateway}_{device}"]
        assert shown["via_device_id"] == gateway["id"]
        assert areas[shown["area_id"]] == room
        assert shown["manufacturer"] is None, "who made it is private"
        assert shown["serial_number"] is None


def test_every_entity_is_available_and_nothing_is_found_wrong(flat: Flat) -> None:
    states = flat.hub.states()
    known = {unique: states[entry["entity_id"]]["state"] for unique, entry in flat.hub.registry().items() if not entry["disabled_by"]}
    assert [unique for unique, state in known.items() if state == "unavailable"] == []
    assert wrong(flat) == []


def wrong(flat: Flat) -> list[str]:
    """Return what Home Assistant has found wrong with us."""
    return [line for line in flat.hub.complaints() if not any(known in line for known in HARMLESS[flat.release])]


def test_what_a_person_does_at_the_appliance_is_seen(flat: Flat) -> None:
    unit = flat.unit("light-hall")
    device = flat.device(unit)
    lamp, trouble, raised = (flat.entity(device, key) for key in ("light", "binary_sensor_faults", "event_faultRaised"))
    now = not flat.truth(unit)["power"]
    flat.demo.simulator(do="touch", unit=unit, set={"power": now})
    eventually(lambda: flat.hub.states()[lamp]["state"] == ("on" if now else "off"), "the light as it was switched by hand")
    before = flat.hub.states()[raised]["state"]
    flat.demo.simulator(do="fault", unit=unit, code="THERMAL.LAMP-HOT")
    eventually(lambda: flat.hub.states()[trouble]["state"] == "on", "the problem")
    eventually(lambda: flat.hub.states()[raised]["state"] != before, "the event")
    assert flat.hub.states()[raised]["attributes"]["code"] == "THERMAL.LAMP-HOT"
    flat.demo.simulator(do="fault", unit=unit, code="THERMAL.LAMP-HOT", clear=True)
    eventually(lambda: flat.hub.states()[trouble]["state"] == "off", "no problem")


def test_a_button_does_something_and_a_curtain_is_closed_and_stopped(flat: Flat) -> None:
    unit = flat.unit("curtain-bedroom")
    device = flat.device(unit)
    curtain = flat.entity(device, "cover")
    flat.hub.do("button.press", flat.entity(device, "button_identify"))
    eventually(lambda: flat.demo.simulator(do="truth", unit=unit)["truth"]["identifying"], "the curtain that shows which it is")
    flat.hub.do("cover.open_cover", curtain)
    eventually(lambda: flat.hub.states()[curtain]["attributes"].get("current_position") == 100, "the curtain open")
    flat.hub.do("cover.close_cover", curtain)
    eventually(lambda: flat.hub.states()[curtain]["state"] == "closed", "the curtain closed")


def test_a_device_that_is_gone_is_unavailable_and_one_that_is_forgotten_leaves_nothing(flat: Flat) -> None:
    unit = flat.unit("stb-living")
    device = flat.device(unit)
    switch = flat.entity(device, "switch_power")
    flat.demo.simulator(do="power", unit=unit, state="off")
    eventually(lambda: flat.hub.states()[switch]["state"] == "unavailable", "the box without power", 90)
    flat.demo.call("forget", device=device)
    prefix = f"{flat.demo.gateway}_{device}_"
    eventually(lambda: not [unique for unique in flat.hub.registry() if unique.startswith(prefix)], "nothing of the forgotten box")
    assert f"{flat.demo.gateway}_{device}" not in {name for entry in flat.hub.devices() for _, name in entry["identifiers"]}
    flat.demo.simulator(do="power", unit=unit, state="on")
    eventually(lambda: flat.adopted(unit), "the box found again", 90)
    eventually(lambda: f"{prefix}switch_power" in flat.hub.registry(), "the box back in Home Assistant")
    settled(flat.hub)


def test_every_writable_property_is_set_from_home_assistant_and_seen_in_the_appliance(flat: Flat) -> None:
    failed: list[str] = []
    for unit in flat.demo.ready["units"]:
        failed += unset(flat, str(unit["id"]))
    assert failed == []


def unset(flat: Flat, unit: str, patience: float = PATIENCE) -> list[str]:
    """Set every writable property of a unit from Home Assistant; return those that the appliance did not take."""
    device = flat.device(unit)
    td = flat.demo.call("td", device=device)
    failed = []
    if td["hl:kind"] in HANDS:
        flat.demo.simulator(do="touch", unit=unit, set=HANDS[td["hl:kind"]])
    for name in writable(td):
        for step in steps(td, name, flat.demo.state(device)):
            flat.hub.do(step.service, flat.entity(device, step.key), **step.data)
            try:
                eventually(lambda step=step: flat.truth(unit).get(step.name) == step.value, f"{unit} {step}", patience)
            except TimeoutError as error:
                failed.append(f"{error}: it is {flat.truth(unit).get(name)!r}")
    return failed
