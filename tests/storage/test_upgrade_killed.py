"""An upgrade of the state killed at every write, flush and rename: what is found afterwards is the old schema or the new one, whole.

strace kills the process at its N-th system call of a kind, for every N until an upgrade gets through, and it kills at random moments too.
"""

import itertools
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from gateway.storage.opening import open_checked
from gateway.storage.state import MIGRATIONS
from tests.kit.demo import ROOT

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace"),
]

OLD, NEW = 1, len(MIGRATIONS)
ROWS = 80
UPGRADE = """
import sys
from pathlib import Path
from gateway.storage.opening import open_checked
from gateway.storage.state import MIGRATIONS
open_checked(Path(sys.argv[1]), MIGRATIONS, "FULL", replace=False).close()
"""
FEWEST = {"pwrite64": 20, "fdatasync,fsync": 4, "ftruncate": 1, "rename": 1, "unlink": 1}
"""System calls that change a disk, and how many of each an upgrade has at least."""
STRACE = ("strace", "-f", "-qqq", "-o", "/dev/null")
"""Not with --seccomp-bpf: strace 6.1 then injects errors, but no signals."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state of the first schema with rows in it, some of them still in its log only."""
    folder = tmp_path_factory.mktemp("old")
    with closing(open_checked(folder / "state.db", MIGRATIONS[:OLD], "FULL", replace=False)) as connection:
        for number in range(ROWS):
            connection.execute("INSERT INTO settings VALUES (?, ?)", (f"row-{number}", "x" * 200))
    return folder


@pytest.fixture
def home(old: Path, tmp_path: Path) -> Path:
    return fresh(old, tmp_path)


def fresh(old: Path, tmp_path: Path) -> Path:
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    return Path(shutil.copytree(old, tmp_path / "home"))


def upgrade(home: Path, *before: str) -> subprocess.Popen[bytes]:
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    site = next(path for path in sys.path if path.endswith("site-packages"))
    command = [*before, sys.executable, "-S", "-c", f"import sys; sys.path.append({site!r})\n{UPGRADE}", str(home / "state.db")]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def schema(home: Path) -> int:
    """Return the schema found, after checking that all of it is there, by the first program that can read it."""
    with closing(sqlite3.connect(home / "state.db")) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM settings").fetchone() == (ROWS,)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert ("clients" in tables) == (found >= 3)
    assert ("announced" in tables) == (found >= 2)
    return int(found)


def boots(home: Path, found: int) -> None:
    """The old program starts where the old schema was found, and the new one always; with everything there."""
    if found == OLD:
        open_checked(home / "state.db", MIGRATIONS[:OLD], "FULL", replace=False).close()
        assert schema(home) == OLD
    open_checked(home / "state.db", MIGRATIONS, "FULL", replace=False).close()
    assert schema(home) == NEW
    assert not list(home.rglob("*.part"))
    copies = list((home / "backups").iterdir())
    assert 1 <= len(copies) <= 2
    for copy in copies:
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT count(*) FROM settings").fetchone() == (ROWS,)


@pytest.mark.parametrize("calls", FEWEST)
def test_killed_at_every_call(calls: str, old: Path, tmp_path: Path) -> None:
    found, kills = Counter[int](), 0
    for number in itertools.count(1):
        home = fresh(old, tmp_path)
        inject = f"inject={calls}:signal=KILL:when={number}"
        ended = upgrade(home, *STRACE, "-e", f"trace={calls}", "-e", inject).wait(60)
        found[schema(home)] += 1
        boots(home, schema(home))
        if ended == 0:
            break
        kills += 1
    assert found[NEW] >= 1
    assert kills >= FEWEST[calls], f"an upgrade has {kills} of {calls} only"
    print(calls, kills, dict(found))


def test_killed_at_random_moments(old: Path, tmp_path: Path) -> None:
    chance, found = random.Random(25), Counter[int]()
    for _ in range(30):
        home = fresh(old, tmp_path)
        process = upgrade(home)
        try:
            process.wait(chance.uniform(0.03, 0.2))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        found[schema(home)] += 1
        boots(home, schema(home))
    assert len(found) > 1, f"the moments were all alike: {found}"


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_fails_at_any_write_leaves_the_old_or_the_new(error: str, old: Path, tmp_path: Path) -> None:
    for number in itertools.count(1):
        home = fresh(old, tmp_path)
        inject = f"inject=pwrite64:error={error}:when={number}"
        ended = upgrade(home, *STRACE, "-e", "trace=pwrite64", "-e", inject).wait(60)
        boots(home, schema(home))
        if ended == 0:
            break
    assert number > 3


def test_the_number_of_writes_is_what_strace_counts(home: Path) -> None:
    """What the tests above rest on: the upgrade does write, in more than one piece."""
    done = subprocess.run(
        ["strace", "-f", "-c", "-e", "trace=pwrite64,fdatasync,fsync,rename", sys.executable, "-c", UPGRADE, str(home / "state.db")],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"\d+\s+pwrite64", done.stderr)
    assert re.search(r"\d+\s+rename", done.stderr)
