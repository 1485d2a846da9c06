"""What a scene achieved: measured after its run on what devices show, judged when it is due, and told across a restart."""

from pathlib import Path
from typing import Any

import pytest

from gateway.scenes.desk import SceneDesk
from gateway.scenes.effects import effects
from gateway.scenes.effects.effect import Aimed, Effect
from gateway.scenes.effects.measured import Verdict
from gateway.scenes.effects.silence import ABSENT
from gateway.scenes.report import Report
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report as DeviceReport
from gateway.thing.value import Quality, Value
from tests.drivers.kit import until
from tests.scenes.kit import Stage, scene, staged
from tests.scenes.test_execution import Deaf

WARM = {"select": {"kind": "air-conditioner"}, "property": "roomTemperature", "near": 26, "within": 2, "after": "PT30M"}
COOL = {"select": {"kind": "air-conditioner"}, "set": {"power": True}}


def measured(report: Report, device: str = "ac") -> Any:
    assert report.effect is not None
    return next(each for aimed in report.effect.aims for each in aimed.devices if each.device == device)


def aims(report: Report) -> list[Aimed]:
    assert report.effect is not None
    return report.effect.aims


def shows(stage: Stage, device: str, quality: Quality | None = None, /, **values: Value) -> None:
    graded = {} if quality is None else dict.fromkeys(values, quality)
    stage.home.report(DeviceReport(device=device, values=values, quality=graded))


async def passes(stage: Stage, seconds: float, device: str = "ac", **values: Value) -> None:
    """Let time pass, then have a device show something."""
    assert isinstance(stage.clock, SystemClock)
    stage.clock.advance(seconds)
    shows(stage, device, **values)
    await until(lambda: all(stage.home.twin(device).values[name] == value for name, value in values.items()), "it shows it")


async def known(stage: Stage, report: Report) -> Effect:
    """Let time pass until the effect is known; return it."""
    assert report.effect is not None
    assert isinstance(stage.clock, SystemClock)
    while not report.effect.over:
        stage.clock.advance(5)
        await stage.clock.sleep(0.01)
    await stage.scenes.effects.end_of(report)
    return report.effect


async def cooled(stage: Stage, *temperatures: float, lasts: str = "") -> Report:
    """Run a scene and have its air conditioner show one temperature after the other; return its report with the effect."""
    await stage.stand("air-conditioner", "ac", power=False, roomTemperature=31.0)
    report = await stage.run(scene(COOL, effect=[WARM | ({"for": lasts} if lasts else {})]))
    for each in temperatures:
        await until(lambda: measured(report).curve.points != [] and stage.home.twin("ac").values["power"] is True, "it is measured")
        count = len(measured(report).curve.points)
        await passes(stage, 600, roomTemperature=each)
        await until(lambda at=count: len(measured(report).curve.points) > at or report.effect.over, "the value is taken")  # type: ignore[misc,union-attr]
    await known(stage, report)
    return report


