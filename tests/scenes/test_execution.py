"""Scenes on simulated appliances over their real wire, and on sessions that misbehave as the test says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.errors import DeviceFailure, StateConflict
from gateway.scenes import asking
from gateway.thing.ack import AckState
from gateway.thing.command import Command
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report as DeviceReport
from gateway.thing.session import Progress
from gateway.thing.value import Quality, Value
from tests.drivers.kit import until
from tests.home.kit import Obedient, Stub, hang
from tests.scenes.kit import Stage, outcomes, scene, staged, wired

ON = {"select": {"kind": "light"}, "set": {"power": True}}
DARK: dict[str, Value] = {"power": False, "brightness": 10}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what is late less time than people would."""
    monkeypatch.setattr(asking, "SETTLING", 0.6)


class Deaf(Obedient):
    """Refuses whatever it is asked."""

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        raise DeviceFailure("the bulb is broken")
        yield Progress(state=AckState.COMPLETED)


async def lit(stage: Stage, *devices: str, **sessions: Stub) -> None:
    """Put in lamps that are off, by default such that obey."""
    for device in (*devices, *sessions):
        await stage.stand("light", device, sessions.get(device), **DARK)


async def test_a_scene_is_done_on_real_wires_and_done_again_asks_nobody(tmp_path: Path) -> None:
    steps = ({"select": {"kind": "light"}, "set": {"power": True, "brightness": 40}}, {"select": {"id": "plug-1"}, "set": {"power": False}})
    async with staged(tmp_path) as stage, wired(stage, ("light-1", "light"), ("light-2", "light"), ("plug-1", "plug")):
        report = await stage.run(scene(*steps))
        assert outcomes(report) == dict.fromkeys(("light-1", "light-2", "plug-1"), "done"), report.document()
        assert report.good
        for device in ("light-1", "light-2"):
            assert (stage.truth(device)["power"], stage.truth(device)["brightness"]) == (True, 40)
        assert stage.truth("plug-1")["power"] is False
        assert stage.scenes.state("test") == "on"
        asked = {device: stage.appliance(device).truth()["obeyed"] for device in stage.units}
        again = await stage.scenes.run("test", {}, LOCAL)
        assert outcomes(again) == dict.fromkeys(("light-1", "light-2", "plug-1"), "already")
        assert {device: stage.appliance(device).truth()["obeyed"] for device in stage.units} == asked
        stage.appliance("light-1").touch({"power": False})
        await until(lambda: stage.home.twin("light-1").values["power"] is False, "the hub hears of it")
        back = await stage.scenes.undo(report.id, LOCAL)
        assert outcomes(back) == {"light-1": "notTried", "light-2": "done", "plug-1": "done"}, back.document()
        assert stage.truth("plug-1")["power"] is True


async def test_what_one_device_does_not_do_harms_nobody_else(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "good", broken=Deaf(), slow=Stub(hang), away=Obedient())
        stage.home.detach("away", "its plug is out")
        report = await stage.run(scene(ON | {"deadline": "PT0.3S"}))
        assert outcomes(report) == {"good": "done", "broken": "failed", "slow": "unreachable", "away": "unreachable"}
        told = {line.device: line.detail for line in report.lines}
        assert told["broken"] == "the bulb is broken"
        assert told["away"] == "its plug is out"
        assert "0.3 s" in told["slow"]
        assert not report.good


async def test_what_is_done_after_its_deadline_is_late_and_not_failed(tmp_path: Path) -> None:
    class Slow(Stub):
        async def execute(self, _: Command) -> AsyncIterator[Progress]:
            await stage.clock.sleep(0.6)
            stage.home.report(DeviceReport(device="slow", values={"power": True}))
            yield Progress(state=AckState.COMPLETED)

    async with staged(tmp_path) as stage:
        await lit(stage, slow=Slow())
        assert outcomes(await stage.run(scene(ON | {"deadline": "PT0.2S"}))) == {"slow": "late"}


async def test_who_cannot_be_reached_is_not_taken_for_done_because_it_was_so_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("light", "lamp", power=True)
        stage.home.detach("lamp", "gone")
        assert outcomes(await stage.run(scene(ON))) == {"lamp": "unreachable"}
        assert stage.scenes.state("test") == "off"


async def test_what_is_only_assumed_is_asked_for_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        session = await stage.stand("light", "lamp")
        stage.home.report(DeviceReport(device="lamp", values={"power": True}, quality={"power": Quality.ASSUMED}))
        assert outcomes(await stage.run(scene(ON))) == {"lamp": "done"}
        assert len(session.got) == 1


async def test_several_steps_on_one_device_become_one_write_of_all_or_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        session = await stage.stand("light", "lamp", **DARK)
        await stage.run(scene(ON, {"select": {"id": "lamp"}, "set": {"brightness": 70}}))
        assert [command.input for command in session.got] == [{"power": True, "brightness": 70}]


