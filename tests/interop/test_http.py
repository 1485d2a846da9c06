"""HTTP as others use it: node-wot finds and uses every device, and schemathesis makes no request that the hub cannot answer."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.kit.demo import ROOT, Demo, program

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
NODE_MODULES = ROOT / ".interop" / "node_modules"
SCHEMATHESIS = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
SECONDS = "25"
ENDLESS = r"(bulk|changes|events|events/\{name\}|events/\{kind\}|search/\{language\})$"
"""Streams never end, a list is gone through for as long as somebody waits, and searching is refused with 501, as WoT Discovery asks."""


def test_node_wot_finds_reads_writes_and_observes_every_device_over_http(demo: Demo) -> None:
    if not (NODE_MODULES / "@node-wot" / "binding-http").is_dir():
        pytest.skip("node-wot's binding for HTTP is not installed: make interop")
    script = Path(__file__).parent / "node_wot_http.cjs"
    environment = os.environ | {"NODE_PATH": str(NODE_MODULES)}
    command = [program("node"), str(script), demo.ready["http"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["page"] == 2
    assert len(seen["things"]) == len(demo.call("devices")["devices"])
    assert all("faults" in read for read in seen["things"].values())
    assert (seen["brightness"][0], seen["brightness"][-2:]) == (80, [41, 70])
    assert seen["acks"].count("completed") == 3


def test_schemathesis_finds_no_request_that_the_hub_cannot_answer(demo: Demo) -> None:
    if not SCHEMATHESIS.is_file():
        pytest.skip("schemathesis is not installed: make interop")
    # One worker: ast of Python 3.11 raises a SystemError where several threads parse.
    checks = "not_a_server_error,content_type_conformance,status_code_conformance"
    options = ["--exclude-path-regex", ENDLESS, "--max-time", SECONDS, "--checks", checks, "--continue-on-failure", "-w", "1"]
    command = [str(SCHEMATHESIS), "run", f"{demo.ready['http']}/api/v1/openapi.json", *options, "--request-timeout", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=demo.data)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Tested: " in done.stdout
