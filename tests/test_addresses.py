"""Test runs that go on side by side, each with homes of its own."""

import subprocess
import sys
from pathlib import Path

from tests.kit.home import block

ROOT = Path(__file__).parent.parent
ANOTHER_RUN = "from tests.kit.home import block; print(block(), flush=True); input()"


def test_a_home_that_has_not_started_yet_has_its_addresses_already() -> None:
    command = [sys.executable, "-c", ANOTHER_RUN]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        taken = int(other.stdout.readline())
        ours = {block(), block()}
        other.stdin.close()
    assert taken not in ours
