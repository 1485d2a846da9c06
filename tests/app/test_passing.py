"""Files that are only made to be sent leave nothing behind, however the hub ends."""

import asyncio
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.app.arranging import Arranging
from gateway.app.passing import clear_passing, passing
from gateway.thing.clock import SystemClock

KILLED = """
import os, signal, sys
from pathlib import Path
from gateway.app.passing import passing

with passing(Path(sys.argv[1])) as folder:
    (folder / "home.hulian").write_text("all of a home")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_is_sent_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with passing(tmp_path) as first, passing(tmp_path) as second:
        assert first != second
        assert all(stat.S_IMODE(each.stat().st_mode) == 0o700 for each in (first, first.parent))
        assert tmp_path in first.parents
    assert not first.exists()
    assert not second.exists()


def test_what_a_hub_that_was_killed_left_is_removed_by_the_next(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [each.name for each in tmp_path.rglob("home.hulian")] == ["home.hulian"]
    clear_passing(tmp_path)
    assert list(tmp_path.iterdir()) == []
    clear_passing(tmp_path)


def test_a_hand_over_sheet_is_made_within_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    async def started(*words: str, **_streams: Any) -> Any:
        told.extend(words)
        raise OSError("it is not made here")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    desk = Arranging(lambda *_: asyncio.sleep(0), (), SystemClock(), tmp_path)
    with pytest.raises(OSError, match="not made here"):
        asyncio.run(desk.handover("en"))
    sheet = Path(told[told.index("--to") + 1])
    assert tmp_path in sheet.parents
    assert not sheet.parent.exists()
