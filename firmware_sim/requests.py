"""What is asked of an appliance, checked against what it shows: existence, direction, danger, schema."""

from collections.abc import Mapping
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.schema import problem
from firmware_sim.surface import Surface

CONFIRM, ONLY_ON_SITE = 2, 3
"""Danger levels of the standard."""


def check_values(surface: Surface, values: Mapping[str, Any], *, confirmed: bool) -> None:
    """Refuse a write whose single values cannot be taken."""
    for name, value in values.items():
        body = surface.property(name)
        if name not in surface.writable:
            raise Refusal("read-only", f"{name} can only be read", property=name)
        check_danger(body, name, confirmed=confirmed)
        check_fit(body, name, value)


def check_fit(body: Mapping[str, Any], name: str, value: Any) -> None:
    """Refuse a value outside its schema."""
    if (trouble := problem(body, value)) is not None:
        raise Refusal("schema", trouble, property=name)


def check_input(body: Mapping[str, Any], input: Any) -> None:
    """Refuse an action's input outside its schema; no input is an empty object where one is asked for."""
    schema = body.get("input")
    if schema is None:
        if input not in (None, {}):
            raise Refusal("schema", f"it takes no input, not {input!r}")
        return
    given = {} if input is None and schema.get("type") == "object" else input
    if (trouble := problem(schema, given)) is not None:
        raise Refusal("schema", trouble)


def check_danger(body: Mapping[str, Any], name: str, *, confirmed: bool) -> None:
    """Refuse what nobody may do from afar, or not without a person's word."""
    danger = int(body.get("hl:danger", 0))
    if danger >= ONLY_ON_SITE:
        raise Refusal("forbidden", f"{name} can be done only at the appliance")
    if danger == CONFIRM and not confirmed:
        raise Refusal("needs-confirm", f"{name} has to be confirmed by a person")


def as_declared(body: Mapping[str, Any], value: Any) -> Any:
    """Return 24.0 as 24 where the profile says integer."""
    return int(value) if body.get("type") == "integer" and isinstance(value, float) else value
