"""The profile's typed constraints, read plainly: what a write may do, what it drags along, and what a reported state must never show.

A write is judged on the state it would lead to, as a whole. `exclusive` with `lastWins` lets what is written win and puts the others
back to a neutral value; `implies` with `reset` puts the premise back when something else took its ground away; `guardRange` with `reset`
draws a value into its range. None of them overrules a value the same write names: that is a contradiction and is refused. A guard that
asks a person (`needs-confirm`) looks at the state before the write too, so that it cannot be lifted in the same breath. A constraint that
names a property this appliance does not have says nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.schema import same

Constraint = Mapping[str, Any]
State = Mapping[str, Any]
Condition = Mapping[str, Any]
Schemas = Mapping[str, Mapping[str, Any]]

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda left, right: left <= right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    ">": lambda left, right: left > right,
    "==": lambda left, right: left == right,
}


def settled(
    constraints: Iterable[Constraint], schemas: Schemas, before: State, written: State, *, confirmed: bool = False
) -> dict[str, Any]:
    """Return `written` with all it drags along; Refusal when a constraint forbids it."""
    rules = [rule for rule in constraints if rule.get("onViolation") != "fault"]
    changes = dict(written)
    for rule in rules:
        _check_writable(rule, (before, {**before, **changes}), written, confirmed=confirmed)
    for rule in rules:
        changes |= _dragged(rule, schemas, {**before, **changes}, written)
    after = {**before, **changes}
    for rule in rules:
        if _touches(rule, changes) and (trouble := trouble_in(rule, after)):
            code = rule.get("else", "state-conflict" if rule["type"] == "exclusive" else "schema")
            raise Refusal(str(code), trouble, constraint=rule.get("id"), property=_blamed(rule, written))
    return changes


def applying(constraints: Iterable[Constraint], properties: Schemas, actions: Schemas) -> Iterator[Constraint]:
    """Yield the constraints that mean something where these affordances are; an exclusive loses the alternatives that are not there."""
    for rule in constraints:
        if rule["type"] == "exclusive":
            of = [condition for condition in rule["of"] if condition.keys() <= properties.keys()]
            if len(of) > 1:
                yield {**rule, "of": of}
        elif ("action" not in rule or rule["action"] in actions) and _names(rule) <= properties.keys():
            yield rule


def broken(constraints: Iterable[Constraint], state: State) -> tuple[str, ...]:
    """Return the ids of the constraints a reported state breaks."""
    return tuple(str(rule.get("id")) for rule in constraints if trouble_in(rule, state))


def holds(condition: Condition, state: State) -> bool:
    """Whether every property of the condition has one of its values."""
    return all(_among(state.get(name), allowed) for name, allowed in condition.items())


def fails(condition: Condition, state: State) -> bool:
    """Whether a property of the condition has another value; one that has none neither meets nor breaks it."""
    return any(state.get(name) is not None and not _among(state[name], allowed) for name, allowed in condition.items())


def _among(value: Any, allowed: Any) -> bool:
    choices = allowed if isinstance(allowed, list) else [allowed]
    return any(same(value, choice) for choice in choices)


def _check_writable(rule: Constraint, states: tuple[State, State], written: State, *, confirmed: bool) -> None:
    """Refuse a guarded write: `values` limits the guard to some values, `when` must hold, `unless` must not."""
    name = str(rule.get("property"))
    if rule["type"] != "guardWritable" or name not in written or not _among(written[name], rule.get("values", [written[name]])):
        return
    for state in states if rule.get("else") == "needs-confirm" else states[-1:]:
        _check_open(rule, state, confirmed=confirmed)


def check_action(constraints: Iterable[Constraint], action: str, state: State, *, confirmed: bool = False) -> None:
    """Refuse an action that a constraint guards in the present state."""
    for rule in constraints:
        if rule["type"] == "guardWritable" and rule.get("action") == action:
            _check_open(rule, state, confirmed=confirmed)


def _check_open(rule: Constraint, state: State, *, confirmed: bool) -> None:
    when, unless = rule.get("when", {}), rule.get("unless")
    closed = fails(when, state) or (unless is not None and holds(unless, state))
    code = str(rule.get("else", "state-conflict"))
    if closed and not (code == "needs-confirm" and confirmed):
        detail = str(rule.get("title", "not possible now"))
        raise Refusal(code, detail, constraint=rule.get("id"), property=rule.get("property"))


def _dragged(rule: Constraint, schemas: Schemas, after: State, written: State) -> dict[str, Any]:
    """Return the values this rule puts back, none of them named in the write itself."""
    if rule["type"] == "exclusive" and rule.get("onViolation") == "lastWins":
        active = [condition for condition in rule["of"] if holds(condition, after)]
        losers = [condition for condition in active if not set(condition) & set(written)] if len(active) > 1 else []
        return {name: otherwise(schemas[name], allowed) for condition in losers for name, allowed in condition.items()}
    if rule["type"] == "implies" and rule.get("onViolation") == "reset" and trouble_in(rule, after):
        return {name: otherwise(schemas[name], allowed) for name, allowed in rule["if"].items() if name not in written}
    if rule["type"] == "guardRange" and rule.get("onViolation") == "reset" and rule["property"] not in written and trouble_in(rule, after):
        name = rule["property"]
        return {name: min(max(after[name], rule.get("minimum", after[name])), rule.get("maximum", after[name]))}
    return {}


def otherwise(schema: Mapping[str, Any], avoided: Any) -> Any:
    """Return the first value of a schema that is not one of `avoided`: false for true, the first other choice of an enum."""
    choices = schema.get("enum") or ([False, True] if schema.get("type") == "boolean" else [schema.get("minimum", 0)])
    return next((choice for choice in choices if not _among(choice, avoided)), choices[0])


def _touches(rule: Constraint, changes: State) -> bool:
    """Whether a write can be to blame for this rule: one that was broken before is not this writer's fault."""
    return bool(_names(rule) & set(changes))


