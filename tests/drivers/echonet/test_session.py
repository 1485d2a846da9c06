"""Sessions with simulated nodes: several devices of one node, announcements, refusals, strangers, units that are not as they should be."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from firmware_sim.wires.echonet.frame import Frame, Service
from gateway.drivers.echonet import DRIVER
from gateway.drivers.echonet.identity import ASKED, facts_of, key_of
from gateway.drivers.spi import Context
from gateway.errors import DeviceFailure, Offline, ReadOnly, TimedOut, Unknown
from gateway.thing.command import Operation
from tests.drivers.echonet.conftest import Conversing, Housing
from tests.drivers.kit import LIBRARY, until, write
from tests.kit.addresses import address

Hurry = Callable[[Awaitable[Any]], Awaitable[Any]]
MANY = Operation.WRITE_MULTIPLE
INVOKE = Operation.INVOKE_ACTION


async def test_a_node_with_several_objects_is_several_devices(housing: Housing, conversing: Conversing) -> None:
    where = address()
    async with (
        housing(where=where) as cool,
        housing("refrigerator", where=where, name="el-fridge") as cold,
        conversing(cool) as talk,
    ):
        assert [each.kind for each in talk.session.describe()] == ["air-conditioner", "refrigerator"]
        await talk.shows("fridgeTarget", 4, 1)
        assert await talk.do("fridgeTarget", 6, 1) == ["completed"]
        await talk.shows("fridgeTarget", 6, 1)
        assert cold.appliance.values()["fridgeTarget"] == 6
        cool.appliance.touch({"targetTemperature": 19})
        await talk.shows("targetTemperature", 19)
        assert "targetTemperature" not in talk.shown(1)
        with pytest.raises(Unknown, match="no device"):
            await anext(talk.session.execute(write("ac-nobody", "power", True)))


async def test_three_senses_of_one_node_are_three_sensors(housing: Housing, conversing: Conversing) -> None:
    async with housing("presence-sensor", ("OCC", "CNT", "LUX")) as house, conversing(house) as talk:
        features = [set(each.features) - {"HRS"} for each in talk.session.describe()]
        assert features == [{"OCC"}, {"LUX"}, {"CNT"}]
        await until(lambda: all(talk.shown(number) for number in range(3)), "all three are shown")
        house.appliance.touch({"person": True, "door": "open"})
        await talk.shows("occupied", True, 0)
        await talk.shows("doors", [{"id": "door", "open": True}], 2)
        house.appliance.touch({"door": "closed"})
        await talk.shows("doors", [{"id": "door", "open": False}], 2)
        house.appliance.touch({"lux": 12345})
        house.appliance.advance(60)
        await talk.session.refresh()
        await talk.shows("illuminance", 12345, 1)


async def test_when_the_node_announces_other_objects_the_session_ends(housing: Housing, conversing: Conversing) -> None:
    where = address()
    async with housing(where=where) as house, conversing(house) as talk:
        await talk.shows("power", True)
        async with housing("refrigerator", where=where, name="el-fridge"):
            await until(lambda: talk.ended, "the session ends")
            assert "other objects" in str(talk.ended)
            with pytest.raises(Offline):
                await talk.session.refresh()


async def test_the_same_list_announced_again_ends_nothing(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        assert house.wire.home is not None
        house.wire.home.announce(house.wire.home.node.listing())
        house.appliance.touch({"targetTemperature": 18})
        await talk.shows("targetTemperature", 18)
        assert talk.ended is None


async def test_what_it_does_follows_from_the_compressor_and_its_special_state(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        house.appliance.touch({"mode": "cool", "targetTemperature": 20, "roomTemperature": 29})
        house.appliance.advance(600)
        await talk.session.refresh()
        await talk.shows("operatingState", "cooling")
        house.appliance.touch({"mode": "heat", "targetTemperature": 26, "roomTemperature": 10, "outdoorTemperature": 0})
        house.appliance.advance(200)
        await talk.session.refresh()
        assert house.appliance.values()["operatingState"] == "preheating"
        await talk.shows("operatingState", "preheating")
        assert await talk.do("power", False) == ["completed"]
        await talk.shows("operatingState", "off")


async def test_several_properties_go_in_one_frame(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        assert await talk.do("", {"mode": "heat", "targetTemperature": 21, "fanMode": "turbo"}, operation=MANY) == ["completed"]
        await talk.shows("fanMode", "turbo")
        values = house.appliance.values()
        assert (values["mode"], values["targetTemperature"], values["fanMode"]) == ("heat", 21, "turbo")
        assert await talk.do("setComfort", {"mode": "cool", "fanMode": "low"}, operation=INVOKE) == ["completed"]
        await talk.shows("fanMode", "low")
        assert house.appliance.values()["mode"] == "cool"


async def test_what_the_unit_refuses_is_told_with_the_property(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        house.appliance.touch({"mode": "dry"})
        with pytest.raises(DeviceFailure, match=r"refused it \(property 0xB3\)"):
            await talk.do("targetTemperature", 20)
        await talk.shows("mode", "dry")
        with pytest.raises(ReadOnly):
            await talk.do("roomTemperature", 20)


async def test_what_a_setting_depends_on_is_set_before_it_in_whatever_order_it_was_asked(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        house.appliance.touch({"mode": "heat", "targetTemperature": 20})
        assert await talk.do("setComfort", {"targetTemperature": 32, "mode": "auto"}, operation=INVOKE) == ["completed"]
        values = house.appliance.values()
        assert (values["mode"], values["targetTemperature"]) == ("auto", 32)


async def test_a_setting_that_is_refused_in_part_is_taken_back_whole(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        house.appliance.touch({"mode": "heat", "targetTemperature": 20, "fanMode": "low"})
        await talk.shows("fanMode", "low")
        with pytest.raises(DeviceFailure, match=r"property 0xB3"):
            await talk.do("", {"mode": "dry", "targetTemperature": 24, "fanMode": "high"}, operation=MANY)
        values = house.appliance.values()
        assert (values["mode"], values["targetTemperature"], values["fanMode"]) == ("heat", 20, "low")
        await talk.shows("fanMode", "low")
        assert talk.shown()["mode"] == "heat"


async def test_what_the_units_map_lets_nobody_set_is_described_as_read_only_with_the_property(
    housing: Housing, conversing: Conversing
) -> None:
    async with housing(locked=[0xA0, 0xB2, 0xB3]) as house, conversing(house) as talk:
        device = LIBRARY.model("air-conditioner").instance(talk.session.describe()[0])
        withheld = {name: each.reason for name, each in device.properties.items() if each.withheld}
        assert withheld.keys() == {"targetTemperature", "fanMode"}
        assert "0xB3" in withheld["targetTemperature"]
        assert set((device.actions["setComfort"].input or {})["properties"]) == {"power", "mode"}
        house.appliance.touch({"targetTemperature": 21})
        await talk.shows("targetTemperature", 21)
        with pytest.raises(ReadOnly, match="0xB3"):
            await talk.do("targetTemperature", 24)
        assert await talk.do("mode", "heat") == ["completed"]


async def test_a_washing_machine_that_takes_nothing_with_its_start_says_so(housing: Housing, conversing: Conversing) -> None:
    async with housing("washing-machine", features=(), **{"class": 0x03C5}) as house, conversing(house) as talk:
        device = LIBRARY.model("washing-machine").instance(talk.session.describe()[0])
        assert {"program", "spinSpeed"} <= {name for name, each in device.properties.items() if each.withheld}
        assert (device.actions["startProgram"].input or {})["properties"] == {}


async def test_a_unit_that_claims_what_it_did_not_do_is_shown_as_it_is(housing: Housing, conversing: Conversing) -> None:
    async with housing(quirks=["meek"]) as house, conversing(house) as talk:
        house.appliance.touch({"targetTemperature": 25})
        house.appliance.touch({"mode": "dry"})
        assert await talk.do("targetTemperature", 20) == ["completed"]
        await talk.session.refresh()
        await talk.shows("targetTemperature", 25)


@pytest.mark.parametrize("facts", [{"most": 3}, {"most": 3, "quirks": ["deaf"]}, {"most": 1}])
async def test_a_unit_that_limits_requests_is_read_and_set_all_the_same(
    housing: Housing, conversing: Conversing, hurry: Hurry, facts: dict[str, Any]
) -> None:
    async with housing(**facts) as house:
        manager = conversing(house)
        talk = await hurry(manager.__aenter__())
        try:
            await until(lambda: "roomTemperature" in talk.shown() and "powerDraw" in talk.shown(), "all is shown")
            asked = {"mode": "heat", "targetTemperature": 21, "fanMode": "high", "eco": True}
            assert await hurry(talk.do("", asked, operation=MANY)) == ["completed"]
            values = house.appliance.values()
            assert {name: values[name] for name in asked} == asked
        finally:
            await manager.__aexit__(None, None, None)


async def test_a_sensor_that_is_not_fitted_is_left_out_and_the_state_is_whole(housing: Housing, conversing: Conversing) -> None:
    async with housing(unable=[0xBB, 0xBE]) as house, conversing(house) as talk:
        await talk.session.refresh()
        await until(lambda: talk.complete, "a complete report")
        assert {"roomTemperature", "outdoorTemperature"}.isdisjoint(talk.shown())
        assert "roomHumidity" in talk.shown()


async def test_an_object_that_does_not_tell_its_properties_is_left_out(housing: Housing, conversing: Conversing) -> None:
    where = address()
    async with housing(where=where, unable=[0x9F]) as mute:
        with pytest.raises(DeviceFailure, match="object 013001 does not tell"):
            async with conversing(mute):
                pass
        async with housing("refrigerator", where=where, name="el-fridge"), conversing(mute) as talk:
            assert [each.kind for each in talk.session.describe()] == ["refrigerator"]
            await talk.shows("fridgeTarget", 4)
            assert talk.session.interval == 60


async def test_a_fault_is_reported_and_goes(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        house.appliance.raise_fault("SENSOR.ROOM-TEMPERATURE")
        await until(lambda: talk.shown().get("faults"), "the fault")
        await talk.session.refresh()
        await until(lambda: [fault["code"] for fault in talk.shown()["faults"]] == ["SENSOR.FAILED"], "its kind")
        house.appliance.clear_fault("SENSOR.ROOM-TEMPERATURE")
        await talk.shows("faults", [])


async def test_what_no_such_appliance_can_say_is_not_shown(housing: Housing, conversing: Conversing) -> None:
    async with housing("refrigerator") as house, conversing(house) as talk:
        await talk.shows("fridgeTarget", 4)
        assert house.wire.home is not None
        nonsense = ((0xE2, b"\x44"), (0xE3, b"\xec"), (0xB0, b""))
        house.wire.home.announce(Frame(number=9, source=0x03B701, target=0x0EF001, service=Service.TOLD, properties=nonsense))
        await talk.shows("freezerTarget", -20)
        assert talk.shown()["fridgeTarget"] == 4


async def test_another_unit_at_the_address_is_not_taken_for_it(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, housing(name="el-other") as other:
        stranger = replace(house.registration, address=other.network.address)
        with pytest.raises(Offline, match="another unit answers"):
            async with conversing(house, stranger):
                pass


async def test_a_unit_that_is_away_is_told_in_time(housing: Housing, conversing: Conversing, hurry: Hurry) -> None:
    async with housing() as house, conversing(house) as talk:
        await talk.shows("power", True)
        house.network.set(silent=True)
        with pytest.raises(TimedOut):
            await hurry(talk.session.refresh())
        house.network.set(silent=False)
        await talk.session.refresh()


async def test_a_unit_that_was_never_seen_is_offline(housing: Housing, context: Context) -> None:
    async with housing() as house:
        with pytest.raises(Offline):
            async with DRIVER.open(replace(house.registration, address=""), context):
                pass


async def test_how_often_it_is_asked_depends_on_what_it_announces(housing: Housing, conversing: Conversing) -> None:
    async with housing() as house, conversing(house) as talk:
        assert talk.session.interval == 60
    async with housing(quirks=["quiet"]) as house, conversing(house) as talk:
        assert talk.session.interval == 15


async def test_programs_are_started_paused_and_stopped(housing: Housing, conversing: Conversing) -> None:
    async with housing("washing-machine") as house, conversing(house) as talk:
        await talk.shows("cycleState", "idle")
        assert talk.shown()["progress"] == 0
        assert await talk.do("startProgram", {"program": "quick", "rinses": 1}, operation=INVOKE) == ["completed"]
        await talk.shows("cycleState", "running")
        assert (house.appliance.values()["program"], house.appliance.values()["rinses"]) == ("quick", 1)
        for seconds in (60, 900):
            house.appliance.advance(seconds)
            await talk.session.refresh()
        await until(lambda: 0 < talk.shown()["progress"] < 100, "progress")
        for action, state in (("pause", "paused"), ("resume", "running"), ("stop", "idle")):
            assert await talk.do(action, None, operation=INVOKE) == ["completed"]
            await talk.shows("cycleState", state)
        with pytest.raises(Unknown, match="identify"):
            await talk.do("identify", None, operation=INVOKE)


async def test_a_boost_lasts_as_long_as_it_was_asked_for(housing: Housing, conversing: Conversing) -> None:
    async with housing("electric-water-heater") as house, conversing(house) as talk:
        assert await talk.do("boost", {"duration": 5400}, operation=INVOKE) == ["completed"]
        await talk.shows("mode", "boost")
        assert talk.shown()["boostRemaining"] == 90
        assert house.appliance.values()["boostRemaining"] == 90
        assert await talk.do("mode", "normal") == ["completed"]
        await talk.shows("boostRemaining", 0)


TOLD = dict.fromkeys(ASKED, b"")


def test_a_node_is_known_by_its_number_or_else_by_its_makers() -> None:
    number = bytes.fromhex("fe 000008") + bytes(range(1, 14))
    assert key_of(TOLD | {0x83: number}) == number[1:].hex()
    made = {0x8A: b"\0\0\x08", 0x8C: b"X-1", 0x8D: b"0001"}
    assert key_of(TOLD | made).startswith("made-")
    assert key_of(TOLD | made) == key_of(TOLD | made | {0xD6: b"\x01\x01\x30\x01"})
    assert key_of(TOLD | made) != key_of(TOLD | made | {0x8D: b"0002"})
    for nobody in ({}, {0x83: number[:9]}, {0x83: number[:4] + bytes(13)}, {0x8D: bytes(12)}):
        assert key_of(TOLD | nobody) == ""


def test_facts_are_what_a_node_tells_and_nothing_else() -> None:
    told = TOLD | {0xD6: bytes.fromhex("02 013001 03b701"), 0x8A: b"\0\0\x08", 0x8C: b"X-1\0\xff\n  "}
    assert facts_of(told) == {"objects": "013001 03b701", "maker": "000008", "model": "X-1"}
    assert facts_of(TOLD | {0xD6: b"\x09\x01"}) == {}
