"""What is told first: alarms that words tell as well as those that are true or false, and values in the words people use."""

import pytest

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

from gateway.faces.web.charts import charts
from gateway.faces.web.look import table
from gateway.faces.web.phrases import tongue
from gateway.faces.web.trouble import of_device
from gateway.faces.web.value import shown, told
from gateway.home.twin import Label, Twin
from gateway.profile.library import Library
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.description import Description
from gateway.thing.value import Value

LIBRARY = Library()


def twin(kind: str, features: tuple[str, ...] = (), **values: Value) -> Twin:
    instance = LIBRARY.model(kind).instance(Description(id=f"{kind}-1", kind=kind, features=features))
    made = Twin(instance, Label(), 1, since=0.0, reason="")
    made.availability = Availability(AvailabilityState.ONLINE, 0.0, "")
    made.values.update(values)
    return made


@pytest.mark.parametrize(
    ("kind", "features", "values", "severities"),
    [
        ("smoke-gas-alarm", ("SMK",), {"smoke": "critical"}, ["critical"]),
        ("smoke-gas-alarm", ("SMK",), {"smoke": "warning"}, ["warning"]),
        ("smoke-gas-alarm", ("SMK",), {"smoke": "normal"}, []),
        ("elder-care", (), {"sosState": "calling"}, ["critical"]),
        ("elder-care", (), {"sosState": "none"}, []),
        ("water-valve", (), {"leak": True}, ["critical"]),
        ("water-valve", (), {"leak": False}, []),
        ("range-hood", (), {"smoke": 40}, []),
    ],
)
def test_what_alarms_stands_first_and_what_is_calm_does_not(
    kind: str, features: tuple[str, ...], values: dict[str, Value], severities: list[str]
) -> None:
    found = list(of_device(twin(kind, features, **values), LIBRARY, tongue("en")))
    assert [trouble.severity for trouble in found] == severities


def test_a_chart_of_words_holds_each_from_its_moment_on_with_off_below_on() -> None:
    samples = [{"at": at, "property": "power", "value": value} for at, value in ((100.0, True), (160.0, False), (170.0, True))]
    past = charts(tongue("en"), twin("electric-water-heater", power=True), samples, 0.0, 200.0)
    (chart,) = past.charts
    assert chart.options["yAxis"]["data"] == ["Off", "On"]
    (series,) = chart.options["series"]
    assert series["step"] == "start", "an axis of words is the base, and along it the start is where a value ends"
    assert series["data"] == [[100000, "On"], [160000, "Off"], [170000, "On"], [200000, "On"]]


def test_what_never_changed_is_said_and_not_drawn() -> None:
    samples = [{"at": float(at), "property": "targetTemperature", "value": 60} for at in (100, 150)]
    past = charts(tongue("en"), twin("electric-water-heater", targetTemperature=60), samples, 0.0, 200.0)
    assert past.charts == []
    assert past.steady == ["Target temperature 60 °C"]


LISTS = ("main", "setting", "headline", "late", "captions", "beside", "apart", "bands", "later", "alarms", "last", "still")


def test_the_table_of_kinds_names_only_what_some_kind_has() -> None:
    known = {name for kind in LIBRARY.kinds() for name in LIBRARY.model(kind).document["properties"]}
    named = {name for part in LISTS for name in table()[part]} | {name for names in table()["first"].values() for name in names}
    assert named - known == set()
    deeds = {name for kind in LIBRARY.kinds() for name in LIBRARY.model(kind).document["actions"]}
    assert set(table()["seldom"]) - deeds == set()


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "integer", "unit": "s"}, 90, "90 s"),
        ({"type": "integer", "unit": "s"}, 5400, "1 h 30 min"),
        ({"type": "integer", "unit": "min"}, 120, "2 h"),
        ({"type": "number", "unit": "kWh", "hl:resolution": 0.001}, 213.182, "213.2 kWh"),
        ({"type": "number", "unit": "l/s", "hl:resolution": 0.001}, 0.0, "0 l/s"),
        (
            {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}, "open": {"type": "boolean"}}}},
            [{"id": "fridge", "open": True}, {"id": "freezer", "open": False}],
            "Fridge: Open\nFreezer: Closed",
        ),
    ],
)
def test_a_value_is_as_long_as_an_eye_takes_in(schema: dict[str, object], value: Value, words: str) -> None:
    assert shown(tongue("en"), schema, value) == words


def test_what_is_true_is_told_as_people_say_it() -> None:
    locked = LIBRARY.model("door-lock").document["properties"]["locked"]
    assert told(tongue("en"), locked, "locked", True) == "Locked"
    assert told(tongue("zh-Hans"), locked, "locked", False) == "未上锁"
