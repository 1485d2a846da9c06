import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from gateway.drivers.spi import Registration
from gateway.drivers.supervisor import Limits, SessionState, Supervisor
from gateway.errors import DeviceFailure, ExtraMissing, Offline, SchemaViolation, StateConflict, TimedOut
from gateway.thing.ack import AckState
from gateway.thing.description import Description
from gateway.thing.report import Report
from tests.drivers.kit import RecordingSink, context, stages, until, write
from tests.drivers.twins import (
    CancelsItself,
    DiesInTheMiddle,
    EndsWithoutResult,
    Floods,
    Impostor,
    NeverAcks,
    PolledSession,
    PushedSession,
    TakesItsTime,
    ThrowsInExecute,
    ThrowsInReports,
    Workshop,
)

QUICK = Limits(
    open=0.3, close=0.3, refresh=0.3, answer=0.5, long=0.8, first_pause=0.02, longest_pause=0.1, retry=0.02, least_gap=0.0, flush=0.05
)


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@asynccontextmanager
async def running(workshop: Workshop, sink: RecordingSink, *keys: str, limits: Limits = QUICK) -> AsyncIterator[Supervisor]:
    async with Supervisor(sink, context(), workshop.load, limits=limits) as supervisor:
        for key in keys:
            supervisor.add(Registration(driver="twin", key=key))
        yield supervisor


def state_of(supervisor: Supervisor, key: str) -> SessionState:
    return next(status.state for status in supervisor.status() if status.key == key)


