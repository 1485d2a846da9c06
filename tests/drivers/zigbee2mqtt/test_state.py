"""From a definition to what is read from a state, and to what is said to a device."""

import json
from typing import Any

import pytest

from gateway.drivers.parts.selfdescribed.feature import Category
from gateway.drivers.zigbee2mqtt.exposes import exposed
from gateway.drivers.zigbee2mqtt.state import States
from gateway.drivers.zigbee2mqtt.unit import matches
from gateway.errors import ReadOnly, SchemaViolation, WireError
from gateway.thing.value import Value
from tests.drivers.zigbee2mqtt.small_broker import numeric, switch


def states(*exposes: dict[str, Any]) -> States:
    return States(exposed({"exposes": exposes}))


def read(known: States, state: Any, *, retained: bool = False) -> dict[str, Value]:
    return known.read(json.dumps(state).encode(), retained=retained)


def binary(name: str, on: Any, off: Any, access: int = 7) -> dict[str, Any]:
    return {"type": "binary", "name": name, "property": name, "access": access, "value_on": on, "value_off": off}


COLOUR = {
    "type": "light",
    "features": [
        *switch()["features"],
        {"type": "composite", "name": "color_xy", "property": "color", "access": 7, "features": [numeric("x", 7), numeric("y", 7)]},
    ],
}
ACTION = {"type": "enum", "name": "action", "property": "action", "access": 1, "values": ["single", "double"]}


@pytest.mark.parametrize(
    ("on", "off", "raw", "value"),
    [
        ("ON", "OFF", "ON", True),
        ("ON", "OFF", "off", False),
        ("UNLOCK", "LOCK", "UNLOCK", False),
        ("UNLOCK", "LOCK", "LOCK", True),
        (True, False, False, False),
        (False, True, True, True),
        (1, 0, 1, True),
        ("vertical", "horizontal", "vertical", "vertical"),
        ("Leak", "Dry", "Dry", False),
    ],
)
def test_the_two_words_of_a_binary(on: Any, off: Any, raw: Any, value: Value) -> None:
    known = states(binary("state", on, off))
    assert read(known, {"state": raw}) == {"state": value}
    assert known.write({"state": value})["state"] in (raw, str(raw).upper())


@pytest.mark.parametrize("raw", ["perhaps", None, 7, [], {"state": "ON"}])
def test_another_word_says_nothing(raw: Any) -> None:
    assert read(states(switch()), {"state": raw}) == {}


def test_a_colour_stands_in_an_object_and_is_said_as_one() -> None:
    known = states(COLOUR)
    assert read(known, {"state": "ON", "color": {"x": 0.3, "y": 0.4, "hue": 20}}) == {"state": True, "color.x": 0.3, "color.y": 0.4}
    assert known.write({"color.x": 0.1, "color.y": 0.2}) == {"color": {"x": 0.1, "y": 0.2}}
    assert known.question(["color.x", "color.y", "state"]) == {"color": "", "state": ""}


def test_an_event_is_not_told_from_what_the_broker_kept() -> None:
    known = states(ACTION, numeric("battery"))
    assert read(known, {"action": "single", "battery": 5}) == {"action": "single", "battery": 5}
    assert read(known, {"action": "single", "battery": 5}, retained=True) == {"battery": 5}
    assert read(known, {"action": "", "battery": 5}) == {"battery": 5}
    assert "action" not in known.shown


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"x"', b"[" * 3000, b'{"a":' * 3000, b'{"x":"' + b"y" * 70_000 + b'"}']
)
def test_what_is_no_state_is_an_error_of_the_wire(payload: bytes) -> None:
    with pytest.raises(WireError):
        states(switch()).read(payload, retained=False)


def test_what_has_no_set_bit_is_not_said() -> None:
    with pytest.raises(ReadOnly):
        states(numeric("power", 5)).write({"power": 7})


@pytest.mark.parametrize(
    ("expose", "wrong"),
    [
        (numeric("level", 3, value_min=0, value_max=100), 101),
        (numeric("level", 3, value_min=5, value_max=100), -3.0),
        (numeric("level", 3), 10**30),
        ({"type": "enum", "name": "level", "property": "level", "access": 3, "values": ["a", "b"]}, "c"),
    ],
)
def test_what_is_beyond_is_refused(expose: dict[str, Any], wrong: Value) -> None:
    with pytest.raises(SchemaViolation):
        states(expose).write({"level": wrong})


def test_what_rounding_brought_beyond_the_end_is_at_the_end() -> None:
    assert states(numeric("level", 3, value_min=153, value_max=454)).write({"level": 454.4}) == {"level": 454}


