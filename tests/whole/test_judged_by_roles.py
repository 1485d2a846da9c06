"""X1.role at the LAN door of a running hub: as a viewer the judge sees that it may only look, and would see a guard that lets it write."""

import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo import ROOT, eventually, stop
from tests.whole.test_keyed_appliance import ended
from tests.whole.test_pairing import Hub, hulian, join_by_pin, joined, pairing, start

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
LAN, APPLIANCE = "127.0.28.31", "127.0.28.32"
LAMP = f"lamp-{secrets.token_hex(3)}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with an owner, whose home has one lamp."""
    folder = tmp_path_factory.mktemp("roles")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((APPLIANCE, 0))
        port = free.getsockname()[1]
    words = ["light", "--wire", "native-coap", "--id", LAMP, "--address", APPLIANCE, "--port", str(port)]
    file = folder / "hulian.toml"
    file.write_text(f'[discovery]\nappliances = ["native://{APPLIANCE}:{port}"]\nannounce = false\n')
    with ExitStack() as stack:
        lamp = subprocess.Popen([sys.executable, "-m", "firmware_sim.cli", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        stack.callback(stop, lamp)
        running = start(folder / "hub", LAN, "--config", str(file))
        stack.callback(ended, running)
        come_in(running, folder / "owner", "owner")
        eventually(lambda: any(each["id"] == LAMP for each in running.call("devices")["devices"]), "the lamp is in the home")
        yield running


def come_in(hub: Hub, folder: Path, role: str) -> Path:
    with pairing(hub, "--role", role, "--pin") as (offer, showing):
        joined(join_by_pin(offer, folder, f"a {role}"))
        assert showing.wait(20) == 0
    return folder


def judged(folder: Path, report: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run the judge as whoever has this folder; return how it ended, and the verdicts by id."""
    (door, *_) = json.loads((folder / "connection.json").read_text())["coap"]
    asked = ["--tests", "X1", "--seed", "1", "--json"]
    words: list[str | Path] = ["conformance", f"{door}/d/{LAMP}", "--credentials", folder, "--report", report, *asked]
    done = hulian(*words)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records, done.stderr
    return done.returncode, {each["id"]: each for each in records if each["event"] == "verdict"}


@pytest.mark.parametrize("role", ["viewer", "user"])
def test_a_role_does_what_it_may_over_either_wire(hub: Hub, role: str, tmp_path: Path) -> None:
    code, verdicts = judged(come_in(hub, tmp_path / role, role), tmp_path / "report")
    found = {name: each["outcome"] for name, each in verdicts.items()}
    wanted = dict.fromkeys(("X1.bare[mqtt]", "X1.role[mqtt]", "X1.role[coap]"), "passed")
    assert (code, found) == (0, wanted), json.dumps([*verdicts.values()], indent=1)


def test_a_guard_that_lets_a_viewer_write_is_seen(hub: Hub, tmp_path: Path) -> None:
    """What the judge believes to be a viewer is let in as a user: for the judge that is a hub whose guard is broken."""
    folder = come_in(hub, tmp_path / "user", "user")
    connection = json.loads((folder / "connection.json").read_text())
    (folder / "connection.json").write_text(json.dumps(connection | {"role": "viewer"}))
    code, verdicts = judged(folder, tmp_path / "report")
    assert code == 1
    for wire in ("mqtt", "coap"):
        failed = verdicts[f"X1.role[{wire}]"]
        assert (failed["outcome"], failed["expected"]) == ("failed", "a viewer may not write")
