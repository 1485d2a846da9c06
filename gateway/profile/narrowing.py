"""Where a device is narrower than its kind, and proof that it is never wider.

Terms that may be tighter: minimum, maximum, multipleOf (a multiple of the kind's), enum (fewer values), maxLength,
maxItems, hl:resolution (coarser). `readOnly: true` takes writing away, and `hl:reason` says why in words. Everything else of
a property is the kind's.
"""

import math
from collections.abc import Mapping
from typing import Any

from gateway.errors import SchemaViolation
from gateway.profile.plain_value import same, shown
from gateway.profile.schema import compile_schema
from gateway.thing.value import Value

LIMITS = ("minimum", "maximum", "multipleOf", "enum", "maxLength", "maxItems", "hl:resolution")
READ_ONLY, REASON = "readOnly", "hl:reason"
TERMS = (*LIMITS, READ_ONLY, REASON)
LONGEST_REASON = 256
_NUMERIC = ("number", "integer")
_FITS = {
    "minimum": _NUMERIC,
    "maximum": _NUMERIC,
    "multipleOf": _NUMERIC,
    "hl:resolution": _NUMERIC,
    "enum": ("string", *_NUMERIC),
    "maxLength": ("string",),
    "maxItems": ("array",),
}
_MAX_ENUM = 256
_SAME = ("type", "unit", "const", "oneOf", "format", "pattern")


