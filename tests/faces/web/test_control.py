"""Controls are made from a profile: for every kind of the standard, and for kinds nobody has heard of."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("nicegui", reason="the pages need the extra `web`")

from gateway.faces.web.control import MOST_STEPS, Control, Form, control_of
from gateway.faces.web.phrases import tongue
from gateway.faces.web.value import age, shown
from gateway.profile.library import Library
from gateway.profile.schema import compile_schema

LIBRARY = Library()


@cache
def every_setting() -> list[Control]:
    documents = [LIBRARY.model(kind).document for kind in LIBRARY.kinds()]
    found = [control_of(name, schema) for each in documents for name, schema in each["properties"].items() if not schema.get("readOnly")]
    assert len(found) > 200
    return found


def test_every_setting_of_a_kind_has_a_control_with_the_limits_of_its_profile() -> None:
    for control in every_setting():
        schema = control.schema
        if "enum" in schema:
            assert control.form is Form.CHOICE
            assert control.choices == tuple(schema["enum"])
        elif schema.get("type") == "boolean":
            assert control.form is Form.SWITCH
        elif schema.get("type") in {"number", "integer"}:
            assert (control.minimum, control.maximum) == (schema.get("minimum"), schema.get("maximum"))
            assert control.form in {Form.SLIDER, Form.NUMBER}


def test_what_a_slider_can_stand_on_is_a_value_the_profile_takes() -> None:
    for control in every_setting():
        if control.form is not Form.SLIDER:
            continue
        check = compile_schema(dict(control.schema), strict=True)
        assert control.minimum is not None
        assert control.maximum is not None
        assert control.step
        steps = round((control.maximum - control.minimum) / control.step)
        assert steps <= MOST_STEPS
        for number in {0, 1, steps // 3, steps // 2, steps - 1, steps}:
            assert check(control.exact(control.minimum + number * control.step)) is None, (control.name, number)


def test_every_input_of_an_action_has_a_control() -> None:
    actions = [entry for kind in LIBRARY.kinds() for entry in LIBRARY.model(kind).document.get("actions", {}).items()]
    assert len(actions) > 100
    for name, action in actions:
        if "input" in action:
            made = control_of(name, action["input"])
            assert made.form is not Form.GROUP or {each.name for each in made.members} == set(action["input"]["properties"])


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ({}, Form.JSON),
        ({"type": "number"}, Form.NUMBER),
        ({"type": "integer", "minimum": 0, "maximum": 1e9}, Form.NUMBER),
        ({"type": "array"}, Form.JSON),
    ],
)
def test_what_no_finger_can_choose_is_typed(schema: dict[str, object], form: Form) -> None:
    assert control_of("x", schema).form is form


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["en", "zh-Hans"]))
def test_every_value_can_be_shown_and_stays_short(value: object, language: str) -> None:
    words = shown(tongue(language), {}, value)
    assert isinstance(words, str)
    assert len(words) <= 2000
    assert "\n" in words or len(words) <= 400


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "number", "unit": "Cel", "multipleOf": 0.5}, 26, "26.0 °C"),
        ({"type": "integer", "unit": "%RH"}, 55, "55%"),
        ({"type": "boolean"}, True, "On"),
        ({"type": "boolean", "readOnly": True}, True, "Yes"),
        ({"type": "string", "enum": ["drying-coil"]}, "drying-coil", "Drying coil"),
        ({"type": "string"}, "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ({"type": "string", "format": "date-time"}, "no time", "no time"),
        ({"type": "array", "items": {}}, [], "None"),
    ],
)
def test_a_value_is_shown_with_its_unit_and_its_words(schema: dict[str, object], value: object, words: str) -> None:
    assert shown(tongue("en"), schema, value) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "just now"), (61, "1 min ago"), (7200, "2 h ago"), (86400 * 3, "3 days ago"), (-5, "just now")]
)
def test_age_is_told_in_words(seconds: float, words: str) -> None:
    assert age(tongue("en"), seconds) == words


def inputs_of(control: Control) -> list[Control]:
    return [each for member in control.members for each in inputs_of(member)] if control.form is Form.GROUP else [control]


def test_no_input_that_may_hold_a_key_is_taken_for_one_that_cannot() -> None:
    documents = [LIBRARY.model(kind).document for kind in LIBRARY.kinds()]
    actions = [control_of(name, each["input"]) for document in documents for name, each in document["actions"].items() if "input" in each]
    inputs = [each for action in actions for each in inputs_of(action)]
    secret = {each.name for each in inputs if not each.no_key}
    assert {"token", "secret", "code"} <= secret
    assert not any(each.no_key for each in inputs if each.form in {Form.TEXT, Form.JSON})
    assert any(each.no_key and each.form is Form.NUMBER for each in inputs + every_setting()), "a quantity is none"
