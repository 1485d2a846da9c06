"""What a Thing Description's data schemas say of values, judged by the jsonschema library."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

TD = Mapping[str, Any]
Schema = Mapping[str, Any]
ASKS, ONLY_ON_SITE = 2, 3
"""Levels of `hl:danger`."""
FORMATS = FormatChecker(("date",))
_UNSAID = {"string": {"maxLength": 1024}, "array": {"maxItems": 256}}


def _is_time(value: object) -> bool:
    """Return whether a text is a date-time of RFC 3339; jsonschema brings no check of its own."""
    if not isinstance(value, str):
        return True
    shape = re.fullmatch(r"([0-9-]{10})T([0-9:]{8})([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", value.upper())
    return shape is not None and bool(datetime.strptime(f"{shape[1]} {shape[2]} {shape[4]}", "%Y-%m-%d %H:%M:%S %z"))


FORMATS.checks("date-time", raises=ValueError)(_is_time)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something is not right. `code`: the error of the table; `rule`: a term of the schema or the id of a constraint."""

    code: str
    rule: str
    property: str | None = None


def reported(td: TD, state: Mapping[str, Any]) -> Iterator[Objection]:
    """Judge what an appliance reports: unknown members and new words of an open enum pass, everything else must fit."""
    for name, value in state.items():
        if name not in td["properties"]:
            yield Objection("unknown", "property", name)
        else:
            yield from _objections(_open(td["properties"][name]), value, name)


def written(td: TD, values: Mapping[str, Any], *, confirmed: bool = False) -> Iterator[Objection]:
    """Judge single values somebody asks for: what the profile does not name is refused."""
    for name, value in values.items():
        body = td["properties"].get(name)
        if body is None:
            yield Objection("unknown", "property", name)
        elif body.get("readOnly"):
            yield Objection("read-only", "readOnly", name)
        else:
            yield from _objections(_closed(body), value, name)
            yield from _dangers(body, name, confirmed=confirmed)


def given(td: TD, action: str, value: Any) -> Iterator[Objection]:
    """Judge the input of an action; none is an empty object where an object is asked for."""
    body = td["actions"].get(action)
    if body is None:
        yield Objection("unknown", "action")
    elif "input" in body:
        given_value = {} if value is None and body["input"].get("type") == "object" else value
        yield from _objections(_closed(body["input"]), given_value, None)
    elif value not in (None, {}):
        yield Objection("schema", "input")


def _dangers(body: Schema, name: str, *, confirmed: bool) -> Iterator[Objection]:
    danger = body.get("hl:danger", 0)
    if danger >= ONLY_ON_SITE:
        yield Objection("forbidden", "hl:danger", name)
    elif danger == ASKS and not confirmed:
        yield Objection("needs-confirm", "hl:danger", name)


def _objections(schema: Schema, value: Any, name: str | None) -> Iterator[Objection]:
    """Return what jsonschema has against a value; formats are asserted and limits hold where nothing is said, as the standard has it."""
    validator = Draft202012Validator(_walked(schema, _limited), format_checker=FORMATS)
    for error in validator.iter_errors(value):
        yield Objection("schema", str(error.validator), name)


def _open(schema: Schema) -> dict[str, Any]:
    """Return a schema in which an open enum takes every word."""
    return _walked(schema, lambda part: {term: value for term, value in part.items() if term != "enum" or not part.get("hl:openEnum")})


def _closed(schema: Schema) -> dict[str, Any]:
    """Return a schema whose objects take only the members it names."""
    return _walked(schema, lambda part: {**part, **({"additionalProperties": False} if "properties" in part else {})})


def _limited(part: Schema) -> dict[str, Any]:
    """Return a schema with the limits of the standard, and with a pattern that ends where the text ends (Python's `$` does not)."""
    limited = {**_UNSAID.get(part.get("type", ""), {}), **part}
    if str(limited.get("pattern", "")).endswith("$"):
        limited["pattern"] = f"{limited['pattern']}(?!\\n)"
    return limited


def _walked(schema: Schema, change: Callable[[Schema], dict[str, Any]]) -> dict[str, Any]:
    part = change(dict(schema))
    if isinstance(part.get("items"), Mapping):
        part["items"] = _walked(part["items"], change)
    if isinstance(part.get("properties"), Mapping):
        part["properties"] = {name: _walked(member, change) for name, member in part["properties"].items()}
    if choices := part.pop("oneOf", None):  # a list without a choice says nothing, as some servients write it
        part["oneOf"] = [_walked(choice, change) for choice in choices]
    return part