def narrowed(name: str, schema: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return `schema` with tighter `terms`; raise SchemaViolation naming `name` where one widens, retypes or empties it."""
    for term, value in terms.items():
        _check_term(name, schema, term, value)
    result = {**schema, **terms}
    _check_range(name, result)
    if REASON in terms and not result.get(READ_ONLY):
        raise _wider(name, f"{REASON} goes with {READ_ONLY}: true only")
    return result


def _check_term(name: str, schema: Mapping[str, Any], term: str, value: Value) -> None:
    if term not in TERMS:
        raise _wider(name, f"{term} cannot be changed by a device; only {', '.join(TERMS)} can")
    if term in (READ_ONLY, REASON):
        _check_withholding(name, schema, term, value)
        return
    if schema.get("type") not in _FITS[term]:
        raise _wider(name, f"{term} does not apply to {schema.get('type', 'this property')}")
    if term == "enum":
        _check_enum(name, schema, value)
    elif not _is_number(value):
        raise _wider(name, f"{term} must be a number, not {shown(value)}")
    else:
        _check_number(name, schema, term, value)


def _check_withholding(name: str, schema: Mapping[str, Any], term: str, value: Value) -> None:
    if term == REASON and not (isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_REASON):
        raise _wider(name, f"{REASON} must be 1 to {LONGEST_REASON} printable characters")
    if term == READ_ONLY and not isinstance(value, bool):
        raise _wider(name, f"{READ_ONLY} must be true or false, not {shown(value)}")
    if term == READ_ONLY and schema.get(READ_ONLY) and not value:
        raise _wider(name, f"{READ_ONLY} of the kind cannot be taken back")


def _check_number(name: str, schema: Mapping[str, Any], term: str, value: float) -> None:
    base = schema.get(term)
    if term == "minimum" and base is not None and value < base:
        raise _wider(name, f"minimum {shown(value)} is below the kind's {base}")
    if term in ("maximum", "maxLength", "maxItems") and base is not None and value > base:
        raise _wider(name, f"{term} {shown(value)} is above the kind's {base}")
    if term in ("maxLength", "maxItems") and (value < 0 or value != int(value)):
        raise _wider(name, f"{term} must be a whole number from 0 on")
    if term in ("multipleOf", "hl:resolution") and value <= 0:
        raise _wider(name, f"{term} must be more than 0")
    if term == "multipleOf" and (not exact(value) or (base is not None and value % base)):
        raise _wider(name, f"multipleOf {shown(value)} is not a multiple of the kind's {base or 'and not exact in binary'}")
    if term == "hl:resolution" and base is not None and value < base:
        raise _wider(name, f"hl:resolution {shown(value)} is finer than the kind's {base}")


def _check_enum(name: str, schema: Mapping[str, Any], values: Value) -> None:
    if not isinstance(values, list | tuple) or not 0 < len(values) <= _MAX_ENUM:
        raise _wider(name, f"enum must be a list of 1 to {_MAX_ENUM} values")
    fits = compile_schema({key: value for key, value in schema.items() if key != "hl:openEnum"}, strict=False)
    if schema.get("hl:openEnum"):
        fits = compile_schema({"type": "string"}, strict=False)
    for value in values:
        problem = fits(value)
        if problem is not None:
            raise _wider(name, f"enum value{problem}")


def _check_range(name: str, schema: Mapping[str, Any]) -> None:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if low is not None and high is not None and low > high:
        raise _wider(name, f"minimum {low} is above maximum {high}")
    if low is not None and step is not None and low % step:
        raise _wider(name, f"minimum {low} is not a multiple of {step}, and steps count from 0")


def exact(value: float) -> bool:
    """Return whether steps of `value` are exact in binary: a whole number of 1/1024."""
    return float(value * 1024).is_integer()


def differences(name: str, kind: Mapping[str, Any], device: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms in which a device's property is tighter than its kind's; raise SchemaViolation where it is wider."""
    if not device.get(READ_ONLY) or kind.get(READ_ONLY):
        return inner_differences(name, kind, device)
    terms = {term: device[term] for term in (READ_ONLY, REASON) if term in device}
    narrowed(name, kind, terms)
    return inner_differences(name, kind, {**device, READ_ONLY: False}) | terms


def inner_differences(name: str, kind: Mapping[str, Any], device: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tighter terms of a part of a schema, or of an input, from which writing cannot be taken."""
    for term in _SAME:
        if kind.get(term) != device.get(term):
            raise _wider(name, f"{term} is {shown(device.get(term))}, the kind says {shown(kind.get(term))}")
    if bool(kind.get(READ_ONLY)) != bool(device.get(READ_ONLY)):
        raise _wider(name, f"{READ_ONLY} differs from the kind's")
    for term in ("minimum", "maximum", "multipleOf", "enum", "maxLength", "maxItems"):
        if term in kind and term not in device:
            raise _wider(name, f"{term} {shown(kind[term])} of the kind is missing")
    for term in ("minLength", "minItems"):
        if not _is_number(least := device.get(term, 0)) or least < kind.get(term, 0):
            raise _wider(name, f"{term} {shown(least)} is below the kind's {kind.get(term, 0)}")
    if device.get("hl:openEnum") and not kind.get("hl:openEnum"):
        raise _wider(name, "hl:openEnum: the kind's words are all there are")
    terms = {term: device[term] for term in LIMITS if term in device and not _equal(kind.get(term), device[term])}
    narrowed(name, kind, terms)
    _check_inside(name, kind, device)
    return terms


def _check_inside(name: str, kind: Mapping[str, Any], device: Mapping[str, Any]) -> None:
    if not set(kind.get("required", ())) <= set(_strings(device.get("required"))):
        raise _wider(name, "a required member of the kind is not required any more")
    theirs = device.get("properties")
    for member, schema in kind.get("properties", {}).items():
        if isinstance(theirs, Mapping) and isinstance(theirs.get(member), Mapping):
            inner_differences(f"{name}.{member}", schema, theirs[member])
    items, their_items = kind.get("items"), device.get("items")
    if isinstance(items, Mapping):
        if not isinstance(their_items, Mapping):
            raise _wider(name, "items of the kind are missing")
        inner_differences(f"{name}[]", items, their_items)


def _strings(value: Value) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(any(same(one, other) for other in right) for one in left)
    return same(left, right)


def _is_number(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= 1e15 and math.isfinite(value)  # noqa: PLR2004 - far beyond every range, and exact as a float


def _wider(name: str, what: str) -> SchemaViolation:
    return SchemaViolation(f"{name}: {what}", property=name)
