"""What a Thing Description's data schemas say of values, judged by the jsonschema library."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

TD = Mapping[str, Any]


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


def written(td: TD, values: Mapping[str, Any]) -> Iterator[Objection]:
    """Judge single values somebody asks for: what the profile does not name is refused."""
    for name, value in values.items():
        body = td["properties"].get(name)
        if body is None:
            yield Objection("unknown", "property", name)
        elif body.get("readOnly"):
            yield Objection("read-only", "readOnly", name)
        else:
            yield from _objections(_closed(body), value, name)


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


def _objections(schema: Mapping[str, Any], value: Any, name: str | None) -> Iterator[Objection]:
    """Return what jsonschema has against a value; formats are asserted, as the standard says."""
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in validator.iter_errors(value):
        yield Objection("schema", str(error.validator), name)


def _open(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema in which an open enum takes every word."""
    return _walked(schema, lambda part: {term: value for term, value in part.items() if term != "enum" or not part.get("hl:openEnum")})


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose objects take only the members it names."""
    return _walked(schema, lambda part: part | {"additionalProperties": False} if "properties" in part else part)


def _walked(schema: Mapping[str, Any], change: Any) -> dict[str, Any]:
    part: dict[str, Any] = change(deepcopy(dict(schema)))
    if isinstance(part.get("items"), Mapping):
        part["items"] = _walked(part["items"], change)
    if isinstance(part.get("properties"), Mapping):
        part["properties"] = {name: _walked(member, change) for name, member in part["properties"].items()}
    return part
