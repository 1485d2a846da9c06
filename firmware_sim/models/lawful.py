"""Mends a state that breaks constraints, for a model that made its values up: what it may move, it moves as little as the rule asks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from firmware_sim.constraints import Constraint, holds, otherwise, trouble_in

Schemas = Mapping[str, Mapping[str, Any]]
ROUNDS = 6
"""Mending one rule may break another; after so many rounds it is given up."""


def lawful(rules: Sequence[Constraint], schemas: Schemas, state: Mapping[str, Any], movable: Collection[str]) -> dict[str, Any]:
    """Return the values among `movable` that have to change so that the state breaks no rule."""
    changed: dict[str, Any] = {}
    for _ in range(ROUNDS):
        now = {**state, **changed}
        broken = next((rule for rule in rules if trouble_in(rule, now)), None)
        if broken is None:
            break
        moves = {name: value for name, value in _mended(broken, schemas, now, movable).items() if value != now.get(name)}
        if not moves:
            break
        changed |= moves
    return changed


def _mended(rule: Constraint, schemas: Schemas, state: Mapping[str, Any], movable: Collection[str]) -> dict[str, Any]:
    match rule["type"]:
        case "guardRange":
            return _drawn_in(rule, state) if rule["property"] in movable else _avoided(rule.get("when", {}), schemas, movable)
        case "implies":
            wanted = {name: allowed for name, allowed in rule["then"].items() if not holds({name: allowed}, state)}
            return _met(wanted, movable) if set(wanted) <= set(movable) else _avoided(rule["if"], schemas, movable)
        case "exclusive":
            active = [one for one in rule["of"] if holds(one, state)]
            return next((moves for one in reversed(active) if (moves := _avoided(one, schemas, movable))), {})
        case "order":
            return _ordered(rule, schemas, state, movable)
        case "sumMax":
            return {name: schemas[name].get("minimum", 0) for name in rule.get("of", ()) if name in movable}
    return {}


def _drawn_in(rule: Constraint, state: Mapping[str, Any]) -> dict[str, Any]:
    name = rule["property"]
    return {name: min(max(state[name], rule.get("minimum", state[name])), rule.get("maximum", state[name]))}


def _met(condition: Mapping[str, Any], movable: Collection[str]) -> dict[str, Any]:
    choices = {name: allowed if isinstance(allowed, list) else [allowed] for name, allowed in condition.items() if name in movable}
    return {name: allowed[0] for name, allowed in choices.items()}


def _avoided(condition: Mapping[str, Any], schemas: Schemas, movable: Collection[str]) -> dict[str, Any]:
    """Return one move after which the condition is met no more."""
    for name, allowed in condition.items():
        if name in movable and name in schemas:
            return {name: otherwise(schemas[name], allowed)}
    return {}


def _ordered(rule: Constraint, schemas: Schemas, state: Mapping[str, Any], movable: Collection[str]) -> dict[str, Any]:
    """Move the left side to the edge, or else the right one; a strict order leaves one step between them."""
    left, right, operator, offset = rule["a"], rule["b"], rule.get("op", "<="), rule.get("c", 0)
    gap = {"<": -1, ">": 1}.get(operator, 0)
    if left in movable:
        return {left: _fitting(schemas[left], state[right] + offset + gap * _step(schemas[left]))}
    if right in movable:
        return {right: _fitting(schemas[right], state[left] - offset - gap * _step(schemas[right]))}
    return {}


def _step(schema: Mapping[str, Any]) -> float:
    return float(schema.get("multipleOf") or schema.get("hl:resolution") or 1)


def _fitting(schema: Mapping[str, Any], value: float) -> float:
    low: float = schema.get("minimum", value)
    high: float = schema.get("maximum", value)
    return min(max(value, low), high)
