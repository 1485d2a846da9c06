"""What a scene would do, before it does anything."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.errors import SchemaViolation, StateConflict
from gateway.scenes import plan as planning
from gateway.scenes.order import in_order
from gateway.scenes.plan import Await, Interval, Plan, Wave
from gateway.scenes.scenes import SceneInvalid
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report as DeviceReport
from tests.scenes.kit import Stage, scene, staged

LEVEL = {"level": {"type": "integer", "minimum": 1, "maximum": 100, "default": 30}}
ON = {"select": {"kind": "light"}, "set": {"power": True}}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        await stage.stand("light", "hall-1", room="hall", power=False, brightness=10)
        await stage.stand("light", "attic-1", room="attic", power=True, brightness=20)
        yield stage


async def plan(stage: Stage, *steps: object, **arguments: int) -> Plan:
    """Keep a scene of these steps and plan it."""
    await stage.keep(scene(*steps, parameters=LEVEL))  # type: ignore[arg-type]
    return stage.scenes.plan("test", arguments)


def notes(plan: Plan) -> list[str]:
    return [note.text for note in plan.notes]


async def test_everybody_who_is_meant_is_asked_and_who_is_so_already_is_known(stage: Stage) -> None:
    (wave,) = (await plan(stage, ON)).parts
    assert isinstance(wave, Wave)
    assert {task.device: task.already for task in wave.tasks} == {"hall-1": False, "attic-1": True}


@pytest.mark.parametrize(
    ("select", "devices"),
    [
        ({"kind": "light", "room": "hall"}, ["hall-1"]),
        ({"kind": "light", "not": {"room": "hall"}}, ["attic-1"]),
        ({"id": ["hall-1", "attic-1"]}, ["attic-1", "hall-1"]),
        ({"tag": "night"}, ["attic-1"]),
        ({"kind": "plug"}, []),
    ],
)
async def test_a_selector_means_who_has_all_that_is_said(stage: Stage, select: dict[str, object], devices: list[str]) -> None:
    await stage.home.tag("attic-1", ["night"])
    assert list((await plan(stage, {"select": select, "set": {"power": True}})).devices) == devices


async def test_names_that_are_nowhere_in_the_home_are_named_with_their_line(stage: Stage) -> None:
    step = {"select": {"room": ["hall", "cellar"], "tag": "gone", "not": {"id": "lamp-9"}}, "set": {"power": True}}
    said = (await plan(stage, step)).notes
    assert [note.text for note in said][:3] == [
        "there is no room 'cellar' in this home",
        "there is no tag 'gone' in this home",
        "there is no device 'lamp-9' in this home",
    ]
    assert "nobody in this home is meant by this step" in said[3].text
    assert not any(note.error for note in said)


async def test_a_parameter_is_what_somebody_gives_it_and_must_be_something_it_can_be(stage: Stage) -> None:
    step = {"select": {"id": "hall-1"}, "set": {"brightness": {"parameter": "level"}}}
    (wave,) = (await plan(stage, step, level=55)).parts
    assert isinstance(wave, Wave)
    assert wave.tasks[0].values == {"brightness": 55}
    for wrong in ({"level": 500}, {"lvl": 5}):
        with pytest.raises(SchemaViolation):
            stage.scenes.plan("test", wrong)


async def test_a_nested_scene_is_planned_where_it_stands_with_what_it_is_given(stage: Stage) -> None:
    inner = {"select": {"kind": "light"}, "set": {"brightness": {"parameter": "level"}}}
    await stage.keep(scene(inner, name="inner", parameters=LEVEL))
    found = await plan(
        stage,
        {"delay": "PT1S"},
        {"scene": "inner", "with": {"level": {"parameter": "level"}}},
        {"wait": {"select": {"kind": "light"}, "until": {"power": True}}},
        level=44,
    )
    pause, wave, wait = found.parts
    assert isinstance(pause, Interval)
    assert isinstance(wave, Wave)
    assert isinstance(wait, Await)
    assert [task.values for task in wave.tasks] == [{"brightness": 44}] * 2
    assert wait.devices == ("attic-1", "hall-1")


async def test_steps_that_fight_in_this_home_are_an_error_and_nothing_runs(stage: Stage) -> None:
    found = await plan(stage, ON, {"select": {"room": "hall"}, "set": {"power": False}})
    assert [note.error for note in found.notes] == [True]
    with pytest.raises(StateConflict, match="hall-1"):
        await stage.scenes.run("test", {}, LOCAL)
    assert stage.home.twin("attic-1").values["brightness"] == 20


async def test_what_would_be_refused_is_said_before(stage: Stage) -> None:
    session = await stage.stand("air-conditioner", "ac", power=True, mode="fan", targetTemperature=26)
    found = await plan(stage, {"select": {"kind": "air-conditioner"}, "set": {"targetTemperature": 20}})
    (wave,) = found.parts
    assert isinstance(wave, Wave)
    assert wave.tasks[0].problem
    assert notes(found) == [f"ac: {wave.tasks[0].problem}"]
    report = await stage.scenes.run("test", {}, LOCAL)
    assert [line.outcome.value for line in report.lines] == ["failed"]
    assert session.got == []


async def test_a_pile_of_scenes_comes_to_an_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MOST_PARTS", 50)
    await stage.keep(scene({"delay": "PT1S"}, name="s0"))
    for number in range(1, 8):
        await stage.keep(scene(*[{"scene": f"s{number - 1}"}] * 10, name=f"s{number}"))
    found = stage.scenes.plan("s7", {})
    assert len(found.parts) <= 50
    assert any("more than 50" in note.text and note.error for note in found.notes)


async def test_a_device_that_takes_values_only_one_after_the_other_is_asked_in_that_order_and_put_back_so(stage: Stage) -> None:
    session = await stage.stand("air-conditioner", "ac", power=True, mode="fan", targetTemperature=26)
    twin = stage.home.twin("ac")
    wanted = {"targetTemperature": 20, "mode": "cool"}
    writes = in_order(twin.instance, wanted, twin.values)
    await plan(stage, {"select": {"id": "ac"}, "set": wanted})
    report = await stage.scenes.run("test", {}, LOCAL)
    assert [line.outcome.value for line in report.lines] == ["done"] * len(writes)
    assert (twin.values["mode"], twin.values["targetTemperature"]) == ("cool", 20)
    back = await stage.scenes.undo(report.id, LOCAL)
    assert {line.outcome.value for line in back.lines} == {"done"}
    assert (twin.values["mode"], twin.values["targetTemperature"]) == ("fan", 26)
    assert len(session.got) >= 2 * len(writes)


async def test_the_peak_is_told_with_what_is_not_known(stage: Stage) -> None:
    await stage.stand("plug", "heater")
    for power, watts in ((True, 1500.0), (False, 0.0)):
        stage.home.report(DeviceReport(device="heater", values={"power": power, "powerDraw": watts}))
    stage.home.report(DeviceReport(device="hall-1", values={"powerDraw": 0.3}))
    stage.home.report(DeviceReport(device="attic-1", values={"powerDraw": 8.0}))
    found = await plan(stage, {"select": {"kind": ["plug", "light"]}, "set": {"power": True}})
    for _ in range(100):
        told = await stage.scenes.power(found, 1000)
        if told.peak > 1000:
            break
        await stage.clock.sleep(0.05)
    assert (told.now, told.peak, told.unknown) == (8.3, 1508.0, ("hall-1",))
    assert told.too_much
    assert "at least 1508 W" in told.sentence()
    assert "not known" in (await stage.scenes.power(found)).sentence()


async def test_versions_are_kept_and_one_scene_goes_back_alone(stage: Stage) -> None:
    await plan(stage, ON)
    await stage.keep(scene({"delay": "PT2S"}, name="other"))
    await stage.keep(scene({"delay": "PT1S"}))
    assert [version.number for version in stage.scenes.versions("test")] == [1, 2]
    assert isinstance(stage.scenes.plan("test", {}).parts[0], Interval)
    await stage.scenes.restore("test", 1, LOCAL)
    assert [version.number for version in stage.scenes.versions("test")] == [1, 2, 3]
    assert isinstance(stage.scenes.plan("test", {}).parts[0], Wave)
    assert [version.number for version in stage.scenes.versions("other")] == [1]


async def test_two_who_bring_a_scene_at_once_are_two_versions_and_neither_is_lost(tmp_path: Path) -> None:
    texts = [scene({"delay": f"PT{seconds}S"}) for seconds in range(1, 6)]
    async with staged(tmp_path) as stage:
        await asyncio.gather(*(stage.scenes.put(text, LOCAL) for text in texts))
        assert [version.number for version in stage.scenes.versions("test")] == [1, 2, 3, 4, 5]
    async with staged(tmp_path) as stage:
        assert {version.text for version in stage.scenes.versions("test")} == set(texts), "what was said to be kept is on disk"


async def test_two_scenes_brought_at_once_are_not_inside_each_other(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.keep(scene({"delay": "PT1S"}, name="one"))
        await stage.keep(scene({"delay": "PT1S"}, name="two"))
        texts = [scene({"scene": other}, name=name) for name, other in (("one", "two"), ("two", "one"))]
        came = await asyncio.gather(*(stage.scenes.put(text, LOCAL) for text in texts), return_exceptions=True)
        assert [isinstance(each, SceneInvalid) for each in came] == [False, True]


async def test_a_scene_that_was_removed_and_comes_again_is_the_new_one(stage: Stage) -> None:
    await plan(stage, ON)
    await stage.scenes.remove("test", LOCAL)
    assert stage.scenes.listing() == []
    await stage.keep(scene({"delay": "PT1S"}))
    assert isinstance(stage.scenes.plan("test", {}).parts[0], Interval)


async def test_scenes_and_reports_are_there_after_a_restart(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("light", "lamp", power=False)
        report = await stage.run(scene(ON))
    async with staged(tmp_path) as stage:
        assert [record["id"] for record in stage.scenes.listing()] == ["test"]
        assert stage.scenes.runs.report(report.id).document() == report.document()
        await stage.stand("light", "lamp", power=True)
        assert stage.scenes.state("test") == "on"
        back = await stage.scenes.undo(report.id, LOCAL)
        assert [line.outcome.value for line in back.lines] == ["done"]
