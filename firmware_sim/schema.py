"""Does a value fit a data schema? A plain reading of the JSON Schema terms that the profiles use."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

Schema = Mapping[str, Any]

_LONGEST, _MOST = 1024, 256
"""Characters of a text and entries of a list where the schema says nothing."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
    "number": (int, float),
    "integer": (int, float),
}


def problem(schema: Schema, value: Any, *, strict: bool = True) -> str | None:
    """Return what is wrong with `value`, or None when it fits.

    `strict` is for what an appliance is asked: members and words the schema does not name are refused. What is reported (not strict)
    may have members of its own, and new words of an open enum.
    """
    return next(_problems(schema, value, strict=strict), None)


def _problems(schema: Schema, value: Any, *, strict: bool) -> Iterator[str]:
    if "oneOf" in schema and (fitting := sum(problem(choice, value, strict=strict) is None for choice in schema["oneOf"])) != 1:
        yield f"{value!r} fits {'more than one' if fitting else 'none'} of the alternatives"
    if "const" in schema and not same(value, schema["const"]):
        yield f"{value!r} is not {schema['const']!r}"
    is_closed = strict or not schema.get("hl:openEnum")
    if "enum" in schema and is_closed and not any(same(value, choice) for choice in schema["enum"]):
        yield f"{value!r} is none of {', '.join(map(str, schema['enum']))}"
    kind = schema.get("type")
    if kind is None:
        return
    if not fits_type(kind, value):
        yield f"{value!r} is not of type {kind}"
        return
    if isinstance(value, str):
        yield from _text_problems(schema, value)
    elif isinstance(value, list):
        yield from _list_problems(schema, value, strict=strict)
    elif isinstance(value, dict):
        yield from _object_problems(schema, value, strict=strict)
    elif not isinstance(value, bool) and value is not None:
        yield from _number_problems(schema, value)


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal; true and 1 are not."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def fits_type(kind: str, value: Any) -> bool:
    """Whether `value` has the JSON type named; 3.0 is an integer, true is no number."""
    if kind in ("number", "integer"):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return kind == "number" or float(value).is_integer()
    return isinstance(value, _TYPES[kind])


def _number_problems(schema: Schema, value: float) -> Iterator[str]:
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{value} is below {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{value} is above {schema['maximum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield f"{value} is not above {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield f"{value} is not below {schema['exclusiveMaximum']}"
    if "multipleOf" in schema and math.fmod(value, schema["multipleOf"]) != 0:
        yield f"{value} is not a multiple of {schema['multipleOf']}"


def _text_problems(schema: Schema, value: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0):
        yield f"text is shorter than {schema['minLength']}"
    if len(value) > (longest := schema.get("maxLength", _LONGEST)):
        yield f"text is longer than {longest}"
    if "pattern" in schema and not re.search(_to_the_end(schema["pattern"]), value):
        yield f"{value!r} does not match {schema['pattern']}"
    form = str(schema.get("format"))
    if form in _FORMATS and not _FORMATS[form](value):
        yield f"{value!r} is no {form}"


def _to_the_end(pattern: str) -> str:
    """Return the pattern as JSON Schema means it: `$` is the end, not also what stands before a last end of line."""
    return rf"{pattern[:-1]}\Z" if pattern.endswith("$") and not pattern.endswith("\\$") else pattern


def _is_date(value: str) -> bool:
    try:
        return _DAY.fullmatch(value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_moment(value: str) -> bool:
    """Whether it is a date and a time with a zone (RFC 3339)."""
    try:
        return _MOMENT.fullmatch(value) is not None and bool(datetime.fromisoformat(value.upper()))
    except ValueError:
        return False


_FORMATS: Mapping[str, Callable[[str], bool]] = {"date": _is_date, "date-time": _is_moment}
_FIRST = {"date": "1970-01-01", "date-time": "1970-01-01T00:00:00Z"}
"""Format -> a text that has it."""


def _list_problems(schema: Schema, value: list[Any], *, strict: bool) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"fewer than {schema['minItems']} items"
    if len(value) > (most := schema.get("maxItems", _MOST)):
        yield f"more than {most} items"
    if schema.get("uniqueItems") and any(same(item, other) for index, item in enumerate(value) for other in value[:index]):
        yield "an item appears twice"
    if isinstance(schema.get("items"), Mapping):
        for index, item in enumerate(value):
            yield from (f"item {index}: {text}" for text in _problems(schema["items"], item, strict=strict))


def _object_problems(schema: Schema, value: dict[str, Any], *, strict: bool) -> Iterator[str]:
    properties = schema.get("properties", {})
    yield from (f"{name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, member in value.items():
        if name in properties:
            yield from (f"{name}: {text}" for text in _problems(properties[name], member, strict=strict))
        elif (strict and properties) or schema.get("additionalProperties") is False:
            yield f"{name} is not known here"


def neutral(schema: Schema) -> Any:
    """Return a harmless value that fits: the default, the first choice, false, the lowest number, empty."""
    for name in ("default", "const"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return neutral(schema["oneOf"][0])
    return _neutral_of_type(schema, schema.get("type"))


def _neutral_of_type(schema: Schema, kind: str | None) -> Any:
    members = schema.get("properties", {})
    match kind:
        case "object":
            return {name: neutral(members[name]) for name in schema.get("required", ()) if name in members}
        case "array":
            return [neutral(schema["items"])] * schema.get("minItems", 0)
        case "number" | "integer":
            return min(max(0, schema.get("minimum", 0)), schema.get("maximum", math.inf))
        case "string":
            return _FIRST.get(str(schema.get("format")), "")
        case _:
            return {"boolean": False}.get(kind or "")
