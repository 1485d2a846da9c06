"""Whether a value fits its schema, by the rules of the standard ("Values"): the term that is broken, a wrong type first.

What is asked of an appliance may have no member that nobody named, and no word an open enum does not have yet.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

LONGEST_STRING, LONGEST_LIST = 1024, 256
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")

Schema = Mapping[str, Any]


def broken(schema: Schema, value: Any) -> str | None:  # noqa: PLR0911 - a case a type
    """Return the term of `schema` that a value we are asked for breaks, None when it fits."""
    if not _is_type(schema.get("type"), value):
        return "type"
    if "enum" in schema and not any(same(value, word) for word in schema["enum"]):
        return "enum"
    match value:
        case bool():
            return None
        case int() | float():
            return _number(schema, value)
        case str():
            return _text(schema, value)
        case list():
            return _list(schema, value)
        case dict():
            return _object(schema, value)
    return None


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: true is no number, 24.0 is 24."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _is_type(kind: str | None, value: Any) -> bool:
    match kind:
        case None:
            return True
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return _is_number(value) and float(value).is_integer()
        case "number":
            return _is_number(value)
    return isinstance(value, {"string": str, "array": list, "object": dict}[kind])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(schema: Schema, value: float) -> str | None:
    if value < schema.get("minimum", value):
        return "minimum"
    if value > schema.get("maximum", value):
        return "maximum"
    return "multipleOf" if "multipleOf" in schema and value % schema["multipleOf"] else None


def _text(schema: Schema, value: str) -> str | None:
    if len(value) > schema.get("maxLength", LONGEST_STRING):
        return "maxLength"
    if len(value) < schema.get("minLength", 0):
        return "minLength"
    if "pattern" in schema and not re.search(_anchored(schema["pattern"]), value):
        return "pattern"
    return "format" if "format" in schema and not _is_format(schema["format"], value) else None


def _anchored(pattern: str) -> str:
    """Return a pattern of ECMA 262, where `$` is the end of the text, as Python has it: there it stands before a last line feed, too."""
    return pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern


def _is_format(name: str, value: str) -> bool:
    try:
        if name == "date":
            return bool(_DATE.fullmatch(value)) and date.fromisoformat(value) is not None
        if name == "date-time":
            return bool(_MOMENT.fullmatch(value)) and datetime.fromisoformat(value.upper()) is not None
    except ValueError:
        return False
    return True


def _list(schema: Schema, value: list[Any]) -> str | None:
    if len(value) > schema.get("maxItems", LONGEST_LIST):
        return "maxItems"
    if len(value) < schema.get("minItems", 0):
        return "minItems"
    return next((term for item in value if (term := broken(schema.get("items", {}), item))), None)


def _object(schema: Schema, value: dict[str, Any]) -> str | None:
    known = schema.get("properties", {})
    if any(name not in value for name in schema.get("required", ())):
        return "required"
    if known and any(name not in known for name in value):
        return "additionalProperties"
    return next((term for name, body in known.items() if name in value and (term := broken(body, value[name]))), None)
