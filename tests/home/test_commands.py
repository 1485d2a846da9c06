import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import CommandError, Offline, StateConflict, Unknown
from gateway.home.change import Acknowledged, StateChanged
from gateway.home.docket import OPEN_PER_DEVICE
from gateway.home.run import Run
from gateway.storage.commands import CommandRecord
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation, Version
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.thing.value import Quality, Value
from tests.home.kit import (
    DEVICE,
    START,
    USER,
    VIEWER,
    House,
    Play,
    Stub,
    command,
    done,
    ended,
    hang,
    kettle,
    living,
    states,
    turns,
    until,
    write,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as house:
        yield house


def playing(*stages: Progress | Exception) -> Play:
    """Make a session say these stages, or raise."""

    async def play(_: Command) -> AsyncIterator[Progress]:
        for stage in stages:
            await asyncio.sleep(0)
            if isinstance(stage, Exception):
                raise stage
            yield stage

    return play


async def refused(house: House, asked: Command) -> dict[str, Any]:
    """Submit, expect one terminal refusal, return its error."""
    run = await house.home.submit(asked)
    assert states(run) == ["rejected"]
    assert run.last.error is not None
    return dict(run.last.error)


async def test_a_write_is_completed_by_a_report_that_shows_it(house: House) -> None:
    await house.kettle(Stub(hang))
    run = await house.write("target", 70)
    assert states(run) == ["accepted"]
    await house.handed()
    assert house.home.document(DEVICE)["target"] == 60
    assert house.home.document(DEVICE)["$"]["pending"] == {"target": "2027-01-15T08:00:07.000Z"}
    house.report(mode="brew")
    house.report(target=69.5)
    await turns()
    assert states(run) == ["accepted"]
    house.report(target=70.0)
    ack = await ended(run)
    assert states(run) == ["accepted", "completed"]
    assert ack.version == house.home.twin(DEVICE).version
    assert "pending" not in house.home.document(DEVICE)["$"]


async def test_the_version_of_a_completed_write_is_the_one_that_shows_it(house: House) -> None:
    await house.kettle(Stub(hang))
    async with house.home.subscribe() as changes:
        run = await house.write("target", 70)
        await house.handed()
        house.report(target=70)
        ack = await ended(run)
        seen: list[Any] = []
        async for change in changes:
            seen.append(change)
            if isinstance(change, Acknowledged) and change.ack.state.terminal:
                break
    shown = [change.version for change in seen if isinstance(change, StateChanged) and change.document["target"] == 70]
    assert shown == [ack.version]
    assert [change.ack.state.value for change in seen if isinstance(change, Acknowledged)] == ["accepted", "completed"]


async def test_done_on_the_wire_is_not_done(house: House) -> None:
    await house.kettle(Stub(done))
    run = await house.write("target", 70)
    await house.handed()
    assert states(run) == ["accepted"]
    await house.clock.advance(8)
    ack = await ended(run)
    assert (ack.state, ack.error and ack.error["code"]) == (AckState.FAILED, "timeout")
    assert house.home.document(DEVICE)["target"] == 60


async def test_a_device_that_shows_something_else_is_named_with_what_it_shows(house: House) -> None:
    await house.kettle(Stub(done))
    run = await house.write("target", 70)
    await house.handed()
    house.report(target=65)
    await house.clock.advance(8)
    ack = await ended(run)
    assert ack.error is not None
    assert (ack.error["code"], ack.error["property"]) == ("device-error", "target")
    assert "65" in ack.error["detail"]
    assert "70" in ack.error["detail"]


async def test_a_write_of_what_is_already_so_completes_when_the_session_is_done(house: House) -> None:
    session = await house.kettle(Stub(done))
    run = await house.write("target", 60)
    assert (await ended(run)).state is AckState.COMPLETED
    assert len(session.got) == 1


async def test_stale_and_invalid_values_are_no_evidence_and_assumed_ones_are(house: House) -> None:
    await house.kettle(Stub(done), target=70)
    house.report(target=70, quality={"target": Quality.STALE})
    run = await house.write("target", 70)
    await house.handed()
    await turns(50)
    house.report(target=70, quality={"target": Quality.STALE})
    house.report(target=700)
    await turns(50)
    assert states(run) == ["accepted"]
    house.report(target=70, quality={"target": Quality.ASSUMED})
    assert (await ended(run)).state is AckState.COMPLETED


async def test_an_atomic_write_needs_every_member_shown(house: House) -> None:
    session = await house.kettle(Stub(hang))
    run = await house.home.submit(command(Operation.WRITE_MULTIPLE, "", {"target": 70, "mode": "brew"}))
    await house.handed()
    house.report(target=70)
    house.report(target=60, mode="brew")
    await turns(50)
    assert states(run) == ["accepted"]
    house.report(target=70)
    assert (await ended(run)).state is AckState.COMPLETED
    assert session.got[0].input == {"target": 70, "mode": "brew"}


async def test_an_atomic_action_needs_its_properties_shown_too(house: House) -> None:
    await house.kettle(Stub(done))
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "setAll", {"power": False, "mode": "brew"}))
    await house.handed()
    await turns(50)
    assert states(run) == ["accepted"]
    house.report(power=False, mode="brew")
    assert (await ended(run)).state is AckState.COMPLETED


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (write("target", 70, device="nobody"), "unknown"),
        (write("nonsense", 70), "unknown"),
        (command(Operation.INVOKE_ACTION, "nonsense"), "unknown"),
        (command(Operation.CANCEL_ACTION, "nonsense"), "unknown"),
        (write("level", 1), "read-only"),
        (write("target", 101), "schema"),
        (write("target", 60.3), "schema"),
        (write("target", "hot"), "schema"),
        (write("power", 1), "schema"),
        (command(Operation.WRITE_MULTIPLE, "", {"target": 70, "mode": "fly"}), "schema"),
        (command(Operation.WRITE_MULTIPLE, "", {}), "schema"),
        (command(Operation.WRITE_MULTIPLE, "", [1]), "schema"),
        (command(Operation.INVOKE_ACTION, "setAll", {"mode": "fly"}), "schema"),
        (command(Operation.INVOKE_ACTION, "setAll", 5), "schema"),
        (write("target", 70, principal=VIEWER), "forbidden"),
        (write("target", 70, principal=Principal("d", Role.DEVICE)), "forbidden"),
        (write("gas", True), "forbidden"),
        (write("owner", "Li", principal=USER), "forbidden"),
        (write("boost", True), "needs-confirm"),
        (write("lock", False), "needs-confirm"),
        (write("target", 70, expected=Version(1, 1)), "precondition"),
        (write("target", 70, expected=Version(2, 2)), "precondition"),
        (write("target", 70, id="x" * 200), "bad-syntax"),
    ],
)
async def test_what_may_not_be_is_refused_once_and_never_reaches_the_device(house: House, asked: Command, code: str) -> None:
    session = await house.kettle()
    before = house.home.document(DEVICE)
    assert (await refused(house, asked))["code"] == code
    assert session.got == []
    assert house.home.document(DEVICE) is before


