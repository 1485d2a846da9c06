"""Every row of the mapping data, read and written, what is refused, and what follows from the property maps."""

from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.echonet.description import describe
from gateway.drivers.echonet.mapping import FOLDER, DeviceClass, classes, maker
from gateway.drivers.echonet.place import place
from gateway.drivers.parts.sheet import kind_names
from gateway.errors import ConfigurationInvalid, ReadOnly, SchemaViolation, StateConflict
from gateway.thing.value import Value
from tests.drivers.kit import LIBRARY

AC, FRIDGE, WASHER, PLAIN, HEATER, CLEANER = 0x0130, 0x03B7, 0x03D3, 0x03C5, 0x026B, 0x0135
EYE, DOOR, LIGHT = 0x0007, 0x0029, 0x000D
EVERY = frozenset(range(0x80, 0x100))
RINSING = ("42", "71", "72", "73", "74", "75", "76", "77", "78")
SPINNING = ("43", "81", "82", "83", "84", "85", "86", "87", "88", "91")
POWER = {True: "80 30", False: "80 31"}


def data(text: str) -> dict[int, bytes]:
    """Return properties written as `code data, code data`."""
    pairs = (part.split() for part in text.split(",") if part.strip())
    return {int(code, 16): bytes.fromhex("".join(rest)) for code, *rest in pairs}


def both(code: int, name: str, words: dict[Any, str]) -> tuple[list[Any], list[Any]]:
    """Return rows that are read as they are written."""
    return [(code, text, {name: word}) for word, text in words.items()], [(code, name, word, text) for word, text in words.items()]


