from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.storage.commands import CommandRecord
from gateway.storage.state import StateStore
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from tests.home.kit import DEVICE, START, HandClock, House, Obedient, Stub, command, ended, hang, kettle, living, states, turns, write


@asynccontextmanager
async def after_a_crash(folder: Path, *left: tuple[Command, bool], later: float = 5.0) -> AsyncIterator[House]:
    """Open a home whose last boot died with these commands open, each sent or not."""
    async with living(folder) as house:
        await house.kettle()
    async with StateStore(folder / "state.db") as store:
        for number, (asked, sent) in enumerate(left):
            await store.commands.add(CommandRecord(command=asked, accepted=START + number / 1000, sent=sent))
    async with living(folder, HandClock(START + later)) as house:
        yield house


async def test_what_was_not_sent_is_sent_when_the_device_comes(tmp_path: Path) -> None:
    asked = write("target", 70, id="x")
    async with after_a_crash(tmp_path, (asked, False)) as house:
        run = house.home.run(DEVICE, "x")
        assert states(run) == ["accepted"]
        assert house.home.document(DEVICE)["$"]["pending"] == {"target": None}
        session = await house.kettle()
        assert (await ended(run)).state is AckState.COMPLETED
        assert session.got == [asked]


async def test_what_was_sent_is_never_sent_again_and_completed_when_it_shows(tmp_path: Path) -> None:
    async with after_a_crash(tmp_path, (write("target", 70, id="x"), True)) as house:
        run = house.home.run(DEVICE, "x")
        session = await house.kettle(target=70)
        assert (await ended(run)).state is AckState.COMPLETED
        assert session.got == []


async def test_what_was_sent_and_does_not_show_has_failed_thirty_seconds_after_the_device_came(tmp_path: Path) -> None:
    async with after_a_crash(tmp_path, (write("target", 70, id="x"), True)) as house:
        run = house.home.run(DEVICE, "x")
        await house.clock.advance(20, step=5)
        session = await house.kettle()
        await house.clock.advance(25, step=5)
        assert states(run) == ["accepted"]
        await house.clock.advance(6)
        ack = await ended(run)
        assert ack.error is not None
        assert (ack.state, ack.error["code"]) == (AckState.FAILED, "device-error")
        assert session.got == []


async def test_nothing_stays_open_when_the_device_never_comes(tmp_path: Path) -> None:
    left = (
        (write("target", 70, id="sent"), True),
        (write("mode", "brew", id="unsent"), False),
        (write("power", False, id="limited", expires=START + 40), False),
        (command(Operation.INVOKE_ACTION, "descale", id="action"), True),
        (command(Operation.CANCEL_ACTION, "action", id="cancel"), False),
    )
    async with after_a_crash(tmp_path, *left) as house:
        assert states(house.home.run(DEVICE, "cancel")) == ["accepted", "failed"]
        await house.clock.advance(41, step=5)
        for id_, state, code in (("sent", "failed", "offline"), ("action", "failed", "offline"), ("limited", "expired", "expired")):
            ack = await ended(house.home.run(DEVICE, id_))
            assert (ack.state.value, ack.error and ack.error["code"]) == (state, code)
        await house.clock.advance(560, step=20)
        ack = await ended(house.home.run(DEVICE, "unsent"))
        assert ack.error is not None
        assert (ack.state, ack.error["code"]) == (AckState.FAILED, "offline")


async def test_an_action_that_was_sent_has_failed_and_the_reason_is_said(tmp_path: Path) -> None:
    async with after_a_crash(tmp_path, (command(Operation.INVOKE_ACTION, "descale", id="x"), True)) as house:
        await house.kettle()
        await house.clock.advance(31, step=5)
        ack = await ended(house.home.run(DEVICE, "x"))
        assert ack.error is not None
        assert "restarted" in ack.error["detail"]


@pytest.mark.parametrize(("expires", "later"), [(START + 4, 5.0), (None, 601.0), (None, 8 * 3600.0)])
async def test_what_has_passed_meanwhile_is_expired_and_never_done(tmp_path: Path, expires: float | None, later: float) -> None:
    async with after_a_crash(tmp_path, (write("target", 70, id="x", expires=expires), False), later=later) as house:
        ack = await ended(house.home.run(DEVICE, "x"))
        assert (ack.state, ack.error and ack.error["code"]) == (AckState.EXPIRED, "expired")
        session = await house.kettle()
        await turns(50)
        assert session.got == []


async def test_an_hour_of_expiry_outlives_a_power_cut(tmp_path: Path) -> None:
    async with after_a_crash(tmp_path, (write("target", 70, id="x", expires=START + 7200), False), later=3600.0) as house:
        session = await house.kettle()
        assert (await ended(house.home.run(DEVICE, "x"))).state is AckState.COMPLETED
        assert len(session.got) == 1


async def test_of_two_left_for_the_same_property_the_later_wins(tmp_path: Path) -> None:
    left = ((write("target", 70, id="a"), True), (write("target", 80, id="b"), False), (write("target", 90, id="c"), False))
    async with after_a_crash(tmp_path, *left) as house:
        for id_ in ("a", "b"):
            assert (await ended(house.home.run(DEVICE, id_))).state is AckState.SUPERSEDED
        session = await house.kettle()
        assert (await ended(house.home.run(DEVICE, "c"))).state is AckState.COMPLETED
        assert [got.input for got in session.got] == [90]


async def test_an_id_from_before_the_restart_acts_once(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.kettle()
        await ended(await house.write("target", 70, id="done"))
        refused = await house.write("target", 700, id="refused")
    async with living(tmp_path, HandClock(START + 599)) as house:
        session = await house.kettle(Obedient(), target=70)
        for id_, before in (("done", ["accepted", "completed"]), ("refused", ["rejected"])):
            run = await house.write("target", 75, id=id_)
            assert states(run) == before
        assert run.last == refused.last
        assert session.got == []
    async with living(tmp_path, HandClock(START + 601)) as house:
        session = await house.kettle()
        await ended(await house.write("target", 75, id="done"))
        assert len(session.got) == 1


async def test_a_command_for_a_device_whose_profile_is_gone_ends(tmp_path: Path) -> None:
    async with after_a_crash(
        tmp_path, (write("nonsense", 70, id="x"), False), (write("power", True, id="y", device="gone"), True)
    ) as house:
        for device, id_ in ((DEVICE, "x"), ("gone", "y")):
            assert (await ended(house.home.run(device, id_))).state is AckState.FAILED


async def test_a_restart_in_the_middle_of_a_write_leaves_it_to_the_next_boot(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        await house.kettle(Stub(hang))
        run = await house.write("target", 70, id="x")
        await house.handed()
        assert states(run) == ["accepted"]
    async with living(tmp_path, HandClock(START + 10)) as house:
        await house.home.attach(kettle(), Stub(hang))
        house.report(target=70)
        ack = await ended(house.home.run(DEVICE, "x"))
        assert ack.state is AckState.COMPLETED
        assert ack.version == house.home.twin(DEVICE).version
