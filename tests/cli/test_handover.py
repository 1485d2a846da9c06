"""The gateway takes the place of the command line: the same process, nothing of typer or pydantic left, no secret among its arguments."""

import subprocess
import sys
from pathlib import Path

from tests.kit.demo import ROOT

TOLD = '{"password": "hush", "data": Path("home")}'
BEGIN = f"""
import os
from pathlib import Path
from gateway.cli.handover import hand_over
from gateway.cli.options import options
print(os.getpid(), flush=True)
options.verbose = True
hand_over("receiver", {TOLD})
"""
RECEIVER = """
import os, sys
from pathlib import Path
from gateway.cli.options import options

def begin(told):
    print(os.getpid(), options.verbose, told, flush=True)
    print("hush" in Path("/proc/self/cmdline").read_text())
"""


def lines(folder: Path) -> list[str]:
    (folder / "starter.py").write_text(BEGIN)
    (folder / "receiver.py").write_text(RECEIVER)
    run = subprocess.run(
        [sys.executable, "-m", "starter"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    return run.stdout.splitlines()


def test_the_same_process_goes_on_with_what_it_was_told(tmp_path: Path) -> None:
    before, after, _ = lines(tmp_path)
    assert after == f"{before} True {{'password': 'hush', 'data': 'home'}}"


def test_what_it_was_told_is_not_among_its_arguments(tmp_path: Path) -> None:
    assert lines(tmp_path)[2] == "False"


def test_what_the_gateway_imports_has_nothing_of_a_command_line() -> None:
    program = (
        "import sys, gateway.cli.takeover, gateway.cli.logs, gateway.cli.serving, gateway.cli.stage, gateway.drivers.native, "
        "gateway.drivers.midea\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    assert {"typer", "pydantic", "rich", "structlog", "ruamel", "cryptography"}.isdisjoint(run.stdout.split())
    assert "zeroconf" in run.stdout.split()


def test_what_only_a_unit_of_a_make_needs_is_not_imported_before_there_is_one() -> None:
    program = (
        "import sys, gateway.cli.takeover, gateway.cli.serving\n"
        "from gateway.drivers.table import load, names\n"
        "drivers = [load(name) for name in names()]\n"
        "print(*(name for name in sys.modules if name.startswith('gateway.')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    loaded = set(run.stdout.split())
    drivers = [name.split(".")[2:] for name in loaded if name.startswith("gateway.drivers.")]
    assert [name for name in drivers if name[1:] in (["opening"], ["unit"], ["look"], ["mapping"])] == []
    assert {f"gateway.drivers.parts.{name}" for name in ("selfdescribed.portrait", "virtual.library", "reading", "session")}.isdisjoint(
        loaded
    )
    assert "gateway.faces.homeassistant.announcer" not in loaded
    assert {"gateway.drivers.midea.driver", "gateway.drivers.zigbee2mqtt.driver", "gateway.drivers.native.session"} <= loaded