SAME = [
    *(both(code, "power", POWER) for code in (AC, WASHER, PLAIN, HEATER)),
    both(AC, "mode", {"auto": "b0 41", "cool": "b0 42", "heat": "b0 43", "dry": "b0 44", "fan": "b0 45"}),
    both(AC, "targetTemperature", {0: "b3 00", 16: "b3 10", 50: "b3 32"}),
    both(AC, "targetHumidity", {0: "b4 00", 55: "b4 37", 100: "b4 64"}),
    both(AC, "verticalSwing", {True: "a3 41", False: "a3 31"}),
    both(AC, "eco", {True: "8f 41", False: "8f 42"}),
    both(FRIDGE, "fridgeTarget", {4: "e2 04", -2: "e2 fe"}),
    both(FRIDGE, "freezerTarget", {-18: "e3 ee"}),
    both(FRIDGE, "variableZoneTarget", {-7: "e6 f9", 3: "e6 03"}),
    both(FRIDGE, "iceMaker", {"on": "a4 41", "off": "a4 42", "standby": "a4 43"}),
    both(WASHER, "program", {"cotton": "d0 61", "wool": "d0 67", "custom": "d0 6c", "quick": "d0 6f", "drum-clean": "d0 7f"}),
    both(WASHER, "waterTemperature", {0: "ea fe", 20: "ea 14", 30: "ea 1e", 40: "ea 28", 60: "ea 3c", 90: "ea 5a"}),
    both(WASHER, "spinSpeed", {0: "d7 0000", 1200: "d7 04b0", 4095: "d7 0fff"}),
    both(WASHER, "rinses", {0: "e6 00", 8: "e6 08"}),
    both(WASHER, "waterLevel", {1: "e4 31", 16: "e4 40"}),
    both(WASHER, "soakTime", {0: "e1 0000", 95: "e1 0123"}),
    both(HEATER, "targetTemperature", {35: "b3 23", 100: "b3 64"}),
]
READ: list[tuple[int, str, dict[str, Value]]] = [
    *(row for rows, _ in SAME for row in rows),
    *((code, "9a 43 00000102", {"operatingHours": 258.0}) for code in (AC, FRIDGE, EYE)),
    (AC, "9a 41 00001c20", {"operatingHours": 2.0}),
    (AC, "9a 42 0000005a", {"operatingHours": 1.5}),
    (AC, "9a 44 00000002", {"operatingHours": 48.0}),
    (AC, "9a 45 00000002", {}),
    (AC, "84 0383", {"powerDraw": 899}),
    (AC, "84 fffe", {}),
    (AC, "85 00003039", {"energyTotal": 12.345}),
    (AC, "85 fffffffe", {}),
    (AC, "88 42, 89 0000", {"_fault": 0}),
    (AC, "88 42, 89 001e", {"_fault": 0}),
    (AC, "88 41, 89 001e", {"_fault": 0x1E}),
    (AC, "88 41", {"_fault": 0x3FF}),
    (AC, "88 41, 89 0000", {"_fault": 0x3FF}),
    (AC, "88 00", {}),
    (AC, "b0 40", {}),
    (AC, "b3 fd", {}),
    (AC, "b3 33", {}),
    (AC, "ba 3c", {"roomHumidity": 60}),
    (AC, "ba fd", {}),
    (AC, "bb 1b", {"roomTemperature": 27}),
    (AC, "bb f6", {"roomTemperature": -10}),
    (AC, "bb 7e", {}),
    (AC, "bb 80", {}),
    (AC, "be 7d", {"outdoorTemperature": 125}),
    (AC, "be 7e", {}),
    *((AC, f"a0 {flow}, b2 41", {"fanMode": "low"}) for flow in ("31", "32", "33")),
    *((AC, f"a0 {flow}", {"fanMode": "medium"}) for flow in ("34", "35")),
    *((AC, f"a0 {flow}", {"fanMode": "high"}) for flow in ("36", "37", "38")),
    (AC, "a0 41, b2 41", {"fanMode": "auto"}),
    (AC, "a0 39", {}),
    (AC, "a0 30", {}),
    (AC, "a0 31, b2 42", {"fanMode": "turbo"}),
    (AC, "a0 31, b2 43", {"fanMode": "quiet"}),
    (AC, "a3 42", {"verticalSwing": False}),
    (AC, "a3 43", {"verticalSwing": True}),
    (AC, "aa 40", {"_doing": ""}),
    (AC, "aa 41", {"_doing": "defrosting"}),
    (AC, "aa 42", {"_doing": "preheating"}),
    (AC, "aa 43", {"_doing": ""}),
    (AC, "cd 00", {"_hertz": 0}),
    (AC, "cd 02", {"_hertz": 0}),
    (AC, "cd 03", {"_hertz": 1}),
    (FRIDGE, "e2 7f", {}),
    (FRIDGE, "e3 80", {}),
    (FRIDGE, "e6 7f", {}),
    (FRIDGE, "d1 05", {"fridgeTemperature": 5}),
    (FRIDGE, "d1 7e", {}),
    (FRIDGE, "d2 ec", {"freezerTemperature": -20}),
    (FRIDGE, "d2 7f", {}),
    (FRIDGE, "d5 ff", {"variableZoneTemperature": -1}),
    (FRIDGE, "d5 80", {}),
    (FRIDGE, "b0 41", {"doors": [{"id": "door", "open": True}]}),
    (FRIDGE, "b0 41, b2 42, b3 41", {"doors": [{"id": "fridge", "open": False}, {"id": "freezer", "open": True}]}),
    *(
        (FRIDGE, f"{code} 41", {"doors": [{"id": name, "open": True}]})
        for code, name in [("b4", "ice"), ("b5", "vegetable"), ("b6", "variable")]
    ),
    *((FRIDGE, f"a0 {byte}, a1 41, 8f 42", {"mode": "quick-freeze"}) for byte in ("42", "43")),
    *((FRIDGE, f"a0 41, a1 {byte}, 8f 41", {"mode": "quick-cool"}) for byte in ("42", "43")),
    (FRIDGE, "a0 41, a1 41, 8f 41", {"mode": "eco"}),
    (FRIDGE, "a0 41, a1 41, 8f 42", {"mode": "normal"}),
    (FRIDGE, "a0 41", {"mode": "normal"}),
    (FRIDGE, "a6 41", {"iceTank": "ok"}),
    (FRIDGE, "a6 42", {"iceTank": "empty"}),
    (WASHER, "d0 80", {}),
    (WASHER, "ea ff", {}),
    (WASHER, "d7 ffff", {}),
    (WASHER, "e6 ff", {}),
    (WASHER, "e4 ff", {}),
    (WASHER, "e1 ffff", {}),
    (WASHER, "d2 a0, d8 38", {"dryLevel": "none"}),
    *(
        (WASHER, f"d2 a1, d8 {byte}", {"dryLevel": word})
        for byte, word in [("31", "iron"), ("34", "iron"), ("35", "normal"), ("3a", "normal")]
    ),
    *((WASHER, f"d2 a1, d8 {byte}", {"dryLevel": "extra"}) for byte in ("3b", "40")),
    (WASHER, "d2 a1, d8 ff", {}),
    *((WASHER, f"b2 41, e2 {byte}", {"cycleState": "running", "phase": "wash"}) for byte in ("41",)),
    *((WASHER, f"b2 41, e2 {byte}", {"cycleState": "running", "phase": "rinse"}) for byte in RINSING),
    *((WASHER, f"b2 41, e2 {byte}", {"cycleState": "running", "phase": "spin"}) for byte in SPINNING),
    *((WASHER, f"b2 41, e2 {byte}", {"cycleState": "running", "phase": "dry"}) for byte in ("52", "53")),
    (WASHER, "b2 41, e2 61", {"cycleState": "delayed", "phase": "idle"}),
    (WASHER, "b2 42, e2 44", {"cycleState": "paused"}),
    *((WASHER, f"b2 43, e2 {byte}", {"cycleState": "done", "phase": "done"}) for byte in ("45", "51", "54")),
    (WASHER, "b2 43, e2 61", {"cycleState": "idle", "phase": "idle"}),
    (WASHER, "ed 0123", {"remaining": 5700}),
    (WASHER, "ed ffff", {}),
    (WASHER, "ee 41", {"doorLocked": True}),
    (WASHER, "ee 42", {"doorLocked": False}),
    *((code, "b0 41", {"doors": [{"id": "door", "open": True}]}) for code in (WASHER, PLAIN)),
    *(
        (PLAIN, f"b2 41, e1 {byte}", {"cycleState": "running", "phase": word})
        for byte, word in [("41", "wash"), ("42", "rinse"), ("43", "spin")]
    ),
    (PLAIN, "b2 42, e1 44", {"cycleState": "paused"}),
    (PLAIN, "b2 43, e1 45", {"cycleState": "idle", "phase": "idle"}),
    (PLAIN, "e6 010203", {"remaining": 3723}),
    (HEATER, "b0 41, b6 41", {"mode": "normal", "boostRemaining": 0}),
    (HEATER, "b0 41, b6 42", {"mode": "eco", "boostRemaining": 0}),
    (HEATER, "b0 42, b6 42", {"mode": "boost"}),
    (HEATER, "b0 43, b6 41", {"boostRemaining": 0}),
    (HEATER, "b3 65", {}),
    (HEATER, "c1 2d", {"tankTemperature": 45}),
    (HEATER, "c1 ff", {}),
    (HEATER, "b2 41", {"heating": True}),
    (HEATER, "b2 42", {"heating": False}),
    (HEATER, "e1 0028, e2 0050", {"hotWater": 50, "tankVolume": 80}),
    (HEATER, "e1 0028, e2 0000", {}),
    (HEATER, "e1 0064, e2 0050", {"hotWater": 100, "tankVolume": 80}),
    (HEATER, "e2 fffe", {}),
    (HEATER, "88 42", {"protection": "none", "_fault": 0}),
    (HEATER, "88 41, 89 000a", {"_fault": 10}),
    (HEATER, "b0 42, b5 011e", {"mode": "boost", "boostRemaining": 90}),
    (HEATER, "b0 41, b5 011e", {"mode": "normal", "boostRemaining": 0}),
    (HEATER, "b5 011e", {}),
    (CLEANER, "80 31, a0 34", {"power": False, "fanPercent": 0, "mode": "manual"}),
    (CLEANER, "80 30, a0 41", {"power": True, "mode": "auto"}),
    *(
        (CLEANER, f"80 30, a0 {byte}", {"power": True, "mode": "manual", "fanPercent": percent})
        for byte, percent in {"31": 12, "32": 25, "33": 38, "34": 50, "35": 62, "36": 75, "37": 88, "38": 100}.items()
    ),
    (CLEANER, "c0 41", {"airQuality": "poor"}),
    (CLEANER, "c0 42", {"airQuality": "good"}),
    (CLEANER, "e1 41", {"consumables": [{"id": "filter", "kind": "filter-hepa", "remaining": 0}]}),
    (CLEANER, "e1 42", {"consumables": []}),
    (EYE, "b1 41", {"occupied": True}),
    (EYE, "b1 42", {"occupied": False}),
    (DOOR, "e0 30", {"doors": [{"id": "door", "open": False}]}),
    *((DOOR, f"e0 {byte:02x}, b1 42", {"doors": [{"id": "door", "open": True}]}) for byte in range(0x31, 0x3A)),
    (DOOR, "b1 41", {"doors": [{"id": "door", "open": True}]}),
    (DOOR, "b1 42", {"doors": [{"id": "door", "open": False}]}),
    (LIGHT, "e0 012c, e1 0000", {"illuminance": 300}),
    (LIGHT, "e0 ffff, e1 0046", {"illuminance": 70000}),
    (LIGHT, "e1 0046", {"illuminance": 70000}),
]
WRITE: list[tuple[int, str, Value, str]] = [
    *(row for _, rows in SAME for row in rows),
    (AC, "fanMode", "auto", "a0 41, b2 41"),
    (AC, "fanMode", "low", "a0 31, b2 41"),
    (AC, "fanMode", "medium", "a0 34, b2 41"),
    (AC, "fanMode", "high", "a0 38, b2 41"),
    (AC, "fanMode", "turbo", "b2 42"),
    (AC, "fanMode", "quiet", "b2 43"),
    (FRIDGE, "mode", "normal", "a0 41, a1 41, 8f 42"),
    (FRIDGE, "mode", "eco", "8f 41, a0 41, a1 41"),
    (FRIDGE, "mode", "quick-freeze", "a0 42, a1 41"),
    (FRIDGE, "mode", "quick-cool", "a1 42, a0 41"),
    (WASHER, "dryLevel", "none", "d2 a0"),
    (WASHER, "dryLevel", "iron", "d8 31, d2 a1"),
    (WASHER, "dryLevel", "normal", "d8 38, d2 a1"),
    (WASHER, "dryLevel", "extra", "d8 40, d2 a1"),
    (HEATER, "mode", "normal", "b0 41, b6 41"),
    (HEATER, "mode", "eco", "b6 42, b0 41"),
    (HEATER, "mode", "boost", "b0 42"),
    (CLEANER, "power", True, "80 30"),
    (CLEANER, "power", False, "80 31"),
    (CLEANER, "mode", "auto", "a0 41"),
    (CLEANER, "mode", "manual", "a0 34"),
    *(
        (CLEANER, "fanPercent", percent, f"a0 {byte}")
        for byte, percent in {"31": 12, "32": 25, "33": 38, "34": 50, "35": 62, "36": 75, "37": 88, "38": 100}.items()
    ),
]
REFUSED: list[tuple[int, str, Value]] = [
    (AC, "power", "on"),
    (AC, "power", 1),
    (AC, "mode", "other"),
    (AC, "targetTemperature", 22.5),
    (AC, "targetTemperature", 51),
    (AC, "targetTemperature", "warm"),
    (AC, "targetHumidity", 101),
    (AC, "fanMode", "highest"),
    (AC, "verticalSwing", 1),
    (FRIDGE, "fridgeTarget", 200),
    (FRIDGE, "mode", "holiday"),
    (WASHER, "program", "eco"),
    (WASHER, "waterTemperature", 50),
    (WASHER, "waterTemperature", False),
    (WASHER, "spinSpeed", 5000),
    (WASHER, "rinses", 9),
    (WASHER, "waterLevel", 17),
    (WASHER, "soakTime", 24 * 60),
    (WASHER, "soakTime", 2.5),
    (HEATER, "mode", "night"),
    (CLEANER, "mode", "sleep"),
]


