"""Values of a data schema: those it allows, its limits more often than chance would, and those it must refuse, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from gateway.profile.schema import MAX_ITEMS, compile_schema
from gateway.thing.value import Value

Schema = Mapping[str, Any]
_FEW = 4
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_ELSE: Mapping[str, tuple[Value, ...]] = {
    "boolean": ("true", 1, None),
    "integer": ("7", True, None, [1]),
    "number": ("7", False, None, {}),
    "string": (7, True, None, ["text"]),
    "array": ({}, "list", None),
    "object": ([], "object", None),
}
"""Type -> values of other types, among them those that are easily taken for it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that must be refused, and the term of the schema it is against."""

    value: Value
    term: str


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Return the values a schema allows."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    if "oneOf" in schema:
        return st.one_of([values(option) for option in schema["oneOf"]])
    return _MAKERS[schema["type"]](schema) if schema.get("type") in _MAKERS else st.none()


def wrong_values(schema: Schema) -> st.SearchStrategy[Wrong]:
    """Return values just outside what a schema allows: beside its range, off its steps, of another type, unknown words."""
    kind = schema.get("type")
    wrong = [Wrong(value, "type") for value in _ELSE.get(str(kind), ())]
    wrong += [Wrong(schema[term] + beyond, term) for term, beyond in (("minimum", -1), ("maximum", 1)) if term in schema]
    if "multipleOf" in schema and "minimum" in schema:
        wrong.append(Wrong(schema["minimum"] + schema["multipleOf"] / 2, "multipleOf"))
    if "enum" in schema:
        wrong.append(Wrong("no-such-word" if kind == "string" else max(schema["enum"]) + 1, "enum"))
    elif kind == "string" and "format" not in schema and "pattern" not in schema:
        wrong.append(Wrong("x" * (schema.get("maxLength", 1024) + 1), "maxLength"))
    if kind == "object":
        wrong += [Wrong({}, "required")] if schema.get("required") else []
    return st.sampled_from(wrong)


def numbers(schema: Schema, low: float, high: float) -> st.SearchStrategy[Any]:
    """Return the numbers of a schema between `low` and `high`, both included, its ends more often than chance would."""
    step = step_of(schema)
    first, last = -(-low // step), high // step
    whole = schema.get("type") == "integer" or float(step).is_integer()

    def scaled(count: float) -> float:
        number = round(count * step, 6)
        return int(number) if whole else number

    inner = st.integers(int(first), int(last)).map(scaled)
    return st.one_of(inner, st.sampled_from([scaled(first), scaled(last)]))


def step_of(schema: Schema) -> float:
    """Return the distance of the numbers that are drawn: the schema's step or resolution, 0.01 where it names none."""
    step: float = schema.get("multipleOf") or (1 if schema.get("type") == "integer" else schema.get("hl:resolution", 0.01))
    return step


def _number(schema: Schema) -> st.SearchStrategy[Any]:
    return numbers(schema, schema.get("minimum", -1e6), schema.get("maximum", 1e6))


def _string(schema: Schema) -> st.SearchStrategy[Any]:
    if schema.get("format") == "date":
        return st.dates(datetime(1990, 1, 1, tzinfo=UTC).date(), datetime(2090, 1, 1, tzinfo=UTC).date()).map(lambda day: day.isoformat())
    if schema.get("format") == "date-time":
        return st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(_stamp)  # noqa: DTZ001 - as Hypothesis asks
    texts: st.SearchStrategy[str] = st.from_regex(str(schema["pattern"]), fullmatch=True) if "pattern" in schema else _TEXT
    return texts.filter(lambda text: schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 1024))


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _array(schema: Schema) -> st.SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    most = max(least, min(_FEW, schema.get("maxItems", MAX_ITEMS)))
    return st.lists(values(schema.get("items", {"type": "string"})), min_size=least, max_size=most)


def _object(schema: Schema) -> st.SearchStrategy[Any]:
    members = {name: values(member) for name, member in schema.get("properties", {}).items()}
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: member for name, member in members.items() if name in needed},
        optional={name: member for name, member in members.items() if name not in needed},
    ).filter(lambda value: compile_schema(schema, strict=True)(value) is None)


_MAKERS: Mapping[str, Any] = {
    "boolean": lambda _: st.booleans(),
    "integer": _number,
    "number": _number,
    "string": _string,
    "array": _array,
    "object": _object,
    "null": lambda _: st.none(),
}
