"""Going without while the mains are weak: who goes off when, what comes back, and what a restart in the middle leaves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.scenes.report import Report
from gateway.scenes.turns import shedding
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report as DeviceReport
from tests.drivers.kit import until
from tests.home.kit import Obedient
from tests.scenes.kit import Stage, scene, staged

WEAK, SO_SO, WELL = 170.0, 195.0, 221.0
SHED = {"select": {"kind": ["light", "air-conditioner", "uhd-tv", "plug", "refrigerator"]}, "below": 190, "back": 205}
QUICK = {"for": "PT0.02S", "well": "PT0.05S", "spacing": "PT0.02S"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shedding, "EVERY", 0.01)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        await furnish(stage)
        yield stage


async def furnish(stage: Stage) -> None:
    """Put in a lamp, an air conditioner and a television that are on, and a plug that tells the volts and feeds a refrigerator."""
    for kind, device in (("light", "lamp"), ("air-conditioner", "ac"), ("uhd-tv", "tv")):
        await stage.stand(kind, device, power=True)
    await stage.stand("refrigerator", "fridge")
    await stage.stand("plug", "socket", power=True, voltage=WEAK, feedsKind="refrigerator", feeds="fridge")


def mains(stage: Stage, volts: float) -> None:
    stage.home.report(DeviceReport(device="socket", values={"voltage": volts}))


def is_on(stage: Stage) -> dict[str, bool]:
    return {device: stage.home.twin(device).values["power"] is True for device in ("lamp", "ac", "tv", "socket")}


def told(report: Report) -> list[tuple[str, str]]:
    return [(entry["device"], entry["what"]) for entry in report.power.get("order", ())]


async def begun(stage: Stage) -> Report:
    await stage.keep(scene({"shed": SHED | QUICK}))
    return await stage.scenes.begin("test", {}, LOCAL)


async def test_the_least_dear_goes_first_and_it_comes_back_the_other_way_round(stage: Stage) -> None:
    report = await begun(stage)
    await until(lambda: is_on(stage) == {"lamp": False, "ac": False, "tv": False, "socket": True}, "all that can be gone without is off")
    mains(stage, SO_SO)
    await stage.clock.sleep(0.2)
    assert told(report) == [("tv", "off"), ("ac", "off"), ("lamp", "off")], "between weak and well nothing is done"
    mains(stage, WELL)
    await stage.scenes.runs.end_of(report)
    assert told(report)[3:] == [("lamp", "on"), ("ac", "on"), ("tv", "on")]
    assert all(is_on(stage).values())
    assert report.good, report.document()
    assert report.power["order"][0]["volts"] == WEAK


async def test_what_somebody_switches_on_meanwhile_is_left_to_them(stage: Stage) -> None:
    report = await begun(stage)
    await until(lambda: told(report)[-1:] == [("lamp", "off")] and not is_on(stage)["lamp"], "everything is off")
    stage.home.report(DeviceReport(device="tv", values={"power": True}))
    await stage.clock.sleep(0.2)
    assert is_on(stage)["tv"], "and it is not taken again"
    mains(stage, WELL)
    await stage.scenes.runs.end_of(report)
    assert told(report)[3:] == [("lamp", "on"), ("ac", "on")]


async def test_mains_that_are_well_again_in_time_cost_nobody_anything(stage: Stage) -> None:
    mains(stage, WELL)
    report = await stage.scenes.runs.end_of(await begun(stage))
    assert report.lines == []
    assert all(is_on(stage).values())


async def test_who_is_kept_by_a_tag_is_never_taken(stage: Stage) -> None:
    await stage.home.tag("ac", ["power-keep"])
    report = await begun(stage)
    await until(lambda: told(report)[-1:] == [("lamp", "off")], "the others are off")
    await stage.clock.sleep(0.1)
    assert is_on(stage)["ac"]
    mains(stage, WELL)
    await stage.scenes.runs.end_of(report)


async def test_a_hub_that_was_restarted_meanwhile_gives_back_what_it_had_taken(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await furnish(stage)
        report = await begun(stage)
        await until(lambda: not is_on(stage)["lamp"], "all that can be gone without is off")
    async with staged(tmp_path) as stage:
        for device in ("lamp", "ac", "tv", "socket"):
            description = stage.home.twin(device).description
            session = Obedient()
            session.home = stage.home
            await stage.home.attach(description, session)
            stage.home.report(DeviceReport(device=device, values={"power": device == "socket"}))
        mains(stage, WELL)
        ended = await stage.scenes.runs.end_of(stage.scenes.runs.report(report.id))
        assert all(is_on(stage).values())
        assert ended.power["shed"]["taken"] == []


DRAWS = {"lamp": 800, "ac": 1200, "tv": 1000, "socket": 100}


async def bounded(stage: Stage, limit: float) -> Report:
    """Begin to go without on a line that bears so many watts, where everybody draws as DRAWS says."""
    for device, watts in (DRAWS | {"fridge": 100}).items():
        await stage.home.tag(device, [f"watts-{watts}", "surge-0"])
    await stage.keep(scene({"shed": SHED | QUICK}))
    report = await stage.scenes.begin("test", {}, LOCAL, limit=limit)
    await until(lambda: is_on(stage) == {"lamp": False, "ac": False, "tv": False, "socket": True}, "all that can be gone without is off")
    mains(stage, WELL)
    return report


async def test_what_was_taken_comes_back_only_while_the_line_bears_it(stage: Stage) -> None:
    report = await bounded(stage, limit=2500)
    await until(lambda: told(report)[3:] == [("lamp", "on"), ("ac", "on")], "two come back")
    await stage.clock.sleep(0.2)
    assert not is_on(stage)["tv"], "800 + 1200 + 1000 W are more than the line bears"
    (note,) = [note for note in report.notes if "waits" in note]
    assert "tv waits: there was no room: it draws up to 1000 W" in note
    stage.home.report(DeviceReport(device="ac", values={"power": False}))
    await stage.scenes.runs.end_of(report)
    assert told(report)[3:] == [("lamp", "on"), ("ac", "on"), ("tv", "on")]
    assert (is_on(stage)["tv"], report.good) == (True, True)


async def test_who_never_finds_room_is_told_with_why_and_stays_off(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shedding, "LONGEST", 0.3)
    report = await bounded(stage, limit=1100)
    await stage.scenes.runs.end_of(report)
    left = {line.device: line.detail for line in report.lines if line.outcome.value == "notTried"}
    assert left.keys() == {"ac", "tv"}
    assert "1200 W (said by the home)" in left["ac"]
    assert not report.good
    assert is_on(stage) == {"lamp": True, "ac": False, "tv": False, "socket": True}
