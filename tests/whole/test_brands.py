"""One flat of many makers as a user meets it: everything online without a question, keys by name only, units recorded while they live."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.recording.player import play, read_recording
from gateway.drivers.table import load
from tests.drivers.kit import LIBRARY
from tests.kit.addresses import address
from tests.kit.demo import ROOT, Demo, eventually, start_demo, stop

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
HOME = (ROOT / "firmware_sim" / "homes" / "brands.yaml").read_text(encoding="utf-8")
SECRETS = re.findall(r'(?:token|key): "([0-9a-f]{32,}|[A-Za-z0-9+/]{43}=)"', HOME)
WRONG = "f" * 32


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("flat")
    one, two, three, _ = address().split(".")
    file = folder / "brands.yaml"
    units = re.sub(r"-native\b", f"-native-{os.getpid()}", HOME)  # native ones announce their ids to the whole machine
    file.write_text(f"{units}base-address: {one}.{two}.{int(three) + 1}.2\n", encoding="utf-8")  # an odd third number: nobody else's
    demo = start_demo(folder / "data", "--home", str(file))
    try:
        yield demo
    finally:
        stop(demo.process)


def hulian(demo: Demo, *words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway.cli.main", "--data", str(demo.data), *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


def session(demo: Demo, unit: str) -> dict[str, Any]:
    """Return the session with one of the simulated units."""
    at = next(each["address"] for each in demo.ready["units"] if each["id"] == unit)
    return next(dict(each) for each in demo.call("status")["sessions"] if each["address"] == at)


def test_every_unit_is_online_in_its_room_and_nobody_was_asked_anything(flat: Demo) -> None:
    units = flat.ready["units"]
    assert len(SECRETS) >= 10
    assert not any("account" in unit for unit in units)
    eventually(lambda: all(device["room"] for device in flat.call("devices")["devices"]), "each in its room")
    devices = flat.call("devices")["devices"]
    assert {device["availability"]["state"] for device in devices} == {"online"}
    assert sorted(device["kind"] for device in devices) == sorted(unit["kind"] for unit in units)
    ours = {unit["address"] for unit in units}  # others on this machine may be found as well
    assert {entry["state"] for entry in flat.call("inbox") if entry["address"] in ours} == {"accepted"}


def test_keys_are_listed_by_name_and_shown_nowhere(flat: Demo) -> None:
    listed = hulian(flat, "credentials", "list").stdout
    asking = [unit for unit in flat.ready["units"] if unit["wire"] in {"midea-v3", "miio", "androidtv"}]
    sticks = [unit for unit in flat.ready["units"] if unit["wire"].startswith("esphome") and unit["id"].startswith("ac-")]
    assert len(sticks) == 3
    assert len([line for line in listed.splitlines() if " has " in line]) == len(asking) + len(sticks)
    said = listed + hulian(flat, "journal").stdout + json.dumps(flat.call("status")) + json.dumps(flat.ready)
    assert not [secret for secret in SECRETS if secret in said]


def test_a_device_says_where_it_stands(flat: Demo) -> None:
    shown = hulian(flat, "show", session(flat, "ac-midea-3")["devices"][0]).stdout
    assert "local, key from the vendor's cloud once" in shown
    assert "Key here: token and key" in shown
    assert "In contact since" in shown
    assert "Asks for no key" in hulian(flat, "show", session(flat, "ac-echonet")["devices"][0]).stdout


def test_a_wrong_form_is_refused_and_a_wrong_key_is_told_until_the_right_one_comes(flat: Demo) -> None:
    unit = session(flat, "plug-xiaomi")
    name, device = f"miio:{unit['key']}", unit["devices"][0]
    short = hulian(flat, "credentials", "import", name, "--from", "-", text="token = abc\n")
    assert short.returncode == 1
    assert "32 hexadecimal digits (16 bytes)" in " ".join(short.stderr.split())
    assert session(flat, "plug-xiaomi")["state"] == "open"
    assert hulian(flat, "credentials", "import", device, "--from", "-", text=f"token = {WRONG}\n").returncode == 0
    away = eventually(lambda: (now := session(flat, "plug-xiaomi"))["state"] == "waiting" and now, "away")
    assert "token" in away["reason"]
    assert WRONG not in away["reason"]
    shown = " ".join(hulian(flat, "show", device).stdout.split())
    assert "No contact since" in shown
    assert away["reason"] in shown
    right = re.search(rf'did: {unit["key"]}.*?token: "?([0-9a-f]{{32}})', HOME, re.DOTALL)
    assert right is not None
    assert hulian(flat, "credentials", "import", name, "--from", "-", text=f"token = {right[1]}\n").returncode == 0
    eventually(lambda: session(flat, "plug-xiaomi")["state"] == "open", "back")


@pytest.mark.parametrize("unit", ["ac-midea-3", "ac-midea-2", "ac-gree-2", "ac-xiaomi", "ac-echonet"])
async def test_a_unit_in_the_home_is_recorded_and_the_recording_plays(flat: Demo, tmp_path: Path, unit: str) -> None:
    file, device = tmp_path / "unit.jsonl", session(flat, unit)["devices"][0]
    assert hulian(flat, "record", device, "--to", str(file), "--for", "4").returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text(encoding="utf-8")
    assert not [secret for secret in (*SECRETS, session(flat, unit)["address"], device) if secret in text]
    head, events = read_recording(text.splitlines())
    assert await play(head, events, load(head["driver"]), LIBRARY) >= 1
    assert session(flat, unit)["state"] == "open"
