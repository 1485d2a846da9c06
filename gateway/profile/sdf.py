"""A kind as an SDF model (RFC 9880), and the mapping file that keeps what SDF has no words for.

The model stands on its own: ranges, units, words, and `sdfRequired` with exactly what every device has. The mapping file
(draft-ietf-asdf-sdf-mapping) holds the rest by SDF pointer: Chinese texts, features, constraints, hooks to other models.
Laid over the model again it gives everything back.
"""

from collections.abc import Mapping
from typing import Any

from gateway.profile.features import SECTIONS
from gateway.profile.findings import pointer_to
from gateway.profile.kind import Kind

Document = dict[str, Any]

_SECTION = {"properties": "sdfProperty", "actions": "sdfAction", "events": "sdfEvent"}
_BODY = {"input": "sdfInputData", "output": "sdfOutputData", "data": "sdfOutputData"}
_NAMES = {"title": "label"}
_TEXTS = frozenset({"title", "description"})
_COMMON = _TEXTS | {
    "type",
    "const",
    "default",
    "unit",
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
}
_ENTRY = frozenset({"type", "description", "minimum", "maximum", "minLength", "maxLength", "format"})
"""What SDF knows of the entries of an array."""
_NAMESPACE = {"hl": "urn:hulian:ns:profile:1#"}
_MADE_ANEW = frozenset({"tm:optional", "version", *SECTIONS})


def sdf_model(kind: Kind) -> Document:
    """Return the SDF model of a kind."""
    body: Document = _texts(kind.document)
    for section in SECTIONS:
        entries = kind.document.get(section, {})
        if entries:
            body[_SECTION[section]] = {name: _affordance(section, schema)[0] for name, schema in entries.items()}
    body["sdfRequired"] = sorted(f"#{_base(kind)}{_sdf_pointer(pointer)}" for pointer in mandatory(kind))
    return {**_head(kind), "sdfObject": {kind.kind: body}}


def sdf_mapping(kind: Kind) -> Document:
    """Return the mapping file of a kind: SDF pointer to what is laid over the model there."""
    base = f"#{_base(kind)}"
    places = {base: {term: value for term, value in kind.document.items() if term not in _MADE_ANEW | _TEXTS}}
    for section in SECTIONS:
        for name, schema in kind.document.get(section, {}).items():
            rest = _affordance(section, schema)[1]
            if rest:
                places[f"{base}{_sdf_pointer(f'/{section}{pointer_to(name)}')}"] = rest
    return {**_head(kind), "map": places}


def mandatory(kind: Kind) -> frozenset[str]:
    """Return the pointers of the affordances every device of the kind has."""
    every = {f"/{section}{pointer_to(name)}" for section in SECTIONS for name in kind.document.get(section, {})}
    return frozenset(every.difference(*(feature.affordances for feature in kind.features.values())))


def _head(kind: Kind) -> Document:
    return {
        "info": {"title": kind.title, "version": kind.version},
        "namespace": _NAMESPACE,
        "defaultNamespace": "hl",
    }


def _base(kind: Kind) -> str:
    return f"/sdfObject{pointer_to(kind.kind)}"


def _sdf_pointer(pointer: str) -> str:
    _, section, name = pointer.split("/", 2)
    return f"/{_SECTION[section]}/{name}"


def _texts(schema: Mapping[str, Any]) -> Document:
    return {_NAMES.get(term, term): schema[term] for term in ("title", "description") if term in schema}


def _affordance(section: str, schema: Mapping[str, Any]) -> tuple[Document, Document]:
    """Return what SDF says of an affordance, and the rest."""
    if section == "properties":
        return _property(schema)
    sdf = _texts(schema)
    rest = {term: value for term, value in schema.items() if term not in _TEXTS | _BODY.keys()}
    for part, name in _BODY.items():
        if part in schema:
            sdf[name], inner = _data(schema[part])
            if inner:
                rest[name] = inner
    return sdf, rest


def _property(schema: Mapping[str, Any]) -> tuple[Document, Document]:
    sdf, rest = _data({term: value for term, value in schema.items() if term not in ("readOnly", "writeOnly", "observable")})
    if "readOnly" in schema:
        sdf["writable"] = not schema["readOnly"]
    if "writeOnly" in schema:
        sdf["readable"] = not schema["writeOnly"]
    sdf["observable"] = bool(schema.get("observable"))
    return sdf, rest


def _data(schema: Mapping[str, Any], known: frozenset[str] = _COMMON) -> tuple[Document, Document]:
    """Return what SDF says of values, and the rest."""
    sdf = {_NAMES.get(term, term): value for term, value in schema.items() if term in known}
    rest = {term: value for term, value in schema.items() if term not in known | {"enum", "items", "properties", "required"}}
    if "enum" in schema:
        sdf |= _words(schema["enum"])
    if schema.get("required"):
        sdf["required"] = schema["required"]
    if "properties" in schema:
        parts = {name: _data(member) for name, member in schema["properties"].items()}
        sdf["properties"] = {name: inner for name, (inner, _) in parts.items()}
        left = {name: inner for name, (_, inner) in parts.items() if inner}
        rest |= {"properties": left} if left else {}
    if "items" in schema:
        _add_items(sdf, rest, schema["items"])
    return sdf, rest


def _words(values: list[Any]) -> Document:
    """Return an enum: SDF has one for texts, for anything else a choice of constants."""
    if all(isinstance(value, str) for value in values):
        return {"enum": values}
    return {"sdfChoice": {str(value): {"const": value} for value in values}}


def _add_items(sdf: Document, rest: Document, items: Mapping[str, Any]) -> None:
    if items.get("type") == "array":
        rest["items"] = items
        return
    sdf["items"], left = _data(items, _ENTRY)
    if left:
        rest["items"] = left