@pytest.mark.parametrize("code", sorted({code for code, *_ in READ}))
def test_each_row_is_read(code: int) -> None:
    rows = [(shown, said) for of, shown, said in READ if of == code]
    assert [(shown, classes()[code].read(data(shown), data(shown).keys())) for shown, _ in rows] == rows


@pytest.mark.parametrize("code", sorted({code for code, *_ in WRITE}))
def test_each_row_is_written(code: int) -> None:
    rows = [(name, value, list(data(wanted).items())) for of, name, value, wanted in WRITE if of == code]
    assert [(name, value, list(classes()[code].wish({name: value}, EVERY).items())) for name, value, _ in rows] == rows


def test_what_it_shows_while_it_is_off_is_a_value_of_its_own_and_cannot_be_set() -> None:
    with pytest.raises(StateConflict) as refused:
        classes()[CLEANER].wish({"fanPercent": 0}, EVERY)
    assert refused.value.property == "fanPercent"


def test_a_value_without_a_form_is_refused() -> None:
    for code, name, value in REFUSED:
        with pytest.raises(SchemaViolation) as refused:
            classes()[code].wish({name: value}, EVERY)
        assert refused.value.property == name, (code, name, value)


def test_no_row_is_without_a_case() -> None:
    read = {(code, name) for code, _, said in READ for name in said}
    written = {(code, name) for code, name, _, _ in WRITE}
    common = {"operatingHours", "powerDraw", "energyTotal", "_fault"}
    for code, of in classes().items():
        assert not {(code, name) for name in of.readings.keys() - common} - read
        assert of.unannounced < of.interval
        assert not {(code, name) for name in of.writers if name != "duration"} - written


