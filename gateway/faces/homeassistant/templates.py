"""Jinja templates, as Home Assistant reads them: from our JSON to its words and back.

Words of a device stand in them as string literals in which no brace and no quote is left as it is.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

VALUE, COMMAND = "value_json", "value"
"""What a state template and a command template call the value."""
UNKNOWN = "None"
"""What every platform reads as: not known."""
LONGEST_STATE = 255
_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "{}%#'<>&"}


def literal(value: Any) -> str:
    """Return a JSON scalar as an expression."""
    if isinstance(value, str):
        return json.dumps(value).translate(_ESCAPES)
    return "none" if value is None else json.dumps(value)


def table(pairs: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> str:
    """Return a dict of scalars as an expression."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return "{" + ", ".join(f"{literal(key)}: {literal(value)}" for key, value in items) + "}"


def listed(values: Iterable[Any]) -> str:
    """Return a list of scalars as an expression."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def shown(expression: str) -> str:
    """Return the template that prints an expression."""
    return f"{{{{ {expression} }}}}"


def as_json(expression: str) -> str:
    """Return the template that prints an expression as JSON."""
    return shown(f"({expression}) | tojson")


def member(name: str, of: str = VALUE, default: Any = None) -> str:
    """Return the expression of a member that may be missing."""
    return f"{of}.get({literal(name)}{'' if default is None else f', {literal(default)}'})"


def mapped(pairs: Mapping[Any, Any], expression: str) -> str:
    """Return the expression in other words; what is not in the table stays."""
    return f"{table(pairs)}.get({expression}, {expression})" if pairs else expression


def known(expression: str, words: Sequence[Any]) -> str:
    """Return the expression where it is one of `words`, else unknown."""
    return f"({expression}) if ({expression}) in {listed(words)} else {literal(UNKNOWN)}"


def stepped(schema: Mapping[str, Any], expression: str = COMMAND) -> str:
    """Return the expression on the nearest step of a number's schema and within its limits."""
    step = schema.get("multipleOf", 1 if schema.get("type") == "integer" else None)
    if step is None:
        return expression
    near = f"({expression} | float / {step}) | round | int * {step}"
    return f"[[{near}, {schema['minimum']}] | max, {schema['maximum']}] | min" if {"minimum", "maximum"} <= schema.keys() else near


def payload(value: Any) -> str:
    """Return a value as the JSON text that stands on a topic."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
