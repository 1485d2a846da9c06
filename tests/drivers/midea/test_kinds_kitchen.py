"""Water heaters and range hoods on the wire: bytes written by hand from the description, and what they mean."""

from typing import Any

import pytest

from gateway.drivers.midea.command import Command
from gateway.drivers.midea.frame import Frame
from gateway.errors import SchemaViolation, StateConflict
from tests.drivers.midea.bodies import HEATER, HOOD, body, data, read, written


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
    other = data(HEATER).commands[1].otherwise
    assert other is not None
    assert other.fill(keeping, {}, {"targetTemperature": 60}).hex(" ") == "14 07 78"


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


def test_what_a_hood_asks_for_is_told_as_a_hint() -> None:
    assert [data(HOOD).faults[number]["code"] for number in (2, 4)] == ["VENDOR.UNKNOWN", "CONSUMABLE.FILTER-SPENT"]
    assert data(HOOD).faults[2]["vendor"] == "the oil cup is full"
    assert {fault["severity"] for fault in data(HOOD).faults.values()} == {"info"}


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
