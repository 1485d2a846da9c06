"""A key for every unit at the line, never the same twice, and a ledger nobody can change unseen."""

import json
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.trust.certificate.signing_key import read_public_key, read_signing_key
from tests.kit.vendor import KIT

PROGRAM = KIT / "factory" / "provision.py"


def provision(folder: Path, what: str, *units: str) -> subprocess.CompletedProcess[str]:
    words = ["--model", "EX-P10", "--ledger", str(folder / "ledger.jsonl"), "--out", str(folder / "units")]
    return subprocess.run([sys.executable, str(PROGRAM), what, *words, *units], capture_output=True, text=True, check=False)


def made(folder: Path, *serials: str) -> list[dict[str, str]]:
    done = provision(folder, "make", *serials)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def two_units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("line")
    made(folder, "SN1", "SN2")
    return folder


def test_every_unit_has_a_key_of_its_own_that_our_tools_read(two_units: Path) -> None:
    one, other = (json.loads(line) for line in (two_units / "ledger.jsonl").read_text().splitlines())
    assert one["public"] != other["public"]
    assert one["id"] != other["id"]
    folder = two_units / "units" / one["id"]
    assert read_signing_key(folder / "device.key").id == one["public"]
    assert read_signing_key(folder / "device.key").public == read_public_key(folder / "device.key.pub")
    assert stat.S_IMODE((folder / "device.key").stat().st_mode) == 0o600
    assert "SN1" not in (folder / "unit.json").read_text() + one["id"]
    assert "2 units" in provision(two_units, "check").stdout


def test_a_serial_number_gets_no_second_key_and_stations_side_by_side_make_one_ledger(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as stations:
        done = list(stations.map(lambda serial: provision(tmp_path, "make", serial).returncode, ["SN1", "SN2", "SN1"]))
    assert sorted(done) == [0, 0, 1]
    assert "2 units" in provision(tmp_path, "check").stdout


def test_what_was_wiped_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    (unit,) = made(tmp_path, "SN1")
    assert provision(tmp_path, "wipe", unit["id"]).returncode == 0
    assert sorted(file.name for file in (tmp_path / "units" / unit["id"]).iterdir()) == ["device.key.pub", "unit.json"]
    assert provision(tmp_path, "check").returncode == 0


@pytest.mark.parametrize("how", ["changed", "taken out", "stray"])
def test_a_ledger_that_was_touched_is_told(tmp_path: Path, how: str, two_units: Path) -> None:
    shutil.copytree(two_units, tmp_path, dirs_exist_ok=True)
    ledger = tmp_path / "ledger.jsonl"
    lines = ledger.read_text().splitlines()
    match how:
        case "changed":
            lines[0] = lines[0].replace("SN1", "SN9")
        case "taken out":
            del lines[0]
        case _:
            (tmp_path / "units" / "another").mkdir()
    ledger.write_text("\n".join(lines) + "\n")
    done = provision(tmp_path, "check")
    assert done.returncode == 1
    assert done.stderr
