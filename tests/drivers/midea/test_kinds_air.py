"""Air purifiers and dehumidifiers on the wire: bytes written by hand from the description, and what they mean."""

from typing import Any

import pytest

from gateway.errors import SchemaViolation
from tests.drivers.midea.bodies import DEHUMIDIFIER, PURIFIER, body, read, written


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
