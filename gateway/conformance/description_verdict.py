"""Whether a Thing Description is one of its kind: exactly the affordances its features bring, no schema wider than the kind's.

Beside them it may have affordances of published mixins, which say where they are from (`hl:mixin`), and a vendor's own (`x-...`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.conformance.schema_verdict import TD, Objection

FINDING = "finding"
"""The code of an objection to what is legal and yet not what the kind promises."""
SECTIONS = ("properties", "actions", "events")
_OWN_NAME = re.compile(r"x-[a-z0-9]+-[A-Za-z0-9]+")
_SAME = ("type", "unit", "format", "pattern", "const", "oneOf")
_AT_MOST = ("maximum", "maxLength", "maxItems")
_AT_LEAST = ("minimum", "minLength", "minItems")

Schema = Mapping[str, Any]
Mixins = Mapping[str, Mapping[str, Any]]
"""The published mixins by name (`mixin-energy-1`), references resolved."""


def description_objections(td: TD, kind: Mapping[str, Any], mixins: Mixins | None = None) -> Iterator[Objection]:
    """Judge a Thing Description against the flat Thing Model of its kind and the published mixins."""
    features: Mapping[str, Any] = kind.get("hl:features", {})
    chosen = td.get("hl:features", [])
    yield from (Objection("schema", "hl:features", name) for name in chosen if name not in features)
    legal = [features[name] for name in chosen if name in features]
    for feature in legal:
        if not set(feature.get("requires", ())) <= set(chosen) or set(feature.get("excludes", ())) & set(chosen):
            yield Objection("schema", "hl:features")
    optional = {pointer for feature in features.values() for pointer in feature.get("affordances", ())}
    brought = {pointer for feature in legal for pointer in feature.get("affordances", ())}
    for section in SECTIONS:
        expected = {name for name in kind.get(section, {}) if f"/{section}/{name}" not in optional - brought}
        yield from _named(td, section, expected, kind, mixins or {})
    for name, body in td["properties"].items():
        if name in kind["properties"]:
            own = _without(kind["properties"][name], _absent_words(features, legal, name))
            yield from (Objection("schema", term, name) for term in _wider(own, _as_writable(own, body)))
        elif (borrowed := _of_mixin("properties", name, body, mixins or {})) is not None:
            yield from (Objection("schema", term, name) for term in _wider(borrowed, _as_writable(borrowed, body)))
    for name, action in td["actions"].items():
        meant = kind.get("actions", {}).get(name) or _of_mixin("actions", name, action, mixins or {}) or {}
        asked = meant.get("input")
        if asked is not None and "input" in action:
            yield from (Objection("schema", term, name) for term in _wider(asked, action["input"]))


def description_findings(td: TD, kind: Mapping[str, Any], mixins: Mixins | None = None) -> Iterator[Objection]:
    """Say what a legal Thing Description leaves of the profile's promises, for an appliance that claims to conform by itself.

    Behind a gateway a vendor's wire may have no words for a write: that is no fault of anybody. An appliance that speaks the profile keeps
    its writes. A form that offers to write what can only be read misleads, whoever says it.
    """
    for name, body in td["properties"].items():
        own = kind["properties"].get(name) or _of_mixin("properties", name, body, mixins or {}) or {}
        if own and body.get("readOnly") and not own.get("readOnly"):
            yield Objection(FINDING, "does not keep the profile's writes", name)
        if body.get("readOnly") and any("writeproperty" in _operations(form) for form in body.get("forms", ())):
            yield Objection(FINDING, "a form offers to write what can only be read", name)


def _operations(form: Mapping[str, Any]) -> Any:
    named = form.get("op", ())
    return [named] if isinstance(named, str) else named


def _as_writable(kind: Schema, device: Schema) -> Schema:
    """Return a property's schema without what it may always say: that it can only be read."""
    return device if kind.get("readOnly") else {term: value for term, value in device.items() if term != "readOnly" or value is not True}


def _named(td: TD, section: str, expected: set[str], kind: Mapping[str, Any], mixins: Mixins) -> Iterator[Objection]:
    for name in sorted(expected - td[section].keys()):
        if not kind[section][name].get("hl:private"):
            yield Objection("schema", "missing", name)
    for name, body in td[section].items():
        if name in expected or _OWN_NAME.fullmatch(name):
            continue
        if name in kind.get(section, {}) or _of_mixin(section, name, body, mixins) is None:
            yield Objection("schema", "unknown", name)
        elif section == "properties" and any(name in _taken_together(action) for action in kind.get("actions", {}).values()):
            yield Objection("schema", "clash", name)


def _of_mixin(section: str, name: str, body: Schema, mixins: Mixins) -> Schema | None:
    """Return what the mixin an affordance says it is from has under its name."""
    origin = body.get("hl:mixin")
    found = mixins.get(origin, {}).get(section, {}).get(name) if isinstance(origin, str) else None
    return found if isinstance(found, Mapping) else None


def _taken_together(action: Schema) -> Any:
    return action.get("input", {}).get("properties", {}) if action.get("hl:atomic") else ()


def _absent_words(features: Mapping[str, Any], legal: list[Any], name: str) -> set[str]:
    """Return the words of a property that only features the device lacks would bring."""
    every = {word for feature in features.values() for word in feature.get("enum", {}).get(name, ())}
    return every - {word for feature in legal for word in feature.get("enum", {}).get(name, ())}


def _without(schema: Schema, words: set[str]) -> Schema:
    return {**schema, "enum": [word for word in schema["enum"] if word not in words]} if words else schema


def _wider(kind: Schema, device: Schema) -> Iterator[str]:
    """Return the terms in which a device's schema, or a part of it, allows more than its kind's."""
    yield from (term for term in _SAME if kind.get(term) != device.get(term))
    if bool(kind.get("readOnly")) is not bool(device.get("readOnly")):
        yield "readOnly"
    yield from (term for term in _AT_LEAST if term in kind and (term not in device or device[term] < kind[term]))
    yield from (term for term in _AT_MOST if term in kind and (term not in device or device[term] > kind[term]))
    if "multipleOf" in kind and ("multipleOf" not in device or device["multipleOf"] % kind["multipleOf"]):
        yield "multipleOf"
    if "hl:resolution" in kind and device.get("hl:resolution", kind["hl:resolution"]) < kind["hl:resolution"]:
        yield "hl:resolution"
    if "enum" in kind and not _has_fewer_words(kind, device):
        yield "enum"
    if device.get("hl:openEnum") and not kind.get("hl:openEnum"):
        yield "hl:openEnum"
    if not set(kind.get("required", ())) <= set(device.get("required", ())):
        yield "required"
    yield from _wider_within(kind, device)


def _has_fewer_words(kind: Schema, device: Schema) -> bool:
    words = device.get("enum")
    if words is None:
        return False
    return all(isinstance(word, str) if kind.get("hl:openEnum") else word in kind["enum"] for word in words)


def _wider_within(kind: Schema, device: Schema) -> Iterator[str]:
    """Look at the entries of a list and at the members both know."""
    if "items" in kind:
        yield from _wider(kind["items"], device["items"]) if "items" in device else ["items"]
    members = device.get("properties", {})
    for name, member in kind.get("properties", {}).items():
        if name in members:
            yield from _wider(member, members[name])