@pytest.mark.parametrize(
    "ends", [{"value_min": 10, "value_max": 0}, {"value_min": "a", "value_max": []}, {"value_min": True}, {"value_step": -1}]
)
def test_a_range_that_cannot_be_says_nothing(ends: dict[str, Any]) -> None:
    assert states(numeric("level", 3, **ends)).write({"level": 7}) == {"level": 7}


def test_the_access_bits() -> None:
    made = {access: exposed({"exposes": [numeric("x", access)]}) for access in range(1, 8)}
    told = {access: each.claim.features[0] for access, each in made.items()}
    assert {access for access, feature in told.items() if feature.settable} == {2, 3, 6, 7}
    assert {access for access, feature in told.items() if feature.readable} == {1, 3, 4, 5, 6, 7}
    assert {access for access, each in made.items() if each.asked} == {4, 5, 6, 7}


def test_an_endpoint_stands_after_the_property_and_the_specific_thing_is_the_group() -> None:
    left = {"type": "switch", "endpoint": "left", "features": [{**switch()["features"][0], "property": "state_left", "endpoint": "left"}]}
    (feature,) = exposed({"exposes": [left]}).claim.features
    assert (feature.key, feature.name, feature.group, feature.endpoint, feature.type) == (
        "state_left",
        "state",
        "switch",
        "left",
        "boolean",
    )


def test_a_category_goes_down_to_the_members() -> None:
    config = {"type": "composite", "name": "c", "property": "c", "access": 7, "category": "config", "features": [numeric("a")]}
    made = exposed({"exposes": [config]})
    assert made.claim.features[0].category is Category.CONFIG
    assert [leaf.category for leaf in made.leaves] == [Category.CONFIG]


@pytest.mark.parametrize("name", [[], {}, None, 7, "x" * 5000])
@pytest.mark.parametrize(
    "member", ["name", "type", "property", "access", "label", "unit", "category", "endpoint", "values", "value_on", "features"]
)
def test_members_of_any_shape_hurt_nobody(member: str, name: Any) -> None:
    for inside in (switch()["features"][0], COLOUR["features"][1], ACTION, numeric("x")):
        made = exposed({"exposes": [{"type": "light", "features": [{**inside, member: name}]}, {**inside, member: name}]})
        assert read(States(made), {"state": "ON", "x": 1}) is not None


@pytest.mark.parametrize("definition", [{"exposes": "x"}, {"exposes": 7}, {"exposes": [7]}, []])
def test_what_is_no_definition_is_refused(definition: Any) -> None:
    with pytest.raises(SchemaViolation):
        exposed(definition)


@pytest.mark.parametrize(
    ("told", "wanted", "alike"),
    [
        (True, True, True),
        (True, False, False),
        (1, True, False),
        (64, 63.5, True),
        (200, 250, False),
        ("a", "a", True),
        (None, "a", False),
        ({"x": 0.31, "y": 0.4, "hue": 3}, {"x": 0.3}, True),
        ({"x": 3.0}, {"x": 0.3}, False),
        ("a", {"x": 1}, False),
    ],
)
def test_whether_a_state_has_what_was_asked_for(told: Value, wanted: Value, alike: bool) -> None:
    assert matches(told, wanted) is alike


@pytest.mark.parametrize(
    ("prop", "claimed"),
    [("state", ("switch", "state")), ("state_left", ("switch", "state")), ("window_detection", ("", "window_detection"))],
)
def test_a_switch_that_is_a_setting_of_something_else_is_no_switch(prop: str, claimed: tuple[str, str]) -> None:
    """Radiator valves have such: as a switch of a `valve` it would say that water flows."""
    leaf = {"type": "binary", "name": "state", "property": prop, "access": 7, "value_on": "ON", "value_off": "OFF"}
    known = exposed({"exposes": [{"type": "switch", "features": [leaf]}]})
    (feature,) = known.claim.features
    assert (feature.group, feature.name) == claimed
    assert read(States(known), {prop: "ON"}) == {prop: True}
    assert States(known).write({prop: False}) == {prop: "OFF"}


@pytest.mark.parametrize(("on", "off"), [(False, True), (True, False), ("ON", "OFF")])
def test_a_contact_says_yes_while_it_is_closed(on: Value, off: Value) -> None:
    (feature,) = exposed({"exposes": [{"name": "contact", "type": "binary", "access": 1, "value_on": on, "value_off": off}]}).claim.features
    assert feature.yes == "closed"
