"""The data of the types beside the air conditioner: bytes written by hand from the description, and what they mean."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.wires.midea import clothes_dryer, top_loader, water_heater
from gateway.drivers.midea.capabilities import Capabilities
from gateway.drivers.midea.command import Command
from gateway.drivers.midea.description import describe
from gateway.drivers.midea.frame import Frame
from gateway.drivers.midea.mapping import Mapping, mapping_of
from gateway.errors import ReadOnly, SchemaViolation, StateConflict, Unknown
from gateway.profile.library import Library

REFRIGERATOR, WASHER, TOP_LOADER, DRYER, HEATER, HOOD, PURIFIER, DEHUMIDIFIER = 0xCA, 0xDB, 0xDA, 0xDC, 0xE2, 0xB6, 0xFC, 0xA1
TYPES = (REFRIGERATOR, WASHER, TOP_LOADER, DRYER, HEATER, HOOD, PURIFIER, DEHUMIDIFIER)
LIBRARY = Library()


def data(appliance: int, model: str = "") -> Mapping:
    mapping = mapping_of(appliance, model)
    assert mapping is not None
    return mapping


def body(length: int, first: int, **at: int) -> bytes:
    """Return a body with some bytes set: `_17=108`."""
    made = bytearray(length)
    made[0] = first
    for name, value in at.items():
        made[int(name[1:])] = value
    return bytes(made)


def read(appliance: int, content: bytes, message: str = "status", model: str = "") -> dict[str, Any]:
    return data(appliance, model).messages[message].read(content)


def written(appliance: int, asked: dict[str, Any], shown: bytes = b"") -> list[str]:
    """Return the bodies that set something, as hexadecimal, on a unit that showed this."""
    mapping = data(appliance)
    readings = mapping.messages["status"].read(shown)
    return [command.fill(shown, readings, part).hex(" ") for command, part in mapping.commands_for(asked) if command.meant(readings)]


def acted(appliance: int, action: str, asked: dict[str, Any], shown: bytes) -> str:
    return data(appliance).invocation(action, asked).fill(shown, {}, asked).hex(" ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(32, 0, _2=0x64), {"fridgeTarget": 4, "freezerTarget": -18}),
        (body(32, 0, _2=0xC8), {"fridgeTarget": 8, "freezerTarget": -24}),
        (body(32, 0, _2=0x22), {"fridgeTarget": 2, "freezerTarget": -14}),
        (body(32, 0, _17=107, _18=64), {"fridgeTemperature": 3.5, "freezerTemperature": -18.0}),
        (body(32, 0, _3=19, _19=100), {"variableZoneTarget": 0, "variableZoneTemperature": 0.0}),
        (body(32, 0, _3=1), {"variableZoneTarget": -18}),
        (body(32, 0, _3=27), {"variableZoneTarget": 8}),
        (body(32, 0, _1=0x01), {"mode": "quick-cool", "_quick": True}),
        (body(32, 0, _1=0x02), {"mode": "quick-freeze", "_quick": True}),
        (body(32, 0, _1=0x08), {"mode": "eco"}),
        (body(32, 0, _1=0x10), {"mode": "holiday", "_holiday": True}),
        (body(32, 0, _1=0x04), {"mode": "normal"}),
        (body(32, 0, _15=0x01), {"doors": [{"id": "fridge", "open": True}, {"id": "freezer", "open": False}]}),
        (body(32, 0, _15=0x02), {"doors": [{"id": "fridge", "open": False}, {"id": "freezer", "open": True}]}),
    ],
)
def test_what_a_refrigerator_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(REFRIGERATOR, content)
    assert {name: shown.get(name) for name in expected} == expected


def test_a_refrigerator_says_nothing_of_what_it_has_not_or_the_profile_has_not() -> None:
    shown = read(REFRIGERATOR, body(32, 0))
    assert shown.keys() == {"mode", "doors"}
    assert read(REFRIGERATOR, body(32, 0, _2=0x19)).keys() == {"mode", "doors"}  # 9 degrees, -13 degrees
    assert "variableZoneTarget" not in read(REFRIGERATOR, body(32, 0, _3=50))  # -20 degrees
    assert read(REFRIGERATOR, b"\0").keys() == set()


def test_a_third_door_is_there_where_there_is_a_zone_behind_it() -> None:
    doors = read(REFRIGERATOR, body(32, 0, _15=0x10, _19=120))["doors"]
    assert doors[2:] == [{"id": "variable", "open": True}]


def test_a_door_that_moves_renews_the_doors_that_are_known() -> None:
    moved = data(REFRIGERATOR).messages["moved"]
    before = {"doors": [{"id": "fridge", "open": False}, {"id": "freezer", "open": True}]}
    assert moved.read(body(4, 0, _1=0x11), before) == {"doors": [{"id": "fridge", "open": True}, {"id": "freezer", "open": False}]}
    assert len(moved.read(body(4, 0, _1=0x11))["doors"]) == 3


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (body(16, 2), []),
        (body(16, 2, _1=0x0F), [1, 2, 4, 8]),
        (body(16, 2, _2=0xEB), [0x101, 0x102, 0x108, 0x120, 0x140, 0x180]),
        (body(16, 2, _3=0x07), [0x201, 0x202, 0x204]),
        (body(16, 2, _1=0x10, _2=0x14, _3=0xF8), []),
    ],
)
def test_each_thing_that_is_wrong_with_a_refrigerator_has_a_number_and_a_meaning(content: bytes, wrong: list[int]) -> None:
    assert read(REFRIGERATOR, content, "wrong") == {"_wrong": wrong}
    assert all(data(REFRIGERATOR).faults[number]["vendor"] for number in wrong)


def test_what_a_refrigerator_says_is_told_apart_by_its_purpose() -> None:
    messages = data(REFRIGERATOR).messages.values()

    def meant(purpose: int, first: int) -> list[str]:
        return [message.name for message in messages if message.match.holds(Frame(0xCA, purpose, bytes([first, 0, 0])))]

    asked = {(3, 0): ["status"], (3, 2): ["wrong"], (4, 2): ["changed"], (4, 0): ["moved"], (6, 1): ["alarm"], (3, 1): [], (2, 0): []}
    assert {key: meant(*key) for key in asked} == asked
    assert data(REFRIGERATOR).messages["changed"].readers.keys() == data(REFRIGERATOR).messages["status"].readers.keys()
    assert data(REFRIGERATOR).messages["alarm"].readers.keys() == {"_wrong"}


@pytest.mark.parametrize(("name", "value"), [("fridgeTarget", 5), ("mode", "eco"), ("variableZoneTarget", 0)])
def test_a_refrigerator_takes_no_commands_and_says_so(name: str, value: Any) -> None:
    with pytest.raises(ReadOnly, match="take no commands") as refused:
        data(REFRIGERATOR).commands_for({name: value})
    assert refused.value.property == name
    assert "cannot be set" in data(REFRIGERATOR).title


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(31, 3), {"power": False, "cycleState": "idle", "phase": "idle", "remaining": 0, "_error": 0}),
        (body(31, 3, _1=1, _2=1), {"power": True, "cycleState": "idle", "phase": "idle"}),
        (body(31, 3, _1=1, _2=2, _16=0x04, _17=0x2C, _18=0x01), {"cycleState": "running", "phase": "wash", "remaining": 300 * 60}),
        (body(31, 3, _1=1, _2=2, _16=0x08), {"phase": "wash"}),
        (body(31, 3, _1=1, _2=2, _16=0x20), {"phase": "wash"}),
        (body(31, 3, _1=1, _2=3, _16=0x02), {"cycleState": "paused", "phase": "rinse"}),
        (body(31, 3, _1=1, _2=2, _16=0x01), {"phase": "spin"}),
        (body(31, 3, _1=1, _2=2, _16=0x40), {"phase": "spin"}),
        (body(31, 3, _1=1, _2=2, _16=0x10), {"phase": "dry", "_dries": True}),
        (body(31, 3, _1=1, _2=2), {"phase": None}),
        (body(31, 3, _1=1, _2=4), {"cycleState": "done", "phase": "done"}),
        (body(31, 3, _1=1, _2=5, _16=0x04), {"cycleState": "error", "_error": 5}),
        (body(31, 3, _1=1, _2=6), {"cycleState": "delayed", "phase": "idle"}),
        (body(31, 3, _4=0x00, _5=1, _7=1, _8=0), {"program": "cotton", "waterLevel": 1, "waterTemperature": 0, "spinSpeed": 0}),
        (body(31, 3, _4=0x01, _5=2, _7=2, _8=1), {"program": "eco", "waterLevel": 2, "waterTemperature": 20, "spinSpeed": 400}),
        (body(31, 3, _4=0x02, _5=3, _7=3, _8=2), {"program": "quick", "waterLevel": 3, "waterTemperature": 30, "spinSpeed": 600}),
        (body(31, 3, _4=0x04, _5=4, _7=4, _8=3), {"program": "synthetics", "waterLevel": 4, "waterTemperature": 40, "spinSpeed": 800}),
        (body(31, 3, _4=0x05, _5=5, _7=5, _8=4), {"program": "wool", "waterLevel": None, "waterTemperature": 60, "spinSpeed": 1000}),
        (
            body(31, 3, _4=0x0A, _5=255, _7=6, _8=5),
            {"program": "rinse-spin", "waterLevel": None, "waterTemperature": 90, "spinSpeed": 1200},
        ),
        (body(31, 3, _4=0x0C, _7=7, _8=6), {"program": "baby", "waterTemperature": None, "spinSpeed": 1400}),
        (body(31, 3, _4=0x26, _8=7), {"program": "drum-clean", "spinSpeed": 1600}),
        (body(31, 3, _4=0x12, _8=8), {"program": "quick", "spinSpeed": None}),
        (body(31, 3, _4=0x17), {"program": "quick"}),
        (body(31, 3, _4=0x67), {"program": "wool"}),
        (body(31, 3, _4=0x51), {"program": "custom"}),
        (body(31, 2, _1=1), {"power": True}),
        (body(31, 4, _1=1), {"power": True}),
    ],
)
def test_what_a_washing_machine_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(WASHER, content)
    assert {name: shown.get(name) for name in expected} == expected


WASHED = body(31, 3, _1=1, _2=1, _3=0, _4=5, _5=2, _6=0x20, _7=3, _8=3, _9=40, _10=5, _11=1, _12=2, _15=9)


def test_a_washing_machine_has_a_switch_that_leaves_all_else_alone() -> None:
    assert written(WASHER, {"power": True}) == ["02 01" + " ff" * 20]
    assert written(WASHER, {"power": False}) == ["02 00" + " ff" * 20]


def test_a_start_repeats_what_the_machine_showed_and_changes_what_is_asked() -> None:
    assert acted(WASHER, "startProgram", {}, WASHED) == "02 ff 01 00 05 02 20 03 03 28 05 01 02 00 00 09"
    asked = {"program": "cotton", "waterTemperature": 60, "spinSpeed": 1200}
    assert acted(WASHER, "startProgram", asked, WASHED) == "02 ff 01 00 00 02 20 05 05 28 05 01 02 00 00 09"
    assert acted(WASHER, "resume", {}, WASHED) == "02 ff 01 00 05 02 20 03 03 28 05 01 02 00 00 09"
    assert acted(WASHER, "pause", {}, WASHED) == "02 ff 00"


@pytest.mark.parametrize("program", ["cotton", "eco", "quick", "synthetics", "wool", "rinse-spin", "baby", "drum-clean"])
def test_every_program_a_start_can_name_is_shown_under_its_name(program: str) -> None:
    sent = bytes.fromhex(acted(WASHER, "startProgram", {"program": program}, WASHED))
    assert read(WASHER, sent + bytes(15))["program"] == program


@pytest.mark.parametrize(("name", "value"), [("waterTemperature", degrees) for degrees in (0, 20, 30, 40, 60, 90)])
def test_every_temperature_a_start_can_name_is_shown(name: str, value: int) -> None:
    assert read(WASHER, bytes.fromhex(acted(WASHER, "startProgram", {name: value}, WASHED)))[name] == value


@pytest.mark.parametrize("speed", range(0, 1601, 200))
def test_every_speed_a_start_can_name_is_shown_and_others_are_refused(speed: int) -> None:
    if speed == 200:
        with pytest.raises(SchemaViolation):
            acted(WASHER, "startProgram", {"spinSpeed": speed}, WASHED)
    else:
        assert read(WASHER, bytes.fromhex(acted(WASHER, "startProgram", {"spinSpeed": speed}, WASHED)))["spinSpeed"] == speed


@pytest.mark.parametrize(
    ("appliance", "action", "asked", "word"),
    [
        (WASHER, "startProgram", {"rinses": 2}, "no command for it"),
        (WASHER, "startProgram", {"delay": 60}, "no command for it"),
        (WASHER, "stop", {}, "pause it"),
        (TOP_LOADER, "startProgram", {"spinSpeed": 800}, "no command for it"),
        (TOP_LOADER, "stop", {}, "pause it"),
        (DRYER, "startProgram", {"dryLevel": "extra"}, "no command for it"),
        (DRYER, "stop", {}, "pause it, or switch it off"),
    ],
)
def test_what_a_program_cannot_be_asked_for_is_refused_with_the_reason(appliance: int, action: str, asked: Any, word: str) -> None:
    with pytest.raises(ReadOnly, match=word):
        data(appliance).invocation(action, asked)


def test_what_comes_with_the_start_says_so_when_it_is_set_alone() -> None:
    for appliance, name in (
        (TOP_LOADER, "program"),
        (TOP_LOADER, "rinses"),
        (WASHER, "program"),
        (WASHER, "waterTemperature"),
        (WASHER, "spinSpeed"),
        (WASHER, "waterLevel"),
        (DRYER, "program"),
    ):
        with pytest.raises(ReadOnly, match="with the start only"):
            data(appliance).commands_for({name: 1})
    with pytest.raises(Unknown):
        data(WASHER).invocation("boil", {})


@pytest.mark.parametrize(
    ("action", "state", "done"),
    [
        ("startProgram", "running", True),
        ("startProgram", "delayed", True),
        ("startProgram", "idle", False),
        ("startProgram", "error", False),
        ("resume", "running", True),
        ("resume", "paused", False),
        ("pause", "paused", True),
        ("pause", "running", False),
    ],
)
@pytest.mark.parametrize("appliance", [WASHER, TOP_LOADER, DRYER])
def test_an_action_is_done_when_the_machine_shows_it(appliance: int, action: str, state: str, done: bool) -> None:
    command = data(appliance).invocation(action, {})
    if done:
        command.check_done({"cycleState": state})
    else:
        with pytest.raises(StateConflict, match=f"shows cycleState {state}"):
            command.check_done({"cycleState": state})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(30, 3, _17=7, _18=1), {"power": False, "cycleState": "idle", "phase": "idle", "remaining": 0, "_error": 0}),
        (body(30, 3, _1=1, _2=1), {"power": True, "cycleState": "idle", "phase": "idle"}),
        (body(30, 3, _1=1, _2=2, _16=0x02, _17=7, _18=1), {"cycleState": "running", "phase": "spin", "remaining": 67 * 60}),
        (body(30, 3, _1=1, _2=2, _16=0x04), {"phase": "rinse"}),
        (body(30, 3, _1=1, _2=2, _16=0x08), {"phase": "wash"}),
        (body(30, 3, _1=1, _2=2, _16=0x10), {"phase": "wash"}),
        (body(30, 3, _1=1, _2=2, _16=0x40), {"phase": "dry", "_dries": True}),
        (body(30, 3, _1=1, _2=2), {"phase": None}),
        (body(30, 3, _1=1, _2=3), {"cycleState": "paused"}),
        (body(30, 3, _1=1, _2=4), {"cycleState": "done", "phase": "done"}),
        (body(30, 3, _1=1, _2=5, _24=9), {"cycleState": "error", "_error": 9}),
        (body(30, 3, _1=1, _2=6), {"cycleState": "delayed", "phase": "idle"}),
        (body(30, 3, _1=1, _18=200), {"remaining": None}),
        (body(30, 3, _4=0, _5=0xA8, _10=0x52), {"program": "custom", "waterLevel": 8, "rinses": 2}),
        (body(30, 3, _4=1, _5=0xA0, _10=0x56), {"program": "quick", "waterLevel": None, "rinses": None}),
        (body(30, 3, _4=3, _5=15), {"program": "wool", "waterLevel": None}),
        (body(30, 3, _4=6), {"program": "baby", "rinses": 0}),
        (body(30, 3, _4=10), {"program": "drum-clean"}),
    ],
)
def test_what_a_top_loader_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(TOP_LOADER, content)
    assert {name: shown.get(name) for name in expected} == expected


def test_a_top_loader_is_switched_started_and_held() -> None:
    shown = body(30, 3, _1=1, _2=1, _4=3, _5=0x57, _6=0x31, _9=12, _10=0x52, _12=20, _14=7, _15=8)
    same = "02 ff 01 00 03 57 31 00 00 0c 52 00 14 00 07"
    assert written(TOP_LOADER, {"power": True}) == ["02 01 ff"]
    assert written(TOP_LOADER, {"power": False}) == ["02 00 ff"]
    assert acted(TOP_LOADER, "startProgram", {}, shown) == same
    assert acted(TOP_LOADER, "resume", {}, shown) == same
    assert acted(TOP_LOADER, "startProgram", {"rinses": 4}, shown) == same.replace("52", "54")
    for program, code in {"quick": 1, "wool": 3, "baby": 6, "drum-clean": 10, "custom": 0}.items():
        assert acted(TOP_LOADER, "startProgram", {"program": program}, shown) == same.replace("00 03", f"00 {code:02x}", 1)
    assert acted(TOP_LOADER, "pause", {}, shown) == "02 ff 00"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(30, 3, _17=7, _18=1), {"power": False, "cycleState": "idle", "phase": "idle", "remaining": 0, "_error": 0}),
        (body(30, 3, _1=1, _2=2, _17=7, _18=1), {"cycleState": "running", "phase": "drying", "remaining": 67 * 60}),
        (body(30, 3, _1=1, _2=1), {"cycleState": "idle", "phase": "idle"}),
        (body(30, 3, _1=1, _2=3), {"cycleState": "paused", "phase": "drying"}),
        (body(30, 3, _1=1, _2=4), {"cycleState": "done", "phase": "done"}),
        (body(30, 3, _1=1, _2=5), {"cycleState": "running", "phase": "anticrease"}),
        (body(30, 3, _1=1, _2=6), {"cycleState": "idle", "phase": "idle"}),
        (body(30, 3, _1=1, _2=7, _24=9), {"cycleState": "error", "phase": "drying", "_error": 9}),
        (body(30, 3, _1=1, _2=8), {"cycleState": "delayed", "phase": "idle"}),
        (body(30, 3, _1=1, _2=9), {"cycleState": "paused", "phase": "idle"}),
        (body(30, 3, _1=1, _18=200), {"remaining": None}),
        *((body(30, 3, _4=code), {"program": "quick"}) for code in (17, 21, 34)),
        *((body(30, 3, _4=code), {"program": "delicates"}) for code in (8, 13, 48)),
        *((body(30, 3, _4=code), {"program": "bedding"}) for code in (4, 40)),
        (body(30, 3, _4=1), {"program": "synthetics"}),
        (body(30, 3, _4=26), {"program": "timed"}),
        (body(30, 3, _4=47), {"program": None}),
    ],
)
def test_what_a_dryer_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(DRYER, content)
    assert {name: shown.get(name) for name in expected} == expected


def test_a_dryer_is_switched_started_and_held() -> None:
    shown = body(30, 3, _1=1, _2=1, _4=17, _9=2, _10=3, _14=7, _15=8)
    assert written(DRYER, {"power": True}) == ["02 01 ff"]
    assert acted(DRYER, "startProgram", {}, shown) == "02 ff 01 00 11 00 00 00 00 02 03 00 00 00 07"
    for program, code in {"cotton": 0, "synthetics": 1, "bedding": 4, "delicates": 8, "quick": 17, "timed": 26}.items():
        assert bytes.fromhex(acted(DRYER, "startProgram", {"program": program}, shown))[4] == code
    assert acted(DRYER, "pause", {}, shown) == "02 ff 00"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(36, 1, _2=0x05, _4=48, _11=60), {"power": True, "heating": True, "tankTemperature": 48, "targetTemperature": 60}),
        (body(36, 1, _2=0x08), {"power": False, "heating": False, "mode": "normal", "protection": "none", "_error": 0}),
        (body(36, 1, _7=0x80), {"mode": "night", "_night": True, "_wholeTank": False}),
        (body(36, 1, _7=0x08), {"mode": "normal", "_wholeTank": True}),
        (body(36, 1, _3=4), {"_error": 4, "protection": None}),
        (body(36, 1, _11=30, _4=120), {"targetTemperature": None, "tankTemperature": None}),
        (body(36, 1, _27=80), {"tankVolume": 80}),
        (body(36, 1), {"tankVolume": None}),
        *((body(36, first, _2=1), {"power": True}) for first in (1, 2, 4, 0x14)),
    ],
)
def test_what_a_water_heater_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(HEATER, content)
    assert {name: shown.get(name) for name in expected} == expected


def test_a_water_heater_is_switched_by_the_first_byte_and_set_in_half_degrees() -> None:
    assert written(HEATER, {"power": True}) == ["01 01"]
    assert written(HEATER, {"power": False}) == ["02 01"]
    assert written(HEATER, {"targetTemperature": 60}, body(36, 1)) == ["04 01 00 80 01 78" + " 00" * 13]
    keeping = body(36, 1, _2=0x80, _7=0x08, _22=0x02)
    assert written(HEATER, {"targetTemperature": 35}, keeping) == ["04 01 00 80 06 46 00 00 00 10" + " 00" * 9]
    both = written(HEATER, {"targetTemperature": 50, "power": True}, keeping)
    assert [first[:5] for first in both] == ["01 01", "04 01"]
    with pytest.raises(SchemaViolation):
        written(HEATER, {"targetTemperature": 130}, keeping)


@pytest.mark.parametrize(
    ("number", "protection"), [(0, "none"), (1, "none"), (2, "dry-burn"), (3, "overheat"), (4, "leakage"), (5, "none")]
)
def test_a_model_whose_numbers_are_known_says_what_tripped(number: int, protection: str) -> None:
    assert read(HEATER, body(36, 1, _3=number), model="HULIANE2")["protection"] == protection
    assert number == 0 or data(HEATER, "HULIANE2").faults[number]["code"] != "VENDOR.UNKNOWN"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(23, 0x31, _1=1, _2=20, _4=2, _5=3, _9=1), {"power": True, "fanMode": "high", "light": True, "_wrong": []}),
        (body(23, 0x31, _1=1, _2=20, _4=1), {"power": False, "fanMode": None, "light": False}),
        *((body(23, 0x31, _1=1, _4=state), {"power": state in {2, 6, 0x14, 0x15, 0x16}}) for state in (0, 1, 2, 5, 6, 7, 0x14, 0x15, 0x16)),
        (body(23, 0x31, _1=1, _4=3), {"power": None}),
        (body(23, 0x31, _1=1, _5=1), {"fanMode": "low"}),
        (body(23, 0x31, _1=1, _5=2), {"fanMode": "medium"}),
        (body(23, 0x31, _1=1, _5=4), {"fanMode": "boost"}),
        (body(23, 0x31, _1=1, _21=0x06), {"_wrong": [2, 4]}),
        (body(23, 0x31, _1=1, _21=0x02), {"_wrong": [2]}),
    ],
)
def test_what_a_hood_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(HOOD, content)
    assert {name: shown.get(name) for name in expected} == expected


@pytest.mark.parametrize("appliance", [WASHER, TOP_LOADER, DRYER])
def test_a_machine_that_is_off_runs_nothing_whatever_else_it_shows(appliance: int) -> None:
    shown = read(appliance, body(31, 3, _2=2, _16=0x08, _17=9))
    assert (shown["power"], shown["cycleState"], shown["phase"], shown["remaining"]) == (False, "idle", "idle", 0)


def test_what_a_short_body_does_not_reach_is_not_made_up() -> None:
    assert read(PURIFIER, body(14, 0xC8)).keys() & {"pm25", "hcho", "consumables", "anion"} == set()
    assert "remaining" not in read(WASHER, body(18, 3, _1=1, _2=2))
    assert "remaining" not in read(DRYER, body(18, 3, _1=1, _2=2))
    assert "_wrong" not in read(HOOD, body(21, 0x31, _1=1))
    assert "_wrong" not in read(REFRIGERATOR, body(3, 2, _1=1), "wrong")
    assert "tank" not in read(DEHUMIDIFIER, body(15, 0xC8, _10=50))


def test_what_a_hood_asks_for_is_told_as_a_hint() -> None:
    assert [data(HOOD).faults[number]["code"] for number in (2, 4)] == ["VENDOR.UNKNOWN", "CONSUMABLE.FILTER-SPENT"]
    assert data(HOOD).faults[2]["vendor"] == "the oil cup is full"
    assert {fault["severity"] for fault in data(HOOD).faults.values()} == {"info"}


@pytest.mark.parametrize(
    ("appliance", "model", "errors"),
    [
        (TOP_LOADER, "HULIANDA", top_loader.ERRORS),
        (DRYER, "HULIANDC", clothes_dryer.ERRORS),
        (HEATER, "HULIANE2", water_heater.ERRORS),
    ],
)
def test_the_numbers_of_a_known_model_mean_what_its_maker_says(appliance: int, model: str, errors: dict[str, int]) -> None:
    faults = data(appliance, model).faults
    assert {fault["code"]: number for number, fault in faults.items()} == errors
    assert data(appliance, model).title.startswith("Simulated")
    assert data(appliance).faults == {}


def test_the_answer_to_a_hoods_command_is_no_status() -> None:
    status, (fan, light, *_) = data(HOOD).messages["status"], data(HOOD).commands
    answer = Frame(0xB6, 2, bytes.fromhex("11 01 00"))
    assert not status.match.holds(answer)
    assert fan.answer is not None
    assert light.answer is not None
    assert fan.answer.holds(answer)
    assert light.answer.holds(answer)
    assert all(status.match.holds(Frame(0xB6, purpose, bytes([first, 1, 20]), 3)) for purpose, first in ((3, 0x31), (3, 0x11), (4, 0x41)))


def test_the_version_of_the_frame_tells_which_form_a_hood_speaks() -> None:
    messages = data(HOOD).messages.values()
    shown = {
        version: [message.name for message in messages if message.match.holds(Frame(0xB6, 3, bytes([0x31, 1, 2, 1]), version))]
        for version in range(4)
    }
    assert shown == {0: ["older"], 1: ["older"], 2: ["status"], 3: ["status"]}
    assert all(message.status for message in messages)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(10, 0x31, _1=0x1A, _2=2, _3=3), {"power": True, "fanMode": "high", "light": True, "_wrong": [], "_older": True}),
        (body(10, 0x31, _2=3), {"power": False, "fanMode": None, "light": False}),
        *((body(10, 0x31, _2=state), {"power": state in {2, 6, 7, 0x14, 0x15, 0x16}}) for state in (0, 1, 2, 3, 6, 7, 0x14, 0x15, 0x16)),
        (body(10, 0x31, _2=0xFF, _1=0xFF, _3=0xFF), {"power": None, "light": None, "fanMode": None}),
        *(
            (body(10, 0x31, _3=level), {"fanMode": mode})
            for level, mode in ((1, "low"), (2, "medium"), (4, "boost"), (50, None), (100, None))
        ),
        *((body(10, 0x31, _3=level), {"fanMode": mode}) for level, mode in ((101, "low"), (129, "low"), (130, "medium"), (139, "medium"))),
        *((body(10, 0x31, _3=level), {"fanMode": mode}) for level, mode in ((140, "high"), (169, "high"), (170, "boost"), (254, "boost"))),
        (body(10, 0x31, _5=0x03), {"_wrong": [2, 4]}),
        (body(10, 0x31, _5=0x02), {"_wrong": [4]}),
    ],
)
def test_what_an_older_hood_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(HOOD, content, "older")
    assert {name: shown.get(name) for name in expected} == expected


def test_an_older_hood_has_commands_of_its_own() -> None:
    older = {"_older": True}
    meant = [command for command in data(HOOD).commands if command.meant(older)]
    assert [command for command in data(HOOD).commands if command.meant({})] == list(data(HOOD).commands[:2])
    assert meant == list(data(HOOD).commands[2:])
    fan, light = meant
    assert fan.fill(b"", {"fanMode": "high"}, {"power": True}).hex(" ") == "22 01 ff 02 03 ff ff ff ff ff"
    assert fan.fill(b"", {}, {"power": False}).hex(" ") == "22 01 ff 03 01 ff ff ff ff ff"
    for mode, level in {"low": 1, "medium": 2, "high": 3, "boost": 4}.items():
        assert fan.fill(b"", {}, {"fanMode": mode}).hex(" ") == f"22 01 ff 02 0{level} ff ff ff ff ff"
    assert [light.fill(b"", {}, {"light": on})[2] for on in (True, False)] == [0x1A, 0]
    assert all(command.answer is not None and command.answer.holds(Frame(0xB6, 2, b"\x22\x01")) for command in meant)
    with pytest.raises(StateConflict):
        fan.check({"fanMode": "low"}, {"power": False})


def test_a_hoods_fan_and_light_are_commands_of_their_own() -> None:
    on = body(23, 0x31, _1=1, _2=20, _4=2, _5=3)
    assert written(HOOD, {"power": False}, on) == ["11 01 01 ff 01 03 ff ff"]
    assert written(HOOD, {"power": True}, body(23, 0x31, _1=1, _4=1)) == ["11 01 01 ff 02 01 ff ff"]
    for mode, level in {"low": 1, "medium": 2, "high": 3, "boost": 4}.items():
        assert written(HOOD, {"fanMode": mode}, on) == [f"11 01 01 ff 02 0{level} ff ff"]
    assert written(HOOD, {"light": True}, on) == ["11 01 02 02 01 ff ff ff"]
    assert written(HOOD, {"light": False, "power": True}, on) == ["11 01 01 ff 02 03 ff ff", "11 01 02 02 00 ff ff ff"]


def test_a_speed_alone_does_not_switch_a_hood_on() -> None:
    fan: Command = data(HOOD).commands[0]
    with pytest.raises(StateConflict, match="while the hood is on"):
        fan.check({"fanMode": "low"}, {"power": False, "fanMode": "low"})
    fan.check({"fanMode": "low"}, {"power": True, "fanMode": "low"})
    fan.check({"power": False}, {"power": False})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(40, 0xC8, _1=1, _2=0x10, _3=1), {"power": True, "mode": "auto", "fanPercent": None}),
        (body(40, 0xC8, _2=0x20, _3=59), {"power": False, "mode": "manual", "fanPercent": 59}),
        (body(40, 0xC8, _2=0x30, _3=4), {"mode": "sleep", "fanPercent": None}),
        (body(40, 0xC8, _2=0x40, _3=100), {"mode": "boost", "fanPercent": 100}),
        (body(40, 0xC8, _2=0x50, _3=102), {"mode": None, "fanPercent": None}),
        (body(40, 0xC8, _13=0x2C, _14=1, _37=0xE8, _38=3), {"pm25": 300, "hcho": 1000}),
        (body(40, 0xC8, _14=0xFF, _38=0xFF), {"pm25": None, "hcho": None}),
        (body(40, 0xC8, _8=0x80, _19=0x40), {"childLock": True, "anion": True}),
        (body(40, 0xC8), {"childLock": False, "anion": False}),
        (body(40, 0xC8, _34=0x14), {"_standby": "on"}),
    ],
)
def test_what_a_purifier_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(PURIFIER, content)
    assert {name: shown.get(name) for name in expected} == expected


def test_a_purifier_tells_of_the_filters_it_has() -> None:
    both = read(PURIFIER, body(40, 0xC8, _23=88, _24=12))["consumables"]
    assert [(part["id"], part["kind"], part["remaining"]) for part in both] == [
        ("filter-1", "filter-hepa", 88),
        ("filter-2", "filter-carbon", 12),
    ]
    assert [part["id"] for part in read(PURIFIER, body(40, 0xC8, _23=88, _24=255))["consumables"]] == ["filter-1"]
    assert "consumables" not in read(PURIFIER, body(23, 0xC8))


def test_a_purifiers_command_takes_over_everything_it_shows() -> None:
    shown = body(40, 0xC8, _1=0x09, _2=0x20, _3=59, _8=0x80, _9=0x06, _19=0x40, _29=1)
    assert written(PURIFIER, {"power": True}, shown) == ["48 0b 20 3b 00 00 00 00 80 06 20 00 00 00 01 08 28 14 00 00 00"]
    assert written(PURIFIER, {"power": False}, shown)[0][:5] == "48 0a"
    for mode, code in {"auto": "10", "manual": "20", "sleep": "30", "boost": "40"}.items():
        assert written(PURIFIER, {"mode": mode}, shown)[0][6:8] == code
    assert written(PURIFIER, {"fanPercent": 80}, shown)[0][9:11] == "50"
    assert written(PURIFIER, {"childLock": False, "anion": False}, shown) == [
        "48 0b 20 3b 00 00 00 00 00 06 00 00 00 00 01 08 28 14 00 00 00"
    ]
    assert written(PURIFIER, {"anion": True}, body(40, 0xC8, _34=0x14)) == [
        "48 02 00 00 00 00 00 00 00 00 20 00 00 00 00 04 28 14 00 00 00"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (body(24, 0xC8, _1=1, _2=1, _7=45), {"power": True, "mode": "auto", "targetHumidity": 45}),
        (body(24, 0xC8, _2=2), {"power": False, "mode": "manual", "targetHumidity": None}),
        (body(24, 0xC8, _2=3), {"mode": "auto"}),
        (body(24, 0xC8, _2=4), {"mode": "laundry"}),
        (body(24, 0xC8, _2=5), {"mode": "laundry"}),
        (body(24, 0xC8, _16=66, _17=98), {"roomHumidity": 66, "roomTemperature": 24.0}),
        (body(24, 0xC8), {"roomHumidity": None, "roomTemperature": None, "tank": None}),
        (body(24, 0xC8, _10=40, _15=50), {"tank": "ok"}),
        (body(24, 0xC8, _10=50, _15=50), {"tank": "full"}),
        (body(24, 0xC8, _8=0x80), {"childLock": True}),
        (body(24, 0xC8, _21=38), {"_error": 38}),
        (body(24, 0xA0, _1=1), {"power": True}),
    ],
)
def test_what_a_dehumidifier_shows(content: bytes, expected: dict[str, Any]) -> None:
    shown = read(DEHUMIDIFIER, content)
    assert {name: shown.get(name) for name in expected} == expected


def test_a_dehumidifiers_command_takes_over_everything_it_shows() -> None:
    shown = body(24, 0xC8, _1=1, _2=3, _3=60, _7=45, _8=0x80, _9=0x40, _15=75, _19=0x20)
    same = "48 03 03 3c 00 00 00 2d 80 40 08 00 00 4b 00 00 00 00 00 00 00"
    assert written(DEHUMIDIFIER, {"power": True}, shown) == [same]
    assert written(DEHUMIDIFIER, {"power": False}, shown) == [same.replace("48 03", "48 02", 1)]
    assert written(DEHUMIDIFIER, {"targetHumidity": 55}, shown) == [same.replace("2d", "37")]
    assert written(DEHUMIDIFIER, {"childLock": False}, shown) == [same.replace("80", "00")]
    for mode, code in {"auto": "01", "manual": "02", "laundry": "04"}.items():
        assert written(DEHUMIDIFIER, {"mode": mode}, shown) == [same.replace("03 03", f"03 {code}", 1)]
    with pytest.raises(SchemaViolation):
        written(DEHUMIDIFIER, {"mode": "sleep"}, shown)


@pytest.mark.parametrize("appliance", TYPES)
def test_each_question_is_answered_by_the_message_it_is_for(appliance: int) -> None:
    mapping = data(appliance)
    asks = {
        REFRIGERATOR: "00",
        WASHER: "03",
        TOP_LOADER: "03",
        DRYER: "03",
        HEATER: "01 01",
        HOOD: "31",
        PURIFIER: "41 00 00 ff 03",
        DEHUMIDIFIER: "41 81 00 ff 00",
    }
    ask = mapping.messages["status"].ask
    assert ask is not None
    assert ask.hex(" ").startswith(asks[appliance])
    assert len(ask) == (20 if mapping.numbered else len(bytes.fromhex(asks[appliance])))
    assert mapping.numbered is (appliance in {PURIFIER, DEHUMIDIFIER})
    assert not mapping.capable


@pytest.mark.parametrize("appliance", TYPES)
@settings(max_examples=30, deadline=None)
@given(data_=st.data())
def test_whatever_a_unit_has_shown_the_profile_accepts_what_is_made_of_it(appliance: int, data_: st.DataObject) -> None:
    mapping = data(appliance)
    names = sorted({name for message in mapping.messages.values() for name in message.readers})
    shown = data_.draw(st.sets(st.sampled_from(names)))
    description = describe(mapping, 7, {}, Capabilities(), shown)
    instance = LIBRARY.model(description.kind).instance(description)
    optional = {name for name in mapping.gives if mapping.gives[name] in description.features}
    assert optional <= instance.properties.keys()
    for name in mapping.unknown:
        instance.check_value(name, mapping.unknown[name])


@pytest.mark.parametrize("appliance", TYPES)
@settings(max_examples=30, deadline=None)
@given(content=st.binary(min_size=1, max_size=64))
def test_whatever_bytes_come_what_is_shown_fits_the_profile(appliance: int, content: bytes) -> None:
    mapping = data(appliance)
    for message in mapping.messages.values():
        said = message.read(content)
        description = describe(mapping, 7, {}, Capabilities(), said.keys())
        instance = LIBRARY.model(description.kind).instance(description)
        exposed = {name: value for name, value in said.items() if not name.startswith("_")}
        assert instance.faulty({name: value for name, value in exposed.items() if name in instance.properties}) == {}


def test_what_the_type_does_not_offer_is_taken_from_the_words() -> None:
    description = describe(data(DEHUMIDIFIER), 7, {}, Capabilities(), {"mode"})
    assert description.narrowing["mode"] == {"enum": ["auto", "manual", "laundry"]}
    assert describe(data(WASHER), 7, {}, Capabilities(), {"waterLevel"}).narrowing["waterLevel"] == {"maximum": 4}
    assert describe(data(PURIFIER), 7, {}, Capabilities(), set()).narrowing["fanPercent"] == {"minimum": 5}


@pytest.mark.parametrize(
    ("appliance", "shown", "features"),
    [
        (REFRIGERATOR, {"mode"}, ("MOD",)),
        (REFRIGERATOR, {"_holiday", "_quick", "variableZoneTemperature"}, ("MOD", "HOL", "QCK", "VAR")),
        (WASHER, set(), ()),
        (WASHER, {"waterLevel", "_dries"}, ("LVL", "DRY")),
        (TOP_LOADER, set(), ()),
        (TOP_LOADER, {"waterLevel", "_dries"}, ("LVL", "DRY")),
        (DRYER, set(), ("TIM",)),
        (HEATER, set(), ()),
        (HEATER, {"_night", "tankVolume"}, ("NGT", "VOL")),
        (HOOD, {"power"}, ()),
        (PURIFIER, set(), ()),
        (PURIFIER, {"childLock", "hcho", "anion"}, ("CHL", "HCH", "ANI")),
        (DEHUMIDIFIER, set(), ("DEHUMID",)),
        (DEHUMIDIFIER, {"roomTemperature", "childLock"}, ("DEHUMID", "TMP", "CHL")),
    ],
)
def test_features_follow_from_what_was_shown(appliance: int, shown: set[str], features: tuple[str, ...]) -> None:
    assert describe(data(appliance), 7, {}, Capabilities(), shown).features == features


def test_no_unit_of_the_make_is_said_to_know_what_it_never_tells() -> None:
    for appliance in TYPES:
        assert data(appliance).unknown["safeUse"] == {"state": "unknown"}
    assert data(DRYER).assumed == {"phase", "progress"}
    assert data(WASHER).assumed == data(TOP_LOADER).assumed == {"progress"}
