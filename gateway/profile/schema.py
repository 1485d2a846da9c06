"""JSON Schema of a Thing Description, compiled to plain closures.

A checker takes a value and returns None when it fits, else a text that starts with where in the value and what is
wrong: `[2].code must be ...`. It never raises, whatever the value is. A term that decides something is also named in
`gateway.profile.essence`, by which checkers are shared. Rules beside JSON Schema:

- `true` is no number, and `1` is no boolean. `24.0` is an integer, as in JSON Schema; NaN and infinity are nothing.
- A string holds at most 1,024 characters and an array 256 entries where the schema says nothing.
- Strict (what we are asked to do): members and values of an open enum that the profile does not know are refused.
  Lenient (what an appliance reports): they pass, within the limits of `freeform`.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from gateway.profile.essence import essence
from gateway.profile.plain_value import MAX_LENGTH, freeform, same, shown, text_problem
from gateway.thing.value import Value

Checker: TypeAlias = Callable[[Value], str | None]

MAX_ITEMS = 256
MAX_MEMBERS = 256
_LISTED = 12
_LARGEST = sys.float_info.max
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")


_known: WeakValueDictionary[str, Checker] = WeakValueDictionary()
"""The checkers in use, by what they depend on: forty kinds have 4,000 schemas in all, which ask 700 different things."""


def compile_schema(schema: Mapping[str, Any], *, strict: bool) -> Checker:
    """Return the checker of one data schema; `strict` refuses what the profile does not name. Schemas that ask the same share one."""
    key = repr((strict, essence(schema)))
    check = _known.get(key)
    if check is None:
        check = _known[key] = _made(schema, strict)
    return check


def _made(schema: Mapping[str, Any], strict: bool) -> Checker:
    checks = [maker(schema, strict) for term, maker in _MAKERS_BY_TERM.items() if term in schema]
    kind = schema.get("type")
    if kind in _MAKERS_BY_TYPE:
        checks.insert(0, _MAKERS_BY_TYPE[kind](schema, strict))
    elif "enum" in schema:
        checks.append(_choice(schema))
    if not checks:
        return freeform
    return checks[0] if len(checks) == 1 else _all_of(tuple(checks))


def _all_of(checks: tuple[Checker, ...]) -> Checker:
    def check(value: Value) -> str | None:
        for inner in checks:
            problem = inner(value)
            if problem is not None:
                return problem
        return None

    return check


def _boolean(_schema: Mapping[str, Any], _strict: bool) -> Checker:
    def check(value: Value) -> str | None:
        if value is True or value is False:
            return None
        return f" must be true or false, not {shown(value)}"

    return check


def _null(_schema: Mapping[str, Any], _strict: bool) -> Checker:
    return lambda value: None if value is None else f" must be null, not {shown(value)}"


def _number(schema: Mapping[str, Any], _strict: bool) -> Checker:
    low: float = schema.get("minimum", -_LARGEST)
    high: float = schema.get("maximum", _LARGEST)
    bounds = f" must be {_bounds(schema)}"

    def check(value: Value) -> str | None:
        if type(value) is not float and type(value) is not int:
            return f" must be a number, not {shown(value)}"
        if low <= value <= high:
            return None
        return f"{bounds}, not {shown(value)}"

    return _with_terms(check, schema, _NUMBER_TERMS)


def _integer(schema: Mapping[str, Any], _strict: bool) -> Checker:
    low: float = schema.get("minimum", -_LARGEST)
    high: float = schema.get("maximum", _LARGEST)
    bounds = f" must be {_bounds(schema)}"

    def check(value: Value) -> str | None:
        if type(value) is not int and not (type(value) is float and value.is_integer()):
            return f" must be a whole number, not {shown(value)}"
        if low <= value <= high:
            return None
        return f"{bounds}, not {shown(value)}"

    return _with_terms(check, {key: term for key, term in schema.items() if key != "multipleOf" or term != 1}, _NUMBER_TERMS)


def _with_terms(first: Checker, schema: Mapping[str, Any], terms: Mapping[str, Callable[[Mapping[str, Any]], Checker]]) -> Checker:
    extra = [maker(schema) for term, maker in terms.items() if term in schema]
    if not extra:
        return first
    if len(extra) > 1:
        return _all_of((first, *extra))
    second = extra[0]

    def check(value: Value) -> str | None:
        problem = first(value)
        return second(value) if problem is None else problem

    return check


def _bounds(schema: Mapping[str, Any]) -> str:
    parts = [f"{word} {schema[term]}" for term, word in (("minimum", "at least"), ("maximum", "at most")) if term in schema]
    return " and ".join(parts) or "a finite number"


def _step(schema: Mapping[str, Any]) -> Checker:
    step = schema["multipleOf"]
    return lambda value: f" must be a multiple of {step}, not {shown(value)}" if value % step else None


def _above(schema: Mapping[str, Any]) -> Checker:
    bound = schema["exclusiveMinimum"]
    return lambda value: None if value > bound else f" must be more than {bound}, not {shown(value)}"


def _below(schema: Mapping[str, Any]) -> Checker:
    bound = schema["exclusiveMaximum"]
    return lambda value: None if value < bound else f" must be less than {bound}, not {shown(value)}"


def _choice(schema: Mapping[str, Any]) -> Checker:
    allowed = tuple(schema["enum"])
    listed = _listed([shown(choice) for choice in allowed])
    return lambda value: None if any(same(value, choice) for choice in allowed) else f" must be one of {listed}, not {shown(value)}"


def _amount(schema: Mapping[str, Any]) -> Checker:
    allowed = frozenset(schema["enum"])
    problem = f" must be one of {_listed([shown(choice) for choice in schema['enum']])}, not "
    return lambda value: None if value in allowed else problem + shown(value)


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more


def _string(schema: Mapping[str, Any], strict: bool) -> Checker:
    if "enum" in schema and (strict or not schema.get("hl:openEnum")):
        return _word(schema)
    longest = schema.get("maxLength", MAX_LENGTH)
    shortest = schema.get("minLength", 0)

    def check(value: Value) -> str | None:
        if type(value) is not str:
            return f" must be a string, not {shown(value)}"
        if shortest <= len(value) <= longest and value.isascii():
            return None
        if len(value) < shortest:
            return f" must be at least {shortest} characters"
        return text_problem(value, longest)

    return _with_terms(check, schema, _STRING_TERMS)


def _word(schema: Mapping[str, Any]) -> Checker:
    allowed = frozenset(schema["enum"])
    problem = f" must be one of {_listed(schema['enum'])}, not "

    def check(value: Value) -> str | None:
        if type(value) is str and value in allowed:
            return None
        return problem + shown(value)

    return check


def _pattern(schema: Mapping[str, Any]) -> Checker:
    pattern = re.compile(_ended(schema["pattern"]))
    return lambda value: None if pattern.search(value) else f" must look like {schema['pattern']}, not {shown(value)}"


def _ended(pattern: str) -> str:
    """Return a pattern whose last `$` means the end only, as in JSON Schema; Python's also stands before a last line break."""
    return re.sub(r"(?<!\\)\$\Z", r"\\Z", pattern)


