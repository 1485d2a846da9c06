"""A service of the node's owner's making (`api: actions:`), for example one that sends infrared: a feature that can only be asked for.

Its argument is an object with the members the service names; a service without any is asked for with `true`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.drivers.esphome.message import ENTITY, Message
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.text import shown as printable
from gateway.errors import SchemaViolation
from gateway.thing.value import Value

_TYPES: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    ("bool_", {"type": "boolean"}),
    ("int_", {"type": "integer"}),
    ("float_", {"type": "number"}),
    ("string_", {"type": "string"}),
    ("bool_array", {"type": "array", "items": {"type": "boolean"}}),
    ("int_array", {"type": "array", "items": {"type": "integer"}}),
    ("float_array", {"type": "array", "items": {"type": "number"}}),
    ("string_array", {"type": "array", "items": {"type": "string"}}),
)
"""By the number of an argument's type: the field it travels in, and what it looks like."""
_JSON: Final = {"boolean": bool, "integer": int, "number": int | float, "string": str, "array": list}
_MOST: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`arguments`: name to the number of its type, in the order they are sent."""

    number: int
    feature: Feature
    arguments: Mapping[str, int]

    def asked(self, value: Value) -> Message:
        """Return the call; raise SchemaViolation where an argument is missing or of another type."""
        given = value if isinstance(value, Mapping) else {}
        if strange := given.keys() - self.arguments.keys():
            raise SchemaViolation(f"{self.feature.title} has no {', '.join(sorted(strange))}")
        return Message(
            "ExecuteServiceRequest",
            {ENTITY: self.number, "args": [self._sent(name, kind, given.get(name)) for name, kind in self.arguments.items()]},
        )

    def _sent(self, name: str, kind: int, value: Value) -> dict[str, Any]:
        field, schema = _TYPES[kind]
        if not _fits(schema, value):
            raise SchemaViolation(f"{self.feature.title} needs {name}, {_said(schema)}")
        return {field: value}


def service_of(listed: Mapping[str, Any]) -> Service:
    """Return a service as it is listed; an argument of an unknown type is a text."""
    name = printable(listed.get("name")) or "service"
    told = {printable(each.get("name")): each.get("type", 0) for each in listed.get("args", ())[:_MOST]}
    arguments = {argument: kind if 0 <= kind < len(_TYPES) else 3 for argument, kind in told.items() if argument}
    schema = {
        "type": "object",
        "properties": {argument: dict(_TYPES[kind][1]) for argument, kind in arguments.items()},
        "required": list(arguments),
        "additionalProperties": False,
    }
    return Service(
        number=listed.get(ENTITY, 0),
        arguments=arguments,
        feature=Feature(
            key=f"service/{name}",
            name=name,
            group="service",
            instance=name,
            type="object" if arguments else "boolean",
            readable=False,
            settable=True,
            title=name,
            schema=schema if arguments else {},
        ),
    )


def _fits(schema: Mapping[str, Any], value: Value) -> bool:
    if isinstance(value, bool) and schema["type"] != "boolean":
        return False
    if isinstance(value, list) and schema["type"] == "array":
        return all(_fits(schema["items"], each) for each in value)
    return isinstance(value, _JSON[schema["type"]])


def _said(schema: Mapping[str, Any]) -> str:
    return f"a list of {schema['items']['type']}s" if schema["type"] == "array" else f"a {schema['type']}"
