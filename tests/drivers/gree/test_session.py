"""The driver and the simulated unit, two separate makings of the same protocol, over real sockets."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.drivers.gree import DRIVER
from gateway.drivers.gree.binding import Versions
from gateway.drivers.spi import Context, Polled, Registration
from gateway.errors import DeviceFailure, Offline, ReadOnly, SchemaViolation, TimedOut, Unknown
from gateway.thing.command import Command, Operation
from gateway.thing.description import Locality
from gateway.thing.identifier import derived_identifier
from gateway.thing.principal import LOCAL
from gateway.thing.value import Quality
from tests.kit.addresses import address

Make = Callable[..., Any]
SHARED = ("power", "mode", "targetTemperature", "fanMode", "eco", "verticalSwing", "sleepMode", "targetHumidity", "faults")


@pytest.mark.parametrize("facts", [{}, {"version": 2}, {"version": 2, "quirks": ["scan-in-v1", "scan-first"]}], ids=["1", "2", "mixed"])
async def test_the_first_report_is_everything_the_unit_shows(housing: Make, conversing: Make, facts: dict[str, Any]) -> None:
    async with housing(**facts) as house, conversing(house) as talk:
        report = await talk.refreshed()
        values = house.appliance.values()
        assert report.complete
        assert report.device == derived_identifier("ac", "gree", house.wire.identity.mac)
        assert {name: report.values[name] for name in SHARED} == {name: values[name] for name in SHARED}
        for name in ("roomTemperature", "outdoorTemperature", "roomHumidity"):
            assert report.values[name] == round(values[name])
        assert report.values["operatingState"] == "cooling"
        assert report.quality == {"operatingState": Quality.ASSUMED}
        assert not any(name.startswith("_") for name in report.values)


async def test_a_sensor_that_may_or_may_not_add_forty_is_assumed_until_it_is_known(housing: Make, conversing: Make) -> None:
    async with housing(quirks=["plain-sensor"]) as house, conversing(house) as talk:
        report = await talk.refreshed()
        assert report.values["roomTemperature"] == round(house.appliance.values()["roomTemperature"])
        assert report.quality.keys() == {"operatingState", "roomTemperature", "outdoorTemperature"}
        house.appliance.touch({"roomTemperature": 15.0})
        house.appliance.advance(30)
        report = await talk.refreshed()
        assert report.values["roomTemperature"] == round(house.appliance.values()["roomTemperature"])
        assert report.quality.keys() == {"operatingState"}


async def test_what_no_unit_tells_is_said_to_be_unknown_and_never_invented(talk: Any, context: Context) -> None:
    report = await talk.refreshed()
    instance = context.library.model("air-conditioner").instance(talk.description)
    assert instance.faulty(report.values) == {}
    assert set(report.values) == {name for name in instance.properties if name not in {"identity", "life"}}
    assert {name: report.values[name] for name in ("safeUse", "energyLabel", "claims")} == {
        "safeUse": {"state": "unknown"},
        "energyLabel": [],
        "claims": [],
    }


async def test_the_device_is_described_by_the_columns_it_answers(talk: Any, housing: Make, conversing: Make) -> None:
    assert isinstance(talk.session, Polled)
    assert set(talk.description.features) == {"HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO", "SLP"}
    assert talk.description.narrowing == {"targetTemperature": {"minimum": 16, "maximum": 30}}
    assert talk.description.identity == {"maker": "Gree", "brand": "gree", "model": "gree", "sw": "1.60"}
    async with housing(features=()) as plain, conversing(plain) as other:
        assert other.description.features == ("HEAT", "AUTO")
        assert not {"eco", "verticalSwing", "sleepMode", "outdoorTemperature"} & (await other.refreshed()).values.keys()


async def test_what_only_the_make_has_a_word_for_is_added_where_it_is_shown(talk: Any, house: Any, conversing: Make) -> None:
    own = talk.description.additions["properties"]
    assert set(own) == {f"x-gree-{name}" for name in ("louvre", "light", "ioniser", "freshAir", "dryCoil", "frostGuard")}
    assert (await talk.write("x-gree-light", False)).values["x-gree-light"] is False
    assert (await talk.write("x-gree-louvre", "left")).values["x-gree-louvre"] == "left"
    assert (house.wire.module._board.columns()["Lig"], house.wire.module._board.columns()["SwingLfRig"]) == (0, 2)
    board = house.wire.module._board
    columns = board.columns
    board.columns = lambda: {name: number for name, number in columns().items() if name not in {"Lig", "Health", "Air", "Blo", "StHt"}}
    async with conversing(house) as plain:
        assert set(plain.description.additions["properties"]) == {"x-gree-louvre"}


async def test_what_a_unit_has_no_columns_for_is_not_offered(house: Any, conversing: Make) -> None:
    board, missing = house.wire.module._board, {"Quiet", "Tur", "TemRec"}
    columns = board.columns
    board.columns = lambda: {name: number for name, number in columns().items() if name not in missing}
    async with conversing(house) as talk:
        assert talk.description.narrowing == {
            "targetTemperature": {"minimum": 16, "maximum": 30, "multipleOf": 1},
            "fanMode": {"enum": ["auto", "low", "medium", "high"]},
        }
        with pytest.raises(SchemaViolation):
            await talk.do(Operation.WRITE_PROPERTY, "targetTemperature", 22.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("power", False),
        ("mode", "heat"),
        ("targetTemperature", 16),
        ("targetTemperature", 22.5),
        ("targetTemperature", 30),
        ("fanMode", "quiet"),
        ("fanMode", "turbo"),
        ("fanMode", "medium"),
        ("eco", True),
        ("verticalSwing", True),
        ("sleepMode", "on"),
        ("targetHumidity", 65),
    ],
)
async def test_a_written_property_arrives_and_is_shown_and_nothing_else_moves(talk: Any, house: Any, name: str, value: Any) -> None:
    before = house.appliance.values()
    report = await talk.write(name, value)
    after = house.appliance.values()
    assert report.complete
    assert report.values[name] == after[name] == value
    untouched = {"power", "mode", "targetTemperature", "verticalSwing", "targetHumidity"} - {name}
    assert {each: after[each] for each in untouched} == {each: before[each] for each in untouched}
    assert house.wire.module.obeyed == 1


async def test_several_properties_travel_in_one_command(talk: Any, house: Any) -> None:
    asked = {"mode": "heat", "targetTemperature": 21.5, "fanMode": "low"}
    assert await talk.do(Operation.INVOKE_ACTION, "setComfort", asked) == ["completed"]
    report = await talk.report()
    assert {name: report.values[name] for name in asked} == asked
    assert house.wire.module.obeyed == 1


async def test_what_cannot_be_set_is_refused_before_anything_is_sent(talk: Any, house: Any) -> None:
    for name, value, error in (
        ("roomTemperature", 20, ReadOnly),
        ("targetTemperature", 31, SchemaViolation),
        ("fanMode", "gale", SchemaViolation),
    ):
        with pytest.raises(error):
            await talk.do(Operation.WRITE_PROPERTY, name, value)
    with pytest.raises(Unknown):
        await talk.do(Operation.INVOKE_ACTION, "selfClean", None)
    assert house.wire.module.obeyed == 0


async def test_the_answer_to_a_command_is_no_evidence(housing: Make, conversing: Make) -> None:
    async with housing(quirks=["whole"]) as house, conversing(house) as talk:
        report = await talk.write("targetTemperature", 22.5)
        assert report.values["targetTemperature"] == house.appliance.values()["targetTemperature"] == 22.0


async def test_a_late_answer_does_not_pass_for_what_is_shown_after_a_command(talk: Any, house: Any, hurry: Make) -> None:
    """The first answer of a poll is held back, and arrives when the unit has been set, before it tells what it shows now."""
    late: list[Callable[[], None]] = []
    end = house.between(lambda send: late.append(send) if not late else send())
    assert (await hurry(talk.refreshed())).values["targetTemperature"] == 24.0
    end()
    answers: list[Callable[[], None]] = []

    def hear(send: Callable[[], None]) -> None:
        answers.append(send)
        if len(answers) == 2:  # the first is the answer to the command
            late[0]()
        send()

    house.between(hear)
    report = await talk.write("targetTemperature", 18)
    assert report.values["targetTemperature"] == 18
    assert len(answers) == 2, "the late one was dropped, and nothing had to be asked again"


async def test_answers_that_come_twice_do_no_harm(talk: Any, house: Any) -> None:
    house.network.set(twice=1.0, late=0.05)
    for degrees in (18, 19, 20, 21, 22):
        assert (await talk.write("targetTemperature", degrees)).values["targetTemperature"] == degrees
    assert house.wire.module.obeyed == 5


async def test_a_late_answer_to_an_older_command_is_no_answer_to_this_one(talk: Any, house: Any, hurry: Make) -> None:
    said: list[Callable[[], None]] = []

    def hear(send: Callable[[], None]) -> None:
        said.append(send)
        (said[0] if len(said) == 3 else send)()  # the answers are: to the first command, to the first question, to the second command

    house.between(hear)
    await talk.write("targetTemperature", 18)
    assert (await hurry(talk.write("targetTemperature", 19))).values["targetTemperature"] == 19
    assert house.wire.module.obeyed == 3, "it was sent again, for what came was the answer to the first"


async def test_a_lost_command_is_sent_again_and_one_that_stays_lost_times_out(talk: Any, house: Any, hurry: Make) -> None:
    lost: list[object] = []
    end = house.between(lambda send: send() if lost else lost.append(send))
    assert (await hurry(talk.write("power", False))).values["power"] is False
    end()
    house.between(lambda _: None)
    with pytest.raises(TimedOut):
        await hurry(talk.do(Operation.WRITE_PROPERTY, "power", True))


async def test_a_unit_that_answers_in_an_order_of_its_own_is_taken_at_its_word(house: Any, conversing: Make) -> None:
    module = house.wire.module
    status = module._status
    module._status = lambda names: status(sorted(names))
    async with conversing(house) as talk:
        assert talk.session._unit._ordered is False
        assert (await talk.write("targetTemperature", 20)).values["targetTemperature"] == 20


async def test_a_unit_that_leaves_columns_out_is_not_complete_but_lives(talk: Any, house: Any, hurry: Make) -> None:
    board = house.wire.module._board
    columns = board.columns
    board.columns = lambda: {name: number for name, number in columns().items() if name != "TemSen"}
    report = await talk.refreshed()
    assert not report.complete
    assert "roomTemperature" not in report.values
    assert report.values["outdoorTemperature"] == round(house.appliance.values()["outdoorTemperature"]), "the offset is known already"
    board.columns = lambda: {name: number for name, number in columns().items() if name != "Mod"}
    with pytest.raises(TimedOut):
        await hurry(talk.session.refresh())


async def test_numbers_that_are_none_and_lists_that_do_not_fit_say_nothing(house: Any, conversing: Make, hurry: Make) -> None:
    module, board = house.wire.module, house.wire.module._board
    columns, status = board.columns, module._status
    board.columns = lambda: columns() | {"SvSt": True, "SwhSlp": "1", "Lig": 1.0}

    def answer(names: list[str]) -> Any:
        told = status(names)
        return told | {"dat": told["dat"][1:]} if "OutEnvTem" in names and len(names) == 1 else told

    module._status = answer
    talking = conversing(house)
    talk = await hurry(talking.__aenter__())
    report = await talk.refreshed()
    assert not {"eco", "sleepMode", "x-gree-light", "outdoorTemperature"} & report.values.keys()
    assert "x-gree-ioniser" in report.values
    await talking.__aexit__(None, None, None)


def test_only_so_many_units_versions_are_remembered() -> None:
    versions = Versions()
    for number in range(2000):
        versions.note(f"{number:012x}", 2)
    assert len(versions._spoken) == 1024
    assert versions.order(f"{1999:012x}") == (2, 1)
    assert versions.order(f"{0:012x}") == (1, 2)


async def test_a_fussy_unit_is_asked_for_one_column_after_the_other(housing: Make, conversing: Make, hurry: Make) -> None:
    async with housing(quirks=["fussy", "plain-sensor"]) as house:
        talking = conversing(house)
        talk = await hurry(talking.__aenter__())
        report = await talk.refreshed()
        assert report.complete
        assert report.values["roomTemperature"] == round(house.appliance.values()["roomTemperature"])
        assert report.values["faults"] == []
        assert set(talk.description.features) == {"HEAT", "AUTO", "SWV", "ECO", "SLP", "HUM"}
        await talking.__aexit__(None, None, None)


async def test_a_unit_that_answers_a_search_in_version_2_is_not_tried_in_version_1(housing: Make, conversing: Make) -> None:
    async with housing(version=2) as house, conversing(house):
        assert house.wire.module.unread == 0


async def test_the_version_a_unit_spoke_is_tried_first_the_next_time(housing: Make, conversing: Make) -> None:
    async with housing(version=2, quirks=["scan-in-v1"]) as house:
        async with conversing(house):
            assert house.wire.module.unread == 1, "version 1 was tried first"
        async with conversing(house):
            assert house.wire.module.unread == 1


async def test_a_unit_that_was_reset_falls_silent_and_tells_its_new_key_when_it_is_opened_again(
    house: Any, conversing: Make, hurry: Make
) -> None:
    async with conversing(house) as talk:
        house.wire.module._key = b"another-key-now!"
        house.wire.module._identity = replace(house.wire.identity, key="another-key-now!")
        with pytest.raises(TimedOut):
            await hurry(talk.session.refresh())
    async with conversing(house) as talk:
        assert (await talk.refreshed()).complete


@pytest.mark.parametrize(
    ("quirks", "error", "words"),
    [
        (["unprovisioned"], TimedOut, "set it up in the maker's app"),
        (["scan-only"], TimedOut, "allows no control over the LAN"),
        (["closed"], Offline, r"knows no LAN control \(as 2.12, 2.04 do\)"),
    ],
)
async def test_a_unit_that_cannot_be_met_says_what_to_do(
    housing: Make, context: Context, hurry: Make, quirks: list[str], error: type[Exception], words: str
) -> None:
    async with housing(quirks=quirks) as house:

        async def opening() -> None:
            async with DRIVER.open(replace(house.registration, port=house.wire.port or 7000), context):
                pytest.fail("opened")

        with pytest.raises(error, match=words):
            await hurry(opening())


async def test_a_silent_unit_and_another_one_at_the_address_are_told(house: Any, context: Context, hurry: Make) -> None:
    async def opening(registration: Registration) -> None:
        async with DRIVER.open(registration, context):
            pytest.fail("opened")

    with pytest.raises(TimedOut, match="neither"):
        await hurry(opening(replace(house.registration, key="000000000001")))
    house.network.set(silent=True)
    with pytest.raises(TimedOut, match="neither"):
        await hurry(opening(house.registration))


@pytest.mark.parametrize("quirks", [[], ["blanks"]])
async def test_no_kind_is_forced_on_a_unit(housing: Make, context: Context, quirks: list[str]) -> None:
    async with housing("humidifier", ("DEHUMID",), quirks=quirks) as house:
        for facts in ({}, {"mid": "10001"}):
            with pytest.raises(DeviceFailure, match="does not show Mod, SetTem"):
                async with DRIVER.open(replace(house.registration, facts=facts), context):
                    pytest.fail("opened")


@pytest.mark.parametrize(
    ("registration", "error", "words"),
    [
        (Registration(driver="gree", key="f4911e000001", address="127.0.0.1", facts={"mid": "60"}), DeviceFailure, "sort 60"),
        (Registration(driver="gree", key="who", address="127.0.0.1", facts={}), DeviceFailure, "who it is"),
        (Registration(driver="gree", key="f4911e000001", facts={}), Offline, "not been seen"),
    ],
)
async def test_what_cannot_be_opened_says_why(context: Context, registration: Registration, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        async with DRIVER.open(registration, context):
            pytest.fail("opened")


async def test_a_unit_that_moved_is_the_same_device(house: Any, housing: Make, conversing: Make) -> None:
    async with conversing(house) as talk:
        first = talk.description
    async with housing(mac=house.wire.identity.mac) as moved, conversing(moved) as talk:
        assert moved.network.address != house.network.address
        assert talk.description == first


async def test_any_number_of_programs_may_talk_with_a_unit(house: Any, conversing: Make) -> None:
    async with conversing(house) as one, conversing(house) as other:
        assert (await one.write("targetTemperature", 19)).values["targetTemperature"] == 19
        assert (await other.refreshed()).values["targetTemperature"] == 19
        assert (await other.write("mode", "heat")).values["mode"] == "heat"
        assert (await one.refreshed()).values["mode"] == "heat"


@pytest.mark.parametrize(
    ("facts", "locality"),
    [({}, Locality.LOCAL), ({"quirks": ["leaves-without-internet"]}, Locality.NEEDS_INTERNET), ({"firmware": "odd"}, Locality.LOCAL)],
)
async def test_a_program_that_needs_the_internet_is_known_by_its_version(
    housing: Make, conversing: Make, facts: dict[str, Any], locality: Locality
) -> None:
    async with housing(**facts) as house, conversing(house) as talk:
        assert talk.description.locality is locality


async def test_a_unit_that_shows_fahrenheit_is_set_to_the_nearest_degree(housing: Make, conversing: Make) -> None:
    async with housing(quirks=["fahrenheit"]) as house, conversing(house) as talk:
        assert (await talk.write("targetTemperature", 22)).values["targetTemperature"] == 22.0
        assert house.wire.module._board.columns()["SetTem"] == 22
        assert (await talk.write("targetTemperature", 22.5)).values["targetTemperature"] in {22.0, 23.0}, "there is no 72.5 on its display"


async def test_a_dehumidifier_is_read_set_and_guessed_at(housing: Make, conversing: Make, context: Context) -> None:
    async with housing("humidifier", ("DEHUMID", "TMP"), version=2) as house, conversing(house) as talk:
        report = await talk.refreshed()
        instance = context.library.model("humidifier").instance(talk.description)
        assert report.complete
        assert instance.faulty(report.values) == {}
        assert (report.values["tank"], report.values["targetHumidity"], report.values["roomHumidity"]) == ("ok", 50, 80)
        assert (report.values["operatingState"], report.quality) == ("dehumidifying", {"operatingState": Quality.ASSUMED})
        assert report.values["faults"] == []
        assert talk.description.features == ("DEHUMID", "TMP")
        assert set(talk.description.additions["properties"]) == {"x-gree-light", "x-gree-ioniser", "x-gree-filterDue"}
        assert talk.description.narrowing == {"mode": {"enum": ["auto", "manual"]}, "targetHumidity": {"multipleOf": 5}}
        assert (await talk.write("targetHumidity", 80)).values["operatingState"] == "idle"
        report = await talk.write("mode", "manual")
        assert (report.values["mode"], report.values["operatingState"], house.appliance.values()["mode"]) == (
            "manual",
            "dehumidifying",
            "manual",
        )
        house.appliance.touch({"tankLitres": 4.0})
        report = await talk.refreshed()
        assert (report.values["tank"], report.values["operatingState"], report.quality) == ("full", "idle", {})
        assert (await talk.write("power", False)).values["operatingState"] == "off"


async def test_a_fault_is_told_as_the_make_tells_it_and_a_diagnosis_says_so(talk: Any, house: Any, context: Context) -> None:
    await talk.refreshed()
    house.appliance.raise_fault("REFRIG.LOW-CHARGE")
    report = await talk.refreshed()
    (fault,) = report.values["faults"]
    assert (fault["code"], fault["vendor"]) == ("VENDOR.UNKNOWN", "error 1")
    assert [event.name for event in report.events] == ["faultRaised"]
    command = Command(
        id="d",
        device=talk.description.id,
        operation=Operation.INVOKE_ACTION,
        name="runDiagnostics",
        input={"level": "full"},
        principal=LOCAL,
    )
    (done,) = [progress async for progress in talk.session.execute(command)]
    context.library.model("air-conditioner").instance(talk.description).check_output("runDiagnostics", done.output)
    assert {check["name"]: check["result"] for check in done.output["checks"]} == {
        "connection": "pass",
        "fault-number": "fail",
        "self-test": "notRun",
    }


async def test_closing_leaves_no_task_behind(house: Any, conversing: Make) -> None:
    before = asyncio.all_tasks()
    async with conversing(house) as talk:
        await talk.refreshed()
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before


async def test_a_flooding_stranger_harms_nobody(context: Context, hurry: Make) -> None:
    where = address()
    loop = asyncio.get_running_loop()

    class Flood(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            for size in range(1, 400):
                self.transport.sendto(data[:size] * 3, addr)

    transport, _ = await loop.create_datagram_endpoint(Flood, local_addr=(where, 7000))

    async def opening() -> None:
        async with DRIVER.open(Registration(driver="gree", key="f4911e000001", address=where, facts={}), context):
            pytest.fail("opened")

    with pytest.raises(TimedOut):
        await hurry(opening())
    transport.close()
