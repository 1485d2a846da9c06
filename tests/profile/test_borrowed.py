"""Standard affordances of a mixin on a device whose kind lacks them: what may be borrowed, and what a hostile description gets."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gateway.conformance.description_verdict import description_findings, description_objections
from gateway.errors import HulianError, ReadOnly, SchemaViolation
from gateway.faces.homeassistant.offers import entities_of
from gateway.profile.additions import checked_additions
from gateway.profile.check import check_file
from gateway.profile.description import description_of
from gateway.profile.instance import Instance
from gateway.profile.library import PROFILES, Library
from gateway.profile.resolver import merge_patch
from gateway.profile.state_schema import state_schema
from gateway.thing.description import Description
from tests.faces.test_homeassistant_entities import site
from tests.profile.test_thing_description import LIBRARY, SHAPE, written

MIXINS = {name: LIBRARY.mixin(name) for name in LIBRARY.mixins()}
DRAW = {"tm:ref": "./mixin-energy-1.yaml#/properties/voltage"}
LIMIT = {"tm:ref": "./mixin-energy-1.yaml#/properties/powerLimit"}
LOW = {"tm:ref": "./mixin-consumables-1.yaml#/events/consumableLow"}
RESET = {"tm:ref": "./mixin-consumables-1.yaml#/actions/resetConsumable"}
EVERY = [
    (mixin, section, name)
    for mixin, body in MIXINS.items()
    for section in ("properties", "actions", "events")
    for name in body.get(section, {})
]


def lamp(library: Any = LIBRARY, **sections: Any) -> Instance:
    device: Instance = library.model("light").instance(Description(id="one", kind="light", additions=sections))
    return device


def reference(mixin: str, section: str, name: str) -> dict[str, str]:
    return {"tm:ref": f"./{mixin}.yaml#/{section}/{name}"}


def shown(**sections: Any) -> dict[str, Any]:
    td: dict[str, Any] = json.loads(json.dumps(written("light", additions=sections)))
    return td


def test_a_borrowed_property_is_checked_as_if_the_kind_had_it() -> None:
    device = lamp(properties={"voltage": {**DRAW, "maximum": 250}, "powerLimit": LIMIT})
    assert device.faulty({"voltage": 239.5, "powerLimit": 0}) == {}
    assert set(device.faulty({"voltage": 250.5, "powerLimit": 10001})) == {"voltage", "powerLimit"}
    device.check_write({"powerLimit": 60}, {})
    with pytest.raises(SchemaViolation):
        device.check_write({"powerLimit": 60.5}, {})
    with pytest.raises(ReadOnly):
        device.check_write({"voltage": 5}, {})
    assert (device.properties["voltage"].unit, device.properties["voltage"].report.deadband) == ("V", 2)


def test_borrowed_actions_and_events_are_checked_too() -> None:
    device = lamp(actions={"resetConsumable": RESET}, events={"consumableLow": LOW})
    device.check_input("resetConsumable", {"id": "lamp"}, {})
    device.check_event("consumableLow", {"id": "lamp", "remaining": 4})
    assert device.actions["resetConsumable"].danger == 1
    with pytest.raises(SchemaViolation):
        device.check_input("resetConsumable", {"what": "lamp"}, {})
    with pytest.raises(SchemaViolation):
        device.check_event("consumableLow", {"id": "lamp"})


def test_writing_may_be_taken_from_what_is_borrowed() -> None:
    device = lamp(properties={"powerLimit": {**LIMIT, "readOnly": True, "hl:reason": "fixed at the factory"}})
    assert device.properties["powerLimit"].withheld
    with pytest.raises(ReadOnly, match="fixed at the factory"):
        device.check_write({"powerLimit": 60}, {})


@pytest.mark.parametrize(
    ("section", "name", "schema", "words"),
    [
        ("properties", "power", reference("mixin-power-1", "properties", "power"), "light's own"),
        ("properties", "voltage", {"tm:ref": "./mixin-nothing-1.yaml#/properties/voltage"}, "no mixin"),
        ("properties", "shine", reference("mixin-energy-1", "properties", "shine"), "has no shine"),
        ("properties", "draw", DRAW, "keeps its name"),
        ("actions", "voltage", DRAW, "keeps its name"),
        ("properties", "voltage", {"tm:ref": "./plug-1.yaml#/properties/voltage"}, "must look like"),
        ("properties", "voltage", {"tm:ref": "../../mixin-energy-1.yaml#/properties/voltage"}, "must look like"),
        ("properties", "voltage", {"tm:ref": ["mixin-energy-1"]}, "must look like"),
        ("properties", "voltage", {**DRAW, "maximum": 400}, "above the kind.s 300"),
        ("properties", "voltage", {**DRAW, "readOnly": False}, "cannot be taken back"),
        ("properties", "voltage", {**DRAW, "unit": "kV"}, "is what mixin-energy-1 says"),
        ("properties", "powerLimit", {**LIMIT, "hl:danger": 0}, "is what mixin-energy-1 says"),
        ("actions", "resetConsumable", {**RESET, "hl:danger": 0}, "nothing may stand beside"),
        ("properties", "voltage", {"type": "number"}, "refers to its mixin"),
    ],
)
def test_what_cannot_be_borrowed_is_refused_with_the_reason(section: str, name: str, schema: Mapping[str, Any], words: str) -> None:
    with pytest.raises(SchemaViolation, match=words):
        lamp(**{section: {name: schema}})


def test_a_feature_of_the_kind_comes_before_the_mixin() -> None:
    with pytest.raises(SchemaViolation, match="list the feature"):
        LIBRARY.model("plug").instance(Description(id="one", kind="plug", additions={"properties": {"voltage": DRAW}}))


def test_what_an_atomic_action_of_the_kind_takes_cannot_be_borrowed() -> None:
    washer = LIBRARY.model("washing-machine")
    document = merge_patch(washer.document, {"actions": {"startProgram": {"input": {"properties": {"powerLimit": {"type": "integer"}}}}}})
    other = replace(washer, document=document, shapes={})
    with pytest.raises(SchemaViolation, match="what an action"):
        other.instance(Description(id="one", kind="washing-machine", additions={"properties": {"powerLimit": LIMIT}}))


def test_the_judge_sees_such_a_clash_as_well() -> None:
    kind = merge_patch(
        LIBRARY.model("light").document,
        {"actions": {"glow": {"hl:atomic": True, "input": {"type": "object", "properties": {"voltage": {"type": "number"}}}}}},
    )
    td = {**TD, "actions": {**TD["actions"], "glow": kind["actions"]["glow"]}}
    assert [(each.rule, each.property) for each in description_objections(td, kind, MIXINS)] == [("clash", "voltage")]


def test_what_a_borrowed_atomic_action_sets_is_taken_only_where_the_device_has_it() -> None:
    action = {"hl:atomic": True, "input": {"type": "object", "properties": {name: {"type": "number"} for name in ("warmth", "speed")}}}
    mixin = {"properties": {name: {"type": "number"} for name in ("warmth", "speed")}, "actions": {"blend": action}}
    kind = LIBRARY.model("light")
    other = replace(kind, mixins=lambda _: mixin, shapes={})
    additions = {
        "properties": {"warmth": reference("mixin-blend-1", "properties", "warmth")},
        "actions": {"blend": reference("mixin-blend-1", "actions", "blend")},
    }
    device = other.instance(Description(id="one", kind="light", additions=additions))
    assert set((device.actions["blend"].input or {})["properties"]) == {"warmth"}


def test_a_kinds_own_affordance_may_say_which_mixin_it_came_from() -> None:
    td = merge_patch(TD, {"properties": {"power": {"hl:mixin": "mixin-power-1"}}})
    assert description_of(td, LIBRARY).additions == description_of(TD, LIBRARY).additions
    assert [*description_objections(td, LIBRARY.model("light").document, MIXINS)] == []


def test_borrowed_and_own_are_counted_together() -> None:
    own = {f"x-acme-p{number}": {"type": "boolean"} for number in range(256)}
    assert len(checked_additions({"properties": own})["properties"]) == 256
    with pytest.raises(SchemaViolation, match="at most 256"):
        checked_additions({"properties": {**own, "voltage": DRAW}})


def test_an_atomic_action_that_is_borrowed_takes_only_what_the_device_has() -> None:
    cycle = {"startProgram": reference("mixin-cycle-1", "actions", "startProgram")}
    assert set(lamp(actions=cycle).actions["startProgram"].input["properties"]) == {"delay", "readyAt"}  # type: ignore[index]


def batches(mixin: str) -> Iterator[tuple[str, dict[str, dict[str, dict[str, str]]]]]:
    """Yield kinds, and all that each of them lacks and borrows of a mixin, until everything in it was borrowed once."""
    left = {(section, name) for each, section, name in EVERY if each == mixin}
    for kind in ("gateway", "light", "phone"):
        document = LIBRARY.model(kind).document
        taken = {(section, name) for section, name in left if name not in document.get(section, {})}
        additions: dict[str, dict[str, dict[str, str]]] = {}
        for section, name in sorted(taken):
            additions.setdefault(section, {})[name] = reference(mixin, section, name)
        if additions:
            yield kind, additions
        left -= taken
    assert not left


@pytest.mark.parametrize("mixin", MIXINS)
def test_whatever_a_mixin_has_can_be_borrowed_shown_and_read_back(mixin: str) -> None:
    for kind, additions in batches(mixin):
        td = json.loads(json.dumps(written(kind, additions=additions)))
        assert [error.message for error in Draft7Validator(SHAPE).iter_errors(td)] == []
        assert [*description_objections(td, LIBRARY.model(kind).document, MIXINS)] == []
        read = description_of(td, LIBRARY, device="one")
        assert (read.additions, read.narrowing) == (additions, {})
        device = LIBRARY.model(kind).instance(read)
        keys = {entity.key for entity in entities_of(device, site(device))}
        for section, names in additions.items():
            for name in names:
                own = MIXINS[mixin][section][name]
                assert (td[section][name]["hl:mixin"], td[section][name]["title"]) == (mixin, own["title"])
                assert not offered(device, section, name, own) or any(key.endswith(f"_{name}") for key in keys), name
        assert additions.get("properties", {}).keys() <= state_schema(device.model, device)["properties"].keys()


def offered(device: Instance, section: str, name: str, own: Mapping[str, Any]) -> bool:
    """Return whether Home Assistant is to be offered an entity of its own for what is borrowed."""
    hook = own.get("hl:map", {}).get("ha", {})
    danger = getattr(getattr(device, section)[name], "danger", 0)
    return bool(hook) and not {"topic", "each"} & hook.keys() and not own.get("hl:private") and danger <= 1


SENSED = {
    "temperature": ("Cel", "temperature"),
    "humidity": ("%RH", "humidity"),
    "pressure": ("hPa", "atmospheric_pressure"),
    "illuminance": ("lx", "illuminance"),
    "co2": ("ppm", "carbon_dioxide"),
    "pm25": ("ug/m3", "pm25"),
    "pm10": ("ug/m3", "pm10"),
    "voc": ("ug/m3", "volatile_organic_compounds"),
    "vocParts": ("ppm", "volatile_organic_compounds_parts"),
    "noise": ("dB", "sound_pressure"),
    "soilMoisture": ("%", "moisture"),
    "occupied": (None, "occupancy"),
    "contactOpen": (None, "opening"),
    "leak": (None, "moisture"),
    "smokeDetected": (None, "smoke"),
    "gasDetected": (None, "gas"),
    "coDetected": (None, "carbon_monoxide"),
    "vibrating": (None, "vibration"),
    "tampered": (None, "tamper"),
}
"""Unit and Home Assistant's class of what sensors in use tell, as Zigbee2MQTT announces them."""


