"""A device may be narrower than its kind, never wider."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import CommandError, SchemaViolation
from gateway.profile.library import Library
from gateway.profile.narrowing import differences, narrowed
from gateway.thing.description import Description

LIBRARY = Library()
TARGET = LIBRARY.model("air-conditioner").document["properties"]["targetTemperature"]
MODE = LIBRARY.model("air-conditioner").document["properties"]["mode"]


def test_a_narrower_range_bigger_steps_and_fewer_modes_are_taken(build: Any) -> None:
    device = build(
        "air-conditioner",
        narrowing={"targetTemperature": {"minimum": 17, "maximum": 30, "multipleOf": 1}, "mode": {"enum": ["cool", "fan"]}},
    )
    assert device.faulty({"targetTemperature": 17, "mode": "cool"}) == {}
    assert set(device.faulty({"targetTemperature": 16.5, "mode": "dry"})) == {"targetTemperature", "mode"}


@pytest.mark.parametrize(
    "terms",
    [
        {"minimum": 15},
        {"maximum": 32.5},
        {"multipleOf": 0.25},
        {"multipleOf": 0.75},
        {"multipleOf": 0},
        {"multipleOf": -1},
        {"minimum": 25, "maximum": 20},
        {"minimum": 17, "multipleOf": 2},
        {"minimum": "16"},
        {"minimum": True},
        {"minimum": None},
        {"minimum": float("nan")},
        {"maximum": float("inf")},
        {"maximum": 10**400},
        {"type": "integer"},
        {"unit": "K"},
        {"readOnly": "yes"},
        {"readOnly": 1},
        {"hl:reason": "it has no hands"},
        {"readOnly": False, "hl:reason": "it has no hands"},
        {"readOnly": True, "hl:reason": ""},
        {"readOnly": True, "hl:reason": 7},
        {"readOnly": True, "hl:reason": "one\nline and another"},
        {"readOnly": True, "hl:reason": "x" * 257},
        {"hl:danger": 0},
        {"enum": [20, 21.25]},
        {"enum": []},
        {"maxLength": 3},
    ],
)
def test_what_widens_retypes_or_empties_is_refused_by_name(terms: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation) as caught:
        narrowed("targetTemperature", TARGET, terms)
    assert caught.value.property == "targetTemperature"


@pytest.mark.parametrize("terms", [{"enum": ["cool", "freeze"]}, {"enum": "cool"}, {"enum": [1]}, {"minimum": 0}, {"multipleOf": 1}])
def test_an_enum_only_loses_values(terms: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        narrowed("mode", MODE, terms)


def test_what_the_device_does_not_have_cannot_be_narrowed(library: Library) -> None:
    widenings: tuple[dict[str, Any], ...] = (
        {"auxHeat": {"enum": [True]}},
        {"nonsense": {"minimum": 1}},
        {"setComfort/nonsense": {"minimum": 1}},
        {"": {}},
    )
    for narrowing in widenings:
        with pytest.raises(SchemaViolation):
            library.model("air-conditioner").instance(Description(id="one", kind="air-conditioner", narrowing=narrowing))


def test_a_value_of_a_feature_not_chosen_cannot_come_back_by_narrowing(library: Library) -> None:
    with pytest.raises(SchemaViolation):
        library.model("air-conditioner").instance(
            Description(id="one", kind="air-conditioner", narrowing={"mode": {"enum": ["cool", "heat"]}})
        )


def test_the_keys_of_a_remote_may_be_fewer(build: Any) -> None:
    box = build("set-top-box", narrowing={"sendKey/key": {"enum": ["power", "ok"]}})
    box.check_input("sendKey", {"key": "ok"}, {})
    with pytest.raises(SchemaViolation):
        box.check_input("sendKey", {"key": "red"}, {})


@pytest.mark.parametrize(
    "mutation",
    [
        {"type": "integer"},
        {"unit": "K"},
        {"readOnly": True, "maximum": 33},
        {"readOnly": "yes"},
        {"minimum": 15.5},
        {"maximum": 33},
        {"multipleOf": 0.1},
        {"minimum": None},
        {"oneOf": [{"type": "number"}, {"type": "null"}]},
    ],
)
def test_a_mutated_schema_differs(mutation: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation):
        differences("targetTemperature", TARGET, TARGET | mutation)


@pytest.mark.parametrize("term", ["type", "unit", "minimum", "maximum", "multipleOf"])
def test_leaving_a_limit_out_widens(term: str) -> None:
    with pytest.raises(SchemaViolation):
        differences("targetTemperature", TARGET, {key: value for key, value in TARGET.items() if key != term})


@given(st.dictionaries(st.sampled_from(["minimum", "maximum", "multipleOf"]), st.floats() | st.integers() | st.none(), max_size=3))
def test_a_narrowed_range_never_allows_what_the_kind_refuses(terms: dict[str, Any]) -> None:
    try:
        schema = narrowed("targetTemperature", TARGET, terms)
    except SchemaViolation:
        return
    assert schema["minimum"] >= 16
    assert schema["maximum"] <= 32
    assert schema["multipleOf"] % 0.5 == 0
    assert schema["minimum"] <= schema["maximum"]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.sampled_from(list(TARGET)), inner, max_size=4),
    max_leaves=8,
)


@given(json)
def test_a_hostile_schema_raises_nothing_but_a_command_error(value: Any) -> None:
    device = value if isinstance(value, dict) else {"minimum": value, "enum": value, "properties": value, "items": value, "required": value}
    for kind in (TARGET, MODE, {"type": "object", "properties": {"x": TARGET}, "required": ["x"]}, {"type": "array", "items": MODE}):
        for mutated in (device, {**kind, **device}):
            try:
                differences("one", kind, mutated)
            except CommandError as error:
                assert error.detail  # noqa: PT017 - anything else that is raised fails the test