def _names(rule: Constraint) -> set[str]:
    names = {rule[key] for key in ("property", "a", "b") if isinstance(rule.get(key), str)}
    for key in ("when", "unless", "if", "then"):
        names.update(rule.get(key, ()))
    for condition in rule.get("of", ()):
        names.update(condition if isinstance(condition, Mapping) else [condition.partition("/")[0]])
    return names | ({rule["maximum"]} if isinstance(rule.get("maximum"), str) else set())


def _blamed(rule: Constraint, written: State) -> str | None:
    """Name the written property that a person would change: the guarded one, then a premise, then any."""
    likely = [str(rule.get("property")), *rule.get("if", ()), *sorted(_names(rule))]
    return next((name for name in likely if name in written), None)


def trouble_in(rule: Constraint, state: State) -> str | None:
    """Return what is wrong with a state under one constraint; None also when the rule is about change over time or about writing."""
    return _READERS[rule["type"]](rule, state) if rule["type"] in _READERS else None


def _guard_range(rule: Constraint, state: State) -> str | None:
    name = rule["property"]
    if name not in state or not holds(rule.get("when", {}), state):
        return None
    low, high = rule.get("minimum", float("-inf")), rule.get("maximum", float("inf"))
    return None if low <= state[name] <= high else f"{name} = {state[name]} is outside {low} to {high} in the present state"


def _implies(rule: Constraint, state: State) -> str | None:
    broken = holds(rule["if"], state) and fails(rule["then"], state)
    return f"{dict(rule['if'])} asks for {dict(rule['then'])}" if broken else None


def _exclusive(rule: Constraint, state: State) -> str | None:
    active = [condition for condition in rule["of"] if holds(condition, state)]
    return f"{active} exclude one another" if len(active) > 1 else None


def _order(rule: Constraint, state: State) -> str | None:
    left, right = state.get(rule["a"]), state.get(rule["b"])
    if left is None or right is None:
        return None
    operator, offset = rule.get("op", "<="), rule.get("c", 0)
    return None if _OPERATORS[operator](left, right + offset) else f"{rule['a']} = {left} is not {operator} {rule['b']} {offset:+}"


def _sum_max(rule: Constraint, state: State) -> str | None:
    parts = [number for part in rule["of"] for number in _numbers(state, part)]
    limit = state.get(rule["maximum"]) if isinstance(rule["maximum"], str) else rule["maximum"]
    return None if limit is None or sum(parts) <= limit else f"together {sum(parts)} is above {limit}"


def _numbers(state: State, part: str) -> list[float]:
    """Return the numbers a part of a sum stands for: a property, or with `list/*/member` that member of each entry."""
    name, _, member = part.partition("/*/")
    value = state.get(name)
    found = [entry.get(member) for entry in value or ()] if member else [value]
    return [number for number in found if isinstance(number, int | float) and not isinstance(number, bool)]


_READERS: dict[str, Callable[[Constraint, State], str | None]] = {
    "guardRange": _guard_range,
    "implies": _implies,
    "exclusive": _exclusive,
    "order": _order,
    "sumMax": _sum_max,
}
