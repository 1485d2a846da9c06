"""One device after the other, on sessions that do what the test says."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import DeviceFailure
from gateway.scenes import asking
from gateway.scenes.report import Report, report_of
from gateway.scenes.turns import turning
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report as DeviceReport
from gateway.thing.session import Progress
from tests.home.kit import Obedient, Stub, hang
from tests.scenes.kit import Stage, outcomes, scene, staged

ALL = {"kind": ["light", "air-conditioner", "uhd-tv", "fan", "plug"]}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SETTLING", 0.3)
    monkeypatch.setattr(turning, "PATIENCE", 0.3)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        yield stage


class Deaf(Obedient):
    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        raise DeviceFailure("it is broken")
        yield Progress(state=AckState.COMPLETED)


async def home_of(stage: Stage, **sessions: Stub) -> None:
    """Put in a lamp, a fan, an air conditioner and a television, all off, and a refrigerator."""
    for kind, device in (("light", "lamp"), ("fan", "fan"), ("air-conditioner", "ac"), ("uhd-tv", "tv")):
        await stage.stand(kind, device, sessions.get(device), power=False)
    await stage.stand("refrigerator", "fridge", fridgeTemperature=4.0)


async def in_turn(stage: Stage, limit: float | None = None, deadline: str = "PT0.3S", **more: Any) -> Report:
    said = {
        "select": ALL | {"kind": [*ALL["kind"], "refrigerator"]},
        "set": {"power": True},
        "spacing": "PT0.02S",
        "each": "PT0.6S",
        **more,
    }
    await stage.keep(scene({"inTurn": said, "deadline": deadline}))
    return await stage.scenes.run("test", {}, LOCAL, limit=limit)


def order(report: Report) -> list[str]:
    return [entry["device"] for entry in report.power["order"] if "leftOut" not in entry]


async def test_the_dearest_comes_first_and_who_has_no_switch_has_its_room_kept(stage: Stage) -> None:
    await home_of(stage)
    report = await in_turn(stage)
    assert order(report) == ["fridge", "lamp", "fan", "ac", "tv"]
    assert outcomes(report) == dict.fromkeys(("lamp", "fan", "ac", "tv"), "done")
    assert report.power["limit"] is None
    assert "lamp" not in report.power["unmeasured"]


async def test_a_scene_and_a_tag_of_the_home_say_it_otherwise(stage: Stage) -> None:
    await home_of(stage)
    await stage.home.tag("lamp", ["power-last"])
    await stage.home.tag("fan", ["power-first"])
    report = await in_turn(stage, first=["uhd-tv"], last=["ac"])
    assert [device for device in order(report) if device != "fridge"] == ["fan", "tv", "ac", "lamp"]


async def test_who_finds_no_room_is_left_out_with_the_sum_and_the_small_go_on(stage: Stage) -> None:
    await home_of(stage)
    report = await in_turn(stage, limit=2700)
    told = {line.device: line.detail for line in report.lines}
    assert outcomes(report) == {"lamp": "done", "fan": "done", "ac": "done", "tv": "notTried"}
    assert "it draws up to 250 W (assumed), 1840 of 2700 W are taken, 700 W are kept for a motor that starts: 90 W too many" in told["tv"]
    assert stage.home.twin("tv").values["power"] is False
    assert not report.good


async def test_room_that_comes_in_time_is_taken(stage: Stage) -> None:
    await home_of(stage)
    await stage.stand("plug", "iron", power=True, powerDraw=1900.0)
    await stage.keep(scene({"inTurn": {"select": {"id": "ac"}, "set": {"power": True}, "spacing": "PT0.02S"}, "deadline": "PT30S"}))
    begun = await stage.scenes.begin("test", {}, LOCAL, limit=3000)
    await stage.clock.sleep(0.5)
    assert outcomes(begun) == {"ac": "open"}
    stage.home.report(DeviceReport(device="iron", values={"powerDraw": 0.0}))
    assert outcomes(await stage.scenes.runs.end_of(begun)) == {"ac": "done"}


async def test_who_never_answers_or_refuses_keeps_nobody_back(stage: Stage) -> None:
    await home_of(stage, lamp=Stub(hang), fan=Deaf())
    report = await in_turn(stage, limit=3200)
    assert outcomes(report) == {"lamp": "unreachable", "fan": "failed", "ac": "done", "tv": "done"}


async def test_who_lies_about_its_draw_keeps_nobody_back_and_lets_nobody_pass_the_limit(stage: Stage) -> None:
    await home_of(stage)
    await stage.stand("plug", "liar", power=True, powerDraw=4000.0)
    assert outcomes(await in_turn(stage, limit=3500, select={"id": ["lamp"]}))["lamp"] == "done"
    stage.home.report(DeviceReport(device="liar", values={"power": False, "powerDraw": 0.0}))
    stage.home.report(DeviceReport(device="ac", values={"power": True, "powerDraw": 0.0}))
    report = await in_turn(stage, limit=2500, select={"id": ["tv", "ac"]})
    assert outcomes(report) == {"ac": "already", "tv": "notTried"}, "an air conditioner that shows nothing may still start"


async def test_the_home_s_word_on_a_draw_and_a_breaker_s_limit_count(stage: Stage) -> None:
    await home_of(stage)
    await stage.home.tag("ac", ["watts-600"])
    report = await in_turn(stage, limit=1900)
    assert outcomes(report)["tv"] == "done"
    assert next(entry for entry in report.power["order"] if entry["device"] == "ac")["basis"] == "said by the home"


async def test_nobody_starts_below_the_volts_it_starts_at(stage: Stage) -> None:
    await stage.stand("air-conditioner", "ac", power=False, minStartVoltage=180)
    await stage.stand("plug", "plug", power=True, voltage=165.0)
    report = await in_turn(stage, select={"id": ["ac"]})
    assert outcomes(report) == {"ac": "notTried"}
    assert report.lines[0].detail == "it starts at 180 V, and there are 165 V"
    stage.home.report(DeviceReport(device="plug", values={"voltage": 221.0}))
    assert outcomes(await in_turn(stage, select={"id": ["ac"]})) == {"ac": "done"}


async def test_who_cannot_be_reached_is_waited_for_without_keeping_others_back(stage: Stage) -> None:
    await home_of(stage)
    stage.home.detach("lamp", "its plug is out")
    report = await in_turn(stage)
    assert outcomes(report) == {"lamp": "unreachable", "fan": "done", "ac": "done", "tv": "done"}
    assert next(line.detail for line in report.lines if line.device == "lamp") == "its plug is out"


async def test_what_draws_less_goes_first_of_all_and_the_report_is_kept_with_its_power(stage: Stage) -> None:
    await home_of(stage)
    stage.home.report(DeviceReport(device="tv", values={"power": True}))
    report = await in_turn(stage, select={"id": ["tv"]}, set={"power": False})
    assert report.power["order"][0]["what"] == "draws no more"
    assert report_of(report.document()).power == report.power