@pytest.mark.parametrize("name", SENSED)
def test_what_sensors_tell_has_the_unit_and_class_they_are_known_by(name: str) -> None:
    known = MIXINS["mixin-environment-1"]["properties"][name]
    assert (known.get("unit"), known["hl:map"]["ha"]["device_class"]) == SENSED[name]
    assert known["readOnly"]


def test_a_name_stands_in_one_mixin_only() -> None:
    places: dict[tuple[str, str], set[str]] = {}
    for mixin, section, name in EVERY:
        places.setdefault((section, name), set()).add(mixin)
    assert {place: found for place, found in places.items() if len(found) > 1} == {}


def test_narrowing_of_what_is_borrowed_is_read_back() -> None:
    td = shown(properties={"voltage": {**DRAW, "maximum": 250}, "powerLimit": {**LIMIT, "readOnly": True}})
    read = description_of(td, LIBRARY)
    assert read.narrowing == {"voltage": {"maximum": 250}, "powerLimit": {"readOnly": True}}
    device = LIBRARY.model("light").instance(read)
    assert set(device.faulty({"voltage": 251})) == {"voltage"}
    assert [*description_objections(td, LIBRARY.model("light").document, MIXINS)] == []
    assert [each.property for each in description_findings(td, LIBRARY.model("light").document, MIXINS)] == ["powerLimit"]


