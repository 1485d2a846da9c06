"""Features and vendor additions of a description."""

from typing import Any

import pytest

from gateway.errors import SchemaViolation, Unknown
from gateway.profile.additions import checked_additions
from gateway.profile.features import Feature, check_selection
from gateway.profile.library import Library
from gateway.thing.description import Description


@pytest.mark.parametrize(("features", "text"), [(("NOSUCH",), "no feature 'NOSUCH'"), (("AUX",), "needs HEAT"), (("VST",), "needs MNS")])
def test_an_illegal_list_of_features_is_refused_with_a_reason(library: Library, features: tuple[str, ...], text: str) -> None:
    with pytest.raises(SchemaViolation, match=text):
        library.model("air-conditioner").instance(Description(id="one", kind="air-conditioner", features=features))


def test_features_that_exclude_each_other_are_refused() -> None:
    one, other = (
        Feature(name=name, title=name, titles={}, affordances=frozenset(), enums={}, requires=frozenset(), excludes=frozenset(excludes))
        for name, excludes in (("HUMIDIFY", {"DEHUMIDIFY"}), ("DEHUMIDIFY", set()))
    )
    with pytest.raises(SchemaViolation, match="excludes DEHUMIDIFY"):
        check_selection("humidifier", {"HUMIDIFY": one, "DEHUMIDIFY": other}, frozenset({"HUMIDIFY", "DEHUMIDIFY"}))


def test_a_description_of_another_kind_is_refused(library: Library) -> None:
    with pytest.raises(SchemaViolation):
        library.model("light").instance(Description(id="one", kind="plug"))
    with pytest.raises(SchemaViolation):
        library.model("light").instance(Description(id="one", kind="light", major=2))


def test_devices_that_are_alike_share_their_shape(library: Library) -> None:
    model = library.model("light")
    one = model.instance(Description(id="one", kind="light", features=("CT", "COL"), narrowing={"brightness": {"minimum": 10}}))
    two = model.instance(Description(id="two", kind="light", features=("COL", "CT"), narrowing={"brightness": {"minimum": 10}}))
    other = model.instance(Description(id="two", kind="light", features=("COL", "CT")))
    assert one.shape is two.shape
    assert other.shape is not one.shape
    assert two.description.id == "two"


def test_vendor_additions_are_checked_like_the_rest(build: Any) -> None:
    additions = {
        "properties": {"x-acme-glow": {"type": "integer", "minimum": 0, "maximum": 10, "title": "Glow"}},
        "actions": {
            "x-acme-dance": {"input": {"type": "object", "properties": {"style": {"type": "string", "enum": ["polka"]}}}, "hl:danger": 2}
        },
        "events": {"x-acme-danced": {"data": {"type": "object"}}},
    }
    lamp = build("light", additions=additions)
    lamp.check_value("x-acme-glow", 3)
    lamp.check_write({"x-acme-glow": 3}, {})
    assert "x-acme-glow" in lamp.faulty({"x-acme-glow": 11})
    lamp.check_input("x-acme-dance", {"style": "polka"}, {})
    with pytest.raises(SchemaViolation):
        lamp.check_input("x-acme-dance", {"style": "waltz"}, {})
    assert lamp.actions["x-acme-dance"].danger == 2
    lamp.check_event("x-acme-danced", {"seq": 1})


@pytest.mark.parametrize("name", ["glow", "x-glow", "x-Acme-glow", "x-acme-", "x-acme-a/b", "x-acme-+", "x-acme-a b", "$", "", None, 5])
def test_an_addition_must_carry_its_vendors_name(name: Any) -> None:
    with pytest.raises(SchemaViolation):
        checked_additions({"properties": {name: {"type": "boolean"}}})


def test_an_addition_cannot_replace_what_the_kind_has(build: Any) -> None:
    with pytest.raises(SchemaViolation):
        build("light", additions={"properties": {"power": {"type": "string"}}})
    with pytest.raises(Unknown):
        build("light").check_value("x-acme-glow", 1)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "(a+)+$"},
        {"type": "array", "items": {"items": {"items": {"items": {"items": {"items": {"items": {}}}}}}}},
        {"minimum": "low", "maximum": [], "multipleOf": 0.1, "enum": {}, "required": "x", "title": 5, "titles": {"en": {}}},
        {"minimum": 5, "maximum": 1},
        {"type": "string", "enum": [1, 2]},
        {"type": "wish", "unit": {}, "hl:danger": 9, "hl:report": {"minInterval": []}},
        {"properties": {"x": 5, "y": {"type": "number", "multipleOf": -3}}},
        [],
        None,
        "text",
    ],
)
def test_of_a_hostile_addition_only_what_is_understood_remains(build: Any, schema: Any) -> None:
    lamp = build("light", additions={"properties": {"x-acme-odd": schema}, "actions": {"x-acme-do": {"input": schema, "output": schema}}})
    assert "pattern" not in lamp.properties["x-acme-odd"].schema
    for value in (None, 1, "text", "a" * 60 + "!", [[[[[[[[1]]]]]]]], {"x": {"y": 1}}):
        lamp.faulty({"x-acme-odd": value})
    assert lamp.properties["x-acme-odd"].danger in (0, 1, 2, 3)


def test_a_flood_of_additions_is_refused(library: Library) -> None:
    flood = {"properties": {f"x-acme-p{number}": {"type": "boolean"} for number in range(257)}}
    with pytest.raises(SchemaViolation):
        library.model("light").instance(Description(id="one", kind="light", additions=flood))