async def test_a_device_is_attached_and_its_reports_arrive(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1") as supervisor:
        await until(lambda: sink.attached == ["plug-1"], "attach")
        workshop.newest("plug-1").say(power=True)
        await until(lambda: sink.values.get("plug-1") == {"power": True}, "report")
        [status] = supervisor.status()
        assert (status.state, status.devices, status.reason, status.attempts) == (SessionState.OPEN, ("plug-1",), "", 0)


async def test_who_has_no_session_is_away_and_for_how_long(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1", "plug-2", limits=replace(QUICK, first_pause=1000.0, longest_pause=1000.0)) as supervisor:
        await until(lambda: len(sink.attached) == 2, "attached")
        assert supervisor.away() == {}
        workshop.newest("plug-1").queue.put_nowait(OSError("the cable was pulled"))
        await until(lambda: supervisor.away().keys() == {("twin", "plug-1")}, "away")
        await until(lambda: supervisor.away()["twin", "plug-1"] > 0.2, "longer")
        supervisor.moved("twin", "plug-1", "127.0.0.9", 0, {})
        await until(lambda: supervisor.away() == {}, "back")


async def test_a_command_goes_through_with_every_stage(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.attached, "attach")
        command = write("plug-1", "power", True)
        assert [stage.state for stage in await stages(sink.sessions["plug-1"], command)] == [AckState.ACCEPTED, AckState.COMPLETED]
        assert workshop.newest("plug-1").executed == [command]
        await sink.sessions["plug-1"].cancel("x")
        assert workshop.newest("plug-1").cancelled == ["x"]


async def test_the_home_keeps_one_session_over_reconnects(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.attached, "attach")
        first = sink.sessions["plug-1"]
        workshop.newest("plug-1").queue.put_nowait(OSError("the cable was pulled"))
        await until(lambda: sink.attached == ["plug-1", "plug-1"], "attached again")
        assert sink.detached == [("plug-1", "the cable was pulled")]
        assert sink.sessions["plug-1"] is first
        assert await stages(first, write("plug-1", "power", True))
        assert len(workshop.newest("plug-1").executed) == 1


async def test_a_unit_that_is_away_is_still_known_by_its_devices(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1") as supervisor:
        await until(lambda: sink.attached, "attach")
        workshop.fail_in_open["plug-1"] = OSError("no route")
        workshop.newest("plug-1").queue.put_nowait(None)
        await until(lambda: supervisor.status()[0].attempts > 1, "tried again")
        assert supervisor.status()[0].devices == ("plug-1",)


async def test_while_no_session_is_open_a_command_ends_as_offline(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.attached, "attach")
        workshop.fail_in_open["plug-1"] = OSError("no route")
        workshop.newest("plug-1").queue.put_nowait(None)
        await until(lambda: sink.detached, "detach")
        with pytest.raises(Offline):
            await stages(sink.sessions["plug-1"], write("plug-1", "power", True))
        with pytest.raises(Offline):
            await sink.sessions["plug-1"].cancel("x")


async def test_a_driver_that_hangs_in_open_is_left_and_others_work(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.hang_in_open.add("plug-1")
    async with running(workshop, sink, "plug-1", "plug-2") as supervisor:
        await until(lambda: sink.attached == ["plug-2"], "the other one is attached")
        await until(lambda: workshop.attempts["plug-1"] >= 2, "tried again")
        workshop.hang_in_open.clear()
        await until(lambda: "plug-1" in sink.attached, "attached in the end")
        assert state_of(supervisor, "plug-2") is SessionState.OPEN
        assert sink.detached == []


def facts_of(event: str, caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the facts of each line of the log that tells of `event`."""
    return [record.__dict__["facts"] for record in caplog.records if record.message == event]


async def test_a_driver_that_throws_in_reports_is_named_and_opened_again(
    workshop: Workshop, sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    workshop.kinds["plug-1"] = ThrowsInReports
    async with running(workshop, sink, "plug-1", "plug-2"):
        await until(lambda: sink.attached.count("plug-1") >= 3, "opened again and again")
        workshop.newest("plug-2").say(power=True)
        await until(lambda: sink.values.get("plug-2"), "the other one reports")
        assert sink.attached.count("plug-2") == 1
    failed = facts_of("driver.failed", caplog)
    assert failed
    assert all((line["driver"], line["key"]) == ("twin", "plug-1") for line in failed)


async def test_a_driver_that_cancels_itself_is_opened_again(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = CancelsItself
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.attached.count("plug-1") >= 3, "opened again and again")


async def test_a_flooder_is_slowed_named_once_and_starves_nobody(
    workshop: Workshop, sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    workshop.kinds["plug-1"] = Floods
    limits = replace(QUICK, rate=100.0, burst=50)
    async with running(workshop, sink, "plug-1", "plug-2", limits=limits) as supervisor:
        await until(lambda: any(status.flooding for status in supervisor.status()), "the flood is noticed")
        workshop.newest("plug-2").say(power=True)
        await until(lambda: sink.values.get("plug-2"), "the other one reports")
        seen = sink.values["plug-1"]["count"]
        await until(lambda: sink.values["plug-1"]["count"] > seen, "the newest value of the flooder still comes through")
        let_through = sum(report.device == "plug-1" for report in sink.reports)
        assert let_through < sink.values["plug-1"]["count"]
    assert [line["key"] for line in facts_of("driver.flood", caplog)] == ["plug-1"]


async def test_a_burst_loses_no_value_and_no_event_order(workshop: Workshop, sink: RecordingSink) -> None:
    limits = replace(QUICK, rate=10.0, burst=5)
    async with running(workshop, sink, "plug-1", limits=limits):
        await until(lambda: sink.attached, "attach")
        for number in range(40):
            workshop.newest("plug-1").say(**{f"p{number % 7}": number})
        await until(lambda: sink.values.get("plug-1") == {f"p{n}": max(i for i in range(40) if i % 7 == n) for n in range(7)}, "the newest")


async def test_a_driver_that_never_acks_is_left_after_a_while(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = NeverAcks
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.attached, "attach")
        with pytest.raises(TimedOut):
            await stages(sink.sessions["plug-1"], write("plug-1", "power", True))


async def test_a_write_that_was_accepted_may_take_as_long_as_the_home_waits(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["curtain-1"] = TakesItsTime
    limits = replace(QUICK, answer=0.2, long=60.0)
    async with running(workshop, sink, "curtain-1", limits=limits):
        await until(lambda: sink.attached, "attach")
        asked = asyncio.create_task(stages(sink.sessions["curtain-1"], write("curtain-1", "position", 40)))
        await asyncio.sleep(3 * limits.answer)
        workshop.newest("curtain-1").arrived.set()
        assert [stage.state for stage in await asked] == [AckState.ACCEPTED, AckState.COMPLETED]


async def test_when_the_session_dies_in_the_middle_the_command_ends(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = DiesInTheMiddle
    async with running(workshop, sink, "plug-1", limits=replace(QUICK, long=60.0)):
        await until(lambda: sink.attached, "attach")
        with pytest.raises(Offline, match=r"cable was pulled|session is closed"):
            await stages(sink.sessions["plug-1"], write("plug-1", "power", True))


async def test_mistakes_in_execute_become_errors_of_ours(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = ThrowsInExecute
    workshop.kinds["plug-2"] = EndsWithoutResult
    async with running(workshop, sink, "plug-1", "plug-2"):
        await until(lambda: len(sink.attached) == 2, "attach")
        session = sink.sessions["plug-1"]
        with pytest.raises(DeviceFailure, match="ZeroDivisionError"):
            await stages(session, write("plug-1", "power", True))
        with pytest.raises(StateConflict) as refusal:
            await stages(session, write("plug-1", "refused", True))
        assert refusal.value.constraint == "c1"
        with pytest.raises(DeviceFailure):
            await stages(session, write("plug-1", "cancelled", True))
        with pytest.raises(DeviceFailure):
            await session.cancel("x")
        with pytest.raises(DeviceFailure, match="without a result"):
            await stages(sink.sessions["plug-2"], write("plug-2", "power", True))


async def test_nobody_speaks_for_a_device_it_does_not_carry(
    workshop: Workshop, sink: RecordingSink, caplog: pytest.LogCaptureFixture
) -> None:
    workshop.kinds["plug-1"] = Impostor
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.values.get("plug-1"), "its own report")
    assert "somebody-else" not in sink.values
    assert [line["device"] for line in facts_of("driver.report_of_a_device_it_does_not_carry", caplog)] == ["somebody-else"]


async def test_a_device_belongs_to_the_registration_that_came_first(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1") as supervisor:
        await until(lambda: sink.attached == ["plug-1"], "attach")
        supervisor.add(Registration(driver="other", key="plug-1"))
        await until(lambda: any(status.reason for status in supervisor.status() if status.driver == "other"), "refused")
        assert sink.attached == ["plug-1"]
        assert "another registration" in next(status.reason for status in supervisor.status() if status.driver == "other")


async def test_a_description_that_breaks_the_profile_is_a_reason_not_a_crash(workshop: Workshop, sink: RecordingSink) -> None:
    sink.refuse["plug-1"] = SchemaViolation("power is wider than its kind")
    async with running(workshop, sink, "plug-1", "plug-2") as supervisor:
        await until(lambda: sink.attached == ["plug-2"], "the other one")
        await until(lambda: workshop.attempts["plug-1"] >= 2, "tried again")
        assert next(status.reason for status in supervisor.status() if status.key == "plug-1") == "power is wider than its kind"


async def test_a_changed_description_is_attached_again(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-2"] = PushedSession
    async with running(workshop, sink, "plug-1", "plug-2"):
        await until(lambda: len(sink.attached) == 2, "attach")
        for key in ("plug-1", "plug-2"):
            workshop.newest(key).descriptions = (Description(id=key, kind="plug", title="new"),)
        workshop.newest("plug-1").say(power=True)
        workshop.newest("plug-2").news.put_nowait(None)
        await until(lambda: [sink.descriptions[key].title for key in ("plug-1", "plug-2")] == ["new", "new"], "attached again")
        assert sink.detached == []


async def test_pushed_reports_arrive_and_end_with_the_session(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = PushedSession
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.attached, "attach")
        session = workshop.newest("plug-1")
        session.deliver(Report(device="plug-1", values={"power": True}))
        assert sink.values["plug-1"] == {"power": True}
        session.news.put_nowait(Offline("gone"))
        await until(lambda: len(workshop.opened["plug-1"]) == 2, "opened again")
        session.deliver(Report(device="plug-1", values={"power": False}))
        assert sink.values["plug-1"] == {"power": True}


async def test_a_polled_unit_that_does_not_answer_goes_offline_after_some_misses(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = PolledSession
    async with running(workshop, sink, "plug-1"):
        await until(lambda: sink.values.get("plug-1", {}).get("count", 0) >= 3, "polled")
        session = workshop.newest("plug-1")
        session.silent = True
        await until(lambda: sink.detached, "offline")
        assert "3 questions" in sink.detached[0][1]
        await until(lambda: sink.online["plug-1"], "opened again")
        assert workshop.newest("plug-1") is not session


async def test_one_missed_poll_is_no_reason(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = PolledSession
    async with running(workshop, sink, "plug-1", limits=replace(QUICK, misses=1000)):
        await until(lambda: sink.attached, "attach")
        session = workshop.newest("plug-1")
        session.silent = True
        asked = session.refreshed
        await until(lambda: session.refreshed > asked + 1, "missed")
        session.silent = False
        answered = session.refreshed
        await until(lambda: sink.values.get("plug-1", {}).get("count", 0) > answered, "answers again")
        assert sink.detached == []


async def test_a_new_address_opens_the_session_again_at_once(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1", limits=replace(QUICK, first_pause=1000.0, longest_pause=1000.0)) as supervisor:
        await until(lambda: sink.attached, "attach")
        supervisor.moved("twin", "plug-1", "127.0.0.9", 7, {})
        await until(lambda: len(workshop.opened["plug-1"]) == 2, "opened at the new address")
        assert workshop.newest("plug-1").address == "127.0.0.9"
        assert sink.detached == []
        supervisor.moved("twin", "plug-1", "127.0.0.9", 7, {})
        await asyncio.sleep(0.05)
        assert len(workshop.opened["plug-1"]) == 2


async def test_a_sighting_cuts_a_long_pause_short(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.fail_in_open["plug-1"] = OSError("no route")
    async with running(workshop, sink, "plug-1", limits=replace(QUICK, first_pause=1000.0, longest_pause=1000.0)) as supervisor:
        await until(lambda: state_of(supervisor, "plug-1") is SessionState.WAITING, "failed")
        del workshop.fail_in_open["plug-1"]
        supervisor.moved("twin", "plug-1", "", 0, {})
        await until(lambda: sink.attached, "opened")


async def test_removing_closes_and_nothing_follows(workshop: Workshop, sink: RecordingSink) -> None:
    async with running(workshop, sink, "plug-1", "plug-2") as supervisor:
        await until(lambda: len(sink.attached) == 2, "attach")
        session = workshop.newest("plug-1")
        await supervisor.remove("twin", "plug-1")
        assert workshop.closed == ["plug-1"]
        session.say(power=True)
        await asyncio.sleep(0.05)
        assert "plug-1" not in sink.values
        assert [status.key for status in supervisor.status()] == ["plug-2"]
        await supervisor.remove("twin", "never-there")


async def test_a_driver_that_hangs_in_close_does_not_hold_up_the_end(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.hang_in_close.add("plug-1")
    async with asyncio.timeout(10):
        async with running(workshop, sink, "plug-1"):
            await until(lambda: sink.attached, "attach")
    assert workshop.closed == ["plug-1"]


async def test_an_end_that_comes_while_a_failed_session_closes_is_an_end(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds["plug-1"] = ThrowsInReports
    workshop.hide_being_cancelled.add("plug-1")
    async with asyncio.timeout(10):
        async with running(workshop, sink, "plug-1", limits=replace(QUICK, close=60)):
            await until(lambda: workshop.closed, "closing")
    assert workshop.attempts["plug-1"] == 1


async def test_a_missing_extra_is_a_reason_with_what_to_do(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.fail_in_open["plug-1"] = ExtraMissing("install hulian[midea]")
    async with running(workshop, sink, "plug-1") as supervisor:
        await until(lambda: workshop.attempts.get("plug-1", 0) >= 2, "tried")
        assert supervisor.status()[0].reason == "install hulian[midea]"


async def test_many_units_are_opened_in_the_end_and_the_first_at_once(workshop: Workshop, sink: RecordingSink) -> None:
    keys = [f"plug-{number}" for number in range(60)]
    async with running(workshop, sink, *keys, limits=replace(QUICK, at_once=5, step=0.002)):
        await until(lambda: len(sink.attached) == 60, "all attached")
        assert set(sink.attached[:5]) == set(keys[:5])
