"""What fits nowhere in the standard: the vendor's own `x-<vendor>-<name>`, with type, unit, range, words and access kept."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.parts.selfdescribed.conversion import Conversion, Happened, Linear, Member, Plain
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.guarded import secret
from gateway.drivers.parts.selfdescribed.row import Row, Section
from gateway.drivers.parts.selfdescribed.soundness import text
from gateway.drivers.parts.selfdescribed.units import normal

_WORD = re.compile(r"[A-Za-z0-9]+")
_LONGEST_NAME = 48
_MOST_WORDS = 128
_INNER = ("type", "title", "unit", "minimum", "maximum", "enum", "properties", "items")
INPUT = "value"
"""The one member of the input of a vendor's action."""


def own_name(vendor: str, feature: Feature, taken: Collection[str]) -> str:
    """Return a free name for a feature."""
    where = f"{feature.name}_{feature.endpoint}" if feature.endpoint else feature.name
    words = _WORD.findall(where) or ["feature"]
    name = (words[0][:1].lower() + words[0][1:] + "".join(word[:1].upper() + word[1:] for word in words[1:]))[:_LONGEST_NAME]
    free, count = name, 1
    while f"x-{vendor}-{free}" in taken:
        count += 1
        free = f"{name[: _LONGEST_NAME - len(str(count))]}{count}"
    return f"x-{vendor}-{free}"


def own_row(name: str, feature: Feature, reason: str, *, danger: int = 1) -> tuple[Row, dict[str, Any]]:
    """Return the row and the schema of a feature nothing standard fits; `danger`: of setting it."""
    if feature.event:
        return _event(name, feature, reason)
    schema, conversion = _value(feature)
    if not feature.readable:
        row = _row(name, feature, Member(INPUT, conversion), Section.ACTION, reason)
        body = {"type": "object", "required": [INPUT], "properties": {INPUT: schema}}
        return row, {"title": _title(feature), "input": body, **_danger(danger)}
    access = _danger(danger) if feature.settable else {"readOnly": True}
    private = {"hl:private": True, "observable": False} if secret(feature) else {}
    return _row(name, feature, conversion, Section.PROPERTY, reason), {"title": _title(feature), **schema, **access, **private}


def _danger(danger: int) -> dict[str, Any]:
    """Return the term that says it; 1 is what a vendor's own has without one."""
    return {} if danger == 1 else {"hl:danger": danger}


def _event(name: str, feature: Feature, reason: str) -> tuple[Row, dict[str, Any]]:
    words = feature.words[:_MOST_WORDS]
    if feature.type == "string" and words:
        happened = Happened(tuple((word, 0, {INPUT: word}) for word in feature.words))
        inner: dict[str, Any] = {"type": "string", "enum": list(words), "hl:openEnum": True}
        conversion: Conversion = happened
    else:
        inner, how = _value(feature)
        conversion = Member(INPUT, how)
    row = _row(name, feature, conversion, Section.EVENT, reason)
    return row, {"title": _title(feature), "data": {"type": "object", "required": [INPUT], "properties": {INPUT: inner}}}


def _row(name: str, feature: Feature, conversion: Conversion, section: Section, reason: str) -> Row:
    told, settable = section is not Section.ACTION, feature.settable and section is not Section.EVENT
    return Row(
        keys=(feature.key,),
        names=(name,),
        conversion=conversion,
        section=section,
        told=told,
        settable=settable,
        standard=False,
        reason=reason,
    )


def _title(feature: Feature) -> str:
    return text(feature.title) or text(feature.name.replace("_", " ").capitalize()) or "Feature"


def _value(feature: Feature) -> tuple[dict[str, Any], Conversion]:
    """Return the schema of the values and the way to them."""
    if feature.type in ("number", "integer"):
        return _numeric(feature)
    if feature.type in ("object", "array"):
        inner = {term: value for term, value in feature.schema.items() if term in _INNER} if isinstance(feature.schema, Mapping) else {}
        return {**inner, "type": feature.type}, Plain(feature.type)
    schema: dict[str, Any] = {"type": feature.type}
    if feature.words and feature.type == "string" and len(feature.words) <= _MOST_WORDS:
        schema |= {"enum": list(feature.words), "hl:openEnum": True}
    return schema, Plain(feature.type)


def _numeric(feature: Feature) -> tuple[dict[str, Any], Conversion]:
    unit, scale = normal(feature.unit)
    plain = scale.scale == 1 and scale.offset == 0
    conversion = Linear(scale=scale.scale, offset=scale.offset, digits=9 if not plain else 12, whole_raw=feature.type == "integer")
    kind = feature.type if plain else "number"
    ends = {"minimum": feature.minimum, "maximum": feature.maximum}
    schema: dict[str, Any] = {"type": kind} | ({"unit": unit} if unit else {})
    schema |= {end: conversion.told((value,))[0] for end, value in ends.items() if value is not None}
    return schema, conversion
