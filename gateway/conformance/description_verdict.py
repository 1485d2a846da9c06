"""Whether a Thing Description is one of its kind: exactly the affordances its features bring, no schema wider than the kind's."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.conformance.schema_verdict import TD, Objection

SECTIONS = ("properties", "actions", "events")
_SAME = ("type", "unit", "format")


def description_objections(td: TD, kind: Mapping[str, Any]) -> Iterator[Objection]:
    """Judge a Thing Description against the flat Thing Model of its kind."""
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
        yield from _named(td, section, expected, kind)
    for name, body in td["properties"].items():
        if name in kind["properties"]:
            yield from (Objection("schema", term, name) for term in _wider(kind["properties"][name], body))
    for name, body in td["actions"].items():
        members, theirs = _members(kind["actions"].get(name, {})), _members(body)
        for member in members.keys() & theirs.keys():
            yield from (Objection("schema", term, f"{name}.{member}") for term in _wider(members[member], theirs[member]))


def _members(action: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return the members of an action's input by name."""
    return (action.get("input") or {}).get("properties") or {}


def _named(td: TD, section: str, expected: set[str], kind: Mapping[str, Any]) -> Iterator[Objection]:
    for name in sorted(expected - td[section].keys()):
        if not kind[section][name].get("hl:private"):
            yield Objection("schema", "missing", name)
    for name in td[section]:
        if name not in expected and not name.startswith("x-"):
            yield Objection("schema", "unknown", name)


def _wider(kind: Mapping[str, Any], device: Mapping[str, Any]) -> Iterator[str]:
    """Return the terms in which a device's schema allows more than its kind's."""
    yield from (term for term in _SAME if kind.get(term) != device.get(term))
    if bool(kind.get("readOnly")) is not bool(device.get("readOnly")):
        yield "readOnly"
    if "minimum" in kind and device.get("minimum", float("-inf")) < kind["minimum"]:
        yield "minimum"
    yield from (term for term in ("maximum", "maxLength", "maxItems") if term in kind and device.get(term, kind[term]) > kind[term])
    if "maximum" in kind and "maximum" not in device:
        yield "maximum"
    if "multipleOf" in kind and ("multipleOf" not in device or device["multipleOf"] % kind["multipleOf"]):
        yield "multipleOf"
    if "hl:resolution" in kind and device.get("hl:resolution", kind["hl:resolution"]) < kind["hl:resolution"]:
        yield "hl:resolution"
    if "enum" in kind and ("enum" not in device or not (kind.get("hl:openEnum") or set(device["enum"]) <= set(kind["enum"]))):
        yield "enum"
    if not set(kind.get("required", ())) <= set(device.get("required", ())):
        yield "required"
