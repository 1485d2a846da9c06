"""A test that fails among many is tried once more alone, and only then is the build green."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLAKY = """
import pathlib

def test_it():
    mark = pathlib.Path("tried")
    first = not mark.exists()
    mark.touch()
    assert not first
"""
BROKEN = "def test_it():\n    assert False, 'always'\n"


def run(folder: Path, test: str, many: int = 1) -> "subprocess.CompletedProcess[str]":
    for number in range(many):
        (folder / f"test_{number}.py").write_text(test)
    command = [sys.executable, "-m", "tests.crowd", "-q", "--rootdir", str(folder), "-c", "/dev/null"]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False)


def test_what_passes_alone_is_named_and_the_build_is_green(tmp_path: Path) -> None:
    done = run(tmp_path, FLAKY)
    assert done.returncode == 0, done.stdout
    assert "FLAKY" in done.stdout.splitlines()[-1]
    assert "test_0.py::test_it" in done.stdout.splitlines()[-1]


def test_what_fails_alone_too_is_red(tmp_path: Path) -> None:
    done = run(tmp_path, BROKEN)
    assert done.returncode == 1
    assert "FLAKY" not in done.stdout


def test_many_failures_are_not_tried_again(tmp_path: Path) -> None:
    done = run(tmp_path, BROKEN, many=6)
    assert done.returncode == 1
    assert "tried once more" not in done.stdout