def _format(schema: Mapping[str, Any]) -> Checker:
    parse = _FORMATS.get(schema["format"])

    def check(value: Value) -> str | None:
        if parse is None:
            return None
        try:
            return None if parse(value) else f" must be a {schema['format']} with a time zone, not {shown(value)}"
        except ValueError:
            return f" must be a {schema['format']}, not {shown(value)}"

    return check


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None and bool(datetime.fromisoformat(text.upper()))


def _array(schema: Mapping[str, Any], strict: bool) -> Checker:
    items = schema.get("items")
    check_item = compile_schema(items, strict=strict) if isinstance(items, Mapping) else freeform
    fewest, most = schema.get("minItems", 0), schema.get("maxItems", MAX_ITEMS)
    unique = schema.get("uniqueItems", False)

    def check(value: Value) -> str | None:
        if type(value) is not list:
            return f" must be an array, not {shown(value)}"
        if not fewest <= len(value) <= most:
            return f" must have {fewest} to {most} entries, not {len(value)}"
        for index, item in enumerate(value):
            problem = check_item(item)
            if problem is not None:
                return f"[{index}]{problem}"
            if unique and item in value[:index]:
                return f"[{index}] must not be there twice"
        return None

    return check


def _object(schema: Mapping[str, Any], strict: bool) -> Checker:
    members = {name: compile_schema(member, strict=strict) for name, member in schema.get("properties", {}).items()}
    required: Iterable[str] = tuple(schema.get("required", ()))
    closed = strict and bool(members)

    def check(value: Value) -> str | None:
        if type(value) is not dict:
            return f" must be an object, not {shown(value)}"
        if len(value) > MAX_MEMBERS:
            return f" must have at most {MAX_MEMBERS} members, not {len(value)}"
        for name in required:
            if name not in value:
                return f".{name} is missing"
        for name, member in value.items():
            known = members.get(name)
            problem = known(member) if known is not None else _stranger(name, member, closed)
            if problem is not None:
                return f".{name if type(name) is str else shown(name)}{problem}"
        return None

    return check


