"""Refrigerators on the wire: bytes written by hand from the description, and what they mean."""

from typing import Any

import pytest

from gateway.drivers.midea.frame import Frame
from gateway.errors import ReadOnly
from tests.drivers.midea.bodies import REFRIGERATOR, body, data, read


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
