"""The boards of the types beside the air conditioner: whole frames as written by hand from the description, and what they do."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.appliance import Appliance
from firmware_sim.build import make_appliance
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.midea.boards import SPEECHES, Spoken, board_of
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.frame import checksum, crc8

TYPES = {
    "air-purifier": 0xFC,
    "clothes-dryer": 0xDC,
    "electric-water-heater": 0xE2,
    "humidifier": 0xA1,
    "range-hood": 0xB6,
    "refrigerator": 0xCA,
    "washing-machine": 0xDB,
}
FEATURES: Mapping[str, Sequence[str]] = {"humidifier": ("DEHUMID", "TMP", "CHL"), "refrigerator": ("MOD", "HOL", "QCK", "VAR")}
NUMBERED = {"air-purifier", "humidifier"}
SET, QUERY = 2, 3


def unit(kind: str, **touched: Any) -> tuple[Appliance, Spoken]:
    appliance = make_appliance(kind, identifier=f"types-{kind}", features=FEATURES.get(kind))
    if touched:
        appliance.touch(touched)
    appliance.advance(30)
    return appliance, board_of(appliance, frozenset())


def frame(kind: str, purpose: int, body: str | bytes) -> bytes:
    """Make a frame by hand: head, body, and whatever checks its type wants."""
    content = bytes.fromhex(body) if isinstance(body, str) else body
    if kind in NUMBERED:
        content += b"\x07"
        content += bytes([crc8(content)])
    inner = bytes([len(content) + 10, TYPES[kind], 0, 0, 0, 0, 0, 0, purpose]) + content
    return b"\xaa" + inner + bytes([checksum(inner)])


def ask(board: Spoken, kind: str, purpose: int, body: str | bytes) -> bytes:
    """Return the body of the answer, its checks tested and cut off."""
    answer = board.answer(frame(kind, purpose, body))
    assert answer is not None
    return opened(kind, answer, purpose)


def opened(kind: str, data: bytes, purpose: int) -> bytes:
    assert (data[0], data[1], data[2], data[9]) == (0xAA, len(data) - 1, TYPES[kind], purpose)
    assert sum(data[1:]) & 0xFF == 0
    if kind not in NUMBERED:
        return data[10:-1]
    assert crc8(data[10:-2]) == data[-2]
    return data[10:-3]


def test_a_query_of_a_type_without_checks_is_twelve_bytes_and_so_is_a_whole_answer_to_it() -> None:
    _, board = unit("refrigerator")
    answer = board.answer(bytes.fromhex("aa 0b ca 00 00 00 00 00 00 03 00 28"))
    assert answer is not None
    assert opened("refrigerator", answer, QUERY)[0] == 0


def test_the_refrigerator_shows_settings_zone_mode_and_half_degrees() -> None:
    appliance, board = unit("refrigerator", fridgeTarget=5, freezerTarget=-20, variableZoneTarget=-7, mode="eco")
    body = ask(board, "refrigerator", QUERY, "00")
    assert body[1:6].hex(" ") == "08 85 0c 00 00"  # eco; eight below -12, and 5; -7 is 12; no second zone
    for at, name in ((17, "fridgeTemperature"), (18, "freezerTemperature"), (19, "variableZoneTemperature")):
        assert (body[at] - 100) / 2 == pytest.approx(appliance.values()[name], abs=0.3)


@pytest.mark.parametrize(("degrees", "byte"), [(8, 27), (0, 19), (-18, 1)])
def test_the_variable_zone_counts_from_minus_nineteen(degrees: int, byte: int) -> None:
    _, board = unit("refrigerator", freezerTarget=-24, variableZoneTarget=degrees)
    assert ask(board, "refrigerator", QUERY, "00")[3] == byte


def test_a_refrigerator_without_a_zone_shows_none() -> None:
    plain = board_of(make_appliance("refrigerator", identifier="plain", features=()), frozenset())
    body = ask(plain, "refrigerator", QUERY, "00")
    assert (body[3], body[19]) == (0, 0)


def test_the_refrigerator_says_which_door_is_open_and_which_was_so_too_long() -> None:
    appliance, board = unit("refrigerator", variableDoor=True)
    assert ask(board, "refrigerator", QUERY, "00")[15] == 0x10
    assert ask(board, "refrigerator", QUERY, "02")[1] == 0
    appliance.advance(180)
    assert ask(board, "refrigerator", QUERY, "02")[1] == 0x08


def test_the_refrigerator_says_which_sensor_is_broken() -> None:
    appliance, board = unit("refrigerator")
    assert ask(board, "refrigerator", QUERY, "00")[16] == 0
    appliance.raise_fault("SENSOR.FREEZER-TEMPERATURE")
    assert ask(board, "refrigerator", QUERY, "00")[16] == 1
    assert ask(board, "refrigerator", QUERY, "02")[2] == 0x40


def test_the_refrigerator_obeys_nobody() -> None:
    appliance, board = unit("refrigerator")
    before = appliance.values()
    for first in range(256):
        assert board.answer(frame("refrigerator", SET, bytes([first, 1, 0x33, 20, 20]))) is None
    assert appliance.values() == before


def test_the_washing_machine_shows_its_program_in_codes() -> None:
    _, board = unit("washing-machine", power=True, program="rinse-spin", waterTemperature=60, spinSpeed=1000, waterLevel=10)
    body = ask(board, "washing-machine", QUERY, "03")
    assert body[:9].hex(" ") == "03 01 01 00 0a 04 00 05 04"
    assert len(body) == 31


def test_the_washing_machine_is_switched_on_by_one_byte_among_others_that_change_nothing() -> None:
    appliance, board = unit("washing-machine")
    body = ask(board, "washing-machine", SET, "02 01" + "ff" * 20)
    assert body[:3].hex(" ") == "02 01 01"
    assert appliance.values()["power"] is True


def test_a_start_brings_the_settings_behind_it_and_a_hold_keeps_them() -> None:
    appliance, board = unit("washing-machine", power=True, program="cotton", waterTemperature=40, spinSpeed=1200)
    body = ask(board, "washing-machine", SET, "02 ff 01 00 02 02 00 03 03 00 00 00 00 00 00 00")
    assert body[2:9].hex(" ") == "02 00 02 02 00 03 03"
    values = appliance.values()
    assert (values["program"], values["waterTemperature"], values["spinSpeed"]) == ("quick", 30, 800)
    assert body[16] == 0x04
    assert int.from_bytes(body[17:19], "little") == round(appliance.model.readings()["remaining"] / 60) > 0
    assert ask(board, "washing-machine", SET, "02 ff 00")[2] == 3
    assert ask(board, "washing-machine", SET, "02 ff 01 00 05 02 00 03 03 00 00 00 00 00 00 00")[2] == 2
    assert appliance.values()["program"] == "quick"  # going on changes nothing


def test_a_start_that_repeats_what_the_machine_shows_changes_none_of_its_settings() -> None:
    appliance = make_appliance("washing-machine", identifier="level", features=("LVL",))
    appliance.touch({"power": True, "program": "cotton", "waterLevel": 4})
    board = board_of(appliance, frozenset())
    shown = ask(board, "washing-machine", QUERY, "03")
    assert shown[5] == 2, "which stands for the levels up to 5"
    ask(board, "washing-machine", SET, b"\x02\xff\x01" + shown[3:16])
    values = appliance.values()
    assert (values["cycleState"], values["waterLevel"]) == ("running", 4)


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("washing-machine", "02 01"),
        ("clothes-dryer", "02"),
        ("air-purifier", "48 01 20 50 00 00 00"),
        ("humidifier", "48 01 01 3c 00 00 00 32"),
        ("electric-water-heater", "04 01"),
        ("range-hood", "11 01 01 ff"),
    ],
)
def test_a_command_that_is_cut_short_is_not_read(kind: str, command: str) -> None:
    appliance, board = unit(kind)
    before = appliance.values()
    with pytest.raises(Unreadable, match="cut short"):
        board.answer(frame(kind, SET, command))
    assert appliance.values() == before


def test_a_washing_machine_that_is_off_does_not_start() -> None:
    appliance, board = unit("washing-machine")
    assert ask(board, "washing-machine", SET, "02 ff 01")[1:3] == b"\0\0"
    assert appliance.values()["cycleState"] == "idle"


def test_the_top_loader_shows_level_rinses_and_soaking_and_takes_program_and_rinses_with_a_start() -> None:
    appliance = make_appliance("washing-machine", identifier="top", features=("LVL", "SOK"))
    appliance.touch({"power": True, "program": "wool", "rinses": 3, "waterLevel": 7, "soakTime": 20})
    board = board_of(appliance, frozenset({"top-loader"}))
    assert board.type == 0xDA

    def told(purpose: int, content: str) -> bytes:
        head = bytes([len(bytes.fromhex(content)) + 10, 0xDA, 0, 0, 0, 0, 0, 0, purpose]) + bytes.fromhex(content)
        answer = board.answer(b"\xaa" + head + bytes([checksum(head)]))
        assert answer is not None
        assert (answer[2], answer[9], sum(answer[1:]) & 0xFF) == (0xDA, purpose, 0)
        return answer[10:-1]

    assert told(QUERY, "03")[:13].hex(" ") == "03 01 01 00 03 07 00 00 00 00 03 00 14"
    body = told(SET, "02 ff 01 00 06 07 00 00 00 00 02 00 14 00 00")
    assert (body[0], body[2], body[4], body[10], body[16]) == (2, 2, 6, 2, 0x08)
    assert (appliance.values()["program"], appliance.values()["rinses"]) == ("baby", 2)
    assert body[17] + 60 * body[18] == round(appliance.model.readings()["remaining"] / 60) > 20
    assert told(SET, "02 ff 00")[2] == 3
    assert told(SET, "02 ff 01 00 01 07 00 00 00 00 02 00 14 00 00")[2] == 2
    assert appliance.values()["program"] == "baby"
    appliance.raise_fault("WATER.NO-SUPPLY")
    assert told(QUERY, "03")[24] == 1
    assert told(SET, "02 00 ff")[1] == 1  # not in the middle of a program


def test_the_standard_program_of_a_top_loader_stands_for_what_has_no_number() -> None:
    appliance = make_appliance("washing-machine", identifier="top", features=())
    appliance.touch({"power": True, "program": "cotton"})
    board = board_of(appliance, frozenset({"top-loader"}))
    head = bytes.fromhex("19 da 00 00 00 00 00 00 02 02 ff 01 00 00 00 00 00 00 00 02 00 00 00 00")
    assert board.answer(b"\xaa" + head + bytes([checksum(head)])) is not None
    assert (appliance.values()["program"], appliance.values()["cycleState"]) == ("cotton", "running")


def test_the_dryer_counts_hours_and_minutes_and_shows_the_number_of_a_fault() -> None:
    appliance, board = unit("clothes-dryer", power=True, laundry=8)
    body = ask(board, "clothes-dryer", SET, "02 ff 01 00 1a 00 00 00 00 00 00 00 00 00 00")
    assert body[2:5].hex(" ") == "02 00 1a"
    assert body[17] + 60 * body[18] == round(appliance.model.readings()["remaining"] / 60) == 65
    assert appliance.values()["program"] == "timed"
    appliance.raise_fault("WATER.TANK-FULL")
    assert ask(board, "clothes-dryer", QUERY, "03")[24] == 1
    appliance.clear_fault("WATER.TANK-FULL")
    appliance.raise_fault("MAINS.UNDERVOLTAGE")
    assert ask(board, "clothes-dryer", QUERY, "03")[24] == 99


def test_the_water_heater_takes_half_degrees_and_shows_whole_ones() -> None:
    appliance, board = unit("electric-water-heater", tankTemperature=30)
    body = ask(board, "electric-water-heater", SET, "04 01 00 80 02 78 00 00 00 00" + "00" * 9)
    assert (body[0], body[4], body[11]) == (4, 30, 60)
    assert appliance.values()["targetTemperature"] == 60
    assert ask(board, "electric-water-heater", SET, "14 07 5a")[11] == 45
    assert ask(board, "electric-water-heater", SET, "14 0d 01")[11] == 45  # a tag it does not know


def test_a_newer_water_heater_takes_its_target_by_the_tag_only() -> None:
    board = board_of(make_appliance("electric-water-heater", identifier="newer", settings={"targetTemperature": 50}), frozenset({"tags"}))
    assert ask(board, "electric-water-heater", SET, "04 01 00 80 02 78 00 00 00 00" + "00" * 9)[11] == 50
    assert ask(board, "electric-water-heater", SET, "14 07 5a")[11] == 45
    assert ask(board, "electric-water-heater", SET, "02 01")[2] & 0x01 == 0


def test_the_water_heater_is_switched_by_the_first_byte() -> None:
    appliance, board = unit("electric-water-heater", tankTemperature=30)
    assert ask(board, "electric-water-heater", QUERY, "01 01")[2] == 0x05  # on, heating
    assert ask(board, "electric-water-heater", SET, "02 01")[2] == 0
    assert appliance.values()["power"] is False
    assert ask(board, "electric-water-heater", SET, "01 01")[2] & 0x01
    appliance.raise_fault("SAFETY.DRY-BURN")
    assert ask(board, "electric-water-heater", QUERY, "01 01")[3] == 2


def test_the_hood_keeps_its_words_in_a_pack_and_takes_fan_and_light_apart() -> None:
    appliance, board = unit("range-hood")
    assert ask(board, "range-hood", QUERY, "31")[:10].hex(" ") == "31 01 14 00 01 00 00 00 00 00"
    assert ask(board, "range-hood", SET, "11 01 01 ff 02 03 ff ff")[0] == 0x11
    assert ask(board, "range-hood", SET, "11 01 02 02 01 ff ff ff")[0] == 0x11
    assert ask(board, "range-hood", QUERY, "11")[:10].hex(" ") == "11 01 14 00 02 03 00 00 00 01"
    appliance.raise_fault("CONSUMABLE.FILTER-SPENT")
    assert ask(board, "range-hood", QUERY, "31")[3 + 18] == 0x04
    ask(board, "range-hood", SET, "11 01 01 ff 01 ff ff ff")
    assert (appliance.values()["power"], appliance.values()["light"]) == (False, True)


def test_an_older_hood_speaks_version_zero_and_a_form_of_its_own() -> None:
    appliance = make_appliance("range-hood", identifier="older")
    board = board_of(appliance, frozenset({"older"}))

    def told(purpose: int, content: str) -> str:
        answer = board.answer(frame("range-hood", purpose, content))
        assert answer is not None
        assert answer[8] == 0
        return opened("range-hood", answer, purpose).hex(" ")

    assert told(QUERY, "31") == "31 00 03 00 00 00 00 00 00 00"
    assert told(SET, "22 01 ff 02 03 ff ff ff ff ff") == "22 01 00 02 03 00 00 00 00 00"
    assert told(SET, "22 01 1a ff ff ff ff ff ff ff") == "22 01 1a 02 03 00 00 00 00 00"
    assert told(QUERY, "31") == "31 1a 02 03 00 00 00 00 00 00"
    appliance.raise_fault("CONSUMABLE.FILTER-SPENT")
    assert told(QUERY, "31")[15:17] == "02"
    assert told(SET, "22 01 00 03 ff ff ff ff ff ff") == "22 01 00 03 00 00 00 00 00 00"
    assert board.answer(frame("range-hood", SET, "11 01 01 ff 02 01 ff ff")) is None
    with pytest.raises(Unreadable):
        board.answer(frame("range-hood", SET, "22 01"))
    said: list[bytes] = []
    board.listen(said.append)
    appliance.touch({"light": True})
    assert opened("range-hood", said[0], 4).hex(" ").startswith("41 1a 03")


def test_the_purifier_sets_everything_at_once() -> None:
    appliance, board = unit("air-purifier", power=True, mode="manual", childLock=False)
    body = ask(board, "air-purifier", SET, "48 03 20 50 00 00 00 00 80 00 20" + "00" * 10)
    assert body[:4].hex(" ") == "c8 01 20 50"
    assert (body[8], body[19]) == (0x80, 0x40)
    values = appliance.values()
    assert (values["fanPercent"], values["anion"], values["childLock"]) == (80, True, True)
    body = ask(board, "air-purifier", SET, "48 02 20 50 00 00 00 00 00 00 00" + "00" * 10)
    assert (body[1], body[3], body[8], body[19]) == (0, 4, 0, 0)


def test_the_purifier_shows_what_it_measures_low_byte_first() -> None:
    appliance, board = unit("air-purifier", pm25=900, hcho=600)
    body = ask(board, "air-purifier", QUERY, "41" + "00" * 19)
    assert int.from_bytes(body[13:15], "little") == appliance.values()["pm25"] > 255
    assert int.from_bytes(body[37:39], "little") == appliance.values()["hcho"] > 255
    assert [body[23], body[24]] == [round(part["remaining"]) for part in appliance.values()["consumables"]]


def test_the_dehumidifier_keeps_a_humidity_or_runs_on() -> None:
    appliance, board = unit("humidifier", roomHumidity=70)
    body = ask(board, "humidifier", SET, "48 03 01 28 00 00 00 37 80 00 08 00 00 32" + "00" * 7)
    assert body[:4].hex(" ") == "c8 01 01 28"
    assert (body[7], body[8], body[19]) == (55, 0x80, 0x20)
    assert (body[17] - 50) / 2 == pytest.approx(appliance.values()["roomTemperature"], abs=0.3)
    assert body[16] == round(appliance.values()["roomHumidity"])
    assert ask(board, "humidifier", SET, "48 03 02 28 00 00 00 37 00 00 00 00 00 32" + "00" * 7)[2] == 2
    assert appliance.values()["mode"] == "manual"
    appliance.touch({"tankLitres": 4})
    full = ask(board, "humidifier", QUERY, "41" + "00" * 19)
    assert (full[10] >= full[15], full[21]) == (True, 38)


@pytest.mark.parametrize(
    ("kind", "touched", "first"),
    [
        ("refrigerator", {"fridgeDoor": True}, "00 01"),
        ("refrigerator", {"fridgeTarget": 7, "mode": "eco"}, "02 08 67"),
        ("washing-machine", {"power": True}, "04 01 01"),
        ("clothes-dryer", {"program": "bedding"}, "04 01 01 00 04"),
        ("electric-water-heater", {"targetTemperature": 50}, "01 01"),
        ("range-hood", {"light": True}, "41 01"),
        ("air-purifier", {"power": True}, "c8 01"),
        ("humidifier", {"mode": "manual"}, "c8 01 02"),
    ],
)
def test_a_hand_at_the_unit_is_told_once(kind: str, touched: Mapping[str, Any], first: str) -> None:
    appliance, board = unit(kind)
    said: list[bytes] = []
    board.listen(said.append)
    appliance.touch(touched)
    assert len(said) == 1
    assert opened(kind, said[0], 4).hex(" ").startswith(first)
    appliance.touch(touched)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("kind", "command", "times"),
    [
        ("washing-machine", "02 01" + "ff" * 20, 0),
        ("electric-water-heater", "14 07 5a", 0),
        ("range-hood", "11 01 02 02 01 ff ff ff", 1),
    ],
)
def test_what_a_command_changed_is_told_unasked_only_where_its_answer_does_not_show_it(kind: str, command: str, times: int) -> None:
    _, board = unit(kind)
    said: list[bytes] = []
    board.listen(said.append)
    ask(board, kind, SET, command)
    assert len(said) == times


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_says_what_it_is_and_answers_no_other(kind: str) -> None:
    _, board = unit(kind)
    assert board.type == TYPES[kind]
    assert ask(board, kind, 0xA0, bytes(19)) == bytes(19)
    other = "refrigerator" if kind != "refrigerator" else "range-hood"
    if (kind in NUMBERED) == (other in NUMBERED):
        assert board.answer(frame(other, QUERY, "00")) is None


@pytest.mark.parametrize("kind", sorted(TYPES))
@given(purpose=st.integers(0, 255), body=st.binary(min_size=1, max_size=60))
def test_nothing_makes_a_board_stumble(kind: str, purpose: int, body: bytes) -> None:
    _, board = unit(kind)
    try:
        board.answer(frame(kind, purpose, body))
    except Unreadable:
        return


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_frame_that_does_not_add_up_is_not_read(kind: str) -> None:
    _, board = unit(kind)
    whole = frame(kind, QUERY, "41" + "00" * 19)
    for broken in (whole[:-1], whole + b"\0", whole[:-1] + bytes([whole[-1] ^ 1]), b"\xab" + whole[1:]):
        with pytest.raises(Unreadable):
            board.answer(broken)


def test_there_is_a_board_for_every_type_and_for_no_kind_the_make_has_not() -> None:
    assert set(SPEECHES) == set(TYPES)
    with pytest.raises(SetupMistake, match="cannot be a television"):
        board_of(_television(), frozenset())
    with pytest.raises(SetupMistake, match="DEHUMID"):
        board_of(make_appliance("humidifier", identifier="moist"), frozenset())


def _television() -> Appliance:
    appliance = make_appliance("light", identifier="tv")
    appliance.kind = "television"
    return appliance
