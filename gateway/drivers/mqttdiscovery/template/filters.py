"""The filters, tests, functions and methods a template may use, each told as Home Assistant has it (2025); nothing else can be called."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from gateway.drivers.mqttdiscovery.template.values import SIZE, UNDEFINED, Undefined, bounded, formatted, missing, text
from gateway.errors import WireError

_NONE: Final = object()
_TRUE, _FALSE = {"1", "true", "yes", "on", "enable"}, {"0", "false", "no", "off", "disable"}
_WORDS = re.compile(r"([-\s({\[<]+)")
_BASES = {2, 8, 10, 16}
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"}


def _or(default: Any, value: Any, what: str) -> Any:
    if default is _NONE:
        raise WireError(f"its template makes no {what} of {text(value)[:40]!r}")
    return default


def _float(value: Any, default: Any = _NONE) -> Any:
    try:
        return float(value)
    except (ValueError, TypeError):
        return _or(default, value, "number")


def _int(value: Any, default: Any = _NONE, base: int = 10) -> Any:
    if base not in _BASES:
        raise WireError("its template counts in a base that is not read")
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (ValueError, TypeError):
        try:
            return int(float(value))
        except (ValueError, TypeError, OverflowError):
            return _or(default, value, "number")


def _round(value: Any, precision: int = 0, method: str = "common", default: Any = _NONE) -> Any:
    try:
        return _rounded(float(value), precision, method)
    except (ValueError, TypeError):
        return _or(default, value, "number")


def _rounded(number: float, precision: int, method: str) -> float | int:
    if isinstance(precision, int) and abs(precision) > 30:  # noqa: PLR2004 - more places than a number has
        raise WireError("its template rounds to places no number has")
    factor = float(10**precision)
    if method == "ceil":
        number = math.ceil(number * factor) / factor
    elif method == "floor":
        number = math.floor(number * factor) / factor
    elif method == "half":
        number = round(number * 2) / 2
    else:
        number = round(number, precision)
    return int(number) if precision == 0 else number


def _multiply(value: Any, amount: Any, default: Any = _NONE) -> Any:
    try:
        return float(value) * amount
    except (ValueError, TypeError):
        return _or(default, value, "number")


def _add(value: Any, amount: Any, default: Any = _NONE) -> Any:
    try:
        return float(value) + amount
    except (ValueError, TypeError):
        return _or(default, value, "number")


def _bool(value: Any, default: Any = _NONE) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.lower().strip()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
    elif isinstance(value, int | float):
        return value != 0
    return _or(default, value, "truth")


def _default(value: Any, default: Any = "", boolean: bool = False) -> Any:
    return default if value is UNDEFINED or (boolean and not value) else value


def _replace(value: Any, old: Any, new: Any, count: int | None = None) -> str:
    whole, before, after = text(value), text(old), text(new)
    if (whole.count(before) + 1) * len(after) + len(whole) > SIZE:
        raise WireError("its template makes a value that is too large")
    return whole.replace(before, after, -1 if count is None else count)


def _join(value: Any, between: Any = "") -> str:
    sign = text(between)
    if len(value) * len(sign) > SIZE:
        raise WireError("its template makes a value that is too large")
    return sign.join(map(text, value))


def _truncate(value: Any, length: int = 255, cut: bool = False, end: str = "...", leeway: int = 5) -> Any:
    if len(value) <= length + leeway:
        return value
    whole = text(value)
    kept = whole[: max(length - len(end), 0)]
    return (kept if cut else kept.rsplit(" ", 1)[0]) + end


def _title(value: Any) -> str:
    return "".join(word[0].upper() + word[1:].lower() for word in _WORDS.split(text(value)) if word)


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (ValueError, TypeError, OverflowError):
        return False


def _iif(value: Any, yes: Any = True, no: Any = False, none: Any = _NONE) -> Any:
    if value is None and none is not _NONE:
        return none
    return yes if value else no


def _is_defined(value: Any) -> Any:
    if value is UNDEFINED:
        missing()
    return value


def _first(value: Any) -> Any:
    return next(iter(value), UNDEFINED)


def _last(value: Any) -> Any:
    return next(iter(reversed(value)), UNDEFINED)


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _least(values: Any) -> Any:
    return min(values, key=_folded) if len(values) else UNDEFINED


def _most(values: Any) -> Any:
    return max(values, key=_folded) if len(values) else UNDEFINED


def _from_json(value: Any) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise WireError("its template reads JSON where there is none") from error


def _to_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        raise WireError("its template makes JSON of what has no such form") from error


def _tojson(value: Any) -> str:
    written = json.dumps(value, sort_keys=True)
    for sign, escape in _ESCAPED.items():
        written = written.replace(sign, escape)
    return written


def _length(value: Any) -> int:
    return len(value)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "abs": abs,
    "add": _add,
    "bitwise_and": lambda value, other: value & other,
    "bitwise_or": lambda value, other: value | other,
    "bitwise_xor": lambda value, other: value ^ other,
    "bool": _bool,
    "capitalize": lambda value: text(value).capitalize(),
    "count": _length,
    "d": _default,
    "default": _default,
    "first": _first,
    "float": _float,
    "format": lambda value, *values: formatted(text(value), values),
    "from_json": _from_json,
    "iif": _iif,
    "int": _int,
    "is_defined": _is_defined,
    "is_number": _is_number,
    "join": _join,
    "last": _last,
    "length": _length,
    "lower": lambda value: text(value).lower(),
    "max": _most,
    "min": _least,
    "multiply": _multiply,
    "ord": ord,
    "replace": _replace,
    "round": _round,
    "string": text,
    "title": _title,
    "to_json": _to_json,
    "tojson": _tojson,
    "trim": lambda value, signs=None: text(value).strip(signs),
    "truncate": _truncate,
    "upper": lambda value: text(value).upper(),
}

FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "bool": _bool,
    "float": _float,
    "iif": _iif,
    "int": _int,
    "is_number": _is_number,
    "max": lambda *values: _most(values[0] if len(values) == 1 else values),
    "min": lambda *values: _least(values[0] if len(values) == 1 else values),
}

TESTS: Final[Mapping[str, Callable[..., bool]]] = {
    "boolean": lambda value: isinstance(value, bool),
    "defined": lambda value: value is not UNDEFINED,
    "divisibleby": lambda value, by: value % by == 0,
    "eq": lambda value, other: value == other,
    "equalto": lambda value, other: value == other,
    "even": lambda value: value % 2 == 0,
    "false": lambda value: value is False,
    "float": lambda value: isinstance(value, float),
    "ge": lambda value, other: value >= other,
    "gt": lambda value, other: value > other,
    "in": lambda value, others: value in others,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "is_number": _is_number,
    "iterable": lambda value: isinstance(value, str | list | tuple | dict | Undefined),
    "le": lambda value, other: value <= other,
    "list": lambda value: isinstance(value, list),
    "lower": lambda value: text(value).islower(),
    "lt": lambda value, other: value < other,
    "mapping": lambda value: isinstance(value, Mapping),
    "ne": lambda value, other: value != other,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float),
    "odd": lambda value: value % 2 == 1,
    "sequence": lambda value: isinstance(value, str | list | tuple | dict | Undefined),
    "string": lambda value: isinstance(value, str),
    "true": lambda value: value is True,
    "undefined": lambda value: value is UNDEFINED,
    "upper": lambda value: text(value).isupper(),
}

_TEXT_METHODS: Final[Mapping[str, Callable[..., Any]]] = {
    "capitalize": str.capitalize,
    "endswith": str.endswith,
    "lower": str.lower,
    "lstrip": str.lstrip,
    "replace": _replace,
    "rstrip": str.rstrip,
    "split": str.split,
    "startswith": str.startswith,
    "strip": str.strip,
    "title": str.title,
    "upper": str.upper,
}
METHODS: Final = frozenset({*_TEXT_METHODS, "get"})


def method(owner: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """Return what a method of a text, or `get` of an object, returns; raise WireError where there is no such method."""
    if isinstance(owner, str) and name in _TEXT_METHODS:
        return bounded(_TEXT_METHODS[name](owner, *arguments))
    if isinstance(owner, Mapping) and name == "get":
        return owner.get(*arguments)
    if owner is UNDEFINED:
        missing()
    raise WireError(f"its template asks {text(owner)[:40]!r} to {name}")
