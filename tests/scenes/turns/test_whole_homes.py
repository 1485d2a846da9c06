"""Whole simulated homes after a power cut and under weak mains: what is truly drawn from the wall is what counts."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from gateway.scenes.report import Report
from gateway.scenes.turns.volts import volts_of
from gateway.thing.principal import LOCAL
from tests.drivers.kit import until
from tests.scenes.turns.kit import Dwelling, built_in, dwelling

LIMIT = 3000.0
OWN = {"space-heater"}
"""What only a person on site switches on."""

pytestmark = [pytest.mark.long, pytest.mark.timeout(180)]


async def live_in(home: Dwelling, seed: int) -> dict[str, bool]:
    """Make it ready for cuts, switch on what chance says, and return what is on."""
    for name in ("ready-for-cuts", "power-restored", "weak-mains"):
        await home.stage.keep(built_in(name))
    await home.stage.scenes.run("ready-for-cuts", {}, LOCAL)
    chance = Random(seed)
    for device, unit in home.wall.units.items():
        if "power" in unit.appliance.surface.writable and unit.appliance.kind not in OWN | {"plug"}:
            home.set(device, power=chance.random() < 0.8)
    await home.heard()
    return {
        device: unit.appliance.values()["power"] is True for device, unit in home.wall.units.items() if "power" in unit.appliance.values()
    }


async def restored(home: Dwelling) -> Report:
    """Run the scene to its end, with five minutes of the appliances' own time while it waits for them."""
    runs = home.stage.scenes.runs
    report = await home.stage.scenes.begin("power-restored", {}, LOCAL, limit=LIMIT)
    await until(lambda: all(line.outcome.value != "open" for line in report.lines), "everybody had a turn", 60)
    await home.later(300)
    return await runs.end_of(report)


@pytest.mark.parametrize(("name", "seed"), [("city-flat", 4), ("village", 2)])
async def test_after_a_cut_a_home_comes_back_in_turn_and_the_wall_never_gives_more_than_the_line_bears(
    tmp_path: Path, name: str, seed: int
) -> None:
    async with dwelling(tmp_path, name, seed) as home:
        before = await live_in(home, seed)
        await asyncio.sleep(2.5)  # a cut that follows at once would be taken for part of what was done by hand
        await home.cut(2.5)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(home.watch())
            report = await restored(home)
            await home.later(600)
            watching.cancel()
        assert home.drawn <= LIMIT, report.document()
        came_back = {line.device for line in report.lines if line.outcome.good and line.asked["power"] is True}
        left = {line.device: line.detail for line in report.lines if line.asked["power"] is True and not line.outcome.good}
        assert came_back
        assert all("no room" in why for why in left.values()), left
        for line in report.lines:
            wanted = line.asked["power"] is True and line.outcome.good
            assert home.truth(line.device)["settings"]["power"] is wanted, line
            assert line.asked["power"] is before[line.device], line
        order = [entry["device"] for entry in report.power["order"]]
        assert "fridge" in order[0]
        assert report.power["limit"] == LIMIT
        assert report.power["curve"]
        assert max(watts for _, watts in report.power["curve"]) == report.power["peak"] <= LIMIT


async def test_while_the_mains_of_a_village_are_weak_the_least_dear_goes_without(tmp_path: Path) -> None:
    async with dwelling(tmp_path, "village", 3) as home:
        await home.stage.keep(built_in("weak-mains"))
        for device in ("ac-bedroom", "heater", "tv"):
            home.set(device, power=True)
        home.set("hood", power=False)
        await home.heard()
        home.wall.supply.override(175.0)
        await until(lambda: (volts_of(home.home) or 220.0) < 190, "the hub knows that the mains are weak", 60)
        report = await home.stage.scenes.begin("weak-mains", {}, LOCAL)
        await until(lambda: "plug-guest" in report.power.get("shed", {}).get("taken", ()), "all that can be gone without is off", 60)
        assert home.wall.supply.watts < 200
        assert home.truth("plug-fridge")["settings"]["power"] is True, "what feeds the refrigerator is left alone"
        home.wall.supply.override(220.0)
        await home.stage.scenes.runs.end_of(report)
        order = [(entry["device"], entry["what"]) for entry in report.power["order"]]
        off = [device for device, what in order if what == "off"]
        assert off[0] == "heater"
        assert off.index("heater") < off.index("tv") < off.index("ac-bedroom")
        assert [device for device, what in order if what == "on"] == off[::-1]
        assert all(home.truth(device)["settings"]["power"] is True for device in off)
        assert home.truth("hood")["settings"]["power"] is False, "what was off before is not given back"
