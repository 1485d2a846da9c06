"""Rules for data schemas: types, ranges, steps, units, enums, down to the last member."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.profile.check_text import check_texts
from gateway.profile.findings import Pages, Severity, is_word, joined, pointer_to
from gateway.profile.narrowing import exact
from gateway.profile.plain_value import same, shown
from gateway.profile.units import UNITS

_TYPES = frozenset({"boolean", "integer", "number", "string", "object", "array", "null"})
_FORMATS = frozenset({"date", "date-time"})
_NUMERIC = ("number", "integer")
_BESIDE = ("text-", "unit-", "step-inexact", "minimum-step")
"""Rules whose breach leaves a schema that values can be checked against."""
_PYTHON: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}


def check_schema(pages: Pages, pointer: str, schema: Any, *, top: bool = False) -> None:
    """Check one data schema and everything inside it; `top`: it is a property and must say what it holds."""
    if not isinstance(schema, Mapping):
        pages.report(pointer, "must be a mapping that describes a value", rule="schema-shape")
        return
    check_texts(pages, pointer, schema, needed=top)
    _check_type(pages, pointer, schema, top=top)
    _check_unit(pages, pointer, schema, top=top)
    if schema.get("type") in _NUMERIC:
        _check_number(pages, pointer, schema)
    if "enum" in schema:
        _check_enum(pages, pointer, schema)
    if schema.get("type") == "string":
        _check_string(pages, pointer, schema)
    _check_inside(pages, pointer, schema)


def is_sound(schema: Mapping[str, Any]) -> bool:
    """Return whether values can be checked against a schema; a wrong text or unit does not stand in the way."""
    pages = Pages(Path(), {})
    check_schema(pages, "", schema)
    return not any(finding.severity is Severity.ERROR and not finding.rule.startswith(_BESIDE) for finding in pages.findings)


def is_number(value: Any) -> bool:
    """Return whether `value` is a number (true and false are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_number_schema(schema: Mapping[str, Any]) -> bool:
    """Return whether the values of a schema are numbers."""
    return schema.get("type") in _NUMERIC


def _check_type(pages: Pages, pointer: str, schema: Mapping[str, Any], *, top: bool) -> None:
    kind = schema.get("type")
    if kind is None:
        if top and not any(term in schema for term in ("oneOf", "const")):
            pages.report(pointer, f"has no type: add one of {joined(_TYPES)}", rule="type-missing")
    elif not is_word(kind, _TYPES):
        pages.report(f"{pointer}/type", f"{shown(kind)} is no type: use one of {joined(_TYPES)}", rule="type-unknown")


def _check_unit(pages: Pages, pointer: str, schema: Mapping[str, Any], *, top: bool) -> None:
    unit = schema.get("unit")
    if unit is not None and not is_word(unit, UNITS):
        pages.report(
            f"{pointer}/unit",
            f"{shown(unit)} is no SenML unit (RFC 8428, RFC 8798): write Cel, W, kWh, %, %RH, V, A, s, h ...",
            rule="unit-unknown",
        )
    if top and unit is None and schema.get("type") in _NUMERIC and "description" not in schema:
        pages.report(
            pointer,
            "has no unit: add a SenML unit, or say in a description why there is none",
            severity=Severity.WARNING,
            rule="unit-missing",
        )


def _check_number(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    terms = {term: schema[term] for term in ("minimum", "maximum", "multipleOf", "hl:resolution") if term in schema}
    for term, value in terms.items():
        if not is_number(value):
            pages.report(f"{pointer}/{term}", f"must be a number, not {shown(value)}", rule="number-form")
    for term in ("minimum", "maximum"):
        if term not in schema:
            pages.report(pointer, f"has no {term}: every number of a profile is bounded", rule="range-missing")
    if all(is_number(value) for value in terms.values()):
        _check_range(pages, pointer, schema)


def _check_range(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if low is not None and high is not None and low > high:
        pages.report(f"{pointer}/minimum", f"minimum {low} is above maximum {high}", rule="range-empty")
    if schema.get("readOnly") and step is not None:
        pages.report(
            f"{pointer}/multipleOf",
            "use hl:resolution for a number that is only read",
            severity=Severity.WARNING,
            rule="resolution-misplaced",
        )
    if not schema.get("readOnly") and "hl:resolution" in schema:
        pages.report(
            f"{pointer}/hl:resolution",
            "is for numbers that are only read; use multipleOf",
            severity=Severity.WARNING,
            rule="resolution-misplaced",
        )
    if step is None:
        return
    if step <= 0:
        pages.report(f"{pointer}/multipleOf", "must be more than 0", rule="step-form")
    elif not exact(step):
        pages.report(
            f"{pointer}/multipleOf",
            f"{step} is not exact in binary, so clients refuse good values: use 0.5, 0.25, 1, 5 ...",
            rule="step-inexact",
        )
    elif low is not None and low % step:
        pages.report(
            f"{pointer}/minimum", f"{low} is not a multiple of {step}: steps count from 0, so choose another minimum", rule="minimum-step"
        )


def _check_enum(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    values = schema["enum"]
    if not isinstance(values, list) or not values:
        pages.report(f"{pointer}/enum", "must be a list with at least one value", rule="enum-shape")
        return
    wanted = _PYTHON.get(str(schema.get("type")), (object,))
    for index, value in enumerate(values):
        at = f"{pointer}/enum/{index}"
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            pages.report(at, f"{shown(value)} is no {schema.get('type')}: put words and digits that are names in quotes", rule="enum-type")
        if any(same(value, other) for other in values[:index]):
            pages.report(at, f"{shown(value)} stands there twice: leave one out", rule="enum-twice")


def _check_string(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    known = schema.get("format")
    if known is not None and not is_word(known, _FORMATS):
        pages.report(
            f"{pointer}/format",
            f"{shown(known)} is not checked by anyone: use {joined(_FORMATS)}",
            severity=Severity.WARNING,
            rule="format-unchecked",
        )
    if "pattern" in schema:
        try:
            re.compile(schema["pattern"])
        except (re.error, TypeError) as error:
            pages.report(f"{pointer}/pattern", f"is no regular expression: {error}", rule="pattern-invalid")


def _check_inside(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    for term, check in _INSIDE.items():
        if term in schema:
            check(pages, f"{pointer}/{term}", schema[term])
    members = schema.get("properties")
    required = schema.get("required", [])
    if isinstance(members, Mapping) and isinstance(required, list):
        for index, name in enumerate(required):
            if not is_word(name, members):
                pages.report(
                    f"{pointer}/required/{index}", f"{shown(name)} is required but not among the properties", rule="required-unknown"
                )


def _check_members(pages: Pages, pointer: str, members: Any) -> None:
    if not isinstance(members, Mapping):
        pages.report(pointer, "must map names to schemas", rule="schema-shape")
        return
    for name, member in members.items():
        if not isinstance(name, str):
            pages.report(pointer, f"{shown(name)} is no name: put it in quotes", rule="schema-shape")
        else:
            check_schema(pages, f"{pointer}{pointer_to(name)}", member)


def _check_options(pages: Pages, pointer: str, options: Any) -> None:
    if not isinstance(options, list) or len(options) < 2:  # noqa: PLR2004 - one option is no choice
        pages.report(pointer, "must be a list of at least two schemas", rule="schema-shape")
        return
    for index, option in enumerate(options):
        check_schema(pages, f"{pointer}/{index}", option)


_INSIDE: dict[str, Callable[[Pages, str, Any], None]] = {
    "properties": _check_members,
    "oneOf": _check_options,
    "items": check_schema,
}
