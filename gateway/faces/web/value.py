"""Values as people read them: numbers with their unit, words in their language, times of the hub, and how old they are."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.faces.web.phrases import Tongue
from gateway.profile.units import symbol
from gateway.thing.timestamp import from_iso
from gateway.thing.value import Value

Schema = Mapping[str, Any]
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_LONGEST: Final = 200
"""Characters of a value that is shown in a line."""
_SPAN: Final = {"min", "h", "s"}


def shown(tongue: Tongue, schema: Schema, value: Value) -> str:
    """Return one value in words; nothing in it is markup."""
    if value is None:
        return tongue("value.unsaid")
    if isinstance(value, bool):
        return tongue("value.yes" if value else "value.no") if schema.get("readOnly") else tongue("value.on" if value else "value.off")
    if isinstance(value, int | float):
        return number(value, schema)
    if isinstance(value, str):
        return _text(tongue, schema, value)
    if isinstance(value, list):
        return _short(tongue.comma.join(shown(tongue, schema.get("items", {}), each) for each in value)) or tongue("none")
    return _short(_members(tongue, schema, value))


def number(value: float, schema: Schema) -> str:
    """Return a number with as many places as its step or resolution has, and its unit."""
    step = schema.get("multipleOf") or schema.get("hl:resolution")
    places = _places(step) if step else 1 if isinstance(value, float) else 0
    text = f"{value:.{places}f}"
    unit = unit_of(schema)
    return f"{text} {unit}" if unit and unit not in {"%", "°"} else text + unit


def unit_of(schema: Schema) -> str:
    """Return the unit as it is printed; "" for a count."""
    unit = schema.get("unit")
    if unit in {None, "count"}:
        return ""
    return "%" if unit == "%RH" else symbol(unit)


def age(tongue: Tongue, seconds: float) -> str:
    """Return how long ago something was."""
    if seconds < _MINUTE:
        return tongue("age.now")
    if seconds < _HOUR:
        return tongue("age.minutes", n=int(seconds // _MINUTE))
    if seconds < 2 * _DAY:
        return tongue("age.hours", n=int(seconds // _HOUR))
    return tongue("age.days", n=int(seconds // _DAY))


def moment(seconds: float, now: float) -> str:
    """Return a time in the hub's own time zone: the hour, and the day where it is another one."""
    when, today = (datetime.fromtimestamp(each, UTC).astimezone() for each in (seconds, now))
    return when.strftime("%H:%M:%S") if when.date() == today.date() else when.strftime("%Y-%m-%d %H:%M")


def _text(tongue: Tongue, schema: Schema, value: str) -> str:
    if "enum" in schema:
        return tongue.word(value)
    if schema.get("format") == "date-time":
        try:
            return datetime.fromtimestamp(from_iso(value), UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        except (BadSyntax, OverflowError, OSError, ValueError):
            return _short(value)
    return _short(value)


def _members(tongue: Tongue, schema: Schema, value: Mapping[str, Value]) -> str:
    known = schema.get("properties", {})
    return tongue.comma.join(
        f"{tongue.title(known.get(name, {}), name)} {shown(tongue, {'readOnly': True, **known.get(name, {})}, each)}"
        for name, each in value.items()
    )


def _places(step: float) -> int:
    text = f"{step:g}"
    return len(text.partition(".")[2]) if "e" not in text else 6


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
