"""Test runs that go on side by side, each with homes of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit import home

ROOT = Path(__file__).parent.parent
ANOTHER_RUN = "from tests.kit.home import block; print(block(), flush=True); input()"


def test_a_home_that_has_not_started_yet_has_its_addresses_already() -> None:
    command = [sys.executable, "-c", ANOTHER_RUN]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        taken = int(other.stdout.readline())
        ours = {home.block(), home.block()}
        other.stdin.close()
    assert taken not in ours


def test_there_are_addresses_for_a_second_run_while_another_has_all_that_are_meant_for_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    own = home.BLOCKS * home.SIZE
    monkeypatch.setattr(home, "is_free", lambda address: int(address.rpartition(".")[2]) >= 20 + own)
    monkeypatch.setattr(home, "reserved", lambda _: True)
    assert home.block() == 20 + own