TD = shown(properties={"voltage": DRAW, "powerLimit": LIMIT}, actions={"resetConsumable": RESET})
HOSTILE: list[dict[str, Any]] = [
    {"properties": {"voltage": {"maximum": 400}}},
    {"properties": {"voltage": {"maximum": None}}},
    {"properties": {"voltage": {"type": "string"}}},
    {"properties": {"voltage": {"unit": "kV"}}},
    {"properties": {"voltage": {"readOnly": False}}},
    {"properties": {"powerLimit": {"multipleOf": None}}},
    {"properties": {"voltage": {"hl:mixin": "mixin-nothing-1"}}},
    {"properties": {"voltage": {"hl:mixin": "mixin-power-1"}}},
    {"properties": {"voltage": {"hl:mixin": "../mixin-energy-1"}}},
    {"properties": {"voltage": {"hl:mixin": 5}}},
    {"properties": {"voltage": {"hl:mixin": None}}},
    {"properties": {"power": {"hl:mixin": "mixin-power-1", "type": "string"}}},
    {"properties": {"colour": {"hl:mixin": "mixin-energy-1", "type": "string"}}},
    {"properties": {"colourTemperature": {"hl:mixin": "mixin-energy-1", "type": "number"}}},
    {"properties": {"energyTotal": {"hl:mixin": "mixin-energy-1", **MIXINS["mixin-energy-1"]["properties"]["energyTotal"], "forms": []}}},
    {"actions": {"resetConsumable": {"input": {"required": []}}}},
    {"actions": {"resetConsumable": {"input": {"properties": {"id": {"maxLength": 1024}}}}}},
]


