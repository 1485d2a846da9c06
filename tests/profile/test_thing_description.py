"""Thing Descriptions: written so that published clients read them, and read back as they were meant."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from gateway.errors import CommandError, SchemaViolation, Unknown
from gateway.profile.description import description_of
from gateway.profile.library import Library
from gateway.profile.strategies.features import richest
from gateway.profile.thing_description import thing_description, thing_id
from gateway.thing.description import Description

LIBRARY = Library()
KINDS = LIBRARY.kinds()

SHAPE: dict[str, Any] = {
    "type": "object",
    "required": ["@context", "id", "title", "version", "securityDefinitions", "security", "forms", "properties", "actions", "events"],
    "definitions": {
        "forms": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["href", "op"], "properties": {"href": {"type": "string", "minLength": 1}}},
        },
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "affordance": {
            "type": "object",
            "required": ["forms", "title", "titles"],
            "properties": {
                "forms": {"$ref": "#/definitions/forms"},
                "title": {"type": "string"},
                "titles": {"allOf": [{"$ref": "#/definitions/texts"}, {"required": ["en", "zh-Hans"]}]},
            },
        },
    },
    "properties": {
        "@context": {
            "type": "array",
            "minItems": 4,
            "items": [{"const": "https://www.w3.org/2019/wot/td/v1"}, {"const": "https://www.w3.org/2022/wot/td/v1.1"}],
        },
        "id": {"pattern": "^urn:uuid:"},
        "version": {"required": ["instance", "model"]},
        "security": {"const": ["nosec"]},
        "securityDefinitions": {"const": {"nosec": {"scheme": "nosec"}}},
        "properties": {"additionalProperties": {"allOf": [{"$ref": "#/definitions/affordance"}, {"required": ["observable"]}]}},
        "actions": {"additionalProperties": {"allOf": [{"$ref": "#/definitions/affordance"}, {"required": ["synchronous"]}]}},
        "events": {"additionalProperties": {"$ref": "#/definitions/affordance"}},
    },
}


class PlainForms:
    """Forms of a device that is reached over CoAP, and over MQTT where a property is public."""

    def security(self) -> dict[str, Any]:
        return {"securityDefinitions": {"nosec": {"scheme": "nosec"}}, "security": ["nosec"]}

    def thing(self) -> list[dict[str, Any]]:
        return [{"href": "coap://gateway/d/one/s", "op": ["readallproperties"]}]

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        ops = ["readproperty"] if read_only else ["readproperty", "writeproperty"]
        forms = [{"href": f"coap://gateway/d/one/p/{name}", "op": ops}]
        return forms if private else [*forms, {"href": f"mqtt://gateway/hulian/1/gw/one/p/{name}", "op": ops, "numeric": numeric}]

    def action(self, name: str, *, long: bool) -> list[dict[str, Any]]:
        run = [{"href": "coap://gateway/d/one/run/{id}", "op": ["queryaction"]}] if long else []
        return [{"href": f"coap://gateway/d/one/a/{name}", "op": ["invokeaction"]}, *run]

    def event(self, name: str) -> list[dict[str, Any]]:
        return [{"href": f"coap://gateway/d/one/e/{name}", "op": ["subscribeevent"]}]


class BrokerForms(PlainForms):
    """Forms of a device without CoAP: what is private cannot be reached."""

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        return super().property(name, read_only=read_only, private=private, numeric=numeric)[1:]


def written(kind: str, *features: str, **more: Any) -> dict[str, Any]:
    instance = LIBRARY.model(kind).instance(Description(id="one", kind=kind, features=features, **more))
    document: dict[str, Any] = json.loads(json.dumps(thing_description(instance, title="Bedroom", forms=PlainForms())))
    return document


@pytest.mark.parametrize("kind", KINDS)
def test_the_description_of_every_kind_has_the_shape_clients_ask_for(kind: str) -> None:
    td = written(kind, *richest(LIBRARY.model(kind)).shape.features)
    assert [error.message for error in Draft7Validator(SHAPE).iter_errors(td)] == []
    assert td["links"][0]["rel"] == "type"
    assert td["links"][0]["hl:hash"] == LIBRARY.model(kind).hash
    assert (td["hl:kind"], td["hl:maturity"], td["title"]) == (kind, LIBRARY.model(kind).maturity, "Bedroom")
    assert "hl:map" not in json.dumps(td)


def typeless(node: Any, pointer: str, *, schema: bool = False) -> list[str]:
    """Pointers of data schemas without one type."""
    if not isinstance(node, dict):
        return []
    here = [pointer] if schema and not isinstance(node.get("type"), str) else []
    for term in ("properties", "uriVariables"):
        here += [found for name, each in node.get(term, {}).items() for found in typeless(each, f"{pointer}/{name}", schema=True)]
    for term in ("input", "output", "data", "items"):
        here += typeless(node[term], f"{pointer}/{term}", schema=True) if term in node else []
    return here + [found for each in node.get("oneOf", []) for found in typeless(each, f"{pointer}/oneOf", schema=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_has_a_type_because_a_client_in_use_cannot_read_it_otherwise(kind: str) -> None:
    td = written(kind, *richest(LIBRARY.model(kind)).shape.features)
    found = typeless({"properties": td["properties"]}, "")
    for section in ("actions", "events"):
        found += [each for name, body in td[section].items() for each in typeless(body, name)]
    assert found == []


def test_a_long_action_can_be_asked_about_by_run() -> None:
    actions = written("air-conditioner", "CLN")["actions"]
    assert actions["selfClean"]["uriVariables"]["id"]["type"] == "string"
    assert "run/{id}" in actions["selfClean"]["forms"][-1]["href"]
    assert "uriVariables" not in actions["setComfort"]


def test_what_no_form_reaches_is_left_out() -> None:
    instance = LIBRARY.model("light").instance(Description(id="one", kind="light"))
    names = thing_description(instance, title="Lamp", forms=BrokerForms())["properties"]
    assert "identity" not in names
    assert "power" in names


def test_the_id_depends_on_the_device_only() -> None:
    assert written("light")["id"] == written("plug")["id"] == thing_id("one")
    assert thing_id("one") != thing_id("two")


def test_only_constraints_that_apply_are_written() -> None:
    assert [each["id"] for each in written("air-conditioner")["hl:constraints"]] == [
        "ac-heat-range",
        "ac-temp-writable",
        "ac-off-state",
        "ac-restart",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_writing_and_reading_back_gives_the_same_description(kind: str) -> None:
    features = richest(LIBRARY.model(kind)).shape.features
    additions = {"properties": {"x-acme-glow": {"type": "boolean", "title": "Glow", "observable": True}}}
    given_description = Description(id="one", kind=kind, features=features, additions=additions, title="Bedroom")
    td = written(kind, *features, additions=additions)
    read = description_of(td, LIBRARY, device="one")
    assert (read.kind, read.features, read.narrowing, read.title, read.id) == (kind, features, {}, "Bedroom", "one")
    assert LIBRARY.model(kind).instance(read).properties.keys() == LIBRARY.model(kind).instance(given_description).properties.keys()


def test_narrowing_is_read_back() -> None:
    narrowing = {"targetTemperature": {"minimum": 17, "multipleOf": 1}, "mode": {"enum": ["cool", "fan"]}}
    read = description_of(written("air-conditioner", narrowing=narrowing), LIBRARY)
    assert read.narrowing["targetTemperature"] == {"minimum": 17, "multipleOf": 1}
    assert read.narrowing["mode"] == {"enum": ["cool", "fan"]}
    box = description_of(written("set-top-box", narrowing={"sendKey/key": {"enum": ["ok"]}}), LIBRARY)
    assert box.narrowing == {"sendKey/key": {"enum": ["ok"]}}


def change(td: dict[str, Any], *path: str, to: Any) -> dict[str, Any]:
    changed = copy.deepcopy(td)
    node = changed
    for part in path[:-1]:
        node = node[part]
    if to is None:
        del node[path[-1]]
    else:
        node[path[-1]] = to
    return changed


TD = written("air-conditioner", "HEAT", "CLN", "ECO")


@pytest.mark.parametrize(
    "wider",
    [
        change(TD, "properties", "targetTemperature", "minimum", to=15),
        change(TD, "properties", "targetTemperature", "maximum", to=33),
        change(TD, "properties", "targetTemperature", "multipleOf", to=0.25),
        change(TD, "properties", "targetTemperature", "multipleOf", to=None),
        change(TD, "properties", "targetTemperature", "type", to="integer"),
        change(TD, "properties", "targetTemperature", "unit", to="K"),
        change(TD, "properties", "targetTemperature", "readOnly", to="yes"),
        change(TD, "actions", "setComfort", "input", "properties", "mode", "readOnly", to=True),
        change(TD, "properties", "operatingState", "readOnly", to=None),
        change(TD, "properties", "mode", "enum", to=["cool", "dry", "fan", "heat", "auto"]),
        change(TD, "properties", "mode", to=None),
        change(TD, "properties", "eco", to=None),
        change(TD, "properties", "auxHeat", to={"type": "boolean"}),
        change(TD, "properties", "turboMode", to={"type": "boolean"}),
        change(TD, "properties", "faults", "items", "properties", "severity", "enum", to=["info", "bad"]),
        change(TD, "properties", "faults", "items", "required", to=[]),
        change(TD, "actions", "selfClean", to=None),
        change(TD, "actions", "setComfort", "input", "properties", "targetTemperature", "maximum", to=40),
        change(TD, "events", "faultRaised", to=None),
        change(TD, "hl:features", to=["HEAT", "CLN", "ECO", "NOSUCH"]),
        change(TD, "hl:features", to=["AUX"]),
        change(TD, "hl:features", to="HEAT"),
        change(TD, "version", to=None),
        change(TD, "version", "model", to="newest"),
        change(TD, "hl:kind", to=None),
        change(TD, "properties", to=[]),
        change(TD, "properties", "mode", to="text"),
    ],
)
def test_a_description_that_widens_its_kind_is_refused(wider: dict[str, Any]) -> None:
    description_of(TD, LIBRARY)
    with pytest.raises(SchemaViolation) as caught:
        description_of(wider, LIBRARY)
    assert caught.value.detail


def test_an_unknown_kind_and_an_unknown_major_version_are_unknown() -> None:
    for td in (
        change(TD, "hl:kind", to="teleporter"),
        change(TD, "version", "model", to="2.0.0"),
        change(TD, "hl:kind", to="../../etc/passwd"),
    ):
        with pytest.raises(Unknown):
            description_of(td, LIBRARY)


def test_a_newer_minor_version_may_know_more_than_we_do() -> None:
    newer = change(change(TD, "version", "model", to="1.3.0"), "properties", "moonPhase", to={"type": "string"})
    read = description_of(change(newer, "hl:features", to=["HEAT", "CLN", "ECO", "MOON"]), LIBRARY)
    assert read.features == ("CLN", "ECO", "HEAT")


def test_an_open_enum_may_be_longer() -> None:
    plug = written("plug")
    kinds = [*plug["properties"]["feedsKind"]["enum"], "bread-slicer"]
    read = description_of(change(plug, "properties", "feedsKind", "enum", to=kinds), LIBRARY)
    assert read.narrowing["feedsKind"]["enum"] == kinds


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(node: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(node, dict):
        return [path]
    return (
        [path, *(place for key, value in node.items() for place in places(value, (*path, key)))]
        if path
        else [place for key, value in node.items() for place in places(value, (key,))]
    )


PLACES = places(TD)


@given(st.sampled_from(PLACES), json_values)
@settings(max_examples=300)
def test_a_description_with_anything_anywhere_raises_nothing_but_a_command_error(place: tuple[str, ...], value: Any) -> None:
    try:
        read = description_of(change(TD, *place, to=value), LIBRARY)
    except CommandError:
        return
    LIBRARY.model(read.kind).instance(read)


@given(json_values)
def test_what_is_no_description_at_all_is_refused(value: Any) -> None:
    with pytest.raises(CommandError):
        description_of(value, LIBRARY)