async def test_a_refusal_names_constraint_and_property(house: House) -> None:
    await house.kettle(power=False)
    error = await refused(house, write("target", 70))
    assert (error["code"], error["constraint"], error["property"]) == ("state-conflict", "kettle-hot", "target")


async def test_a_write_on_the_present_version_is_taken(house: House) -> None:
    await house.kettle()
    run = await house.write("target", 70, expected=house.home.twin(DEVICE).version)
    assert (await ended(run)).state is AckState.COMPLETED


async def test_an_owner_may_write_what_is_private_and_nobody_sees_it_pending(house: House) -> None:
    await house.kettle(Stub(hang))
    run = await house.write("owner", "Li")
    await house.handed()
    assert "pending" not in house.home.document(DEVICE)["$"]
    house.report(owner="Li")
    assert (await ended(run)).state is AckState.COMPLETED


@pytest.mark.parametrize(("name", "value"), [("boost", True), ("lock", False)])
async def test_a_token_confirms_exactly_what_it_was_given_for_once(house: House, name: str, value: Value) -> None:
    session = await house.kettle()
    token = (await refused(house, write(name, value, principal=USER)))["confirm"]
    for other in (
        write(name, not value, principal=USER, confirmation=token)
        if name == "boost"
        else write("boost", True, principal=USER, confirmation=token),
        write(name, value, principal=LOCAL, confirmation=token),
        write(name, value, principal=USER, confirmation="guessed"),
        command(Operation.WRITE_MULTIPLE, "", {name: value}, principal=USER, confirmation=token),
    ):
        run = await house.home.submit(other)
        assert run.last.error is None or run.last.error["code"] == "needs-confirm"
        await ended(run)
    got = len(session.got)
    run = await house.home.submit(write(name, value, principal=USER, confirmation=token))
    assert (await ended(run)).state is AckState.COMPLETED
    assert len(session.got) == got + 1
    assert (await refused(house, write(name, value, principal=USER, confirmation=token)))["code"] == "needs-confirm"