async def test_stop_leaves_the_rest_undone_and_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, broken=Deaf())
        await stage.stand("plug", "plug", power=False)
        report = await stage.run(scene(ON | {"onFail": "stop"}, {"delay": "PT0.01S"}, {"select": {"kind": "plug"}, "set": {"power": True}}))
        assert outcomes(report) == {"broken": "failed", "plug": "notTried"}
        assert "stopped" in report.why


async def test_rollback_puts_everybody_back_who_obeyed(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "good", broken=Deaf())
        report = await stage.run(scene(ON | {"onFail": "rollback"}))
        assert outcomes(report) == {"good": "rolledBack", "broken": "failed"}
        assert stage.home.twin("good").values["power"] is False


async def test_rollback_asks_even_where_it_seems_to_be_so_while_something_is_on_its_way(tmp_path: Path) -> None:
    class Later(Obedient):
        """Does its first command long after it was given up, as a message that was sent again does."""

        async def execute(self, command: Command) -> AsyncIterator[Progress]:
            if not self.got:
                self.got.append(command)
                await stage.clock.sleep(60)
            async for progress in super().execute(command):
                yield progress

    async with staged(tmp_path) as stage:
        await lit(stage, later=Later(), broken=Deaf())
        await stage.run(scene(ON | {"onFail": "rollback", "deadline": "PT0.2S"}))
        session = stage.home.twin("later").session
        assert session is not None
        asked = [command.input for command in getattr(session, "got", ())]
        assert asked == [True, False]


async def test_what_was_never_known_is_not_said_to_be_rolled_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("light", "silent")
        await lit(stage, broken=Deaf())
        report = await stage.run(scene(ON | {"onFail": "rollback"}))
        assert outcomes(report) == {"silent": "notRolledBack", "broken": "failed"}


async def test_undo_leaves_alone_what_somebody_changed_in_between(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "one", "two")
        report = await stage.run(scene({"select": {"kind": "light"}, "set": {"brightness": 80, "power": True}}))
        stage.home.report(DeviceReport(device="two", values={"brightness": 33}))
        back = await stage.scenes.undo(report.id, LOCAL)
        assert outcomes(back) == {"one": "done", "two": "notTried"}
        assert back.undoes == report.id
        assert stage.home.twin("one").values["brightness"] == 10
        assert stage.home.twin("two").values["brightness"] == 33


async def test_undone_twice_nothing_is_left_and_that_is_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "one", "two")
        report = await stage.run(scene({"select": {"kind": "light"}, "set": {"brightness": 80, "power": True}}))
        assert outcomes(await stage.scenes.undo(report.id, LOCAL)) == {"one": "done", "two": "done"}
        stage.home.report(DeviceReport(device="two", values={"brightness": 33}))
        again = await stage.scenes.undo(report.id, LOCAL)
        assert outcomes(again) == {"one": "already", "two": "notTried"}
        assert again.notes == ["nothing is left to put back"]


async def test_a_wait_goes_on_when_it_is_shown_and_stops_where_it_never_is(tmp_path: Path) -> None:
    wait = {"wait": {"select": {"kind": "light"}, "until": {"brightness": [50, 60]}}, "deadline": "PT0.3S", "onFail": "stop"}
    async with staged(tmp_path) as stage:
        await lit(stage, "lamp")
        report = await stage.run(scene(wait, ON))
        assert [line.outcome.value for line in report.lines] == ["notTried", "failed"]
        stage.home.report(DeviceReport(device="lamp", values={"brightness": 60}))
        assert outcomes(await stage.scenes.run("test", {}, LOCAL)) == {"lamp": "done"}


async def test_a_device_that_is_taken_away_in_the_middle_is_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "lamp")
        await stage.keep(scene({"delay": "PT0.2S"}, ON))
        report = await stage.scenes.begin("test", {}, LOCAL)
        await stage.home.forget("lamp")
        assert outcomes(await stage.scenes.runs.end_of(report)) == {"lamp": "failed"}
        assert "not in this home" in report.lines[0].detail


async def test_a_scene_does_not_run_beside_itself_and_goes_on_when_who_asked_hangs_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "lamp")
        await stage.keep(scene({"delay": "PT0.2S"}, ON))
        report = await stage.scenes.begin("test", {}, LOCAL)
        with pytest.raises(StateConflict, match="is running"):
            await stage.scenes.run("test", {}, LOCAL)
        assert outcomes(await stage.scenes.runs.end_of(report)) == {"lamp": "done"}


async def test_a_scene_does_what_the_role_of_whoever_runs_it_may(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await lit(stage, "lamp")
        await stage.keep(scene(ON))
        report = await stage.scenes.run("test", {}, Principal("ann", Role.USER))
        assert outcomes(report) == {"lamp": "done"}
        assert report.document()["by"] == "ann"