ELSEWHERE = {("electric-water-heater", "protection")}
"""What the profile maps to an alarm (0xC2), and units tell by having no fault."""


@pytest.mark.parametrize("code", [AC, FRIDGE, WASHER, HEATER, CLEANER, EYE])
def test_the_properties_are_those_the_profile_names(code: int) -> None:
    of = classes()[code]
    instance = LIBRARY.model(of.kind).instance(describe(of, "n", code << 8 | 1, {}, EVERY))
    for name, reading in of.readings.items():
        mapped = instance.properties[name].schema.get("hl:map", {}).get("echonet") if name in instance.properties else None
        if mapped and int(mapped["eoj"], 16) in (0, code) and (of.kind, name) not in ELSEWHERE:
            assert int(mapped["epc"], 16) in reading.codes, name


def test_what_a_unit_tells_of_a_part_is_read_with_what_it_told_before() -> None:
    before = data("a0 31, b2 43, b3 18")
    assert classes()[AC].read({**before, 0xB2: b"\x41"}, {0xB2}) == {"fanMode": "low"}
    assert classes()[AC].read(before, {0x82}) == {}


def test_what_the_maps_do_not_let_one_set_is_read_only_with_the_reason() -> None:
    for name, value in (("targetTemperature", 22), ("fanMode", "turbo"), ("roomTemperature", 22)):
        with pytest.raises(ReadOnly, match="cannot be set on this appliance") as refused:
            classes()[AC].wish({name: value}, frozenset({0x80, 0xA0}))
        assert refused.value.property == name
    assert "0xB3" in _why(AC, "targetTemperature", 22)