async def test_a_token_is_good_for_a_minute(house: House) -> None:
    await house.kettle()
    token = (await refused(house, write("boost", True)))["confirm"]
    await house.clock.advance(61, step=61)
    assert (await refused(house, write("boost", True, confirmation=token)))["confirm"] != token


async def test_the_same_id_acts_once_and_finds_the_same_run(house: House) -> None:
    session = await house.kettle()
    first, second = await asyncio.gather(house.write("target", 70, id="x"), house.write("target", 70, id="x"))
    assert first is second
    await ended(first)
    assert await house.write("target", 80, id="x") is first
    other = await house.write("target", 70, id="x", principal=USER)
    assert other is not first
    await ended(other)
    assert [got.id for got in session.got] == ["x", "x"]
    assert house.home.run(DEVICE, "x").principal == USER


async def test_a_refusal_is_remembered_too(house: House) -> None:
    await house.kettle()
    first = await house.write("target", 700, id="x")
    assert await house.write("target", 70, id="x") is first


async def test_an_id_is_free_again_after_ten_minutes(house: House) -> None:
    session = await house.kettle()
    await ended(await house.write("target", 70, id="x"))
    await house.clock.advance(599, step=100)
    assert house.home.run(DEVICE, "x").done
    await house.clock.advance(2)
    with pytest.raises(Unknown):
        house.home.run(DEVICE, "x")
    await ended(await house.write("target", 71, id="x"))
    assert len(session.got) == 2


async def test_ids_are_remembered_even_when_memory_is_full(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.home.runs.LIMIT", 3)
    session = await house.kettle()
    for number in range(8):
        await ended(await house.write("target", 70 + number, id=f"n{number}"))
    again = await house.write("target", 99, id="n0")
    assert (again.last.state, len(session.got)) == (AckState.COMPLETED, 8)


async def test_two_principals_with_one_id_are_two_commands_for_the_session(house: House) -> None:
    session = await house.kettle(Stub(hang))
    await house.write("target", 70, id="x")
    await house.write("mode", "brew", id="x", principal=USER)
    await house.handed()
    assert len({got.id for got in session.got}) == 2


async def test_a_later_write_of_the_same_property_supersedes_the_earlier(house: House) -> None:
    session = await house.kettle(Stub(hang))
    first = await house.write("target", 70)
    await house.handed()
    other = await house.write("mode", "brew")
    second = await house.write("target", 80, principal=USER)
    ack = await ended(first)
    assert (ack.state, ack.error and ack.error["code"]) == (AckState.SUPERSEDED, "superseded")
    await house.handed()
    assert [got.input for got in session.got] == [70, "brew", 80]
    house.report(target=70)
    await turns(50)
    assert states(second) == ["accepted"]
    house.report(target=80)
    assert (await ended(second)).state is AckState.COMPLETED
    assert states(other) == ["accepted"]


async def test_a_write_that_overlaps_an_atomic_one_supersedes_all_of_it(house: House) -> None:
    await house.kettle(Stub(hang))
    first = await house.home.submit(command(Operation.WRITE_MULTIPLE, "", {"target": 70, "mode": "brew"}))
    await house.write("target", 80)
    assert (await ended(first)).state is AckState.SUPERSEDED
    assert house.home.document(DEVICE)["$"]["pending"].keys() == {"target"}


@pytest.mark.parametrize(
    ("stage", "state", "code"),
    [
        (StateConflict("door open", constraint="c-1"), "failed", "state-conflict"),
        (Progress(state=AckState.REJECTED, error={"code": "schema", "title": "t", "detail": "d"}), "rejected", "schema"),
        (Progress(state=AckState.FAILED), "failed", "device-error"),
        (ValueError("driver bug"), "failed", "device-error"),
        (OSError("wire cut"), "failed", "device-error"),
        (TimeoutError(), "failed", "device-error"),
    ],
)
async def test_what_goes_wrong_in_the_session_ends_the_command(house: House, stage: Progress | Exception, state: str, code: str) -> None:
    await house.kettle(Stub(playing(stage)))
    run = await house.write("target", 70)
    ack = await ended(run)
    assert ack.error is not None
    assert (states(run), ack.error["code"]) == (["accepted", state], code)
    assert house.home.document(DEVICE)["target"] == 60


async def test_a_long_action_reports_its_stages_and_its_output(house: House) -> None:
    running = AckState.RUNNING
    stages = [
        Progress(state=AckState.ACCEPTED),
        Progress(state=AckState.DELAYED, remaining=3),
        Progress(state=running, phase="heat", percent=10, remaining=60),
        Progress(state=running, phase="rinse", percent=50),
        Progress(state=running, phase="dry", percent=40),
        Progress(state=AckState.COMPLETED, output={"result": "done"}),
        Progress(state=running, phase="late", percent=99),
    ]
    await house.kettle(Stub(playing(*stages)))
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "descale"))
    acks = [ack async for ack in run.acks()]
    assert [ack.state.value for ack in acks] == ["accepted", "delayed", "running", "running", "running", "completed"]
    assert [ack.percent for ack in acks[2:5]] == [10, 50, 50]
    assert acks[-1].output == {"result": "done"}


