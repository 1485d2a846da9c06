"""A session that asks, around a unit in this process."""

import asyncio
from collections.abc import Collection

import pytest

from gateway.drivers.parts.evidence import Evidence
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.parts.sheet import Sheet
from gateway.errors import Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut, Unknown
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.value import Quality
from tests.drivers.kit import invoke, stages, write, write_many
from tests.drivers.parts.conftest import Unit, sheet_with


def session_of(unit: Unit, sheet: Sheet, clock: Clock) -> AskedSession:
    def describe(shown: Collection[str]) -> Description:
        return Description(id="ac-1", kind="air-conditioner", features=("ECO",) if "eco" in shown else ())

    return AskedSession(unit, sheet, Evidence(sheet, describe, clock))


async def next_of(session: AskedSession) -> Report:
    async with asyncio.timeout(5):
        return await anext(session.reports())


async def test_a_refresh_is_one_whole_report_with_what_is_never_told(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True, _error=0, _secret=3)
    session = session_of(unit, sheet, clock)
    await session.refresh()
    report = await next_of(session)
    assert report.complete
    assert report.values == {"power": True, "faults": [], "claims": []}


async def test_what_is_said_unasked_is_told_alone(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True, targetTemperature=24)
    session = session_of(unit, sheet, clock)
    await session.begin()
    await next_of(session)
    unit.heard({"targetTemperature": 22})
    report = await next_of(session)
    assert (report.values, report.complete) == ({"targetTemperature": 22}, False)


async def test_a_write_is_followed_by_what_the_unit_then_shows(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True, targetTemperature=24)
    session = session_of(unit, sheet, clock)
    done = await stages(session, write("ac-1", "targetTemperature", 22))
    assert [stage.state for stage in done] == [AckState.COMPLETED]
    assert (await next_of(session)).values["targetTemperature"] == 22
    assert unit.sets == [{"targetTemperature": 22}]


async def test_what_the_answer_to_a_write_shows_is_told_before_the_rest_is_asked_for(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True, targetTemperature=24, roomTemperature=28)
    session = session_of(unit, sheet, clock)
    unit.tells = unit.silent = True
    await stages(session, write("ac-1", "targetTemperature", 22))
    evidence = await next_of(session)
    assert (evidence.values, evidence.complete) == ({"targetTemperature": 22, "claims": []}, False)
    unit.silent = False
    await stages(session, write("ac-1", "targetTemperature", 23))
    told = [await next_of(session) for _ in range(3)]  # what was left of the first, then evidence and rest
    assert [(report.values["targetTemperature"], report.complete) for report in told[1:]] == [(23, False), (23, True)]
    assert told[-1].values["roomTemperature"] == 28


async def test_several_are_set_at_once(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True)
    session = session_of(unit, sheet, clock)
    await stages(session, write_many("ac-1", {"power": False, "mode": "cool"}))
    await stages(session, invoke("ac-1", "setComfort", {"mode": "heat"}))
    assert unit.sets == [{"power": False, "mode": "cool"}, {"mode": "heat"}]
    await stages(session, invoke("ac-1", "setComfort"))
    assert len(unit.sets) == 2, "nothing asked, nothing sent"


async def test_what_cannot_be_asked_is_refused(sheet: Sheet, clock: Clock) -> None:
    session = session_of(Unit(power=True), sheet, clock)
    with pytest.raises(ReadOnly):
        await stages(session, write("ac-1", "roomTemperature", 20))
    with pytest.raises(SchemaViolation):
        await stages(session, invoke("ac-1", "setComfort", {"eco": True}))
    with pytest.raises(SchemaViolation):
        await stages(session, invoke("ac-1", "setComfort", 3))
    with pytest.raises(Unknown):
        await stages(session, invoke("ac-1", "dance"))
    with pytest.raises(StateConflict):
        await session.cancel("c1")


async def test_an_action_of_the_wire_has_an_output(sheet: Sheet, clock: Clock) -> None:
    session = session_of(Unit(power=True), sheet, clock)
    (done,) = await stages(session, invoke("ac-1", "echo", {"a": 1}))
    assert (done.state, done.output) == (AckState.COMPLETED, {"a": 1})


async def test_a_set_whose_effect_cannot_be_seen_yet_is_done_all_the_same(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True)
    session = session_of(unit, sheet, clock)
    unit.silent = True
    (done,) = await stages(session, write("ac-1", "power", False))
    assert done.state is AckState.COMPLETED
    with pytest.raises(TimedOut):
        await session.refresh()


async def test_a_diagnosis_says_what_was_answered(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True, _error=7)
    session = session_of(unit, sheet, clock)
    (done,) = await stages(session, invoke("ac-1", "runDiagnostics"))
    assert {check["name"]: check["result"] for check in done.output["checks"]} == {
        "connection": "pass",
        "fault-number": "fail",
        "self-test": "notRun",
    }
    unit.silent = True
    (done,) = await stages(session, invoke("ac-1", "runDiagnostics"))
    assert done.output["checks"][0]["result"] == "fail"


async def test_a_fault_that_comes_and_goes_makes_its_events(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True, _error=0)
    session = session_of(unit, sheet, clock)
    await session.begin()
    await next_of(session)
    for number, events in ((7, ["faultRaised"]), (99, ["faultCleared", "faultRaised"]), (0, ["faultCleared"])):
        unit.heard({"_error": number})
        assert [event.name for event in (await next_of(session)).events] == events


async def test_what_is_remembered_rather_than_measured_is_assumed(clock: Clock) -> None:
    session = session_of(Unit(power=True, mode="cool"), sheet_with(assumed=frozenset({"mode"})), clock)
    await session.refresh()
    assert (await next_of(session)).quality == {"mode": Quality.ASSUMED}


async def test_a_feature_shows_once_the_unit_has_shown_it(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True)
    session = session_of(unit, sheet, clock)
    await session.begin()
    first = session.describe()
    await session.refresh()
    assert session.describe() is first
    unit.heard({"eco": True})
    assert session.describe()[0].features == ("ECO",)


async def test_the_end_of_the_conversation_ends_the_reports_with_its_reason(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True)
    session = session_of(unit, sheet, clock)
    unit.closed.set_exception(Offline("the plug was pulled"))
    with pytest.raises(ConnectionResetError, match="the plug was pulled"):
        await next_of(session)


async def test_reports_nobody_reads_do_not_pile_up(sheet: Sheet, clock: Clock) -> None:
    unit = Unit(power=True)
    session = session_of(unit, sheet, clock)
    for number in range(500):
        unit.heard({"targetTemperature": number})
    assert (await next_of(session)).values["targetTemperature"] == 500 - 64