def _why(code: int, name: str, value: Value) -> str:
    with pytest.raises(ReadOnly) as refused:
        classes()[code].wish({name: value}, frozenset({0x80}))
    return str(refused.value)


def test_a_unit_without_the_second_property_is_asked_for_the_first_alone() -> None:
    assert classes()[AC].wish({"fanMode": "low"}, frozenset({0xA0})) == data("a0 31")
    assert classes()[FRIDGE].wish({"mode": "normal"}, frozenset({0xA0})) == data("a0 41")


STARTS: list[tuple[int, str, Value, str]] = [
    (WASHER, "startProgram", None, "b2 41"),
    (WASHER, "startProgram", {"program": "quick", "rinses": 3}, "d0 6f, e6 03, b2 41"),
    (WASHER, "startProgram", {"waterTemperature": 40, "spinSpeed": 800}, "ea 28, d7 0320, b2 41"),
    (WASHER, "pause", None, "b2 42"),
    (WASHER, "resume", {}, "b2 41"),
    (WASHER, "stop", None, "b2 43"),
    (PLAIN, "startProgram", None, "b2 41"),
    (PLAIN, "pause", None, "b2 42"),
    (PLAIN, "resume", None, "b2 41"),
    (PLAIN, "stop", None, "b2 43"),
    (HEATER, "boost", {"duration": 5400}, "b5 011e, b0 42"),
]


