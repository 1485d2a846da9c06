"""What is remembered of before the mains were cut, and what is nobody's to bring back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.scenes.turns import cuts
from gateway.thing.principal import LOCAL
from gateway.thing.report import Event
from gateway.thing.report import Report as DeviceReport
from gateway.thing.value import Value
from tests.drivers.kit import until
from tests.home.kit import Obedient
from tests.scenes.kit import Stage, outcomes, scene, staged

BACK = {
    "inTurn": {"select": {"kind": ["light", "plug"]}, "set": {"power": {"before": "mains cut"}}, "spacing": "PT0.02S"},
    "deadline": "PT0.3S",
}


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        for device, power in (("lit", True), ("dark", False)):
            await stage.stand("light", device, power=power)
        await heard(stage, "dark", False)
        monkeypatch.setattr(stage.scenes.cuts, "_restored", 0.0)
        monkeypatch.setattr(cuts, "SLACK", 0.2)
        yield stage


async def heard(stage: Stage, device: str, value: Value) -> None:
    """Wait until the memory has heard it, too."""
    await until(lambda: stage.scenes.cuts._past(device).values.get("power") is value, "it is heard")


async def restored(stage: Stage, device: str, *, power: bool, **more: Value) -> None:
    """Have a device tell that its mains are back, as it boots."""
    await stage.clock.sleep(0.25)
    event = Event("powerRestored", {"outage": 0.0, "boot": 3})
    stage.home.report(DeviceReport(device=device, values={"power": power, **more}))
    stage.home.report(DeviceReport(device=device, events=(event,)))
    await until(lambda: stage.scenes.cuts._past(device).said_so, "it is heard")


async def test_what_was_on_before_the_cut_comes_back_and_what_was_off_stays_off(stage: Stage) -> None:
    await restored(stage, "lit", power=False)
    await restored(stage, "dark", power=False)
    report = await stage.run(scene(BACK))
    assert outcomes(report) == {"lit": "done", "dark": "already"}
    assert stage.home.twin("lit").values["power"] is True


async def test_what_comes_on_that_was_off_goes_off_unless_its_owner_wants_it_so(stage: Stage) -> None:
    await stage.stand("light", "wished", power=False)
    await heard(stage, "wished", False)
    await restored(stage, "dark", power=True)
    await restored(stage, "wished", power=True, powerOnState="on")
    report = await stage.run(scene(BACK))
    assert outcomes(report)["dark"] == "done"
    assert "wished" not in outcomes(report)
    assert stage.home.twin("wished").values["power"] is True


async def test_what_somebody_switches_later_is_not_undone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "SETTLING", 0.0)
    await restored(stage, "lit", power=True)
    await stage.clock.sleep(0.02)
    stage.home.report(DeviceReport(device="lit", values={"power": False}))
    await heard(stage, "lit", False)
    assert stage.scenes.cuts.before("lit", "power") is None


async def test_who_was_only_away_is_not_taken_for_cut_off(stage: Stage) -> None:
    stage.home.detach("lit", "the router is restarting")
    await until(lambda: stage.scenes.cuts._past("lit").lost is not None, "it is heard")
    assert stage.scenes.cuts.before("lit", "power") is None
    session = Obedient()
    session.home = stage.home
    await stage.home.attach(stage.home.twin("lit").description, session)
    stage.home.report(DeviceReport(device="lit", values={"power": False}))
    await heard(stage, "lit", False)
    assert stage.scenes.cuts.before("lit", "power") is None
    await restored(stage, "dark", power=False)
    assert stage.scenes.cuts.before("lit", "power") is True, "others of the home were cut off at that time"


async def test_after_a_start_of_the_hub_what_is_stored_is_from_before(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("light", "lit", power=True)
    async with staged(tmp_path) as stage:
        session = Obedient()
        session.home = stage.home
        await stage.home.attach(stage.home.twin("lit").description, session)
        stage.home.report(DeviceReport(device="lit", values={"power": False}))
        await heard(stage, "lit", False)
        await stage.keep(scene(BACK))
        assert outcomes(await stage.scenes.run("test", {}, LOCAL)) == {"lit": "done"}


async def test_without_a_cut_nothing_is_done_and_that_is_said(stage: Stage) -> None:
    report = await stage.run(scene(BACK))
    assert report.lines == []
    assert "it is not known that the mains were cut" in report.notes[0]


async def test_a_word_that_comes_late_is_taken_for_the_moment_it_tells_of(stage: Stage) -> None:
    await stage.clock.sleep(0.25)
    back = stage.clock.now()
    stage.home.report(DeviceReport(device="lit", values={"power": False}))
    await heard(stage, "lit", False)
    await stage.clock.sleep(0.3)
    stage.home.report(DeviceReport(device="lit", events=(Event("powerRestored", {"outage": 0.0, "boot": 3}),), at=back))
    await until(lambda: stage.scenes.cuts._past("lit").said_so, "it is heard")
    assert stage.scenes.cuts.before("lit", "power") is True
