"""The driver and the simulated unit, two separate makings of the same protocol, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.midea_v2 import Wire
from gateway.drivers.midea import DRIVER
from gateway.drivers.spi import Context, Polled, Registration
from gateway.errors import DeviceFailure, Offline, ReadOnly, SchemaViolation, StateConflict, TimedOut, Unknown, WireError
from gateway.thing.command import Command, Operation
from gateway.thing.identifier import derived_identifier
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from gateway.thing.value import Quality

Make = Callable[..., Any]
SHARED = ("power", "mode", "targetTemperature", "fanMode", "eco", "verticalSwing", "sleepMode", "auxHeat", "targetHumidity", "faults")


@pytest.fixture
async def talk(house: Any, conversing: Make) -> AsyncIterator[Any]:
    async with conversing(house) as talk:
        yield talk


async def test_the_first_report_is_everything_the_unit_shows(talk: Any, house: Any) -> None:
    report = await talk.report()
    values = house.appliance.values()
    assert report.complete
    assert report.device == derived_identifier("ac", "midea", str(house.wire.identity.device))
    assert {name: report.values[name] for name in SHARED} == {name: values[name] for name in SHARED}
    assert report.values["roomTemperature"] == pytest.approx(values["roomTemperature"], abs=0.05)
    assert report.values["outdoorTemperature"] == pytest.approx(values["outdoorTemperature"], abs=0.05)
    assert report.values["roomHumidity"] == pytest.approx(values["roomHumidity"], abs=0.5)
    assert report.values["powerDraw"] == pytest.approx(values["powerDraw"], abs=0.06)
    assert report.values["energyTotal"] == pytest.approx(values["energyTotal"], abs=0.006)
    assert report.values["operatingState"] == values["operatingState"] == "cooling"
    assert report.quality == {}
    assert not any(name.startswith("_") for name in report.values)


async def test_what_no_unit_tells_is_said_to_be_unknown_and_never_invented(talk: Any, context: Context) -> None:
    (description,) = talk.session.describe()
    instance = context.library.model(description.kind).instance(description)
    for report in (talk.first, await talk.report()):
        assert {name: report.values[name] for name in ("safeUse", "energyLabel", "claims")} == {
            "safeUse": {"state": "unknown"},
            "energyLabel": [],
            "claims": [],
        }
        assert instance.faulty(report.values) == {}
    mandatory = {name for name in instance.properties if name not in {"identity", "life"}}
    assert mandatory == set(report.values), "identity stands in the description; a life record nobody keeps is not there"


async def diagnosed(talk: Any, context: Context) -> dict[str, str]:
    """Return the results of a diagnosis by check."""
    (description,) = talk.session.describe()
    command = Command(
        id="d", device=description.id, operation=Operation.INVOKE_ACTION, name="runDiagnostics", input={"level": "full"}, principal=LOCAL
    )
    (done,) = [progress async for progress in talk.session.execute(command)]
    assert done.state.value == "completed"
    context.library.model(description.kind).instance(description).check_output("runDiagnostics", done.output)
    return {check["name"]: check["result"] for check in done.output["checks"]}


async def test_a_diagnosis_tells_what_can_be_told_and_that_the_rest_was_not_run(talk: Any, house: Any, context: Context) -> None:
    assert await diagnosed(talk, context) == {"connection": "pass", "fault-number": "pass", "self-test": "notRun"}
    house.appliance.raise_fault("REFRIG.LOW-CHARGE")
    assert await diagnosed(talk, context) == {"connection": "pass", "fault-number": "fail", "self-test": "notRun"}
    while not (report := await talk.report()).events:
        pass
    assert [(event.name, event.data) for event in report.events] == [("faultRaised", report.values["faults"][0])]


async def test_a_diagnosis_of_a_unit_that_keeps_quiet_says_so(talk: Any, house: Any, context: Context, hurry: Make) -> None:
    house.network.set(silent=True)
    assert await hurry(diagnosed(talk, context)) == {"connection": "fail", "fault-number": "notRun", "self-test": "notRun"}


async def test_the_device_is_described_by_what_the_unit_can_do(talk: Any, context: Context) -> None:
    (description,) = talk.session.describe()
    assert isinstance(talk.session, Polled)
    assert set(description.features) == {"HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP", "AUX", "MTR"}
    instance = context.library.model(description.kind).instance(description)
    report = await talk.report()
    for name, value in report.values.items():
        instance.check_value(name, value)


async def test_a_plain_unit_gets_few_features_and_no_more_values(housing: Make, conversing: Make, context: Context) -> None:
    async with housing(features=()) as house, conversing(house) as talk:
        (description,) = talk.session.describe()
        report = await talk.report()
        instance = context.library.model(description.kind).instance(description)
        assert description.features == ("SLP",)
        assert set(report.values) <= set(instance.properties)
        for name, value in report.values.items():
            instance.check_value(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("power", False),
        ("mode", "heat"),
        ("mode", "auto"),
        ("targetTemperature", 16),
        ("targetTemperature", 16.5),
        ("targetTemperature", 22.5),
        ("targetTemperature", 32),
        ("fanMode", "quiet"),
        ("fanMode", "high"),
        ("fanMode", "turbo"),
        ("eco", True),
        ("verticalSwing", True),
        ("sleepMode", "on"),
        ("targetHumidity", 65),
    ],
)
async def test_a_written_property_arrives_and_is_shown(talk: Any, house: Any, name: str, value: Any) -> None:
    await talk.report()
    before = house.appliance.values()
    evidence, report = await talk.write(name, value), await talk.report()
    after = house.appliance.values()
    assert evidence.values[name] == value, "the answer to the command shows it already"
    assert (evidence.complete, report.complete) == (False, True)
    assert report.values[name] == after[name] == value
    untouched = {"power", "mode", "targetTemperature", "fanMode", "verticalSwing", "targetHumidity"} - {name}
    assert {each: after[each] for each in untouched} == {each: before[each] for each in untouched}


async def test_several_properties_travel_in_one_command(talk: Any, house: Any) -> None:
    await talk.report()
    asked = {"mode": "heat", "targetTemperature": 21.5, "fanMode": "low", "auxHeat": True}
    assert await talk.do(Operation.WRITE_MULTIPLE, "", asked) == ["completed"]
    report = await talk.report()
    assert {name: report.values[name] for name in asked} == asked
    assert {name: house.appliance.values()[name] for name in asked} == asked


async def test_set_comfort_is_one_command_too(talk: Any) -> None:
    await talk.report()
    asked = {"power": True, "mode": "auto", "targetTemperature": 23, "fanMode": "medium"}
    assert await talk.do(Operation.INVOKE_ACTION, "setComfort", asked) == ["completed"]
    report = await talk.report()
    assert {name: report.values[name] for name in asked} == asked
    assert await talk.do(Operation.INVOKE_ACTION, "setComfort", None) == ["completed"]


async def test_the_physics_follows_and_the_report_follows_the_physics(talk: Any, house: Any) -> None:
    warm = (await talk.report()).values["roomTemperature"]
    await talk.write("targetTemperature", 18)
    await talk.report()
    house.appliance.advance(3600)
    await talk.session.refresh()
    reports = [await talk.report()]
    while not reports[-1].complete:
        reports.append(await talk.report())
    assert reports[-1].values["roomTemperature"] < warm - 0.5
    assert reports[-1].values["roomTemperature"] == pytest.approx(house.appliance.values()["roomTemperature"], abs=0.05)


@pytest.mark.parametrize(("asked", "shown", "quirk"), [(16, 17, "seventeen"), (22.5, 22, "whole")])
async def test_a_unit_with_its_own_mind_is_reported_as_it_is(
    housing: Make, conversing: Make, asked: float, shown: float, quirk: str
) -> None:
    async with housing(quirks=[quirk]) as house, conversing(house) as talk:
        await talk.report()
        report = await talk.write("targetTemperature", asked)
        assert report.values["targetTemperature"] == shown


async def test_a_display_in_fahrenheit_is_not_switched_by_a_command(housing: Make, conversing: Make) -> None:
    async with housing(quirks=["fahrenheit"]) as house, conversing(house) as talk:
        report = await talk.report()
        assert report.values["roomTemperature"] == pytest.approx(house.appliance.values()["roomTemperature"], abs=0.5)
        assert (await talk.write("targetTemperature", 20.5)).values["targetTemperature"] == 20.5
        assert house.wire._board._unit.board.settings().fahrenheit


async def test_a_unit_that_ignores_halves_is_described_so(housing: Make, conversing: Make) -> None:
    async with housing(quirks=["whole"]) as house, conversing(house) as talk:
        (description,) = talk.session.describe()
        assert description.narrowing["targetTemperature"]["multipleOf"] == 1


async def test_a_press_at_the_unit_is_told_without_asking(talk: Any, house: Any) -> None:
    await talk.report()
    house.appliance.touch({"targetTemperature": 20.5, "mode": "heat"})
    report = await talk.report()
    assert not report.complete
    assert (report.values["targetTemperature"], report.values["mode"]) == (20.5, "heat")
    assert report.values["operatingState"] == "idle"
    assert report.quality == {"operatingState": Quality.ASSUMED}


async def test_a_fault_is_raised_named_and_cleared(talk: Any, house: Any) -> None:
    assert (await talk.report()).values["faults"] == []
    house.appliance.raise_fault("REFRIG.LOW-CHARGE")
    raised = await refreshed(talk)
    (fault,) = raised.values["faults"]
    assert (fault["code"], fault["vendor"]) == ("REFRIG.LOW-CHARGE", "error 6")
    assert [(event.name, event.data) for event in raised.events] == [("faultRaised", fault)]
    assert (await refreshed(talk)).events == ()
    house.appliance.clear_fault("REFRIG.LOW-CHARGE")
    cleared = await refreshed(talk)
    assert cleared.values["faults"] == []
    assert [event.name for event in cleared.events] == ["faultCleared"]


async def test_a_number_without_a_meaning_stays_the_vendors(house: Any, conversing: Make, context: Context) -> None:
    house.appliance.raise_fault("REFRIG.LOW-CHARGE")
    async with conversing(house, model="UNKNOWN1") as talk:
        report = await talk.report()
        (fault,) = report.values["faults"]
        assert (fault["code"], fault["vendor"]) == ("VENDOR.UNKNOWN", "error 6")
        assert talk.first.values["faults"] == [fault]
        assert talk.first.events == report.events == ()
        (description,) = talk.session.describe()
        context.library.model(description.kind).instance(description).check_value("faults", [fault])


async def refreshed(talk: Any) -> Report:
    """Ask, and return the full report, past whatever the unit said unasked meanwhile."""
    await talk.session.refresh()
    while True:
        report: Report = await talk.report()
        if report.complete:
            return report


async def test_what_this_wire_cannot_do_is_refused_in_words(talk: Any) -> None:
    for operation, name, value, error in (
        (Operation.WRITE_PROPERTY, "roomTemperature", 20, ReadOnly),
        (Operation.WRITE_PROPERTY, "mode", "boil", SchemaViolation),
        (Operation.WRITE_MULTIPLE, "", [1], SchemaViolation),
        (Operation.INVOKE_ACTION, "setComfort", {"eco": True}, SchemaViolation),
        (Operation.INVOKE_ACTION, "selfClean", None, Unknown),
        (Operation.CANCEL_ACTION, "x", None, Unknown),
    ):
        with pytest.raises(error):
            await talk.do(operation, name, value)
    with pytest.raises(StateConflict):
        await talk.session.cancel("x")


async def test_pieces_and_duplicates_change_nothing(housing: Make, conversing: Make) -> None:
    async with housing(quirks=["partial", "duplicate"]) as house, conversing(house) as talk:
        await talk.report()
        assert await talk.do(Operation.WRITE_PROPERTY, "targetTemperature", 19.5) == ["completed"]
        report = await refreshed(talk)
        assert report.values["targetTemperature"] == house.appliance.values()["targetTemperature"] == 19.5


async def test_silence_is_a_time_out_and_the_session_lives_on(talk: Any, house: Any, hurry: Make) -> None:
    await talk.report()
    house.network.set(silent=True)
    with pytest.raises(TimedOut):
        await hurry(talk.session.refresh())
    with pytest.raises(TimedOut):
        await hurry(talk.do(Operation.WRITE_PROPERTY, "power", False))
    house.network.set(silent=False)
    report = await talk.write("targetTemperature", 20.5)
    assert report.values["targetTemperature"] == 20.5


async def test_a_silent_unit_cannot_be_opened(house: Any, conversing: Make, hurry: Make) -> None:
    house.network.set(silent=True)

    async def opening() -> None:
        async with conversing(house):
            pytest.fail("opened")

    with pytest.raises(TimedOut):
        await hurry(opening())


class Taciturn:
    """A unit that answers only some questions; `keeps_quiet_about` are the first bytes of the others."""

    def __init__(self, house: Any, *keeps_quiet_about: bytes) -> None:
        self._answer = house.wire._board._unit.answer
        self._about = keeps_quiet_about
        house.wire._board._unit.answer = self.answer

    def answer(self, asked: Any) -> Any:
        return None if asked.body.startswith(self._about) else self._answer(asked)


async def test_an_old_unit_that_tells_only_its_status_is_guessed_at(house: Any, context: Context, hurry: Make) -> None:
    Taciturn(house, b"\xb5", b"\x41\x21")

    async def conversation() -> tuple[Report, tuple[str, ...]]:
        async with DRIVER.open(house.registration, context) as session:
            await session.refresh()  # type: ignore[attr-defined]
            reports = session.reports()
            await anext(reports)
            return await anext(reports), session.describe()[0].features

    report, features = await hurry(conversation())
    assert features == ("HEAT", "AUTO", "OUT", "SLP")
    assert report.complete
    assert report.values["operatingState"] == "cooling"
    assert report.quality == {"operatingState": Quality.ASSUMED}


async def test_what_was_not_answered_is_not_told_again(talk: Any, house: Any, hurry: Make) -> None:
    assert "roomHumidity" in (await talk.report()).values
    Taciturn(house, b"\x41\x21")
    await hurry(talk.session.refresh())
    report = await talk.report()
    assert not report.complete
    assert not {"roomHumidity", "powerDraw"} & set(report.values)
    assert report.quality == {"operatingState": Quality.ASSUMED}


async def test_a_set_that_is_not_answered_is_tried_again_and_then_times_out(talk: Any, house: Any, hurry: Make) -> None:
    await talk.report()
    Taciturn(house, b"\x40")
    with pytest.raises(TimedOut):
        await hurry(talk.do(Operation.WRITE_PROPERTY, "power", False))
    assert house.appliance.values()["power"] is True
    assert (await talk.report()).values["power"] is True


async def test_a_closed_connection_ends_the_reports(house: Any, conversing: Make) -> None:
    async with conversing(house) as talk:
        await talk.report()
        await house.wire.__aexit__(None, None, None)
        with pytest.raises(OSError, match="connection"):
            await talk.report()
        with pytest.raises(Offline):
            await talk.session.refresh()


async def test_a_unit_that_moved_is_the_same_device(house: Any, housing: Make, conversing: Make) -> None:
    async with conversing(house) as talk:
        first = talk.session.describe()
    async with housing(device=house.wire.identity.device) as moved, conversing(moved) as talk:
        assert moved.network.address != house.network.address
        assert talk.session.describe()[0].id == first[0].id


async def test_a_stranger_at_the_address_is_not_taken_for_the_unit(house: Any, context: Context) -> None:
    registration = house.registration
    wrong = Registration(driver="midea", key="12345", address=registration.address, port=registration.port, facts=registration.facts)
    with pytest.raises(Offline, match="another appliance"):
        async with DRIVER.open(wrong, context):
            pytest.fail("opened")
    assert house.wire.clients == 1


async def test_nobody_at_the_address_is_an_os_error(context: Context, house: Any, street: Callable[[], str]) -> None:
    registration = Registration(driver="midea", key="12345", address=street(), port=1, facts=house.registration.facts)
    with pytest.raises(OSError, match=r"refused|Connect"):
        async with DRIVER.open(registration, context):
            pytest.fail("opened")


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"type": "f0", "version": "2"}, "type F0"), ({"type": "ac"}, "version"), ({}, "version")],
)
async def test_a_unit_that_cannot_be_used_says_why(context: Context, facts: dict[str, str], words: str) -> None:
    with pytest.raises(DeviceFailure, match=words):
        async with DRIVER.open(Registration(driver="midea", key="5", address="127.0.0.1", port=1, facts=facts), context):
            pytest.fail("opened")


async def test_a_unit_not_seen_yet_is_offline(context: Context) -> None:
    with pytest.raises(Offline):
        async with DRIVER.open(Registration(driver="midea", key="5", facts={"type": "ac", "version": "2"}), context):
            pytest.fail("opened")


async def test_a_flooding_stranger_harms_nobody(context: Context, street: Callable[[], str], hurry: Make) -> None:
    """A server that answers every request with a megabyte of noise: no answer, no memory, no error but TimedOut or Offline."""

    async def noise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(b"\x5a\x5a\x01\x11\xff\x03" * 170_000)
        writer.close()

    server = await asyncio.start_server(noise, street(), 0)
    host, port = server.sockets[0].getsockname()[:2]

    async def opening() -> None:
        registration = Registration(driver="midea", key="5", address=host, port=port, facts={"type": "ac", "version": "2"})
        async with DRIVER.open(registration, context):
            pytest.fail("opened")

    with pytest.raises((TimedOut, Offline, WireError)):
        await hurry(opening())
    server.close()


async def test_reports_wait_their_turn_but_not_without_end(talk: Any, house: Any) -> None:
    for step in range(100):
        house.appliance.touch({"targetTemperature": 20 + step % 2})
        await asyncio.sleep(0)
    report = await refreshed(talk)
    assert report.values["targetTemperature"] == 21
    assert talk.session._reports.qsize() <= 64


async def test_closing_leaves_no_task_behind(house: Any, conversing: Make) -> None:
    before = asyncio.all_tasks()
    async with conversing(house) as talk, aclosing(talk.session.reports()):
        await talk.report()
    await asyncio.sleep(0.05)
    assert not {task for task in asyncio.all_tasks() - before if task.get_name().startswith("midea 127")}


async def test_a_unit_that_lost_power_and_came_back_elsewhere_is_opened_again(
    house: Any, conversing: Make, street: Callable[[], str]
) -> None:
    async with conversing(house) as talk:
        await talk.report()
        await house.wire.__aexit__(None, None, None)
        with pytest.raises(OSError, match="connection"):
            await talk.report()
    network = Network(street())
    async with Wire(house.appliance, network, WireOptions(port=0)) as wire:
        house.network, house.wire = network, wire
        async with conversing(house) as talk:
            assert (await talk.report()).complete
