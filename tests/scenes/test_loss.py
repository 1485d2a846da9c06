"""Scenes on appliances behind a bad network: what the report says is what the simulator knows to be true."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from firmware_sim.plan import UnitPlan
from gateway.scenes.report import Line, Outcome, Report
from gateway.thing.value import Value
from tests.drivers.kit import until
from tests.kit.addresses import address
from tests.scenes.kit import WIRE, Stage, is_heard, scene, staged, wired

DELAY = 0.2
TRUE = {Outcome.DONE, Outcome.ALREADY, Outcome.LATE}
FALSE = {Outcome.FAILED, Outcome.NOT_TRIED, Outcome.ROLLED_BACK}
SHORT = "PT3S"
HOMES = 20
ENDS = ("continue", "continue", "rollback")


def plans(seed: int) -> tuple[UnitPlan, ...]:
    kinds = (("light", "light"), ("lamp", "light"), ("plug", "plug"))
    return tuple(
        UnitPlan(kind=kind, wire=WIRE, address=address(), port=0, id=f"{word}-{seed}", seed=seed + at)
        for at, (word, kind) in enumerate(kinds)
    )


def disagreement(line: Line, truth: Mapping[str, Value]) -> str:
    """Return where a line says something else than is true, "" where it does not. That nobody can know it is no claim."""
    so = all(truth[name] == value for name, value in line.asked.items())
    if (line.outcome in TRUE and not so) or (line.outcome in FALSE and so):
        return (
            f"{line.device} {dict(line.asked)} is said to be {line.outcome} ({line.detail}), and is {[truth[name] for name in line.asked]}"
        )
    return ""


async def one_run(stage: Stage, chance: Random, loss: float) -> Report:
    """Set everything to something else on a network as bad as that."""
    for unit in stage.units.values():
        unit.network.set(loss=loss, delay=DELAY)
    steps = [
        {
            "select": {"id": device},
            "set": wish(chance, device),
            "deadline": SHORT,
            "onFail": chance.choice(["continue", "continue", "rollback"]),
        }
        for device in stage.units
    ]
    return await stage.run(scene(*steps))


def wish(chance: Random, device: str) -> dict[str, Value]:
    return {"power": chance.random() < 0.5} if device.startswith("plug") else {"power": True, "brightness": chance.randrange(1, 101)}


async def runs(folder: Path, loss: float, count: int, seed: int) -> list[str]:
    """Run so many scenes; return what disagreed with the simulator."""
    chance = Random(seed)
    wrong = []
    async with staged(folder) as stage, wired(stage, *plans(seed), seed=seed):
        for _ in range(count):
            report = await one_run(stage, chance, loss)
            assert report.ended is not None
            wrong += [said for line in report.lines if (said := disagreement(line, stage.truth(line.device)))]
            for unit in stage.units.values():
                unit.network.set(loss=0, delay=0)
            await until(lambda: all(is_heard(stage.home, device) for device in stage.units), "everybody is back", 60)
            await until(lambda: all(same(stage, device) for device in stage.units), "the home knows how everybody is", 60)
    return wrong


def same(stage: Stage, device: str) -> bool:
    """Return whether the home shows a device as it is."""
    shown = stage.home.twin(device).values
    return all(shown.get(name) == stage.truth(device)[name] for name in ("power", "brightness") if name in shown)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("loss", "count"), [(0.0, 4), (0.1, 4), (0.3, 2)])
async def test_the_report_is_the_simulators_truth(tmp_path: Path, loss: float, count: int) -> None:
    """Two hundred runs in all: twenty homes side by side, for they wait more than they work."""
    homes = [tmp_path / str(number) for number in range(HOMES)]
    for home in homes:
        home.mkdir()
    first = round(loss * 1000) + 1
    wrong = await asyncio.gather(*(runs(home, loss, count, first + number) for number, home in enumerate(homes)))
    assert [said for each in wrong for said in each] == []