@pytest.mark.parametrize(("code", "name", "argument", "wanted"), STARTS)
def test_each_action_sets_its_input_first(code: int, name: str, argument: Value, wanted: str) -> None:
    assert list(classes()[code].start(name, argument, EVERY).items()) == list(data(wanted).items())


@pytest.mark.parametrize(
    ("code", "name", "argument"),
    [(WASHER, "startProgram", {"delay": 60}), (PLAIN, "startProgram", {"program": "quick"}), (HEATER, "boost", None), (HEATER, "boost", 7)],
)
def test_an_input_the_wire_has_nothing_for_is_refused(code: int, name: str, argument: Value) -> None:
    with pytest.raises(SchemaViolation, match=name):
        classes()[code].start(name, argument, EVERY)


def test_an_action_the_unit_does_not_offer_is_read_only() -> None:
    with pytest.raises(ReadOnly, match="startProgram"):
        classes()[WASHER].start("startProgram", None, frozenset({0x80}))


FEATURES = {
    AC: ("HRS", "MTR", "HEAT", "AUTO", "HUM", "OUT", "SWV", "ECO"),
    FRIDGE: ("HRS", "MTR", "MOD", "QCK", "VAR", "ICE"),
    WASHER: ("HRS", "MTR", "LVL", "SOK", "DRY"),
    PLAIN: ("HRS", "MTR"),
    HEATER: ("HRS", "MTR", "BST", "HOT", "VOL"),
    CLEANER: ("HRS", "MTR", "AQI"),
    EYE: ("HRS", "OCC"),  # what a sensor draws has no place in its profile
    DOOR: ("HRS", "CNT"),
    LIGHT: ("HRS", "LUX"),
}
NEEDED = {
    "HRS": {0x9A}, "MTR": {0x84, 0x85},
    "HUM": {0xBA, 0xB4}, "OUT": {0xBE}, "SWV": {0xA3}, "ECO": {0x8F}, "MOD": {0xA0}, "QCK": {0xA0, 0xA1},
    "VAR": {0xE6, 0xD5}, "ICE": {0xA4, 0xA6}, "LVL": {0xE4}, "SOK": {0xE1}, "DRY": {0xD2, 0xD8}, "BST": {0xB5}, "HOT": {0xE1, 0xE2},
    "VOL": {0xE2}, "AQI": {0xC0}, "OCC": {0xB1}, "CNT": {0xE0}, "LUX": {0xE0},
}  # fmt: skip


@pytest.mark.parametrize(("code", "features"), FEATURES.items())
def test_the_maps_say_which_features_there_are(code: int, features: tuple[str, ...]) -> None:
    of = classes()[code]
    known = LIBRARY.model(of.kind).features
    assert tuple(name for name in _features(of, EVERY)) == tuple(name for name in features if name in known)
    for name, codes in NEEDED.items():
        for missing in codes:
            assert name not in _features(of, EVERY - {missing})
    assert set(_features(of, frozenset())) <= {"HEAT", "AUTO"}


def _features(of: DeviceClass, gettable: frozenset[int]) -> tuple[str, ...]:
    return describe(of, "node", of.code << 8 | 1, {}, gettable).features


