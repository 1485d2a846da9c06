"""Triggers on a home whose devices say what the test wants: each fires once for what it waits for, and says why."""

from dataclasses import replace
from pathlib import Path

from gateway.scenes.rules.book import OFTEN
from gateway.scenes.rules.place import Place
from gateway.storage.state import StateStore
from gateway.thing.principal import LOCAL
from gateway.thing.report import Event
from gateway.thing.report import Report as DeviceReport
from gateway.thing.value import Value
from tests.scenes.kit import Stage, scene
from tests.scenes.rules.rule_kit import MONDAY, WallClock, fires, looked, quiet, until, watching

LIGHT = {"select": {"kind": "light"}, "set": {"power": True}}
WARM = {"property": {"select": {"kind": "air-conditioner"}, "name": "roomTemperature", "above": 28, "rearm": 27}}


def says(stage: Stage, device: str, **values: Value) -> None:
    stage.home.report(DeviceReport(device=device, values=values))


async def room(stage: Stage, temperature: float = 22.0) -> None:
    await stage.stand("light", "lamp", power=False, brightness=50)
    await stage.stand("air-conditioner", "ac", power=True, roomTemperature=temperature)


async def test_a_crossing_fires_once_until_it_is_armed_again(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[WARM]))
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=29.0)
        (report,) = await fires(stage)
        assert report.trigger is not None
        assert (report.trigger["device"], report.trigger["name"], report.trigger["value"]) == ("ac", "roomTemperature", 29.0)
        assert "roomTemperature" in report.trigger["text"]["en"]
        assert report.by.name == "trigger test"
        for temperature in (30.0, 27.5, 29.0):
            says(stage, "ac", roomTemperature=temperature)
            assert await quiet(stage, watcher) == 1
        says(stage, "ac", roomTemperature=27.0)
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=28.5)
        await fires(stage, 2)


async def test_what_was_so_when_the_trigger_came_is_no_crossing(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await room(stage, 30.0)
        await stage.keep(scene(LIGHT, triggers=[WARM]))
        says(stage, "ac", roomTemperature=31.0)
        assert await quiet(stage, watcher) == 0
        assert watcher.records()[0]["state"] == "fired"


async def test_held_for_a_while_counts_from_when_it_began(tmp_path: Path) -> None:
    clock = WallClock()
    held = {"property": {**WARM["property"], "for": "PT5M"}}
    async with watching(tmp_path, clock) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[held]))
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=29.0)
        await until(lambda: watcher.records()[0]["state"] == "held", "it holds")
        clock.advance(200)
        says(stage, "ac", roomTemperature=27.5)
        await until(lambda: watcher.records()[0]["state"] == "armed", "it holds no more")
        clock.advance(200)
        assert await quiet(stage, watcher) == 0
        says(stage, "ac", roomTemperature=29.0)
        await until(lambda: watcher.records()[0]["state"] == "held", "it holds again")
        clock.set_to(clock.now() + 3600)
        assert await quiet(stage, watcher) == 0, "a clock that is set is no time that passed"
        clock.advance(301)
        (report,) = await fires(stage)
        assert report.trigger is not None
        assert "5 min" in report.trigger["text"]["en"]


async def test_what_holds_goes_on_holding_across_a_restart(tmp_path: Path) -> None:
    clock = WallClock()
    held = {"property": {**WARM["property"], "for": "PT5M"}}
    async with watching(tmp_path, clock) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[held]))
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=29.0)
        await until(lambda: watcher.records()[0]["state"] == "held", "it holds")
    clock.advance(290)
    async with watching(tmp_path, clock) as (stage, watcher):
        await room(stage, 29.0)
        assert await quiet(stage, watcher) == 0
        clock.advance(20)
        await fires(stage)


async def test_what_crossed_while_the_hub_was_down_fires_once_it_is_heard(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[WARM]))
        await quiet(stage, watcher)
    async with watching(tmp_path) as (stage, watcher):
        await room(stage, 29.0)
        await fires(stage)
    async with watching(tmp_path) as (stage, watcher):
        await room(stage, 29.0)
        assert await quiet(stage, watcher) == 1


async def test_an_event_fires_and_is_named(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await room(stage)
        await stage.stand("door-lock", "lock", locked=True)
        await stage.keep(scene(LIGHT, triggers=[{"event": {"select": {"kind": "door-lock"}, "name": "operated"}}]))
        await quiet(stage, watcher)
        stage.home.report(
            DeviceReport(device="lock", values={}, events=(Event("operated", {"operation": "unlock", "method": "key", "result": "done"}),))
        )
        (report,) = await fires(stage)
        assert report.trigger is not None
        assert report.trigger["device"] == "lock"


async def test_a_time_comes_once_a_day_and_on_its_days(tmp_path: Path) -> None:
    clock = WallClock()
    async with watching(tmp_path, clock) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[{"time": "22:30", "days": ["mon", "wed"]}]))
        await looked(watcher)
        for hours, runs in ((11, 0), (1, 1), (23, 1), (24, 1), (24, 2)):
            clock.advance(hours * 3600)
            assert await quiet(stage, watcher) == runs, hours


async def test_a_clock_that_is_set_neither_repeats_a_time_nor_floods(tmp_path: Path) -> None:
    clock = WallClock()
    async with watching(tmp_path, clock) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[{"time": "11:30"}]))
        await looked(watcher)
        clock.advance(1900)
        assert await quiet(stage, watcher) == 1
        for moment in (MONDAY + 1700, MONDAY - 300 * 86400, MONDAY + 1900):
            clock.set_to(moment)
            assert await quiet(stage, watcher) == 1
            clock.advance(150)
            assert await quiet(stage, watcher) == 1
        clock.set_to(MONDAY + 400 * 86400)
        assert await quiet(stage, watcher) == 1
        assert watcher.records()[0]["missed"] is not None


