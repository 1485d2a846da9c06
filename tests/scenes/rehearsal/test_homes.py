"""Whole simulated homes: what `hulian scene rehearse` foretells is what `hulian scene run` does, for every device."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo import ROOT
from tests.scenes.kit import scene
from tests.scenes.whole_homes import hulian, whole_home

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
EVERYTHING = scene(
    {"select": {"kind": ["light", "uhd-tv", "set-top-box", "plug"]}, "set": {"power": False}},
    {"select": {"kind": "air-conditioner"}, "set": {"power": True, "mode": "cool", "targetTemperature": 22}},
    {"select": {"kind": "refrigerator"}, "set": {"fridgeTarget": 3}},
    {"select": {"kind": ["air-purifier", "range-hood", "electric-water-heater", "fan", "space-heater"]}, "set": {"power": True}},
    {"select": {"kind": ["washing-machine", "clothes-dryer"]}, "set": {"childLock": True}},
    {"delay": "PT2S"},
    {"select": {"kind": ["light", "range-hood"]}, "set": {"power": True}},
    name="everything",
)


@pytest.mark.parametrize("home", ["city-flat", "village", "brands-open"])
def test_a_rehearsal_foretells_every_outcome_of_the_run(tmp_path: Path, home: str) -> None:
    file = tmp_path / "everything.yaml"
    file.write_text(EVERYTHING)
    with whole_home(home, tmp_path, "--speed", "1") as demo:
        assert hulian(demo, "scene", "import", str(file)).returncode == 0
        before = _commanded(demo)
        rehearsed = hulian(demo, "scene", "rehearse", "everything", "--json")
        assert rehearsed.returncode in (0, 1), rehearsed.stderr
        played = json.loads(rehearsed.stdout)
        assert _commanded(demo) == before, "nobody was asked for anything"
        assert hulian(demo, "scene", "run", "everything").returncode == rehearsed.returncode
        last = json.loads(hulian(demo, "scene", "rehearse", "everything", "--last", "--json").stdout)
        assert len(played["report"]["lines"]) >= 10
        assert last["asRun"]["differences"] == []


def test_a_scene_is_rehearsed_for_a_home_that_is_not_installed_yet(tmp_path: Path) -> None:
    file = tmp_path / "everything.yaml"
    file.write_text(EVERYTHING)
    home = tmp_path / "home.yaml"
    kinds = {"tv-living": "uhd-tv", "lamp": "light", "ac": "air-conditioner"}
    home.write_text(json.dumps({"units": [{"id": unit, "kind": kind, "wire": "native-coap"} for unit, kind in kinds.items()]}))
    words = ["scene", "rehearse", str(file), "--home", str(home), "--without", "tv-living", "--each-away", "--json"]
    said = subprocess.run([sys.executable, "-m", "gateway.cli.main", *words], capture_output=True, text=True, check=False, cwd=ROOT)
    assert said.returncode == 1, said.stderr
    played = json.loads(said.stdout)
    outcomes = {line["device"]: line["outcome"] for line in played["report"]["lines"]}
    assert {device for device, outcome in outcomes.items() if outcome == "unreachable"} == {"tv-living"}
    branches = {next(iter(branch["faults"])): branch for branch in played["branches"]}
    assert set(branches) == set(outcomes) - {"tv-living"}
    assert all({line["outcome"] for line in branch["own"]} == {"unreachable"} for branch in branches.values())
    assert all(branch["others"] == [] for branch in branches.values())


def _commanded(demo: Any) -> dict[str, Any]:
    """Return how often each setting of each appliance was changed from afar."""
    return {unit["id"]: demo.simulator(do="truth", unit=unit["id"])["truth"]["obeyed"] for unit in demo.ready["units"]}
