"""Every row of the mapping data, read and written, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.gree.degrees import OFFSET_COLUMN, Sensor, columns_of, half_column, target
from gateway.drivers.gree.mapping import FOLDER, Kind, kinds
from gateway.drivers.parts.sheet import kind_names
from gateway.errors import ConfigurationInvalid, ReadOnly, SchemaViolation
from gateway.profile.additions import checked_additions
from gateway.profile.library import Library

COOL, DRY = (next(kind for kind in kinds() if kind.kind == name) for name in ("air-conditioner", "humidifier"))
ALL = dict.fromkeys([name for piece in (COOL.needs, *COOL.ask, DRY.needs, *DRY.ask) for name in piece], 0)

LOUVRE = ("default", "swing", "left", "left-centre", "centre", "right-centre", "right")
OWN = {
    "x-gree-light": "Lig",
    "x-gree-ioniser": "Health",
    "x-gree-freshAir": "Air",
    "x-gree-dryCoil": "Blo",
    "x-gree-frostGuard": "StHt",
}
READ: list[tuple[Kind, dict[str, int], dict[str, Any]]] = [
    (COOL, {"Pow": 1}, {"power": True}),
    (COOL, {"Pow": 0}, {"power": False}),
    *[(COOL, {"Mod": number}, {"mode": word}) for number, word in enumerate(("auto", "cool", "dry", "fan", "heat"))],
    (COOL, {"Mod": 5}, {}),
    *[(COOL, {"WdSpd": n}, {"fanMode": w}) for n, w in {0: "auto", 1: "low", 2: "low", 3: "medium", 4: "medium", 5: "high"}.items()],
    (COOL, {"WdSpd": 1, "Tur": 1, "Quiet": 2}, {"fanMode": "turbo"}),
    (COOL, {"WdSpd": 1, "Tur": 0, "Quiet": 1}, {"fanMode": "quiet"}),
    (COOL, {"WdSpd": 9}, {}),
    *[(COOL, {"SwUpDn": n}, {"verticalSwing": n in {1, 7, 8, 9, 10, 11}}) for n in range(12)],
    (COOL, {"SvSt": 1}, {"eco": True}),
    (COOL, {"SwhSlp": 1}, {"sleepMode": "on"}),
    (COOL, {"SwhSlp": 0}, {"sleepMode": "off"}),
    (COOL, {"TemSen": 66, OFFSET_COLUMN: 40}, {"roomTemperature": 26}),
    (COOL, {"TemSen": 26, OFFSET_COLUMN: 0}, {"roomTemperature": 26}),
    (COOL, {"TemSen": 0, OFFSET_COLUMN: 40}, {}),
    (COOL, {"OutEnvTem": 35, OFFSET_COLUMN: 40}, {"outdoorTemperature": -5}),
    (COOL, {"OutEnvTem": 0}, {}),
    (COOL, {"DwatSen": 47}, {"roomHumidity": 47}),
    (COOL, {"DwatSen": 0}, {}),
    (COOL, {"DwatSen": 255}, {}),
    (COOL, {"Dwet": 3}, {"targetHumidity": 30}),
    (COOL, {"Dwet": 13}, {"targetHumidity": 80}),
    (COOL, {"Dwet": 0}, {}),
    (COOL, {"AllErr": 1}, {"_error": 1}),
    *[(COOL, {"SwingLfRig": number}, {"x-gree-louvre": word}) for number, word in enumerate(LOUVRE)],
    (COOL, {"SwingLfRig": 7}, {}),
    *[(COOL, {column: 1}, {name: True}) for name, column in OWN.items()],
    (DRY, {"Lig": 1}, {"x-gree-light": True}),
    (DRY, {"Health": 0}, {"x-gree-ioniser": False}),
    (DRY, {"Dfltr": 1}, {"x-gree-filterDue": True}),
    (DRY, {"Pow": 1}, {"power": True}),
    *[(DRY, {"Dmod": number}, {"mode": word}) for number, word in {0: "auto", 1: "manual", 2: "auto"}.items()],
    (DRY, {"Dmod": 9}, {}),
    (DRY, {"Dwet": 7}, {"targetHumidity": 50}),
    (DRY, {"Dwet": 14}, {}),
    (DRY, {"DwatSen": 61}, {"roomHumidity": 61}),
    (DRY, {"DwatFul": 0}, {"tank": "ok"}),
    (DRY, {"DwatFul": 1}, {"tank": "full"}),
    (DRY, {"TemSen": 63, OFFSET_COLUMN: 40}, {"roomTemperature": 23}),
    (DRY, {"AllErr": 0}, {"_error": 0}),
]
WRITE = [
    (COOL, "power", True, {"Pow": 1}),
    (COOL, "power", False, {"Pow": 0}),
    *[(COOL, "mode", word, {"Mod": number}) for number, word in enumerate(("auto", "cool", "dry", "fan", "heat"))],
    (COOL, "fanMode", "auto", {"WdSpd": 0, "Quiet": 0, "Tur": 0}),
    (COOL, "fanMode", "quiet", {"Quiet": 2, "Tur": 0}),
    (COOL, "fanMode", "low", {"WdSpd": 1, "Quiet": 0, "Tur": 0}),
    (COOL, "fanMode", "medium", {"WdSpd": 3, "Quiet": 0, "Tur": 0}),
    (COOL, "fanMode", "high", {"WdSpd": 5, "Quiet": 0, "Tur": 0}),
    (COOL, "fanMode", "turbo", {"Quiet": 0, "Tur": 1}),
    (COOL, "verticalSwing", True, {"SwUpDn": 1}),
    (COOL, "verticalSwing", False, {"SwUpDn": 0}),
    (COOL, "eco", True, {"SvSt": 1}),
    (COOL, "sleepMode", "on", {"SwhSlp": 1, "SlpMod": 1}),
    (COOL, "sleepMode", "off", {"SwhSlp": 0, "SlpMod": 0}),
    (COOL, "targetHumidity", 60, {"Dwet": 9, "Dmod": 0}),
    (COOL, "targetTemperature", 16, {"SetTem": 16, "Add0.5": 0}),
    (COOL, "targetTemperature", 29.5, {"SetTem": 29, "Add0.5": 1}),
    (COOL, "targetTemperature", 30, {"SetTem": 30, "Add0.5": 0}),
    *[(COOL, "x-gree-louvre", word, {"SwingLfRig": number}) for number, word in enumerate(LOUVRE)],
    *[(COOL, name, False, {column: 0}) for name, column in OWN.items()],
    *[(COOL, name, True, {column: 1}) for name, column in OWN.items()],
    (DRY, "x-gree-light", True, {"Lig": 1}),
    (DRY, "x-gree-ioniser", False, {"Health": 0}),
    (DRY, "power", True, {"Pow": 1}),
    (DRY, "mode", "auto", {"Dmod": 0}),
    (DRY, "mode", "manual", {"Dmod": 1}),
    (DRY, "targetHumidity", 30, {"Dwet": 3}),
    (DRY, "targetHumidity", 80, {"Dwet": 13}),
]
REFUSED = [
    (COOL, "power", 1),
    (COOL, "power", None),
    (COOL, "mode", "defrost"),
    (COOL, "mode", 1),
    (COOL, "fanMode", True),
    (COOL, "sleepMode", "perhaps"),
    (COOL, "fanMode", ["low"]),
    (COOL, "fanMode", {"low": 1}),
    (COOL, "targetTemperature", 15.5),
    (COOL, "targetTemperature", 30.5),
    (COOL, "targetTemperature", 22.2),
    (COOL, "targetTemperature", "warm"),
    (COOL, "targetTemperature", float("nan")),
    (COOL, "targetHumidity", 62),
    (COOL, "targetHumidity", 85),
    (DRY, "targetHumidity", 25),
    (DRY, "targetHumidity", 1560),
    (DRY, "mode", "laundry"),
]


@pytest.mark.parametrize(("kind", "shown", "readings"), READ)
def test_a_row_is_read(kind: Kind, shown: dict[str, int], readings: dict[str, Any]) -> None:
    assert kind.read(shown) == readings


@pytest.mark.parametrize(("kind", "name", "value", "columns"), WRITE)
def test_a_row_is_written(kind: Kind, name: str, value: Any, columns: dict[str, int]) -> None:
    assert kind.order({name: value}, ALL) == columns


@pytest.mark.parametrize(("kind", "name", "value"), REFUSED)
def test_a_value_without_a_form_is_refused(kind: Kind, name: str, value: Any) -> None:
    with pytest.raises(SchemaViolation) as refused:
        kind.order({name: value}, ALL)
    assert refused.value.property == name


@pytest.mark.parametrize(
    ("kind", "name"), [(COOL, "roomTemperature"), (COOL, "faults"), (DRY, "tank"), (DRY, "x-gree-filterDue"), (COOL, "")]
)
def test_what_has_no_writer_is_read_only(kind: Kind, name: str) -> None:
    with pytest.raises(ReadOnly):
        kind.order({name: 1}, ALL)


def test_every_row_has_been_read_and_written() -> None:
    for kind in kinds():
        assert {name for each, _, readings in READ if each is kind for name in readings} | {"targetTemperature"} >= kind.readers.keys()
        assert {name for each, name, _, _ in WRITE if each is kind} == kind.writers.keys()


def test_a_column_the_unit_never_showed_is_not_sent_to_it() -> None:
    shown = {"WdSpd": 0, "Quiet": 0, "SwhSlp": 0}
    assert COOL.order({"fanMode": "low", "sleepMode": "on"}, shown) == {"WdSpd": 1, "Quiet": 0, "SwhSlp": 1}
    with pytest.raises(ReadOnly):
        COOL.order({"eco": True}, shown)


TARGETS = [
    ({}, None),
    ({"SetTem": 24}, 24),
    ({"SetTem": 24, "TemUn": 0, "TemRec": 1}, 24.5),
    ({"SetTem": 24, "TemUn": 0, "TemRec": 1, "Add0.5": 0}, 24),
    ({"SetTem": 24, "TemUn": 0, "TemRec": 0, "Add0.5": 1}, 24.5),
    ({"SetTem": 22, "TemUn": 1, "TemRec": 1}, 22.0),
    ({"SetTem": 22, "TemUn": 1, "TemRec": 0}, 21.5),
    ({"SetTem": 23, "TemUn": 1, "TemRec": 0}, 23.0),
    ({"SetTem": 23, "TemUn": 1, "TemRec": 1}, 23.5),
    ({"SetTem": 20, "TemUn": 1, "TemRec": 1}, 20.0),
]


@pytest.mark.parametrize(("shown", "celsius"), TARGETS)
def test_a_target_is_read_from_several_columns(shown: dict[str, int], celsius: float | None) -> None:
    assert target(shown) == celsius


FAHRENHEIT = {16: (16, 1), 18: (18, 0), 20: (20, 0), 22: (22, 1), 22.5: (22, 1), 23: (23, 0), 23.5: (23, 1), 25: (25, 0), 30: (30, 0)}


@pytest.mark.parametrize(("celsius", "columns"), FAHRENHEIT.items())
def test_a_unit_that_shows_fahrenheit_gets_the_nearest_whole_degree(celsius: float, columns: tuple[int, int]) -> None:
    assert columns_of(celsius, {"TemUn": 1, "TemRec": 0}) == {"SetTem": columns[0], "TemRec": columns[1]}


def test_halves_have_a_column_or_there_are_none() -> None:
    assert half_column({"TemRec": 0, "Add0.5": 0}) == "Add0.5"
    assert columns_of(22.5, {"TemRec": 0}) == {"SetTem": 22, "TemRec": 1}
    assert columns_of(22.5, {"SetTem": 0}) is None
    assert columns_of(22, {"SetTem": 0}) == {"SetTem": 22}


@pytest.mark.parametrize(
    ("shown", "offsets"),
    [
        ([66], [40]),
        ([19], [0]),
        ([26], [0]),
        ([45], [40]),
        ([0, 66], [0, 40]),
        ([51, 35], [40, 40]),
        ([19, 45], [0, 0]),
        ([30, 66, 30], [0, 40, 40]),
        ([50, 20], [40, 0]),
    ],
)
def test_whether_forty_is_added_is_learnt_and_then_known(shown: list[int], offsets: list[int]) -> None:
    sensor = Sensor()
    assert [sensor.offset(raw) for raw in shown] == offsets


def test_the_data_speak_the_profile_s_words() -> None:
    assert kind_names(FOLDER) == tuple(sorted(kind.kind for kind in kinds())) == ("air-conditioner", "humidifier")
    for kind in kinds():
        model = Library().model(kind.kind, kind.major)
        assert set(kind.features) <= set(model.features)
        assert checked_additions({"properties": kind.own})["properties"].keys() == {name for name in kind.readers if name.startswith("x-")}
        assert all({"title", "titles", "type"} <= schema.keys() for schema in kind.own.values())
        assert set(kind.own) - set(kind.writers) == {name for name, schema in kind.own.items() if schema.get("readOnly")}
        assert set(kind.limits) | set(kind.words) <= set(kind.writers)
        for name in kind.words:
            assert set(kind.words[name]) == {"auto", "quiet", "low", "medium", "high", "turbo"}


def test_the_louvre_s_words_are_those_its_schema_has() -> None:
    assert tuple(COOL.own["x-gree-louvre"]["enum"]) == LOUVRE


def test_a_mistake_in_the_data_is_told_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "kettle.yaml"
    file.write_text("kind: kettle\n")
    with pytest.raises(ConfigurationInvalid, match=r"kettle\.yaml"):
        kinds(tmp_path)


def test_no_piece_has_more_columns_than_old_units_answer() -> None:
    for kind in kinds():
        assert sum(map(len, kind.ask)) + len(kind.needs) < 30
