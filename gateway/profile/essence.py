"""What of a schema decides which values fit: two schemas that differ in title, unit or hooks only have the same essence."""

from collections.abc import Mapping
from typing import Any

_DECIDING = frozenset(
    {
        *("type", "const", "enum", "hl:openEnum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems", "required"),
    }
)


def essence(schema: Any) -> Any:
    """Return the schema without what decides nothing, through all its members, items and forms."""
    if not isinstance(schema, Mapping):
        return schema
    kept = {term: value for term, value in schema.items() if term in _DECIDING}
    if "items" in schema:
        kept["items"] = essence(schema["items"])
    if "properties" in schema:
        kept["properties"] = {name: essence(member) for name, member in schema["properties"].items()}
    if "oneOf" in schema:
        kept["oneOf"] = [essence(form) for form in schema["oneOf"]]
    return kept