@pytest.mark.parametrize("patch", HOSTILE, ids=[json.dumps(patch) for patch in HOSTILE])
def test_a_hostile_description_gets_no_more_than_the_mixin_says(patch: dict[str, Any]) -> None:
    td = merge_patch(TD, patch)
    with pytest.raises(SchemaViolation):
        description_of(td, LIBRARY)
    assert [*description_objections(td, LIBRARY.model("light").document, MIXINS)] != []


def test_what_a_description_says_of_danger_and_privacy_is_the_mixins_word() -> None:
    td = merge_patch(
        TD, {"properties": {"powerLimit": {"hl:private": True, "hl:danger": 0}}, "actions": {"resetConsumable": {"hl:danger": 0}}}
    )
    device = LIBRARY.model("light").instance(description_of(td, LIBRARY))
    assert (device.properties["powerLimit"].private, device.actions["resetConsumable"].danger) == (False, 1)


def test_what_a_newer_device_has_of_a_mixin_that_is_not_known_here_is_left_aside() -> None:
    td = copy.deepcopy(TD)
    td["version"]["model"] = "1.99.0"
    td["properties"]["glitter"] = {"type": "number", "hl:mixin": "mixin-glitter-1"}
    td["properties"]["voltageShine"] = {"type": "number", "hl:mixin": "mixin-energy-1"}
    assert set(description_of(td, LIBRARY).additions["properties"]) == {"voltage", "powerLimit"}


def test_a_vendors_own_affordance_does_not_become_standard_by_saying_so() -> None:
    td = shown(properties={"x-acme-draw": {"type": "string"}})
    td["properties"]["x-acme-draw"]["hl:mixin"] = "mixin-energy-1"
    device = LIBRARY.model("light").instance(description_of(td, LIBRARY))
    assert "hl:mixin" not in device.properties["x-acme-draw"].schema
    assert device.faulty({"x-acme-draw": "much"}) == {}


def test_a_mixin_comes_from_a_bundle_as_well(tmp_path: Any) -> None:
    for name in ("appliance-base-1", "light-1", *(f"mixin-{part}-1" for part in ("power", "energy", "mains", "label"))):
        (tmp_path / f"{name}.yaml").write_bytes((PROFILES / f"{name}.yaml").read_bytes())
    (tmp_path / "models.json").write_bytes(Library(tmp_path).bundle())
    library = Library(tmp_path)
    assert library.mixin("mixin-energy-1") == MIXINS["mixin-energy-1"]
    assert lamp(library, properties={"voltage": DRAW}).faulty({"voltage": 3}) == {}


@pytest.mark.parametrize("name", ["energy-1", "mixin-energy", "../mixin-energy-1", "light-1", "", None, 5, ["mixin-energy-1"]])
def test_only_a_published_mixin_is_one(name: Any) -> None:
    with pytest.raises((HulianError, TypeError)):
        LIBRARY.mixin(name)


MODEL = """
title: Acme Glow
titles: {en: Acme Glow, zh-Hans: Acme Glow}
model: {of: light, version: 1.0.0, maker: Acme, names: [GLOW]}
additions:
  properties:
    voltage: {"tm:ref": "./mixin-energy-1.yaml#/properties/voltage", maximum: %s}
"""


def test_a_model_of_a_kind_may_borrow_and_is_checked(tmp_path: Any) -> None:
    path = tmp_path / "glow.yaml"
    path.write_text(MODEL % 40, encoding="utf-8")
    assert check_file(path) == []
    path.write_text(MODEL % 40000, encoding="utf-8")
    assert [finding.rule for finding in check_file(path)] == ["model-narrowing"]
