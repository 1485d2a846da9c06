"""A television and an air conditioner that only have a remote, as a user meets them: made, driven by light, kept over a restart."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit.addresses import address
from tests.kit.demo import ROOT, Demo, ask, eventually, start_demo, stop

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
HOME = """
name: behind remotes
base-address: {base}
units:
  - {{id: eye, kind: ir-remote, wire: broadlink, title: Infrared transmitter, room: guest-room}}
  - {{id: tv, kind: uhd-tv, wire: ir, title: Old television, room: guest-room, facts: {{misses: 0.0}}}}
  - {{id: ac, kind: air-conditioner, wire: ir, title: Old air conditioner, room: guest-room, facts: {{misses: 0.0}}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    one, two, three, _ = address().split(".")
    (tmp_path / "home.yaml").write_text(HOME.format(base=f"{one}.{two}.{int(three) + 1}.2"), encoding="utf-8")
    return tmp_path


def hulian(demo: Demo, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(demo.data), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, stdin=subprocess.DEVNULL)


def told(demo: Demo, *words: str) -> Any:
    result = hulian(demo, *words, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def done(demo: Demo, device: str, action: str, given: Any) -> bool:
    return bool(demo.call("command", device=device, operation="invokeaction", name=action, input=given)["state"] == "completed")


def real(demo: Demo, unit: str) -> Any:
    return demo.simulator(do="truth", unit=unit)["truth"]["settings"]


@pytest.fixture
def living(folder: Path) -> Iterator[Demo]:
    demo = start_demo(folder / "data", "--home", str(folder / "home.yaml"))
    try:
        yield demo
    finally:
        stop(demo.process)


def test_they_are_spoken_for_learned_kept_and_let_go_of(living: Demo, folder: Path) -> None:
    (transmitter,) = told(living, "remote", "list")
    things = {thing["kind"]: thing["id"] for thing in transmitter["things"]}
    assert set(things) == {"uhd-tv", "air-conditioner"}
    ac, tv = things["air-conditioner"], things["uhd-tv"]
    assert done(living, ac, "setComfort", {"power": True, "mode": "heat", "targetTemperature": 21})
    assert (real(living, "ac")["power"], real(living, "ac")["mode"], real(living, "ac")["targetTemperature"]) == (True, "heat", 21)
    state = living.state(ac)
    assert (state["targetTemperature"], state["$"]["q"]["targetTemperature"]) == (21, "assumed")
    shown = hulian(living, "show", ac).stdout
    assert "assumed: nothing tells what it really does" in shown
    assert "nothing tells how it is now" in hulian(living, "set", tv, "power", "true").stderr

    made = told(living, "remote", "add", "Infrared transmitter", "--kind", "uhd-tv", "--name", "Learned")["id"]
    learning = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli.main", "--data", str(living.data), "remote", "learn", made, "power", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    eventually(lambda: living.state(transmitter["transmitter"])["operatingState"] == "learning", "it listens")
    time.sleep(0.3)
    living.simulator(do="touch", unit="eye", set={"press": {"remote": "uhd-tv", "key": "power"}})
    assert json.loads(learning.communicate(timeout=60)[0])["state"] == "completed"
    before = real(living, "tv")["power"]
    assert done(living, made, "sendKey", {"key": "power"})
    assert real(living, "tv")["power"] is not before

    eye = transmitter["transmitter"]
    for call, arguments, why in (
        ("remote-add", {"device": ac, "kind": "fan"}, "no infrared transmitter"),
        ("remote-add", {"device": "eye-nobody", "kind": "fan"}, "no device"),
        ("remote-add", {"device": eye, "kind": "refrigerator"}, "cannot be behind a remote"),
        ("remote-add", {"device": eye, "kind": "fan", "codes": "x"}, "no code set"),
        ("remote-add", {"device": eye, "kind": 3}, "are texts"),
        ("remote-add", {"device": eye, "kind": "fan", "title": "x" * 65}, "at most 64"),
        ("remote-remove", {"device": eye}, "no appliance behind a remote"),
    ):
        answer = ask(living.ready["control"], {"id": 1, "call": call, "with": arguments})
        assert why in answer["error"]["detail"], answer
    assert "no transmitter speaks for" in hulian(living, "remote", "learn", eye, "power").stderr
    assert "learned" in hulian(living, "remote", "codes").stdout
    assert hulian(living, "remote", "remove", tv).returncode == 0
    assert hulian(living, "forget", ac).returncode == 0
    assert [thing["id"] for each in living.call("remote", device=eye) for thing in each["things"]] == [made]
    assert {device["id"] for device in living.call("devices")["devices"]} == {eye, made}, "the transmitter itself stays"

    stop(living.process)
    again = start_demo(folder / "data", "--home", str(folder / "home.yaml"))
    try:
        (kept,) = [each["things"] for each in again.call("remote")]
        assert next(thing for thing in kept if thing["id"] == made)["learned"] == ["power"]
        before = real(again, "tv")["power"]
        assert done(again, made, "sendKey", {"key": "power"})
        assert real(again, "tv")["power"] is not before
    finally:
        stop(again.process)
