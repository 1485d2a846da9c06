"""The suite in a vendor's own pytest, and what comes along with it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.conformance.stand import Stand, stand
from tests.kit.addresses import address

ROOT = Path(__file__).parents[2]
APART = ("home", "storage", "drivers", "discovery", "scenes", "lifecycle", "faces", "app")
"""Rooms of a gateway that a vendor's machine needs nothing of."""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("broken"), "read-only-accepted") as made:
        yield made


def python(*arguments: object, folder: Path, code: int) -> str:
    """Run Python in a folder, with no plugin of this machine's, and return what it printed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HULIAN_DATA": str(folder / "data")}
    words = [sys.executable, *map(str, arguments)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def suite(folder: Path, *arguments: object, code: int) -> str:
    return python("-m", "pytest", "-p", "gateway.conformance.plugin", "-rs", *arguments, folder=folder, code=code)


@pytest.mark.long
def test_each_check_is_a_test_with_its_reason_or_its_whole_failure(broken: Stand, tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_of_the_vendors_own():\n    pass\n")
    said = suite(
        tmp_path,
        "--hulian-target",
        broken.target,
        "--hulian-tests",
        "E4,T7,S4.boots",
        "--hulian-report",
        "report",
        "--junitxml=own.xml",
        code=1,
    )
    assert "1 failed, 2 passed, 1 skipped" in said
    assert "skipped because it needs hands that can do power (--control)" in said
    assert "Requirement: E4: What can only be read is not written" in said
    assert "Traceback" not in said
    assert "raise Found" not in said
    names = {case.get("name") for case in ET.parse(tmp_path / "own.xml").iter("testcase")}
    assert names == {"test_of_the_vendors_own", "T7", "S4.boots", "E4[coap]"}
    assert (tmp_path / "report" / "capsule-E4-coap.json").is_file()


@pytest.mark.long
def test_a_target_that_is_not_there_is_said_and_nothing_runs(tmp_path: Path) -> None:
    said = suite(tmp_path, "--hulian-target", f"coap://{address()}", code=4)
    assert "--hulian-target: no Thing Description at" in said


LOADED = """
import json, sys
import pytest
before = set(sys.modules)
import gateway.conformance.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_without_a_target_the_plugin_brings_nothing_with_it(tmp_path: Path) -> None:
    loaded = json.loads(python("-c", LOADED, folder=tmp_path, code=0))
    assert loaded == ["gateway", "gateway.conformance", "gateway.conformance.plugin"]


ALONE = """
import json, sys
from gateway.cli.main import app
try:
    app(["conformance", sys.argv[1], "--tests", "E4,T7", "--report", "report"])
except SystemExit as end:
    assert end.code == 1, end.code
import gateway.conformance.bridge, gateway.conformance.checks.table
gateway.conformance.checks.table.checks()
print(json.dumps(sorted(name for name in sys.modules if name.startswith(("gateway.", "firmware_sim", "tests")))))
"""


@pytest.mark.long
def test_a_run_from_the_command_line_brings_no_room_of_the_gateway_with_it(broken: Stand, tmp_path: Path) -> None:
    loaded = json.loads(python("-c", ALONE, broken.target, folder=tmp_path, code=0).splitlines()[-1])
    rooms = {name.split(".")[1] for name in loaded if name.startswith("gateway.")}
    assert rooms.isdisjoint(APART), rooms & set(APART)
    assert not [name for name in loaded if not name.startswith("gateway.")]
