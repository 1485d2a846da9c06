"""Washing machines and dryers on the wire: bytes written by hand from the description, and what they mean."""

from typing import Any

import pytest

from gateway.errors import ReadOnly, SchemaViolation, StateConflict, Unknown
from tests.drivers.midea.bodies import DRYER, TOP_LOADER, WASHER, acted, body, data, read, written

WASHED = body(31, 3, _1=1, _2=1, _3=0, _4=5, _5=2, _6=0x20, _7=3, _8=3, _9=40, _10=5, _11=1, _12=2, _15=9)


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


@pytest.mark.parametrize("appliance", [WASHER, TOP_LOADER, DRYER])
def test_a_machine_that_is_off_runs_nothing_whatever_else_it_shows(appliance: int) -> None:
    shown = read(appliance, body(31, 3, _2=2, _16=0x08, _17=9))
    assert (shown["power"], shown["cycleState"], shown["phase"], shown["remaining"]) == (False, "idle", "idle", 0)