async def test_the_run_ends_first_and_the_effect_is_told_when_it_is_known(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        told: list[bool] = []
        stage.scenes.runs.on_told(lambda report: told.append(report.effect is not None and report.effect.over))
        report = await cooled(stage, 29.0, 27.5, 26.5)
        assert report.ended is not None
        assert told[-1] is True
        assert False in told
        one = measured(report)
        assert (one.verdict, one.lowest, one.highest) == (Verdict.REACHED, 26.5, 31.0)
        assert one.since == pytest.approx(1200, abs=30)
        assert [value for _, value in one.curve.points] == [31.0, 29.0, 27.5, 26.5]
        assert report.effect is not None
        assert report.effect.good is True
        assert stage.scenes.runs.report(report.id).document()["effect"]["aims"][0]["limits"] == {"atLeast": 24.0, "atMost": 28.0}


async def test_what_is_not_reached_is_said_with_its_curve(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        report = await cooled(stage, 30.5, 30.0, 29.5)
        assert measured(report).verdict is Verdict.NOT_REACHED
        assert aims(report)[0].verdict is Verdict.NOT_REACHED
        assert report.effect is not None
        assert report.effect.good is False
        assert report.good  # every device did what it was asked for


async def test_what_has_to_last_and_does_not_is_not_reached(tmp_path: Path) -> None:
    async with staged(tmp_path / "short") as stage:
        report = await cooled(stage, 27.0, 26.0, 25.9, 29.0, 26.0, 25.8, lasts="PT30M")
        assert measured(report).verdict is Verdict.NOT_REACHED
        assert "only after" in measured(report).detail
    async with staged(tmp_path / "long") as stage:
        report = await cooled(stage, 27.0, 26.5, 26.0, 25.5, 25.0, 24.5, lasts="PT30M")
        assert measured(report).verdict is Verdict.REACHED


async def test_who_cannot_be_measured_is_said_with_why(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for device in ("ac", "assumed", "silent", "gone", "off", "old", "strange"):
            await stage.stand("air-conditioner", device, power=True)
        shows(stage, "ac", roomTemperature=26.0)
        shows(stage, "assumed", Quality.ASSUMED, roomTemperature=26.0)
        shows(stage, "old", Quality.STALE, roomTemperature=26.0)
        await stage.stand("fan", "fan", power=True)
        aim = {key: value for key, value in WARM.items() if key != "select"} | {"select": {"kind": ["air-conditioner", "fan"]}}
        nobody = {"select": {"room": "cellar"}, "property": "power", "is": True, "after": "PT1M"}
        report = await stage.run(scene(COOL, effect=[aim, nobody]))
        await stage.home.forget("gone")
        stage.home.detach("off", "its plug is out")
        assert isinstance(stage.clock, SystemClock)
        for _ in range(40):
            stage.clock.advance(60)
            shows(stage, "ac", roomTemperature=26.0)
            for device in ("ac", "silent", "assumed"):
                shows(stage, device, power=True)
            shows(stage, "fan", power=True)
            shows(stage, "assumed", Quality.ASSUMED, roomTemperature=26.0)
            shows(stage, "old", Quality.STALE, roomTemperature=26.0)
            shows(stage, "strange", Quality.INVALID, roomTemperature=26.0)
            await stage.clock.sleep(0.01)
        await known(stage, report)
        assert {each.device: each.verdict for each in aims(report)[0].devices} == {
            "ac": Verdict.REACHED,
            "assumed": Verdict.UNMEASURABLE,
            "silent": Verdict.UNMEASURABLE,
            "gone": Verdict.UNMEASURABLE,
            **dict.fromkeys(("fan", "off", "old", "strange"), Verdict.UNMEASURABLE),
        }
        why = {each.device: each.detail for each in aims(report)[0].devices}
        assert why.pop("gone") == ABSENT
        for device, word in {
            "silent": "never said its roomTemperature",
            "fan": "has no property roomTemperature",
            "assumed": "is assumed",
            "off": "it is offline: its plug is out",
            "old": "too slow: its roomTemperature is old",
            "strange": "no value of its profile",
        }.items():
            assert word in why[device], why[device]
        assert aims(report)[0].verdict is Verdict.REACHED
        assert "1 could be measured" in aims(report)[0].detail
        assert (aims(report)[1].verdict, aims(report)[1].devices) == (Verdict.UNMEASURABLE, [])


async def test_a_share_of_them_is_enough_where_the_scene_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for number in range(5):
            await stage.stand("light", f"lamp-{number}", power=False, brightness=100)
        aim = {"select": {"kind": "light"}, "property": "brightness", "atMost": 10, "after": "PT1S", "share": 80}
        set_low = {"select": {"kind": "light"}, "set": {"brightness": 10}}
        report = await stage.run(scene(set_low, effect=[aim, aim | {"share": 81}]))
        shows(stage, "lamp-3", brightness=60)
        await known(stage, report)
        assert [aimed.verdict for aimed in aims(report)] == [Verdict.REACHED, Verdict.NOT_REACHED]


async def test_a_newer_run_ends_the_measuring_of_the_one_before_and_a_run_without_end_is_not_measured(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("air-conditioner", "ac", power=False, roomTemperature=31.0)
        text = scene(COOL, effect=[WARM])
        first, second = await stage.run(text), await stage.run(text)
        assert (aims(first)[0].verdict, aims(first)[0].detail) == (Verdict.CUT_OFF, effects.AGAIN)
        assert aims(second)[0].verdict is Verdict.OPEN
        await stage.stand("fan", "fan", Deaf(), power=False)
        refused = {"select": {"kind": "fan"}, "set": {"power": True}, "onFail": "rollback"}
        rolled = await stage.run(scene(refused, name="other", effect=[WARM]))
        await until(lambda: rolled.effect is not None and rolled.effect.over, "it is over")
        assert (aims(rolled)[0].verdict, aims(rolled)[0].detail) == (Verdict.CUT_OFF, effects.NOT_DONE)
        undone = await stage.scenes.undo(second.id, LOCAL)
        assert undone.effect is None
        assert aims(second)[0].verdict is Verdict.CUT_OFF


async def test_a_restart_goes_on_measuring_and_what_was_due_meanwhile_is_cut_off(tmp_path: Path) -> None:
    clock = SystemClock()
    soon = WARM | {"after": "PT5M"}
    async with staged(tmp_path, clock) as stage:
        await stage.stand("air-conditioner", "ac", power=False, roomTemperature=31.0)
        run = (await stage.run(scene(COOL, effect=[soon, WARM]))).id
        await until(lambda: measured(stage.scenes.runs.report(run)).curve.points != [], "it is measured")
        clock.advance(61)
        await until(lambda: "31.0" in repr(stage.scenes.runs.report(run).document()["effect"]["aims"][1]["devices"]), "it is written down")
    clock.advance(900)
    async with staged(tmp_path, clock) as stage:
        report = stage.scenes.runs.report(run)
        assert [(aimed.verdict, aimed.detail) for aimed in aims(report)] == [(Verdict.CUT_OFF, effects.MISSED), (Verdict.OPEN, "")]
        await stage.stand("air-conditioner", "ac", power=True, roomTemperature=27.0)
        clock.advance(1000)
        for _ in range(8):
            shows(stage, "ac", roomTemperature=26.5)
            shows(stage, "ac", roomTemperature=26.4)
            await clock.sleep(0.1)
        effect = await known(stage, report)
        assert effect.gap > 800
        assert aims(report)[1].verdict is Verdict.REACHED
    async with staged(tmp_path, clock) as stage:
        assert stage.scenes.runs.report(run).document()["effect"] == effect.document()


async def test_outside_the_hub_curves_are_short_and_what_is_private_stays_in_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("uhd-tv", "tv", power=True)
        await stage.stand("air-conditioner", "ac", power=False, roomTemperature=31.0)
        assert "app" in stage.home.twin("tv").private
        report = await stage.run(
            scene(COOL, effect=[WARM, {"select": {"kind": "uhd-tv"}, "property": "app", "is": "cinema", "after": "PT1H"}])
        )
        for number in range(90):
            measured(report).take(number, 31 - number / 20, aims(report)[0].target.limits)
        told = SceneDesk(stage.scenes, stage.home).document(report)["effect"]
        assert len(told["aims"][0]["devices"][0]["curve"]) == 24
        assert told["aims"][1]["devices"] == []