async def test_an_output_that_breaks_the_profile_is_left_out(house: House) -> None:
    await house.kettle(Stub(playing(Progress(state=AckState.COMPLETED, output={"result": "exploded"}))))
    ack = await ended(await house.home.submit(command(Operation.INVOKE_ACTION, "descale")))
    assert (ack.state, ack.output) == (AckState.COMPLETED, None)


async def test_a_flood_of_stages_is_thinned(house: House) -> None:
    flood = [Progress(state=AckState.RUNNING, phase="heat", percent=number / 50) for number in range(3000)]
    await house.kettle(Stub(playing(*flood, Progress(state=AckState.COMPLETED))))
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "descale"))
    await ended(run)
    assert states(run) == ["accepted", "running", "completed"]


async def test_an_action_that_never_ends_fails_after_its_longest_duration(house: House) -> None:
    await house.kettle(Stub(hang))
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "descale"))
    await house.handed()
    await house.clock.advance(599, step=50)
    assert states(run) == ["accepted"]
    await house.clock.advance(2)
    assert (await ended(run)).error == {
        "code": "timeout",
        "title": "No answer from the appliance",
        "detail": "the device never said how it ended",
    }


async def test_a_session_that_stops_talking_fails_an_action(house: House) -> None:
    await house.kettle(Stub(playing()))
    ack = await ended(await house.home.submit(command(Operation.INVOKE_ACTION, "beep")))
    assert ack.error is not None
    assert ack.error["code"] == "device-error"


async def test_a_delayed_write_may_take_as_long_as_the_device_says(house: House) -> None:
    await house.kettle(Stub(playing(Progress(state=AckState.DELAYED, remaining=180))))
    run = await house.write("power", False)
    await until(lambda: states(run) == ["accepted", "delayed"])
    await house.clock.advance(170, step=10)
    assert states(run) == ["accepted", "delayed"]
    house.report(power=False)
    assert (await ended(run)).state is AckState.COMPLETED


async def test_a_write_the_device_itself_holds_back_waits_for_it(house: House) -> None:
    await house.kettle(Stub(done))
    run = await house.write("power", False)
    await house.handed()
    house.home.report(Report(device=DEVICE, pending={"power": "2027-01-15T08:03:00Z"}))
    await house.clock.advance(170, step=5)
    assert states(run) == ["accepted"]
    await house.clock.advance(20, step=5)
    assert (await ended(run)).state is AckState.FAILED