WORDS = {
    AC: ("fanMode", ["auto", "low", "medium", "high"], ["auto", "quiet", "low", "medium", "high", "turbo"]),
    FRIDGE: ("mode", ["normal"], ["normal", "eco", "quick-cool", "quick-freeze"]),
    HEATER: ("mode", ["normal"], ["normal", "eco", "boost"]),
    CLEANER: ("mode", ["auto", "manual"], ["auto", "manual"]),
    WASHER: ("program", ["cotton", "quick", "wool", "drum-clean", "custom"], ["cotton", "quick", "wool", "drum-clean", "custom"]),
}


@pytest.mark.parametrize("code", WORDS)
def test_words_a_unit_lacks_are_not_offered(code: int) -> None:
    name, few, all_words = WORDS[code]
    of = classes()[code]
    assert describe(of, "n", 1, {}, frozenset({0x80, 0xA0})).narrowing[name]["enum"] == few
    assert describe(of, "n", 1, {}, EVERY).narrowing[name]["enum"] == all_words


@pytest.mark.parametrize("code", FEATURES)
@pytest.mark.parametrize("gettable", [frozenset(), EVERY])
def test_each_class_makes_a_device_of_its_profile(code: int, gettable: frozenset[int]) -> None:
    of = classes()[code]
    description = describe(of, "node", code << 8 | 1, {"maker": "000008", "model": "X-1", "serial_hash": "ab"}, gettable)
    instance = LIBRARY.model(of.kind).instance(description)
    assert description.identity == {"maker": "Daikin", "model": "X-1", "serialHash": "ab"}
    assert set(of.unknown) <= instance.properties.keys()
    for name, value in of.unknown.items():
        instance.check_value(name, value)


def test_limits_are_those_of_the_wire() -> None:
    assert describe(classes()[AC], "n", 1, {}, EVERY).narrowing["targetTemperature"] == {"multipleOf": 1}
    assert describe(classes()[CLEANER], "n", 1, {}, EVERY).narrowing["fanPercent"]["enum"] == [0, 12, 25, 38, 50, 62, 75, 88, 100]
    assert describe(classes()[CLEANER], "n", 1, {}, EVERY).narrowing["airQuality"]["enum"] == ["good", "poor"]


def test_an_id_is_the_nodes_and_the_objects() -> None:
    one, other = (describe(classes()[AC], "node", code, {}, EVERY).id for code in (0x013001, 0x013002))
    assert one != other
    assert one == describe(classes()[AC], "node", 0x013001, {"model": "new"}, frozenset()).id
    assert one != describe(classes()[AC], "another", 0x013001, {}, EVERY).id


def test_faults_have_codes_of_the_catalogue() -> None:
    instance = LIBRARY.model("air-conditioner").instance(describe(classes()[AC], "n", 1, {}, EVERY))
    known = classes()[AC].faults
    assert set(known) == {3, 4, 5, 6, 10, 30, 90}
    for fault in known.values():
        instance.check_value("faults", [{**fault, "since": "2026-11-29T00:00:00Z"}])


def test_a_maker_without_a_name_is_its_code() -> None:
    assert maker("00000b") == "Panasonic"
    assert maker("123456") == "maker 123456"
    assert maker("") == ""


def test_the_kinds_are_known_without_reading_the_files() -> None:
    assert set(kind_names(FOLDER)) == {of.kind for of in classes().values()}


@pytest.mark.parametrize("written", [{"at": 1}, 0x7F, {"epc": 0x80, "size": 3}, {"epc": 0x80, "mask": 0}, "80", {"epc": 0x80, "bits": 1}])
def test_what_is_no_place_is_told(written: Any) -> None:
    with pytest.raises((ConfigurationInvalid, TypeError)):
        place(written)


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "fan.yaml").write_text("class: 0x0133\nkind: fan\nprefix: fan\ntitle: Fan\nread: {power: {colour: 0x80}}\n")
    with pytest.raises(ConfigurationInvalid, match=r"fan\.yaml"):
        classes(tmp_path)