def _stranger(name: Value, member: Value, closed: bool) -> str | None:
    if type(name) is not str:
        return " must be named by a string"
    return " is not known here" if closed else text_problem(name, MAX_LENGTH) or freeform(member)


def _one_of(schema: Mapping[str, Any], strict: bool) -> Checker:
    types = [_PYTHON_TYPES.get(option.get("type")) for option in schema["oneOf"]]
    if None not in types and len(set(types)) == len(types):
        return _by_type(schema, strict)
    checks = tuple(compile_schema(option, strict=strict) for option in schema["oneOf"])

    def check(value: Value) -> str | None:
        problems = [problem for inner in checks if (problem := inner(value)) is not None]
        if len(problems) == len(checks) - 1:
            return None
        return " or".join(problems) if problems else f" fits more than one form: {shown(value)}"

    return check


def _by_type(schema: Mapping[str, Any], strict: bool) -> Checker:
    checks = {_PYTHON_TYPES[option["type"]]: compile_schema(option, strict=strict) for option in schema["oneOf"]}
    names = " or ".join(option["type"] for option in schema["oneOf"])

    def check(value: Value) -> str | None:
        found = checks.get(type(value))
        return f" must be {names}, not {shown(value)}" if found is None else found(value)

    return check


def _constant(schema: Mapping[str, Any], _strict: bool) -> Checker:
    constant = schema["const"]
    return lambda value: None if same(value, constant) else f" must be {shown(constant)}, not {shown(value)}"


_PYTHON_TYPES: dict[Any, type] = {"boolean": bool, "string": str, "null": type(None), "array": list, "object": dict}
_FORMATS: dict[str, Callable[[str], bool]] = {"date": _is_date, "date-time": _is_time}
_NUMBER_TERMS: dict[str, Callable[[Mapping[str, Any]], Checker]] = {
    "multipleOf": _step,
    "exclusiveMinimum": _above,
    "exclusiveMaximum": _below,
    "enum": _amount,
}
_STRING_TERMS: dict[str, Callable[[Mapping[str, Any]], Checker]] = {"pattern": _pattern, "format": _format}
_MAKERS_BY_TYPE: dict[Any, Callable[[Mapping[str, Any], bool], Checker]] = {
    "boolean": _boolean,
    "null": _null,
    "number": _number,
    "integer": _integer,
    "string": _string,
    "array": _array,
    "object": _object,
}
_MAKERS_BY_TERM: dict[str, Callable[[Mapping[str, Any], bool], Checker]] = {"oneOf": _one_of, "const": _constant}
