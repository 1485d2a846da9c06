"""Constraints as a profile writes them, turned into rules. The set of types is closed: eight, see `gateway.profile.rules`."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import BY_CODE, CommandError, SchemaViolation, StateConflict
from gateway.profile.condition import condition_of
from gateway.profile.rules import Exclusive, GuardRange, GuardWritable, Implies, MinInterval, Monotonic, Order, Rule, SumMax


def compile_constraint(document: Mapping[str, Any]) -> Rule:
    """Return the rule of one entry of `hl:constraints`."""
    kind: str = document["type"]
    code = document.get("else")
    common: dict[str, Any] = {
        "id": document["id"],
        "document": document,
        "violation": "delayed" if code == "delayed" else document.get("onViolation", "reject"),
        "error": BY_CODE.get(code, _ERRORS.get(kind, SchemaViolation)) if isinstance(code, str) else _ERRORS.get(kind, SchemaViolation),
    }
    return _MAKERS[kind](document, common)


def _guard_range(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    low, high = document.get("minimum", float("-inf")), document.get("maximum", float("inf"))
    when = condition_of(document.get("when", {}))
    return GuardRange(target=document["property"], when=when, minimum=low, maximum=high, **common)


def _guard_writable(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    unless = condition_of(document["unless"]) if "unless" in document else None
    return GuardWritable(
        target=document.get("property"),
        action=document.get("action"),
        values=tuple(document["values"]) if "values" in document else None,
        when=condition_of(document.get("when", {})),
        unless=unless,
        **common,
    )


def _implies(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    return Implies(condition=condition_of(document["if"]), then=condition_of(document["then"]), **common)


def _exclusive(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    return Exclusive(of=tuple(condition_of(part) for part in document["of"]), **common)


def _order(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    return Order(a=document["a"], op=document["op"], b=document["b"], c=document.get("c", 0), **common)


def _sum_max(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    return SumMax(of=tuple(document["of"]), maximum=document["maximum"], **common)


def _min_interval(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    origin, to = tuple(document["from"]), tuple(document["to"])
    return MinInterval(target=document["property"], origin=origin, to=to, seconds=document["seconds"], **common)


def _monotonic(document: Mapping[str, Any], common: dict[str, Any]) -> Rule:
    return Monotonic(target=document["property"], direction=-1 if document.get("direction") == "down" else 1, **common)


_MAKERS: dict[str, Callable[[Mapping[str, Any], dict[str, Any]], Rule]] = {
    "guardRange": _guard_range,
    "guardWritable": _guard_writable,
    "implies": _implies,
    "exclusive": _exclusive,
    "order": _order,
    "sumMax": _sum_max,
    "minInterval": _min_interval,
    "monotonic": _monotonic,
}
TYPES = frozenset(_MAKERS)
_ERRORS: dict[str, type[CommandError]] = {"guardWritable": StateConflict, "exclusive": StateConflict}


def applicable(document: Mapping[str, Any], properties: Mapping[str, Any], actions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the constraint as it holds on a device with these affordances, or None where it has no object."""
    if document["type"] == "exclusive":
        of = [part for part in document["of"] if part.keys() <= properties.keys()]
        return {**document, "of": of} if len(of) > 1 else None
    action = document.get("action")
    if action is not None and action not in actions:
        return None
    return document if compile_constraint(document).names <= properties.keys() else None
