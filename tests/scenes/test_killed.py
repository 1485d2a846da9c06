"""kill -9 in the middle of a scene over fifty devices: afterwards every one of them has a true outcome (promise 5)."""

import asyncio
import random
import sys
from dataclasses import dataclass, field
from json import loads
from pathlib import Path

import pytest

from gateway.scenes import aftermath
from gateway.scenes.report import Outcome, Report
from gateway.thing.value import Value
from tests.drivers.kit import until
from tests.scenes.kill_worker import DEVICES
from tests.scenes.kit import Stage, staged

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Told:
    """What the killed hub and its appliances had said; `truth`: what each lamp really is."""

    run: str = ""
    whole: bool = False
    truth: dict[str, dict[str, Value]] = field(
        default_factory=lambda: {f"lamp-{number}": {"power": False, "brightness": 10} for number in range(DEVICES)}
    )

    def take(self, line: str) -> None:
        match line.split(maxsplit=2):
            case ["ran", run]:
                self.run = run
            case ["whole"]:
                self.whole = True
            case ["acted", device, values]:
                self.truth[device] |= loads(values)


async def killed(folder: Path, on_fail: str, moment: float) -> Told:
    """Run a hub, kill it `moment` seconds after it was ready; return what was said."""
    told = Told()
    program = [sys.executable, "-m", "tests.scenes.kill_worker", str(folder), on_fail]
    worker = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    await asyncio.sleep(moment)
    worker.kill()
    whole, _, _ = (await worker.stdout.read()).rpartition(b"\n")
    await worker.wait()
    for line in whole.decode().splitlines():
        told.take(line)
    return told


async def back_again(stage: Stage, told: Told, away: frozenset[str]) -> Report | None:
    """Have the lamps come back as they really are, but for those that stay away; return the report once it has ended."""
    for device, values in told.truth.items():
        if device not in away:
            await stage.stand("light", device, **values)
    reports = stage.scenes.runs.reports()
    if not reports:
        return None
    await until(lambda: reports[0].ended is not None, "the run has ended", 60)
    return reports[0]


def check(stage: Stage, report: Report, told: Told, away: frozenset[str]) -> None:
    """Hold each line to what its lamp really is; the last line of a lamp is what it should be now."""
    assert len(report.lines) == 2 * DEVICES
    assert not [line for line in report.lines if line.outcome is Outcome.OPEN]
    last = {line.device: line for line in report.lines}
    for device, line in last.items():
        first = next(each for each in report.lines if each.device == device)
        shown = told.truth[device] if device in away else stage.home.twin(device).values
        where = f"{device}: {first.outcome} {first.detail}, {line.outcome} {line.detail}, {shown}"
        if device in away:
            assert {first.outcome, line.outcome} <= {Outcome.UNREACHABLE, Outcome.DONE, Outcome.ALREADY, Outcome.NOT_ROLLED_BACK}, where
        elif line.outcome in {Outcome.DONE, Outcome.ALREADY, Outcome.LATE}:
            assert shown["brightness"] == 20, where
        elif first.outcome in {Outcome.DONE, Outcome.ALREADY, Outcome.LATE}:
            assert (shown["power"], shown["brightness"]) == (True, 80), where
        else:
            assert (shown["power"], shown["brightness"]) == (False, 10), where


async def rounds(folder: Path, count: int, on_fail: str, seed: int, longest: float = 0.5) -> tuple[int, int]:
    """Kill so many hubs; return how many were killed in the middle, and how many devices were brought to an end."""
    chance = random.Random(seed)
    middle = ended = 0
    for number in range(count):
        home = folder / f"{on_fail}-{number}"
        home.mkdir()
        told = await killed(home, on_fail, chance.random() * longest)
        away = frozenset({"lamp-7"} if number % 5 == 0 else ())
        async with staged(home) as stage:
            was_open = [report for report in stage.scenes.runs.reports() if report.ended is None]
            report = await back_again(stage, told, away)
            if report is None:
                assert not told.run, "a run that had begun is forgotten"
                continue
            check(stage, report, told, away)
            middle += bool(was_open)
            ended += len({line.device for line in report.lines})
    return middle, ended


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aftermath, "PATIENCE", 2.0)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("on_fail", ["continue", "rollback"])
async def test_no_device_is_left_in_an_unreported_state_by_a_kill(tmp_path: Path, on_fail: str) -> None:
    middle, ended = await rounds(tmp_path, 2, on_fail, seed=8, longest=0.2)
    assert (middle > 0, ended > 0) == (True, True)
