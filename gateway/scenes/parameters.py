"""The parameters of a scene as somebody wrote them: each a small data schema with a default that fits it."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.profile.findings import Pages, joined, pointer_to
from gateway.profile.schema import compile_schema
from gateway.scenes.document import Parameter
from gateway.scenes.words import is_plain

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_NUMBERS: Final = ("minimum", "maximum", "multipleOf")
_TERMS: Final = {
    "boolean": ("enum",),
    "integer": (*_NUMBERS, "enum"),
    "number": (*_NUMBERS, "enum"),
    "string": ("enum",),
}
_OTHERS: Final = frozenset({"type", "default", "unit", "titles"})
_MOST: Final = 64


def read_parameters(given: Any, pages: Pages) -> dict[str, Parameter]:
    """Return the parameters that can be read, and report what is wrong with the others."""
    if not isinstance(given, dict):
        pages.report("/parameters", "is a mapping of names to what they may be", rule="scene-parameter")
        return {}
    read = {name: _parameter(name, body) for name, body in given.items()}
    for name, parameter in read.items():
        if isinstance(parameter, str):
            pages.report(pointer_to("parameters", name), parameter, rule="scene-parameter")
    return {name: parameter for name, parameter in read.items() if isinstance(parameter, Parameter)}


def _parameter(name: str, body: Any) -> Parameter | str:
    """Return a parameter, or what is wrong with it."""
    if not NAME.match(name) or not isinstance(body, dict):
        return "is a name with `type:`, `default:` and perhaps minimum, maximum, multipleOf, enum"
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _TERMS:
        return f"needs `type:`, one of {joined(_TERMS)}"
    for term in body:
        if term not in _OTHERS and not (term in _TERMS[kind] and _FITS[term](body[term]) and _are_of(kind, term, body[term])):
            return f"has a `{term}` that is nothing for a {kind}"
    return _with_default(name, body, {term: body[term] for term in ("type", *_TERMS[kind], "unit") if term in body})


def _with_default(name: str, body: Mapping[str, Any], schema: Mapping[str, Any]) -> Parameter | str:
    titles = body.get("titles", {})
    if not isinstance(titles, dict) or not all(
        isinstance(text, str) and is_plain(text) for text in (*titles.values(), body.get("unit", ""))
    ):
        return "has `titles:`, a mapping of languages to texts, or a `unit:` that is none"
    if "default" not in body:
        return "has no default"
    if (problem := compile_schema(schema, strict=True)(body["default"])) is not None:
        return f"has a default that it may not have itself: {problem.strip()}"
    return Parameter(name, schema, body["default"], titles)


def _are_of(kind: str, term: str, value: Any) -> bool:
    """Return whether the choices of a parameter are of its own kind; other terms have none."""
    check = compile_schema({"type": kind}, strict=True)
    return term != "enum" or all(check(each) is None for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 2**53 and math.isfinite(value)


def _are_choices(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MOST and all(isinstance(each, str | bool) or _is_number(each) for each in value)


_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "minimum": _is_number,
    "maximum": _is_number,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "enum": _are_choices,
}
