"""The JSON Schema (draft 2020-12) of what a kind's devices publish as `s`: the public state, constraints included where they can be.

It describes reports, so it is as lenient as readers must be: unknown members and unknown words of open enums pass. Conditions
that speak of time, of sums or of two numbers side by side have no words in JSON Schema; their ids are listed in `$comment`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from gateway.profile.instance import Instance
from gateway.profile.kind import Kind
from gateway.profile.plain_value import MAX_LENGTH
from gateway.profile.schema import MAX_ITEMS

Document = dict[str, Any]
Entry = Mapping[str, Any]

_KEPT = frozenset(
    {
        "title",
        "description",
        "type",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minItems",
        "maxItems",
        "required",
        "readOnly",
    }
)
_META: Document = {
    "title": "Where this state stands in the order of states",
    "type": "object",
    "required": ["boot", "seq", "ts"],
    "properties": {
        "boot": {"type": "integer", "minimum": 0},
        "seq": {"type": "integer", "minimum": 0},
        "ts": {"type": "string", "format": "date-time"},
        "q": {"type": "object", "additionalProperties": {"enum": ["good", "assumed", "stale", "invalid", "simulated"]}},
        "pending": {"type": "object"},
    },
}


def state_schema(kind: Kind, device: Instance | None = None) -> Document:
    """Return the schema of the public state of any device of the kind, or of one with its features and narrowing."""
    properties = kind.document["properties"] if device is None else {name: each.schema for name, each in device.properties.items()}
    conditions, untold = _constraints(kind.constraints if device is None else [rule.document for rule in device.rules])
    document: Document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hulian:schema:{kind.kind}:{kind.version}:state{_suffix(device)}",
        "title": f"State of {kind.title.lower()}",
        "type": "object",
        "required": ["$"],
        "properties": {"$": _META, **{name: _values(schema) for name, schema in properties.items() if not schema.get("hl:private")}},
    }
    if untold:
        document["$comment"] = f"Not expressed here: {', '.join(untold)}"
    return document | ({"allOf": conditions} if conditions else {})


def expressed(kind: Kind) -> frozenset[str]:
    """Return the ids of the constraints the schema holds."""
    return frozenset(entry["id"] for entry in kind.constraints if [*_expressions(entry)])


def _suffix(device: Instance | None) -> str:
    return "" if device is None else "".join(f":{name}" for name in ("of", *device.shape.features))


def _constraints(entries: Iterable[Entry]) -> tuple[list[Document], list[str]]:
    told: list[Document] = []
    untold: list[str] = []
    for entry in entries:
        conditions = [*_expressions(entry)]
        if conditions:
            told += ({"$comment": entry["id"], **condition} for condition in conditions)
        else:
            untold.append(entry["id"])
    return told, untold


def _expressions(entry: Entry) -> Iterator[Document]:
    make = _MAKERS.get(entry["type"])
    return iter(()) if make is None else make(entry)


def _guard_range(entry: Entry) -> Iterator[Document]:
    limits = {term: entry[term] for term in ("minimum", "maximum") if term in entry}
    yield {"if": _met(entry.get("when", {})), "then": {"properties": {entry["property"]: limits}}}


def _implies(entry: Entry) -> Iterator[Document]:
    yield {"if": _met(entry["if"]), "then": {"properties": {name: {"enum": values} for name, values in entry["then"].items()}}}


def _exclusive(entry: Entry) -> Iterator[Document]:
    for one, other in combinations(entry["of"], 2):
        yield {"not": {"allOf": [_met(one), _met(other)]}}


_MAKERS: dict[str, Callable[[Entry], Iterator[Document]]] = {
    "guardRange": _guard_range,
    "implies": _implies,
    "exclusive": _exclusive,
}


def _met(condition: Mapping[str, Any]) -> Document:
    """Return the schema of states that meet a condition; a property without a value does not."""
    return {"required": sorted(condition), "properties": {name: {"enum": list(values)} for name, values in condition.items()}}


def _values(schema: Entry) -> Document:
    result = {term: value for term, value in schema.items() if term in _KEPT}
    if "enum" in schema:
        result["examples" if schema.get("hl:openEnum") else "enum"] = schema["enum"]
    if schema.get("type") == "string" and "enum" not in result:
        result.setdefault("maxLength", MAX_LENGTH)
    if schema.get("type") == "array":
        result.setdefault("maxItems", MAX_ITEMS)
    if "items" in schema:
        result["items"] = _values(schema["items"])
    if "properties" in schema:
        result["properties"] = {name: _values(member) for name, member in schema["properties"].items()}
    if "oneOf" in schema:
        result["oneOf"] = [_values(option) for option in schema["oneOf"]]
    return result
