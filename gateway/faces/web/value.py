"""Values as people read them: numbers with their unit, words in their language, times of the hub, and how old they are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.faces.web.look import table
from gateway.faces.web.phrases import Tongue
from gateway.profile.units import symbol
from gateway.thing.timestamp import from_iso
from gateway.thing.value import Value

Schema = Mapping[str, Any]
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_LONGEST: Final = 200
"""Characters of a value that is shown in a line."""
_LONGEST_LIST: Final = 2000
"""Characters of a list that is shown in as many lines as it has entries."""
_PLACES: Final = ((1000.0, 0), (10.0, 1), (1.0, 2), (0.0, 3))
"""From which size on a number has at most so many places."""
_SPANS: Final[Mapping[str, tuple[str, int]]] = {"s": ("min", 60), "min": ("h", 60)}
"""Units of time, the next larger one, and how many make one of it: from two of those on it is told in both."""
_FLAGS: Final[Mapping[tuple[bool, bool], str]] = {
    (True, False): "value.on",
    (False, False): "value.off",
    (True, True): "value.yes",
    (False, True): "value.no",
}
"""What is said of true and false, where it can be set and where it is only read."""
_LEADS: Final = ("name", "type", "kind", "id")
"""Members that say which of several an entry of a list is, the most telling first."""


def shown(tongue: Tongue, schema: Schema, value: Value) -> str:
    """Return one value in words; nothing in it is markup."""
    if value is None or isinstance(value, bool):
        return tongue("value.unsaid" if value is None else _FLAGS[value, bool(schema.get("readOnly"))])
    if isinstance(value, int | float):
        return number(tongue, value, schema)
    if isinstance(value, str):
        return _text(tongue, schema, value)
    if isinstance(value, list):
        return _listed(tongue, schema.get("items", {}), value) or tongue("none")
    return _short(_members(tongue, schema, value), _LONGEST_LIST)


def told(tongue: Tongue, schema: Schema, name: str, value: Value) -> str:
    """Return a property's value in words of its own where there are such ("Locked"), else as `shown`."""
    phrase = f"is.{name}.{str(value).lower()}"
    return tongue(phrase) if phrase in tongue.phrases else shown(tongue, schema, value)


def number(tongue: Tongue, value: float, schema: Schema) -> str:
    """Return a number with as many places as its step or resolution has and its size needs, and its unit."""
    unit = unit_of(schema)
    if value == int(value) and unit in _SPANS and value >= 2 * _SPANS[unit][1]:
        return _span(tongue, int(value), unit)
    step = schema.get("multipleOf") or schema.get("hl:resolution")
    places = _places(step) if step else 1 if isinstance(value, float) else 0
    most = next(most for size, most in _PLACES if abs(value) >= size) if value else 0
    return with_unit(tongue, f"{value:.{min(places, most)}f}", unit)


def with_unit(tongue: Tongue, text: str, unit: str) -> str:
    """Return a number that is text already with its unit after it."""
    phrase = f"unit.{unit}"
    unit = tongue(phrase) if phrase in tongue.phrases else unit
    return f"{text} {unit}" if unit and unit not in {"%", "°"} else text + unit


def _span(tongue: Tongue, value: int, unit: str) -> str:
    """Return a time in the units that make it short: 5400 s are 1 h 30 min."""
    parts: list[str] = []
    while unit in _SPANS and value:
        larger, each = _SPANS[unit]
        value, rest = divmod(value, each)
        parts[:0] = [with_unit(tongue, str(rest), unit)] if rest else []
        unit = larger
    return " ".join([with_unit(tongue, str(value), unit), *parts] if value else parts)


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


def span(tongue: Tongue, seconds: float) -> str:
    """Return a span in the unit people count it in: minutes, hours, or days."""
    unit, each = next(((unit, each) for unit, each in (("d", _DAY), ("h", _HOUR)) if seconds >= 2 * each), ("min", _MINUTE))
    return with_unit(tongue, f"{seconds / each:.0f}", unit)


def moment(seconds: float, now: float) -> str:
    """Return a time in the hub's own time zone: the hour, and the day where it is another one."""
    when, today = _local(seconds), _local(now)
    return when.strftime("%H:%M:%S") if when.date() == today.date() else when.strftime("%Y-%m-%d %H:%M")


def hour_of(seconds: float) -> str:
    """Return the time of day in the hub's own time zone, where the day is said elsewhere."""
    return _local(seconds).strftime("%H:%M:%S")


def day_of(tongue: Tongue, seconds: float, now: float) -> str:
    """Return a day in the hub's own time zone: its date, and whether that is today or yesterday."""
    day, today = _local(seconds).date(), _local(now).date()
    phrase = {0: "day.today", 1: "day.yesterday"}.get((today - day).days)
    return tongue(phrase, date=day.isoformat()) if phrase else day.isoformat()


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def _text(tongue: Tongue, schema: Schema, value: str) -> str:
    if "enum" in schema:
        return tongue.word(value)
    if schema.get("format") == "date-time":
        try:
            return datetime.fromtimestamp(from_iso(value), UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        except (BadSyntax, OverflowError, OSError, ValueError):
            return _short(value)
    return _short(value)


def _listed(tongue: Tongue, schema: Schema, values: Sequence[Value]) -> str:
    """Return a list: words in one line, entries that have members in a line each; which it is, where it is one of several."""
    entries = [each for each in values if isinstance(each, Mapping)]
    if not entries:
        return _short(tongue.comma.join(shown(tongue, schema, each) for each in values))
    return _short("\n".join(_entry(tongue, schema, each, named=len(entries) > 1) for each in entries), _LONGEST_LIST)


def _entry(tongue: Tongue, schema: Schema, value: Mapping[str, Value], *, named: bool) -> str:
    lead = next((name for name in _LEADS if isinstance(value.get(name), str)), "")
    rest = _short(_members(tongue, schema, {name: each for name, each in value.items() if name not in {lead, "id"}}))
    which = tongue.word(str(value[lead])) if lead else ""
    return tongue("value.entry", which=which, rest=rest) if which and rest and named else rest or which


def _members(tongue: Tongue, schema: Schema, value: Mapping[str, Value]) -> str:
    """Return the members of an object beside each other, and lists of entries in lines of their own below."""
    known = schema.get("properties", {})
    said = {name: each for name, each in value.items() if each not in (None, "unknown", [])}
    below = {name: each for name, each in said.items() if isinstance(each, list) and any(isinstance(entry, Mapping) for entry in each)}
    lines = [shown(tongue, known.get(name, {}), each) for name, each in below.items()]
    line = tongue.comma.join(_member(tongue, known.get(name, {}), name, each) for name, each in said.items() if name not in below)
    return "\n".join([*([_short(line)] if line else []), *lines])


def _member(tongue: Tongue, schema: Schema, name: str, value: Value) -> str:
    schema = {"readOnly": True, **schema}
    words = told(tongue, schema, name, value)
    plain = name in table()["plain"] or words != shown(tongue, schema, value)
    return words if plain else f"{tongue.title(schema, name)} {words}"


def _places(step: float) -> int:
    text = f"{step:g}"
    return len(text.partition(".")[2]) if "e" not in text else 6


def _short(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
