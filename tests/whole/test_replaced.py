"""Replacing across makes and moving to another hub, as a person does it: on real wires, with a restart in between."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo import ROOT, Demo, ask, eventually, start_demo, stop
from tests.kit.home import write_home

MIDEA, ECHONET, NATIVE = (("air-conditioner", wire) for wire in ("midea-v2", "echonet", "native-coap"))
SCENE = """scene: night
steps:
  - select: {room: bedroom, kind: air-conditioner}
    set: {power: true, targetTemperature: 24}
"""
pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]


def hulian(data: Path, *words: str, good: bool = True) -> str:
    """Run a command of a person."""
    environment = {**os.environ, "HULIAN_DATA": str(data), "COLUMNS": "160"}
    command = [sys.executable, "-m", "gateway.cli.main", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)
    assert (done.returncode == 0) is good, done.stdout + done.stderr
    return done.stdout + done.stderr


def by_unit(demo: Demo) -> dict[str, str]:
    """Return the air conditioners' device ids by the wire that carries them."""
    return {each["driver"]: each["devices"][0] for each in demo.call("status")["sessions"] if each["devices"]}


def outcomes(data: Path) -> dict[str, Any]:
    report = ask(str(data / "control.sock"), {"id": 1, "call": "scene-run", "with": {"scene": "night"}})["result"]
    return {line["device"]: line["outcome"] for line in report["lines"]}


def test_across_makes_both_ways_with_a_restart_in_between_the_scene_runs_unchanged(tmp_path: Path) -> None:
    home = write_home(tmp_path, (MIDEA, ECHONET, NATIVE))
    demo = start_demo(tmp_path, "--home", str(home))
    try:
        devices = by_unit(demo)
        first = devices["midea"]
        demo.call("room", device=first, room="bedroom")
        demo.call("scene-import", text=SCENE)
        assert "still answers" in hulian(tmp_path, "replace", first, devices["native"], "--yes", good=False)
        plan = json.loads(hulian(tmp_path, "replace", first, devices["native"], "--force", "--dry-run", "--json"))
        assert plan["done"] is False
        hulian(tmp_path, "replace", first, devices["native"], "--force", "--yes")
        eventually(lambda: demo.call("show", device=first)["availability"]["state"] == "online", "the native one in its place")
        assert outcomes(tmp_path) == {first: "done"}
        assert demo.call("show", device=first)["wire"]["unit"].startswith("native:")
        assert demo.state(first)["targetTemperature"] == pytest.approx(24)
    finally:
        stop(demo.process)
    demo = start_demo(tmp_path, "--home", str(home))
    try:
        assert outcomes(tmp_path).keys() == {first}
        assert devices["native"] not in {each["id"] for each in demo.call("devices")["devices"]}
        hulian(tmp_path, "replace", first, devices["echonet"], "--force", "--yes")
        eventually(lambda: demo.call("show", device=first)["availability"]["state"] == "online", "the ECHONET Lite one in its place")
        assert outcomes(tmp_path) == {first: "done"}
        assert demo.call("show", device=first)["wire"]["unit"].startswith("echonet:")
        hulian(tmp_path, "replace", "--undo", first)
        eventually(lambda: set(by_unit(demo).values()) >= {first, devices["echonet"]}, "both are back")
        assert by_unit(demo)["native"] == first
        eventually(lambda: demo.call("show", device=first)["availability"]["state"] == "online", "the native one is heard again")
        assert outcomes(tmp_path).keys() == {first}
    finally:
        stop(demo.process)


def test_a_described_home_is_the_same_on_another_hub_once_its_appliances_are_paired(tmp_path: Path) -> None:
    home = write_home(tmp_path, (MIDEA, NATIVE))
    demo = start_demo(tmp_path, "--home", str(home))
    try:
        devices = by_unit(demo)
        demo.call("room", device=devices["midea"], room="bedroom")
        demo.call("name", device=devices["midea"], name="Bedroom AC")
        hulian(tmp_path, "replace", devices["midea"], devices["native"], "--force", "--yes")
        demo.call("scene-import", text=SCENE)
        hulian(tmp_path, "home", "export", str(tmp_path / "flat.yaml"))
        assert "is there already" in hulian(tmp_path, "home", "export", str(tmp_path / "flat.yaml"), good=False)
        sheet = tmp_path / "sheet.html"
        hulian(tmp_path, "handover", "--to", str(sheet))
        assert "Bedroom AC" in sheet.read_text()
    finally:
        stop(demo.process)
    second = tmp_path / "second"
    second.mkdir()
    log = (tmp_path / "second.log").open("w")
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(second), "run", "--mqtt-port", "0", "--coap-port", "0"]
    hub = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        eventually(lambda: "runs: " in (tmp_path / "second.log").read_text(), "the second hub is up")
        said = hulian(second, "home", "import", str(tmp_path / "flat.yaml"))
        assert "not found yet" in said
        simulator = subprocess.Popen([sys.executable, "-m", "firmware_sim.cli", "--home", str(home)], cwd=ROOT, stdout=log, stderr=log)
        try:
            done = json.loads(hulian(second, "bulk", str(tmp_path / "flat.yaml"), "--wait", "60", "--json"))
            assert done["missing"] == 0, done
            assert outcomes(second) == {devices["midea"]: "done"}
            show = json.loads(hulian(second, "show", devices["midea"], "--json"))
            assert (show["name"], show["room"]) == ("Bedroom AC", "bedroom")
            assert show["wire"]["unit"].startswith("native:")
        finally:
            simulator.terminate()
            simulator.wait(20)
    finally:
        hub.terminate()
        hub.wait(20)
        log.close()
