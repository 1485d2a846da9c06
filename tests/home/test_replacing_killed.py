"""kill -9 in the middle of a replacement: after it stands the old one or the new one, with everything that belongs to it, never half."""

import asyncio
import random
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from gateway.storage.devices import description_of
from tests.home.replacing_kit import NEW, OLD, entered

ROOT = Path(__file__).parent.parent.parent
TIMES = 8


async def killed(folder: Path, moment: float) -> list[str]:
    """Run the worker, kill it a moment after it has begun; return what it said."""
    program = [sys.executable, "-m", "tests.home.replacing_worker", str(folder)]
    worker = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"open\n"
    await asyncio.sleep(moment)
    worker.kill()
    whole, _, _ = (await worker.stdout.read()).rpartition(b"\n")
    await worker.wait()
    return whole.decode().split()


def check(folder: Path) -> bool:
    """Hold what is kept together: devices, identities, registrations and the note all tell of the same state. Return which."""
    with closing(connect(folder / "state.db")) as state:
        devices = {row[0]: description_of(row[1]) for row in state.execute("SELECT id, description FROM devices")}
        shown = dict(state.execute("SELECT device, shown FROM identities"))
        registered = {row[0] for row in state.execute("SELECT key FROM registrations")}
        notes = {row[0] for row in state.execute("SELECT key FROM replacements")}
    replaced = notes == {OLD}
    assert notes in (set(), {OLD})
    assert devices.keys() == ({OLD} if replaced else {OLD, NEW})
    assert devices[OLD].title == (NEW if replaced else OLD)
    assert shown == ({OLD: NEW, NEW: OLD} if replaced else {OLD: OLD, NEW: NEW})
    assert registered == ({NEW} if replaced else {OLD, NEW})
    with closing(connect(folder / "state.db")) as state:
        assert state.execute("SELECT name, room FROM devices WHERE id = ?", (OLD,)).fetchone() == ("Bedroom AC", "bedroom")
    return replaced


@pytest.mark.long
async def test_killed_at_any_moment_it_is_one_or_the_other(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await entrance.come(OLD, power=False)
        await entrance.come(NEW, power=True)
        await entrance.stage.home.rename(OLD, "Bedroom AC")
        await entrance.stage.home.place(OLD, "bedroom")
        for key in (OLD, NEW):
            document = {"driver": "test", "key": key, "address": "", "port": 0, "facts": {}}
            await entrance.stage.store.registrations.put("test", key, document)
    count, states = 0, set[bool]()
    for _ in range(TIMES):
        said = await killed(tmp_path, random.uniform(0.0, 0.15))
        count += len(said)
        states.add(check(tmp_path))
    assert count > 0, states
    async with entered(tmp_path) as entrance:
        await entrance.come(OLD, power=False)
        await entrance.come(NEW, power=True)
        home = entrance.stage.home
        assert {home.names.own(device): home.twin(device).values["power"] for device in home.devices()} == {OLD: False, NEW: True}
