"""kill -9 at any moment: nothing acknowledged is lost, nothing acts twice, nothing stays open."""

import asyncio
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.home.run import Run
from gateway.thing.ack import AckState
from gateway.thing.value import Value
from tests.home.kit import DEVICE, START, HandClock, House, Obedient, ended, living, until

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Told:
    """What the killed gateway and its appliance had said."""

    accepted: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    acted: list[str] = field(default_factory=list)
    truth: dict[str, Value] = field(default_factory=lambda: {"target": 60, "mode": "warm"})

    def take(self, line: str) -> None:
        what, *facts = line.split()
        if what == "accepted":
            self.accepted.append(facts[0])
        elif what == "ended":
            self.ended[facts[0]] = facts[1]
        elif what == "acted":
            self.acted.append(facts[0])
            self.truth[facts[1]] = int(facts[2]) if facts[1] == "target" else facts[2]


async def killed(folder: Path, now: float, prefix: str, lines: int, moment: float) -> Told:
    """Run a gateway, kill it `moment` seconds after it said so many lines, return what it had said."""
    told = Told()
    program = [sys.executable, "-m", "tests.home.kill_worker", str(folder), str(now), prefix]
    worker = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT)
    assert worker.stdout is not None
    for _ in range(lines):
        told.take((await worker.stdout.readline()).decode())
    await asyncio.sleep(moment)
    worker.kill()
    whole, _, _ = (await worker.stdout.read()).rpartition(b"\n")
    await worker.wait()
    for line in whole.splitlines():
        told.take(line.decode())
    return told


async def check(house: House, told: Told) -> None:
    """Bring the appliance back with the state it really has, and hold the gateway to what it had said."""
    runs: dict[str, Run] = {id_: house.home.run(DEVICE, id_) for id_ in told.accepted}
    session = await house.kettle(Obedient(), **told.truth)
    for _ in range(7):
        await house.clock.advance(5)
    for id_, run in runs.items():
        ack = await ended(run)
        assert len([one for one in run.history if one.state.terminal]) == 1
        if id_ in told.ended:
            assert ack.state.value == told.ended[id_]
        if ack.state is AckState.COMPLETED:
            shown = told.truth[run.command.name] == run.command.input
            assert shown or id_ in told.acted or id_ in {got.id for got in session.got}
    await until(lambda: not house.home._docket.of(DEVICE))
    again = {got.id for got in session.got}
    assert len(again) == len(session.got)
    assert again.isdisjoint(told.acted)
    truth = told.truth | {got.name: got.input for got in session.got}
    assert {name: house.home.document(DEVICE)[name] for name in truth} == truth


async def rounds(folder: Path, count: int) -> int:
    chance = random.Random(count)
    acknowledged = 0
    for number in range(count):
        now = START + 1000 * number
        told = await killed(folder, now, f"r{number}", chance.randrange(1, 120), chance.random() / 50)
        acknowledged += len(told.accepted)
        async with living(folder, HandClock(now + 5)) as house:
            await check(house, told)
    return acknowledged


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_in_ten_kills(tmp_path: Path) -> None:
    assert await rounds(tmp_path, 10) > 50


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_nothing_acknowledged_is_lost_in_a_hundred_kills(tmp_path: Path) -> None:
    assert await rounds(tmp_path, 100) > 500
