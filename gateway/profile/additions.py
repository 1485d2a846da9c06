"""Vendor affordances `x-<vendor>-<name>`: a device may add them; what it says about them is cut down to what we understand.

What it borrows from a mixin of the standard stands beside them and is no business of this module but for the count (see `borrowed`).

They come from outside, so nothing is taken as it stands: known terms of a known shape only, few and shallow, no patterns
(a hostile one can take for ever), and danger 1 where nothing is said.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import SchemaViolation
from gateway.profile.borrowed import is_borrowed
from gateway.profile.features import SECTIONS
from gateway.profile.narrowing import exact
from gateway.profile.plain_value import shown
from gateway.thing.value import Value

_NAME = re.compile(r"x-[a-z0-9]{1,32}-[A-Za-z0-9]{1,48}\Z")
_TYPES = frozenset({"boolean", "integer", "number", "string", "object", "array", "null"})
_MAX_ADDITIONS = 256
"""The largest of 4,500 Zigbee devices has 211 features in one part."""
_MAX_MEMBERS = 64
_MAX_DEPTH = 5
_MAX_TEXT = 256
_MAX_ENUM = 128
_LARGEST = 1e15


def is_addition(name: Value) -> bool:
    """Return whether `name` is one a vendor may add."""
    return isinstance(name, str) and _NAME.match(name) is not None


def checked_additions(additions: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what is understood of the vendor's own in `{section: {name: schema}}`; raise SchemaViolation on a wrong name."""
    result: dict[str, dict[str, dict[str, Any]]] = {section: {} for section in SECTIONS}
    count = 0
    for section, entries in additions.items():
        if section not in SECTIONS or not isinstance(entries, Mapping):
            raise SchemaViolation(f"additions must be properties, actions or events, not {shown(section)}")
        count += len(entries)
        for name, schema in entries.items():
            if is_addition(name):
                result[section][name] = _understood(schema, section)
            elif not is_borrowed(schema):
                raise SchemaViolation(
                    f"{shown(name)} cannot be added: a vendor's own names look like x-acme-boost, and what is standard refers to its mixin"
                )
    if count > _MAX_ADDITIONS:
        raise SchemaViolation(f"a device may add at most {_MAX_ADDITIONS} affordances")
    return result


def _understood(schema: Value, section: str) -> dict[str, Any]:
    known = _data_schema(schema, 0)
    if section == "properties":
        return {"observable": True} | known | _flags(schema, "readOnly", "observable", "hl:private") | _danger(schema)
    parts = ("input", "output") if section == "actions" else ("data",)
    texts = {key: value for key, value in known.items() if key in ("title", "titles", "description")}
    bodies = {
        part: _data_schema(schema[part], 1) for part in parts if isinstance(schema, Mapping) and isinstance(schema.get(part), Mapping)
    }
    flags = _flags(schema, "synchronous", "idempotent", "safe", "hl:cancellable")
    return texts | bodies | ((flags | _danger(schema)) if section == "actions" else {})


def _data_schema(schema: Value, depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return {}
    known = {term: schema[term] for term, fits in _TERMS.items() if term in schema and fits(schema[term])}
    known |= _flags(schema, "hl:openEnum")
    if not _consistent(known):
        known = {key: value for key, value in known.items() if key not in ("minimum", "maximum", "multipleOf", "enum")}
    if isinstance(schema.get("items"), Mapping):
        known["items"] = _data_schema(schema["items"], depth + 1)
    members = schema.get("properties")
    if isinstance(members, Mapping) and len(members) <= _MAX_MEMBERS and all(_is_text(name) for name in members):
        known["properties"] = {name: _data_schema(member, depth + 1) for name, member in members.items()}
    return known


def _consistent(known: Mapping[str, Any]) -> bool:
    if "enum" in known and known.get("type") == "string":
        return all(isinstance(value, str) for value in known["enum"])
    return bool(known.get("minimum", -_LARGEST) <= known.get("maximum", _LARGEST))


def _flags(schema: Value, *names: str) -> dict[str, bool]:
    if not isinstance(schema, Mapping):
        return {}
    return {name: schema[name] for name in names if isinstance(schema.get(name), bool)}


def _danger(schema: Value) -> dict[str, int]:
    danger = schema.get("hl:danger") if isinstance(schema, Mapping) else None
    return {"hl:danger": danger if type(danger) is int and 0 <= danger <= 3 else 1}  # noqa: PLR2004 - the scale is 0 to 3


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT and value.isprintable()


def _is_texts(value: Value) -> bool:
    return (
        isinstance(value, Mapping) and len(value) <= _MAX_MEMBERS and all(_is_text(key) and _is_text(text) for key, text in value.items())
    )


def _is_number(value: Value) -> bool:
    return type(value) in (int, float) and abs(value) <= _LARGEST


def _is_step(value: Value) -> bool:
    return _is_number(value) and value > 0 and exact(value)


def _is_count(value: Value) -> bool:
    return type(value) is int and 0 <= value <= 1024  # noqa: PLR2004 - the limits of gateway.profile.schema


def _is_enum(value: Value) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MAX_ENUM and all(_is_text(item) or _is_number(item) for item in value)


def _is_names(value: Value) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_MEMBERS and all(_is_text(item) for item in value)


_TERMS: dict[str, Callable[[Value], bool]] = {
    "title": _is_text,
    "titles": _is_texts,
    "description": _is_text,
    "type": lambda value: isinstance(value, str) and value in _TYPES,
    "unit": _is_text,
    "minimum": _is_number,
    "maximum": _is_number,
    "multipleOf": _is_step,
    "enum": _is_enum,
    "maxLength": _is_count,
    "maxItems": _is_count,
    "required": _is_names,
    "hl:resolution": _is_number,
}