class Descaling(Stub):
    """A long action that ends when it is cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.stop = asyncio.Event()

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        yield Progress(state=AckState.RUNNING, percent=5)
        await self.stop.wait()
        yield Progress(state=AckState.CANCELLED, output={"result": "cancelled"})

    async def cancel(self, command_id: str) -> None:
        await super().cancel(command_id)
        self.stop.set()


async def test_a_long_action_can_be_cancelled(house: House) -> None:
    session = await house.kettle(Descaling())
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "descale", id="d"))
    await until(lambda: len(run.history) == 2)
    stopping = await house.home.submit(command(Operation.CANCEL_ACTION, "d", principal=USER))
    assert (await ended(stopping)).state is AckState.COMPLETED
    assert (states(run), session.cancelled) == (["accepted", "running", "cancelled"], ["d"])
    assert (await refused(house, command(Operation.CANCEL_ACTION, "d")))["code"] == "state-conflict"
    assert (await refused(house, command(Operation.CANCEL_ACTION, "d", principal=VIEWER)))["code"] in {"forbidden", "state-conflict"}


async def test_a_session_that_will_not_cancel_says_so(house: House) -> None:
    session = await house.kettle(Descaling())
    session.refuse_cancel = StateConflict("too late")
    run = await house.home.submit(command(Operation.INVOKE_ACTION, "descale", id="d"))
    await until(lambda: len(run.history) == 2)
    ack = await ended(await house.home.submit(command(Operation.CANCEL_ACTION, "d")))
    assert ack.error is not None
    assert (ack.state, ack.error["code"]) == (AckState.FAILED, "state-conflict")


async def test_what_cannot_be_cancelled_is_refused(house: House) -> None:
    session = await house.kettle(Stub(hang))
    await house.home.submit(command(Operation.INVOKE_ACTION, "rinse", id="r"))
    await house.write("target", 70, id="w")
    await house.handed()
    for id_ in ("r", "w"):
        assert (await refused(house, command(Operation.CANCEL_ACTION, id_)))["code"] == "state-conflict"
    assert session.cancelled == []


async def test_a_command_that_has_not_been_sent_can_be_cancelled_without_the_device(house: House) -> None:
    session = await house.kettle(Stub())
    house.home.detach(DEVICE, "gone")
    run = await house.write("target", 70, id="w", expires=START + 100)
    stopping = await house.home.submit(command(Operation.CANCEL_ACTION, "w"))
    assert ((await ended(stopping)).state, (await ended(run)).state) == (AckState.COMPLETED, AckState.CANCELLED)
    await house.kettle(session)
    await turns(50)
    assert session.got == []


async def test_an_offline_device_refuses_at_once_unless_there_is_time(house: House) -> None:
    session = await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    error = await refused(house, write("target", 70))
    assert (error["code"], error["detail"]) == ("offline", "unplugged")
    run = await house.write("target", 70, expires=START + 100)
    assert states(run) == ["accepted"]
    assert house.home.document(DEVICE)["$"]["pending"] == {"target": "2027-01-15T08:01:40.000Z"}
    await house.clock.advance(50, step=10)
    await house.kettle(session)
    assert (await ended(run)).state is AckState.COMPLETED


async def test_what_becomes_known_of_a_device_that_is_away_does_not_change_since_when(house: House) -> None:
    await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    gone = house.home.twin(DEVICE).availability.since
    await house.clock.advance(50)
    house.home.detach(DEVICE, "unplugged, and the internet is gone")
    assert house.home.twin(DEVICE).availability.since == gone
    assert house.home.twin(DEVICE).availability.reason == "unplugged, and the internet is gone"
    await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    assert house.home.twin(DEVICE).availability.since == gone + 50


async def test_a_command_past_its_time_is_never_done(house: House) -> None:
    session = await house.kettle()
    run = await house.write("target", 70, expires=START)
    assert states(run) == ["expired"]
    house.home.detach(DEVICE, "unplugged")
    waiting = await house.write("target", 70, expires=START + 10)
    await house.clock.advance(11)
    ack = await ended(waiting)
    assert (states(waiting), ack.error and ack.error["code"]) == (["accepted", "expired"], "expired")
    await house.kettle(session)
    await turns(50)
    assert session.got == []


async def test_expiry_follows_the_wall_clock_even_when_it_jumps(house: House) -> None:
    await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    run = await house.write("target", 70, expires=START + 7200)
    house.clock.jump(86400)
    await house.clock.advance(1)
    assert (await ended(run)).state is AckState.EXPIRED


async def test_a_command_that_waited_is_judged_by_the_state_it_finds(house: House) -> None:
    session = await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    run = await house.write("target", 70, expires=START + 100)
    await house.home.attach(kettle(), session)
    await turns(50)
    assert session.got == []
    house.report(power=False)
    ack = await ended(run)
    assert ack.error is not None
    assert (ack.state, ack.error["code"]) == (AckState.FAILED, "state-conflict")
    assert session.got == []


async def test_a_command_that_waited_goes_on_when_the_device_stays_silent(house: House) -> None:
    session = await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    run = await house.write("target", 70, expires=START + 100)
    await house.home.attach(kettle(), session)
    await house.clock.advance(5)
    assert (await ended(run)).state is AckState.COMPLETED


async def test_a_lost_device_ends_what_it_was_doing_and_writes_may_still_be_seen(house: House) -> None:
    session = await house.kettle(Stub(hang))
    action = await house.home.submit(command(Operation.INVOKE_ACTION, "descale"))
    seen, unseen = await house.write("target", 70), await house.write("mode", "brew")
    await house.handed()
    house.home.detach(DEVICE, "connection lost")
    ack = await ended(action)
    assert ack.error is not None
    assert (ack.state, ack.error["code"]) == (AckState.FAILED, "offline")
    await house.home.attach(kettle(), session)
    house.report(target=70)
    assert (await ended(seen)).state is AckState.COMPLETED
    house.home.detach(DEVICE, "connection lost")
    await house.clock.advance(10)
    ack = await ended(unseen)
    assert ack.error is not None
    assert ack.error["code"] == "offline"


async def test_too_many_open_commands_are_refused_and_room_comes_back(house: House) -> None:
    session = await house.kettle(Stub(hang))
    runs = [await house.home.submit(command(Operation.INVOKE_ACTION, "descale")) for _ in range(OPEN_PER_DEVICE)]
    assert (await refused(house, write("target", 70)))["code"] == "rate"
    house.home.detach(DEVICE, "gone")
    for run in runs:
        await ended(run)
    await house.kettle(session)
    assert states(await house.write("target", 70)) == ["accepted"]


async def test_a_driver_that_ignores_cancellation_holds_up_only_the_later_write_and_not_for_ever(house: House) -> None:
    release = asyncio.Event()

    async def stubborn(asked: Command) -> AsyncIterator[Progress]:
        while asked.input == 70 and not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        yield Progress(state=AckState.COMPLETED)

    session = await house.kettle(Stub(stubborn))
    first = await house.write("target", 70)
    await house.handed()
    second = await house.write("target", 80)
    assert (await ended(first)).state is AckState.SUPERSEDED
    await turns(50)
    assert len(session.got) == 1
    await house.clock.advance(11)
    await house.handed()
    assert len(session.got) == 2
    house.report(target=80)
    assert (await ended(second)).state is AckState.COMPLETED
    release.set()


async def test_a_full_disk_refuses_commands_and_says_what_it_must(house: House) -> None:
    session = await house.kettle()
    await house.store._database.write(lambda connection: list(connection.execute("PRAGMA max_page_count=1")))
    for number in range(200):
        ack = await ended(await house.write("target", 40 + number % 2))
        if ack.state is not AckState.COMPLETED:
            break
    assert ack.error is not None
    assert (ack.error["code"], "could not store" in ack.error["detail"]) == ("device-error", True)
    got = len(session.got)
    await house.store._database.write(lambda connection: list(connection.execute("PRAGMA max_page_count=100000")))
    assert (await ended(await house.write("target", 70))).state is AckState.COMPLETED
    assert len(session.got) == got + 1


async def test_a_forgotten_device_fails_its_commands(house: House) -> None:
    await house.kettle(Stub(hang))
    run = await house.write("target", 70)
    await house.home.forget(DEVICE)
    ack = await ended(run)
    assert ack.error is not None
    assert (ack.state, ack.error["code"]) == (AckState.FAILED, "unknown")


async def test_who_waits_is_let_go_when_the_home_closes(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.kettle(Stub(hang))
        run = await house.write("target", 70)
        waiting = asyncio.create_task(run.terminal(None))
        listening = asyncio.create_task(_all(run.acks()))
        await turns()
    assert await waiting is None
    assert [ack.state for ack in await listening] == [AckState.ACCEPTED]
    with pytest.raises(Offline):
        await house.home.submit(write("target", 70))


async def _all(acks: AsyncIterator[Any]) -> list[Any]:
    return [ack async for ack in acks]


async def test_waiting_for_an_end_has_a_limit(house: House) -> None:
    await house.kettle(Stub(hang))
    run = await house.write("target", 70)
    assert await run.terminal(0.01) is None


async def test_an_unknown_device_is_told_to_the_one_who_asked_only(house: House) -> None:
    async with house.home.subscribe() as changes:
        await refused(house, write("power", True, device="stranger"))
        await house.kettle()
        async for change in changes:
            assert not isinstance(change, Acknowledged)
            if isinstance(change, StateChanged):
                break


def test_every_refusal_has_a_code() -> None:
    assert CommandError("x").document()["code"] == "device-error"


async def test_what_is_decided_stays_decided(house: House) -> None:
    await house.kettle(Stub(hang))
    run = await house.write("target", 70)
    await house.handed()
    (errand,) = house.home._docket.of(DEVICE)
    house.report(target=70)
    house.home._docket.fail(errand, Offline("too late"))
    house.home._docket.progress(errand, Progress(state=AckState.FAILED))
    assert (await ended(run)).state is AckState.COMPLETED


async def test_a_value_seen_before_the_session_had_the_command_is_no_evidence(house: House) -> None:
    session = await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    run = await house.write("target", 70, expires=START + 100)
    await house.home.attach(kettle(), session)
    house.report(target=70)
    assert (await ended(run)).state is AckState.COMPLETED
    assert [got.input for got in session.got] == [70]


@pytest.mark.parametrize(("stored", "waits"), [("add", False), ("sent", True)])
async def test_time_that_passes_while_it_is_being_marked_sent_still_counts(
    house: House, monkeypatch: pytest.MonkeyPatch, stored: str, waits: bool
) -> None:
    """What can go at once is stored as sent together with its acceptance, what has to wait when its turn comes."""
    session = await house.kettle()
    if waits:
        house.home.detach(DEVICE, "unplugged")
    store = getattr(house.store.commands, stored)

    async def slow_disk(asked: Any) -> None:
        await store(asked)
        house.clock.jump(60)

    monkeypatch.setattr(house.store.commands, stored, slow_disk)
    run = await house.write("target", 70, expires=START + 30)
    if waits:
        await house.home.attach(kettle(), session)
        house.report(target=20)
    assert (await ended(run)).state is AckState.EXPIRED
    assert session.got == []


async def test_a_command_that_can_go_at_once_waits_for_the_disk_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.kettle(Stub(hang))
    kept: list[CommandRecord] = []
    add = house.store.commands.add

    async def noted(record: CommandRecord) -> None:
        kept.append(record)
        await add(record)

    async def never(asked: Command) -> None:
        raise AssertionError(f"{asked.id} is marked a second time")

    monkeypatch.setattr(house.store.commands, "add", noted)
    monkeypatch.setattr(house.store.commands, "sent", never)
    await house.write("target", 70)
    await house.handed()
    assert [(record.sent, record.ack) for record in kept] == [(True, None)]


async def marked(house: House, run: Run) -> bool | None:
    """Return whether the store has it as sent."""
    record = await house.store.commands.find(run.principal.name, run.id)
    return None if record is None else record.sent


async def test_a_command_behind_another_is_not_stored_as_sent_before_its_turn(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[CommandRecord] = []
    add = house.store.commands.add

    async def watched(record: CommandRecord) -> None:
        stored.append(record)
        await add(record)

    monkeypatch.setattr(house.store.commands, "add", watched)
    await house.kettle(Stub(hang))
    first = await house.write("target", 70)
    await house.handed()
    later = await house.write("target", 80)  # its turn comes at once, for it overtakes the first; but the first is asked to let go before
    assert [(record.command.id, record.sent) for record in stored] == [(first.id, True), (later.id, False)]


async def test_a_command_that_waits_for_its_device_is_not_stored_as_sent(house: House) -> None:
    session = await house.kettle()
    house.home.detach(DEVICE, "unplugged")
    run = await house.write("target", 70, expires=START + 100)
    await turns(50)
    assert await marked(house, run) is False
    await house.home.attach(kettle(), session)
    house.report(target=20)
    await house.handed()
    assert await marked(house, run) is True
    house.report(target=70)
    assert (await ended(run)).state is AckState.COMPLETED
