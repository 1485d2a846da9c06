"""Values: what an appliance may report. The judge beside ours is the jsonschema library."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from gateway.errors import CommandError, SchemaViolation, Unknown
from gateway.profile.library import Library
from gateway.profile.schema import compile_schema
from gateway.profile.strategies.features import richest
from gateway.profile.strategies.values import values

LIBRARY = Library()
KINDS = LIBRARY.kinds()


INSTANCES = {kind: richest(LIBRARY.model(kind)) for kind in KINDS}
PLACES = [(kind, name) for kind, instance in INSTANCES.items() for name in instance.properties]


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value] if depth % 2 else {"a": value}
    return value


json_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(
    json_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)
hostile = st.one_of(
    json_values,
    st.integers(min_value=10**300, max_value=10**5000),
    st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 2**63, -(10**4400)]),
    st.sampled_from(["\ud800", "x" * 100_000, "\x00", b"bytes", (), set(), object(), 1j]),
    st.just({1: 2}) | st.just({None: 1}) | st.just({(): ()}),
    st.builds(nested, st.integers(1, 5000)),
    st.just([0] * 20_000),
)


@given(st.data())
@settings(max_examples=300)
def test_every_value_the_schema_allows_is_accepted(data: st.DataObject) -> None:
    kind, name = data.draw(st.sampled_from(PLACES))
    instance = INSTANCES[kind]
    instance.check_value(name, data.draw(values(instance.properties[name].schema)))


@given(st.sampled_from(PLACES), hostile)
@settings(max_examples=400)
def test_a_hostile_value_raises_nothing_but_a_command_error(place: tuple[str, str], value: Any) -> None:
    kind, name = place
    error = error_of(kind, name, value)
    assert error is None or (error.document()["property"] == name and len(error.detail) < 1000)


def error_of(kind: str, name: str, value: Any) -> CommandError | None:
    try:
        INSTANCES[kind].check_value(name, value)
    except CommandError as error:
        return error
    return None


@given(st.data())
@settings(max_examples=400)
def test_our_judgement_is_that_of_an_independent_validator(data: st.DataObject) -> None:
    kind, name = data.draw(st.sampled_from(PLACES))
    schema = INSTANCES[kind].properties[name].schema
    value = data.draw(st.one_of(values(schema), json_values, near(schema)))
    independent = Draft7Validator(dict(schema)).is_valid(value)
    ours = compile_schema(dict(schema) | {"hl:openEnum": False}, strict=False)(value) is None
    assert ours == independent or (independent and beyond_json_schema(value)), (name, value)


def near(schema: Any) -> st.SearchStrategy[Any]:
    """Values just beside the allowed ones."""
    if schema.get("type") not in ("number", "integer"):
        return st.sampled_from(["", "off", "OFF", True, 0, None, [], {}])
    low, high = schema["minimum"], schema["maximum"]
    return st.sampled_from([low, high, low - 1, high + 1, low - 0.25, high + 0.25, float(low), low + 0.1, str(low), True, None])


def beyond_json_schema(value: Any) -> bool:
    """Where we are stricter: formats are checked, and lone surrogates, huge numbers and long texts refused."""
    return isinstance(value, list | dict | str) or (isinstance(value, float) and not math.isfinite(value))


@pytest.mark.parametrize("value", [True, False, "1", None, [1], {}, math.nan, math.inf, 10**400])
def test_a_number_is_nothing_else(value: Any) -> None:
    check = compile_schema({"type": "number"}, strict=False)
    assert check(value) is not None


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_a_boolean_is_nothing_else(value: Any) -> None:
    assert compile_schema({"type": "boolean"}, strict=False)(value) is not None


@pytest.mark.parametrize(
    ("value", "fits"), [(24, True), (24.0, True), (24.5, False), (True, False), (-0.0, True), (math.nan, False), (math.inf, False)]
)
def test_an_integer_may_be_written_as_24_point_0(value: Any, fits: bool) -> None:
    assert (compile_schema({"type": "integer", "minimum": 0, "maximum": 100}, strict=False)(value) is None) == fits


@pytest.mark.parametrize(
    ("value", "fits"), [(16, True), (16.5, True), (23.0, True), (23.4, False), (23.5000001, False), (15.5, False), (32.5, False)]
)
def test_steps_have_no_tolerance(value: float, fits: bool) -> None:
    assert (INSTANCES["air-conditioner"].faulty({"targetTemperature": value}) == {}) == fits


def test_an_open_enum_accepts_unknown_words_in_reports_only() -> None:
    plug = INSTANCES["plug"]
    plug.check_value("feedsKind", "bread-slicer")
    with pytest.raises(SchemaViolation) as caught:
        plug.check_write({"feedsKind": "bread-slicer"}, {})
    assert caught.value.property == "feedsKind"


def test_unknown_members_pass_in_reports_and_are_refused_in_what_is_asked() -> None:
    light = INSTANCES["light"]
    light.check_value("colour", {"x": 0.3, "y": 0.3, "z": 0.1})
    with pytest.raises(SchemaViolation, match="z is not known here"):
        light.check_write({"colour": {"x": 0.3, "y": 0.3, "z": 0.1}}, {})


def test_a_plug_that_feeds_nothing_says_so_with_an_empty_string() -> None:
    plug = INSTANCES["plug"]
    plug.check_value("feeds", "")
    plug.check_value("feeds", "fridge-1")
    assert "feeds" in plug.faulty({"feeds": "No Such Id"})


def test_null_is_no_value_of_any_property() -> None:
    for kind, instance in INSTANCES.items():
        assert set(instance.faulty(dict.fromkeys(instance.properties))) == set(instance.properties), kind


def test_an_unknown_property_is_named() -> None:
    with pytest.raises(Unknown) as caught:
        INSTANCES["light"].check_value("colour-temperature", 3000)
    assert caught.value.property == "colour-temperature"


def test_a_problem_deep_inside_says_where() -> None:
    fault = {"code": "MAINS.OVERLOAD", "severity": "bad", "since": "2026-07-02T04:11:09Z"}
    with pytest.raises(SchemaViolation, match=r"faults\[1\]\.severity must be one of"):
        INSTANCES["plug"].check_value("faults", [fault | {"severity": "info"}, fault])


@pytest.mark.parametrize("text", ["2026-02-30", "22.11.2026", "20261122", ""])
def test_a_date_is_a_date(text: str) -> None:
    assert "firstActivated" in INSTANCES["set-top-box"].faulty({"firstActivated": text})


def test_a_time_has_a_time_zone() -> None:
    fault = {"code": "MAINS.OVERLOAD", "severity": "info", "since": "2026-07-02T04:11:09"}
    assert "faults" in INSTANCES["plug"].faulty({"faults": [fault]})


def test_events_and_outputs_are_checked_too() -> None:
    box = INSTANCES["set-top-box"]
    box.check_event("emergencyBroadcast", {"level": 1, "text": "storm", "seq": 4, "boot": 2, "ts": "2026-07-02T04:11:09Z"})
    with pytest.raises(SchemaViolation):
        box.check_event("emergencyBroadcast", {"level": 9, "text": "storm"})
    with pytest.raises(Unknown):
        box.check_event("doorAjar", {})
    INSTANCES["air-conditioner"].check_output("selfClean", {"result": "done", "energy": 0.3})
    with pytest.raises(SchemaViolation):
        INSTANCES["air-conditioner"].check_output("selfClean", {"result": "finished"})


def test_schemas_that_ask_the_same_share_one_checker_and_others_do_not() -> None:
    wide = compile_schema({"type": "number", "minimum": 0, "title": "Draw", "unit": "W"}, strict=False)
    assert compile_schema({"type": "number", "minimum": 0, "title": "Level", "hl:map": {}}, strict=False) is wide
    assert compile_schema({"type": "number", "minimum": 0.5}, strict=False) is not wide
    assert compile_schema({"type": "number", "minimum": False}, strict=False) is not wide


def test_a_member_deep_inside_decides_as_well() -> None:
    plain = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}
    short = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string", "maxLength": 2}}}}
    loose, tight = compile_schema(plain, strict=True), compile_schema(short, strict=True)
    assert loose([{"id": "abc"}]) is None
    assert tight([{"id": "abc"}]) is not None