async def test_a_time_the_hub_slept_through_fires_a_little_late_and_is_missed_after_more(tmp_path: Path) -> None:
    clock = WallClock()
    async with watching(tmp_path, clock) as (stage, watcher):
        await stage.keep(scene(LIGHT, triggers=[{"time": "11:30"}]))
        await looked(watcher)
    for away, runs, missed in ((1800 + 500, 1, False), (86400 + 200, 1, True), (86400 - 200, 2, True)):
        clock.advance(away)
        async with watching(tmp_path, clock) as (stage, watcher):
            await room(stage)
            assert await quiet(stage, watcher) == runs
            assert (watcher.records()[0]["missed"] is not None) is missed


async def test_the_sun_fires_where_the_place_is_known_and_is_said_where_it_is_not(tmp_path: Path) -> None:
    clock = WallClock()
    text = scene(LIGHT, triggers=[{"sun": "sunset", "offset": "-PT20M"}])
    async with watching(tmp_path, clock) as (stage, watcher):
        await room(stage)
        await stage.keep(text)
        await looked(watcher)
        clock.advance(3 * 3600)
        assert await quiet(stage, watcher) == 0
        clock.advance(3600 * 2)
        (report,) = await fires(stage)
        assert report.trigger is not None
        assert "sunset" in report.trigger["text"]["en"]
    async with watching(tmp_path, clock, place=Place()) as (stage, watcher):
        assert watcher.records()[0]["state"] == "noPlace"


async def test_conditions_keep_it_from_running_and_say_why(tmp_path: Path) -> None:
    dark = {"property": {"select": {"kind": "plug"}, "name": "power", "is": False}}
    async with watching(tmp_path) as (stage, watcher):
        await room(stage)
        await stage.stand("plug", "plug", power=True)
        await stage.keep(scene(LIGHT, triggers=[WARM], conditions=[dark, {"between": ["22:00", "sunrise"]}]))
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=29.0)
        await until(lambda: watcher.records()[0]["why"], "it did not run")
        assert "power of plug was not is false" in watcher.records()[0]["why"]["text"]["en"]
        says(stage, "plug", power=False)
        says(stage, "ac", roomTemperature=26.0)
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=29.0)
        await until(lambda: "11:" in watcher.records()[0]["why"]["text"]["en"], "it says the time")
        assert await quiet(stage, watcher) == 0


async def test_a_paused_scene_is_not_fired_now_nor_for_it_later(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await room(stage)
        await stage.keep(scene(LIGHT, triggers=[WARM]))
        await watcher.pause("test", LOCAL)
        await quiet(stage, watcher)
        says(stage, "ac", roomTemperature=29.0)
        assert await quiet(stage, watcher) == 0
        assert watcher.records()[0]["state"] == "paused"
    async with watching(tmp_path) as (stage, watcher):
        assert watcher.is_paused("test")
        await watcher.resume("test", LOCAL)
        await room(stage, 29.0)
        assert await quiet(stage, watcher) == 0


async def test_what_fires_too_often_is_paused_and_says_so(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await stage.stand("light", "lamp", power=False, brightness=50)
        await stage.stand("plug", "plug", power=False)
        await stage.keep(scene(LIGHT, triggers=[{"property": {"select": {"kind": "plug"}, "name": "power", "is": True}}]))
        await quiet(stage, watcher)
        for _ in range(OFTEN + 3):
            says(stage, "plug", power=True)
            await looked(watcher)
            await until(lambda: watcher.book.standings[next(iter(watcher.book.standings))].armed.get("plug") is False, "fired")
            says(stage, "plug", power=False)
            await until(lambda: watcher.book.standings[next(iter(watcher.book.standings))].armed.get("plug") is True, "armed")
        assert watcher.is_paused("test")
        assert len([each for each in await stage.store.firings.firings() if each.state == "begun" or "running" in each.state]) == OFTEN
        assert "30 times" in watcher.records()[0]["pause"]["why"]["en"]


async def test_the_mains_are_restored_once_however_many_say_so(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await room(stage)
        await stage.stand("refrigerator", "fridge", mains="normal")
        await stage.keep(scene(LIGHT, triggers=[{"mains": "restored"}, {"mains": "sagging"}]))
        await quiet(stage, watcher)
        says(stage, "fridge", mains="sag")
        await fires(stage, 1)
        says(stage, "fridge", mains="interrupted")
        await quiet(stage, watcher)
        says(stage, "fridge", mains="normal")
        reports = await fires(stage, 2)
        stage.home.report(DeviceReport(device="ac", values={}, events=(Event("powerRestored", {"boot": 3}),)))
        assert await quiet(stage, watcher) == 2
        assert [report.trigger["value"] for report in reports if report.trigger] == ["sag", "normal"]


async def test_the_hub_knows_a_cut_from_a_program_that_was_killed(tmp_path: Path) -> None:
    async with watching(tmp_path) as (stage, watcher):
        await stage.keep(scene(LIGHT, triggers=[{"mains": "restored"}]))
        await looked(watcher)
    for machine, clean, runs in (("one", False, 0), ("two", True, 0), ("three", False, 1), ("three", False, 1)):
        async with StateStore(tmp_path / "state.db") as store:
            life = next(each for each in await store.firings.known() if not each.scene)
            await store.firings.keep([replace(life, document={**life.document, "clean": clean})])
        async with watching(tmp_path, machine=machine) as (stage, watcher):
            await room(stage)
            assert await quiet(stage, watcher) == runs, (machine, clean)
    assert stage.scenes.runs.reports()[0].trigger is not None
