"""kill -9 at any moment while triggers fire: each crossing has run its scene exactly once, or not and then once after the restart."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from gateway.scenes import aftermath
from gateway.scenes.rules.watcher import Watcher
from tests.scenes.kit import staged
from tests.scenes.rules.fire_worker import stand
from tests.scenes.rules.rule_kit import BERLIN, quiet, until

ROOT = Path(__file__).parent.parent.parent.parent


async def killed(folder: Path, moment: float) -> list[str]:
    """Run a hub, kill it `moment` seconds after it was ready; return what was said."""
    program = [sys.executable, "-m", "tests.scenes.rules.fire_worker", str(folder)]
    worker = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    await asyncio.sleep(moment)
    worker.kill()
    whole, _, _ = (await worker.stdout.read()).rpartition(b"\n")
    await worker.wait()
    return whole.decode().splitlines()


async def after_restart(folder: Path, *, power: bool) -> tuple[int, list[str]]:
    """Open the home again with the plug as it really is; return how many runs there are in the end, and what became of each firing."""
    async with staged(folder) as stage:
        await stand(stage, power=power)
        async with Watcher(stage.scenes, stage.home, stage.clock, stage.store.firings, BERLIN, machine=lambda: "one") as watcher:
            await quiet(stage, watcher)
            await until(lambda: not watcher.book.due and not stage.scenes.runs.is_running("test"), "what was due has run")
            runs = await quiet(stage, watcher)
            firings = await stage.store.firings.firings()
            assert len({firing.run for firing in firings}) == len(firings) == runs
    return runs, [firing.state for firing in firings]


async def rounds(folder: Path, count: int, seed: int, longest: float) -> dict[str, int]:
    """Kill so many hubs; return how often it was between the first firing and the last, and how many firings there were."""
    chance = random.Random(seed)
    seen = {"middle": 0, "fired": 0, "again": 0}
    for number in range(count):
        home = folder / str(number)
        home.mkdir()
        said = await killed(home, chance.random() * longest)
        ons, offs = (sum(line.startswith(word) for line in said) for word in ("on ", "off "))
        power = ons > offs
        runs, states = await after_restart(home, power=power)
        assert runs == ons, f"{ons} crossings, {runs} runs: {states}"
        assert set(states) <= {"begun"}, states
        again, _ = await after_restart(home, power=power)
        assert again == runs, "a restart fires nothing that has fired"
        seen["middle"] += "whole" not in said and ons > 0
        seen["fired"] += runs
        seen["again"] += power
    return seen


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "PATIENCE", 1.0)


@pytest.mark.long
@pytest.mark.timeout(200)
async def test_a_kill_at_any_moment_leaves_each_crossing_fired_exactly_once(tmp_path: Path) -> None:
    seen = await rounds(tmp_path, 4, seed=8, longest=0.6)
    assert seen["middle"] > 0
    assert seen["fired"] > 0
