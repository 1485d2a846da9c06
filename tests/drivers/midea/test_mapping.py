"""The mapping data: every file loads, says what msmart-ng says of the same bytes, and writes what the unit understands."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msmart.device.AC.command import Group4Response, Group5Response, Response, SetStateCommand, StateResponse

from firmware_sim.wires.midea.frame import decode as unit_decode
from firmware_sim.wires.midea.settings import Sensors, Settings, read_set, status
from gateway.drivers.midea.frame import Frame, encode_frame
from gateway.drivers.midea.mapping import FOLDER, Mapping, mapping_of
from gateway.drivers.midea.place import Bits
from gateway.drivers.midea.vocabulary import READERS, WRITERS
from gateway.drivers.parts.sheet import kind_names
from gateway.errors import ConfigurationInvalid, Offline, ReadOnly, SchemaViolation

FOUND = mapping_of(0xAC)
assert FOUND is not None
AC: Mapping = FOUND
STATUS = AC.messages["status"]
(SET,) = AC.commands
WORDS = {"mode": list(AC.words["mode"]), "fanMode": list(AC.words["fanMode"]), "sleepMode": ["off", "on"]}
writes = st.fixed_dictionaries(
    {},
    optional={
        "power": st.booleans(),
        "mode": st.sampled_from(WORDS["mode"]),
        "targetTemperature": st.integers(32, 64).map(lambda halves: halves / 2),
        "fanMode": st.sampled_from(WORDS["fanMode"]),
        "verticalSwing": st.booleans(),
        "eco": st.booleans(),
        "auxHeat": st.booleans(),
        "sleepMode": st.sampled_from(WORDS["sleepMode"]),
        "targetHumidity": st.integers(6, 16).map(lambda fives: fives * 5),
    },
)
shown_settings = st.builds(
    Settings,
    power=st.booleans(),
    mode=st.integers(1, 5),
    temperature=st.integers(26, 86).map(lambda halves: halves / 2),
    fan=st.integers(1, 102),
    swing_vertical=st.booleans(),
    swing_horizontal=st.booleans(),
    eco=st.booleans(),
    sleep=st.booleans(),
    turbo=st.booleans(),
    purifier=st.booleans(),
    aux_heat=st.booleans(),
    fahrenheit=st.booleans(),
    follow_me=st.booleans(),
    frost_guard=st.booleans(),
    humidity=st.integers(1, 100),
)


@pytest.mark.parametrize("file", sorted((FOLDER / "kinds").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_kind_loads_and_is_named_after_its_kind(file: Path) -> None:
    kind, _, number = file.stem.partition(".")
    found = [mapping for appliance in range(256) if (mapping := mapping_of(appliance)) is not None]
    assert {mapping.kind for mapping in found} == set(kind_names(FOLDER / "kinds"))
    same = [mapping.appliance for mapping in found if mapping.kind == kind]
    assert len(same) == len(list((FOLDER / "kinds").glob(f"{kind}.*")))
    assert not number or int(number, 16) in same


@pytest.mark.parametrize("file", sorted((FOLDER / "models").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_model_loads_and_changes_something(file: Path) -> None:
    models = {mapping.title for appliance in range(256) if (mapping := mapping_of(appliance, file.stem)) is not None}
    kinds = {mapping.title for appliance in range(256) if (mapping := mapping_of(appliance)) is not None}
    assert models - kinds


@given(st.binary(min_size=24, max_size=30), st.integers(0, 9), st.integers(0, 9))
def test_a_status_means_what_it_means_to_msmart(raw: bytes, tenths: int, outdoor_tenths: int) -> None:
    body = b"\xc0" + raw[1:10] + bytes([raw[10] & ~0x04]) + raw[11:15] + bytes([tenths | outdoor_tenths << 4]) + raw[16:]
    theirs = Response.construct(encode_frame(Frame(0xAC, 3, body)))
    assert isinstance(theirs, StateResponse)
    ours = STATUS.read(body)
    assert ours["power"] is theirs.power_on
    assert ours["targetTemperature"] == theirs.target_temperature
    assert ours["verticalSwing"] is bool(theirs.swing_mode & 0xC)
    assert (ours["eco"], ours["auxHeat"], ours["sleepMode"] == "on") == (theirs.eco, theirs.aux_heat, theirs.sleep)
    assert (ours["fanMode"] == "turbo", ours["_error"]) == (theirs.turbo, theirs.error_code)
    assert ours.get("roomTemperature") == (None if theirs.indoor_temperature is None else pytest.approx(theirs.indoor_temperature))
    assert ours.get("outdoorTemperature") == (None if theirs.outdoor_temperature is None else pytest.approx(theirs.outdoor_temperature))


@given(st.lists(st.integers(0, 99), min_size=21, max_size=21))
def test_energy_means_what_it_means_to_msmart(digits: list[int]) -> None:
    body = bytes([0xC1, 0x21, 0x01, 0x44]) + bytes(int(f"{two:02d}", 16) for two in digits[:17])
    theirs = Response.construct(encode_frame(Frame(0xAC, 3, body)))
    assert isinstance(theirs, Group4Response)
    decimal, binary = AC.messages["energy"].read(body), AC.messages["energyBinary"].read(body)
    assert decimal.get("energyTotal", 0) == pytest.approx(theirs.total_energy or 0, abs=0.001)
    assert decimal.get("powerDraw", 0) == pytest.approx(theirs.real_time_power or 0, abs=0.001)
    if theirs.total_energy_binary:
        assert binary["energyTotal"] == pytest.approx(theirs.total_energy_binary, abs=0.001)


@given(st.integers(0, 100), st.booleans())
def test_air_means_what_it_means_to_msmart(humidity: int, defrosting: bool) -> None:
    body = bytes([0xC1, 0x21, 0x01, 0x45, humidity, 0, 0, 0, 0, 0, defrosting, 0, 0])
    theirs = Response.construct(encode_frame(Frame(0xAC, 3, body)))
    assert isinstance(theirs, Group5Response)
    ours = AC.messages["air"].read(body)
    assert (ours.get("roomHumidity"), ours["_defrosting"]) == (theirs.humidity, theirs.defrost)


@given(st.sampled_from(sorted(AC.messages)), st.binary(max_size=40))
def test_no_body_makes_a_reader_stumble(name: str, body: bytes) -> None:
    for value in AC.messages[name].read(body).values():
        assert value is not None


@given(shown_settings, writes)
def test_a_set_changes_what_is_asked_and_nothing_else(shown: Settings, asked: dict[str, Any]) -> None:
    body = status(shown, Sensors()) + b"\x01"
    readings = STATUS.read(body)
    understood = read_set(SET.fill(body, readings, asked))
    after = STATUS.read(status(understood, Sensors()) + b"\x01")
    ended = {name for name, on, off in SET.exclusive if asked.get(name) != on and after[name] == off and readings[name] == on}
    for name, value in after.items():
        expected = asked.get(name, readings.get(name))
        if name not in ended and not (name == "fanPercent" and "fanMode" in asked) and not name.startswith("_"):
            assert value == expected, name
    untouched = ("swing_horizontal", "purifier", "fahrenheit", "follow_me", "frost_guard")
    assert [getattr(understood, name) for name in untouched] == [getattr(shown, name) for name in untouched]
    if "fanMode" not in asked and "fanMode" not in ended:
        assert (understood.fan, understood.turbo) == (shown.fan, shown.turbo)


@given(
    st.sampled_from([{}, {"turbo": True}, {"eco": True}, {"sleep": True}]),
    st.sampled_from([{"fanMode": "turbo"}, {"eco": True}, {"sleepMode": "on"}]),
)
def test_turbo_economy_and_sleep_end_each_other(before: dict[str, bool], asked: dict[str, Any]) -> None:
    body = status(replace(Settings(), **before), Sensors()) + b"\x01"
    understood = read_set(SET.fill(body, STATUS.read(body), asked))
    assert understood.turbo + understood.eco + understood.sleep == 1


@given(shown_settings)
def test_a_set_is_the_one_msmart_would_send(shown: Settings) -> None:
    command = SetStateCommand()
    command.power_on, command.operational_mode, command.fan_speed = shown.power, shown.mode, shown.fan
    command.target_temperature = shown.temperature
    command.swing_mode = (0xC if shown.swing_vertical else 0) | (0x3 if shown.swing_horizontal else 0)
    command.eco, command.turbo, command.sleep, command.fahrenheit = shown.eco, shown.turbo, shown.sleep, shown.fahrenheit
    command.purifier, command.aux_heat, command.follow_me = shown.purifier, shown.aux_heat, shown.follow_me
    command.freeze_protection, command.target_humidity, command.beep_on = shown.frost_guard, shown.humidity, False
    body = status(shown, Sensors()) + b"\x01"
    ours = SET.fill(body, STATUS.read(body), {})
    assert ours == unit_decode(command.tobytes()).body[: len(ours)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("power", 1),
        ("mode", "boil"),
        ("mode", 3),
        ("targetTemperature", 20.25),
        ("targetTemperature", 99),
        ("targetTemperature", float("nan")),
        ("targetTemperature", "20"),
        ("targetTemperature", True),
        ("targetTemperature", None),
        ("targetHumidity", 1000),
        ("targetHumidity", 40.5),
        ("fanMode", ["auto"]),
        ("verticalSwing", None),
    ],
)
def test_what_has_no_form_on_the_wire_is_refused_by_name(name: str, value: Any) -> None:
    body = status(Settings(), Sensors())
    with pytest.raises(SchemaViolation) as refused:
        SET.fill(body, STATUS.read(body), {name: value})
    assert refused.value.property == name


def test_what_cannot_be_written_is_read_only() -> None:
    body = status(Settings(), Sensors())
    with pytest.raises(ReadOnly):
        SET.fill(body, STATUS.read(body), {"roomTemperature": 20})


def test_nothing_is_set_before_the_unit_told_its_settings() -> None:
    with pytest.raises(Offline):
        SET.fill(b"", {}, {"power": True})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("kinds", "models"):
        (tmp_path / part).mkdir()
    (tmp_path / "kinds" / "air-conditioner.yaml").write_text((FOLDER / "kinds" / "air-conditioner.yaml").read_text())
    return tmp_path


def test_a_new_model_is_a_file(folder: Path) -> None:
    (folder / "models" / "22012227.yaml").write_text(
        "extends: air-conditioner\ntitle: Quiet Wind 26\nranges: {targetTemperature: {unsaid: [17, 30]}}\n"
        "faults: {codes: {3: {code: FAN.INDOOR.STALLED, severity: error}}}\n"
    )
    model, plain = mapping_of(0xAC, "22012227", folder), mapping_of(0xAC, "OTHER", folder)
    assert model is not None
    assert plain is not None
    assert (model.title, plain.title) == ("Quiet Wind 26", "Midea air conditioner")
    assert (model.ranges["targetTemperature"].unsaid, plain.ranges["targetTemperature"].unsaid) == ((17, 30), (16, 30))
    assert model.faults[3]["code"] == "FAN.INDOOR.STALLED"
    assert model.ranges["targetTemperature"].rule == plain.ranges["targetTemperature"].rule


def test_a_model_that_extends_nothing_there_is_named(folder: Path) -> None:
    (folder / "models" / "22012228.yaml").write_text("extends: air-conditoner\n")
    with pytest.raises(ConfigurationInvalid, match=r"22012228\.yaml.*air-conditoner"):
        mapping_of(0xAC, "22012228", folder)


@pytest.mark.parametrize("model", ["../kinds/air-conditioner", "", "x" * 300, "A/B", "."])
def test_a_model_name_from_the_wire_reaches_no_other_file(folder: Path, model: str) -> None:
    found = mapping_of(0xAC, model, folder)
    assert found is not None
    assert found.title == "Midea air conditioner"


@pytest.mark.parametrize("text", ["title: [", "- a\n", "appliance: 172\nkind: air-conditioner\n", "appliance: 172\nmessages: 3\n"])
def test_a_damaged_file_is_named(folder: Path, text: str) -> None:
    (folder / "kinds" / "air-conditioner.yaml").write_text(text)
    with pytest.raises(ConfigurationInvalid, match=r"air-conditioner\.yaml"):
        mapping_of(0xAC, "", folder)


@pytest.mark.parametrize("spec", [{}, {"flag": [1]}, {"flag": [300, 1]}, {"flag": [1, 0]}, {"nonsense": [1, 1]}, {"number": "12"}])
def test_an_entry_that_describes_nothing_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationInvalid):
        READERS.reader(spec)
    with pytest.raises(ConfigurationInvalid):
        WRITERS.writer("power", spec)


@given(st.integers(0, 199), st.integers(1, 255), st.integers(0, 255))
def test_a_place_keeps_the_other_bits(at: int, mask: int, filled: int) -> None:
    where, body = Bits(at, mask), bytearray([filled] * 200)
    before = bytes(body)
    where.put(body, where.get(before) or 0)
    assert where.shift == next(bit for bit in range(8) if mask >> bit & 1)
    assert bytes(body)[at] & ~mask == before[at] & ~mask
