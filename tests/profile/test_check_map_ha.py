"""Home Assistant hooks: what cannot become an entity is found in the profile, with what to do."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.profile.check import check_file
from gateway.profile.homeassistant import PLATFORMS
from gateway.profile.homeassistant_units import CLASS_UNITS
from gateway.profile.library import PROFILES
from gateway.profile.units import UNITS

TITLES = {"title": "Thing", "titles": {"en": "Thing", "zh-Hans": "东西"}}
NUMBER = {"type": "number", "minimum": 0, "maximum": 10, "multipleOf": 1, "unit": "Cel"}
WORDS = {"type": "string", "enum": ["low", "high"]}
SWITCH = {"type": "boolean"}
LIST = {
    "type": "array",
    "maxItems": 4,
    "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "maxLength": 8}, "open": {"type": "boolean"}}},
}
READ = {"readOnly": True}


def property_of(schema: dict[str, Any], **hook: Any) -> dict[str, Any]:
    resolution = {"hl:resolution": 1} if schema.get("readOnly") and schema.get("type") == "number" else {}
    return TITLES | schema | resolution | {"observable": True, "hl:map": {"ha": hook}}


def action_of(given: dict[str, Any] | None, **hook: Any) -> dict[str, Any]:
    input_schema = {} if given is None else {"input": given}
    return TITLES | {"synchronous": True, "idempotent": True, "safe": False, "hl:map": {"ha": hook}} | input_schema


NEEDY = {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", "maxLength": 8, **TITLES}}}


def said(folder: Path, **sections: dict[str, Any]) -> list[str]:
    """Return the findings about hooks of a kind with these affordances."""
    head = {
        "@context": ["https://www.w3.org/2022/wot/td/v1.1"],
        "@type": ["tm:ThingModel"],
        **TITLES,
        "version": {"model": "1.0.0"},
        "links": [{"rel": "tm:extends", "href": "./appliance-base-1.yaml", "type": "application/tm+json"}],
        "hl:kind": "gadget",
        "hl:class": "appliance",
        "hl:maturity": "draft",
    }
    path = folder / "gadget-1.yaml"
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(head | sections, file)
    return [f"{finding.rule} {finding.pointer}" for finding in check_file(path) if finding.rule.startswith("ha-")]


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_hook_of_the_standard_makes_an_entity(path: Path) -> None:
    assert [finding for finding in check_file(path) if finding.rule.startswith("ha-")] == []


MISTAKES: list[tuple[str, str, dict[str, dict[str, Any]]]] = [
    ("a platform nobody has", "ha-platform", {"properties": {"x": property_of(SWITCH, platform="toaster")}}),
    ("a button of a property", "ha-platform", {"properties": {"x": property_of(SWITCH, platform="button")}}),
    ("a misspelled term", "ha-term", {"properties": {"x": property_of(SWITCH, platform="switch", devise_class="outlet")}}),
    ("a category of its own", "ha-term", {"properties": {"x": property_of(SWITCH, platform="switch", category="other")}}),
    ("a part that is none", "ha-part", {"properties": {"x": property_of(SWITCH, platform="light", topic="glow")}}),
    ("a part of a simple platform", "ha-part", {"properties": {"x": property_of(SWITCH, platform="switch", topic="state")}}),
    ("an action where a property belongs", "ha-part", {"actions": {"x": action_of(None, platform="light", topic="state")}}),
    ("a setting that is only shown", "ha-writes", {"properties": {"x": property_of(NUMBER, platform="sensor")}}),
    ("a reading that would be set", "ha-writes", {"properties": {"x": property_of(NUMBER | READ, platform="number")}}),
    (
        "a setting as a part that is only shown",
        "ha-writes",
        {
            "properties": {
                "x": property_of(SWITCH, platform="climate", topic="power"),
                "y": property_of(NUMBER, platform="climate", topic="current_temperature"),
            }
        },
    ),
    ("a number as a switch", "ha-shape", {"properties": {"x": property_of(NUMBER, platform="switch")}}),
    (
        "a select of ten thousand",
        "ha-shape",
        {"properties": {"x": property_of(NUMBER | {"maximum": 10000}, platform="select")}},
    ),
    (
        "a mode of a climate that Home Assistant has not",
        "ha-enum",
        {"properties": {"x": property_of(WORDS, platform="climate", topic="mode", enum={"low": "heat"})}},
    ),
    (
        "a binary sensor of words without a table",
        "ha-enum",
        {"properties": {"x": property_of(WORDS | READ, platform="binary_sensor", enum={"low": "ON"})}},
    ),
    ("a switch between words that names none", "ha-enum", {"properties": {"x": property_of(WORDS, platform="switch", on="high")}}),
    ("a class of another platform", "ha-class", {"properties": {"x": property_of(SWITCH, platform="switch", device_class="door")}}),
    (
        "a class with another unit",
        "ha-class",
        {"properties": {"x": property_of(NUMBER | READ, platform="sensor", device_class="power")}},
    ),
    ("a brightness without a light", "ha-partner", {"properties": {"x": property_of(NUMBER, platform="light", topic="brightness")}}),
    ("a fan that cannot be switched", "ha-partner", {"properties": {"x": property_of(SWITCH | READ, platform="fan", topic="state")}}),
    (
        "two of one composite platform",
        "ha-partner",
        {"properties": {name: property_of(SWITCH, platform="light", topic="state") for name in ("x", "y")}},
    ),
    ("an input nobody gives", "ha-input", {"actions": {"x": action_of(NEEDY, platform="button")}}),
    ("an input that is not asked for", "ha-input", {"actions": {"x": action_of(NEEDY, platform="button", input={"key": "a", "b": 1})}}),
    ("a text that sends nothing", "ha-input", {"actions": {"x": action_of(None, platform="text")}}),
    ("buttons for values nobody knows", "ha-list", {"actions": {"x": action_of(NEEDY, platform="button", each="key")}}),
    ("buttons for a list that is not there", "ha-list", {"actions": {"x": action_of(NEEDY, platform="button", each="key", of="keys")}}),
    ("an entry by a member it has not", "ha-list", {"properties": {"x": property_of(LIST | READ, platform="sensor", each="name")}}),
    ("a list as yes or no", "ha-list", {"properties": {"x": property_of(LIST | READ, platform="binary_sensor")}}),
    (
        "types of an event that are no words",
        "ha-list",
        {"events": {"x": TITLES | {"hl:map": {"ha": {"platform": "event", "member": "key"}}, "data": NEEDY}}},
    ),
    (
        "an entity of what is private",
        "ha-private",
        {"properties": {"x": property_of(NUMBER | READ, platform="sensor") | {"hl:private": True, "observable": False}}},
    ),
]


@pytest.mark.parametrize(("what", "rule", "sections"), MISTAKES, ids=[mistake[0] for mistake in MISTAKES])
def test_a_hook_that_makes_no_entity_is_found(tmp_path: Path, what: str, rule: str, sections: dict[str, dict[str, Any]]) -> None:
    found = said(tmp_path, **sections)
    assert [finding for finding in found if finding.startswith(rule)], (what, found)


def test_a_kind_with_good_hooks_has_nothing_said_about_it(tmp_path: Path) -> None:
    properties = {
        "power": property_of(SWITCH, platform="climate", topic="mode", fold="power+mode"),
        "mode": property_of(WORDS, platform="climate", topic="mode", enum={"low": "heat", "high": "cool"}),
        "target": property_of(NUMBER, platform="climate", topic="temperature"),
        "lamp": property_of(WORDS, platform="light", topic="state", on="high", off="low"),
        "second": property_of(SWITCH, platform="light", topic="state", entity="second"),
        "doors": property_of(LIST | READ, platform="binary_sensor", each="id", member="open", device_class="door"),
    }
    given = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "maxLength": 8, **TITLES}}}
    actions = {"press": action_of(NEEDY, platform="text", member="key"), "shut": action_of(given, platform="button", each="id", of="doors")}
    assert said(tmp_path, properties=properties, actions=actions) == []


def test_the_grammar_names_only_units_that_exist() -> None:
    assert {unit for units in CLASS_UNITS.values() for unit in units} <= UNITS


def test_what_a_platform_needs_is_one_of_its_parts() -> None:
    for name, platform in PLATFORMS.items():
        assert {part for one_of in platform.needs for part in one_of} <= set(platform.parts), name
        assert platform.written <= set(platform.parts), name
