"""kill -9 while links are made and broken: what was acknowledged is there again, and nothing is fed twice."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from gateway.thing.report import Report
from tests.home.kit import HandClock, living, until
from tests.home.links_kit import LIBRARY, OWNER, forgetful, put

ROOT = Path(__file__).parent.parent.parent


async def killed(folder: Path, lines: int, moment: float) -> str:
    """Run the worker, kill it `moment` seconds after it said so many lines, and return the last line it said."""
    program = [sys.executable, "-m", "tests.home.links_worker", str(folder)]
    worker = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT)
    assert worker.stdout is not None
    last = b""
    for _ in range(lines):
        last = await worker.stdout.readline()
    await asyncio.sleep(moment)
    worker.kill()
    whole, _, _ = (await worker.stdout.read()).rpartition(b"\n")
    await worker.wait()
    return (whole.splitlines() or [last])[-1].decode().strip()


async def rounds(folder: Path, count: int) -> None:
    chance = random.Random(count)
    for _ in range(count):
        said = await killed(folder, chance.randint(1, 12), chance.random() * 0.01)
        async with living(folder, HandClock(), LIBRARY) as house:
            ties = {tie.source: tie.target for tie in house.home.links.all() if not tie.told}
            assert len(set(ties.values())) == len(ties)
            acknowledged = dict(word.split("=") for word in said.split())
            different = {plug for plug in ties.keys() | acknowledged.keys() if ties.get(plug) != acknowledged.get(plug)}
            assert len(different) <= 1  # the one it was at when it was killed


async def test_no_acknowledged_link_is_lost(tmp_path: Path) -> None:
    await rounds(tmp_path, 1)


@pytest.mark.long
async def test_no_acknowledged_link_is_lost_in_many_power_cuts(tmp_path: Path) -> None:
    await rounds(tmp_path, 6)


@pytest.mark.long
async def test_a_thousand_linked_devices_cost_a_tick_next_to_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, library=LIBRARY) as house:
        for number in range(500):
            await put(house, f"plug-{number}", "plug", memory=False, power=True, powerDraw=700.0, feeds="", feedsKind="none")
            await put(house, f"heater-{number}", "space-heater")
        await asyncio.gather(
            *(house.home.links.link(f"plug-{number}", "feeds", f"heater-{number}", OWNER) for number in range(500)),
        )
        assert len(house.home.links.all()) == 500
        await house.clock.advance(2)
        await until(lambda: house.home.links._evidence._clues is not None)
        await house.clock.advance(20)
        assert [house.home.document(f"heater-{number}").get("power") for number in (0, 499)] == [None, None]  # it speaks for itself
        house.home.links._evidence.tick()
        assert len(house.home.links._evidence._witnesses) == 500
        house.home.report(Report(device="plug-7", values={"powerDraw": 1.0}))
        await house.home.forget("plug-7")
        assert len(house.home.links.all()) == 499
        assert len(house.home.links._evidence._witnesses) == 499


async def test_a_long_chain_of_plugs_is_followed_to_its_end(tmp_path: Path) -> None:
    async with living(tmp_path, library=LIBRARY) as house:
        for number in range(60):
            await forgetful(house, f"plug-{number}")
        for number in range(59):
            await house.home.links.link(f"plug-{number}", "feeds", f"plug-{number + 1}", OWNER)
        await put(house, "fridge-1", "refrigerator")
        await house.home.links.link("plug-59", "feeds", "fridge-1", OWNER)
        twin = house.home.twin("plug-0")
        assert twin.warden is not None
        assert "refrigerator" in [state["feedsKind"] for state in twin.warden.states(twin, {"power": False})]
