"""What a Thing Description's constraints say of states, writes and changes: a plain evaluator, written from the text of the standard alone.

A condition is a mapping of properties to the values that meet it. It is true, false, or not known (None) where a property has no value;
what is not known neither meets nor breaks anything.
"""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.conformance.schema_verdict import TD, Objection

State = Mapping[str, Any]
Rule = Mapping[str, Any]
_COMPARED = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt}


def state_objections(td: TD, state: State) -> Iterator[Objection]:
    """Return the constraints a state breaks."""
    for rule in td.get("hl:constraints", ()):
        if is_broken(rule, state):
            yield Objection("schema", rule["id"])


def write_objections(td: TD, before: State, values: Mapping[str, Any], *, confirmed: bool = False) -> Iterator[Objection]:
    """Return the constraints for which a write of these values together must be refused."""
    after = {**before, **values}
    for rule in td.get("hl:constraints", ()):
        if rule["type"] == "guardWritable" and rule.get("property") in values:
            if is_guarded(rule, values[rule["property"]]) and is_shut(rule, before, after, confirmed=confirmed):
                yield Objection(rule.get("else", "state-conflict"), rule["id"], rule["property"])
        elif is_to_blame(rule, values, after) and is_broken(rule, after):
            code = rule.get("else", "state-conflict" if rule["type"] == "exclusive" else "schema")
            yield Objection(code, rule["id"], rule.get("property"))


def action_objections(td: TD, action: str, state: State, *, confirmed: bool = False) -> Iterator[Objection]:
    """Return the guards that keep an action from being started in a state."""
    for rule in td.get("hl:constraints", ()):
        if rule["type"] == "guardWritable" and rule.get("action") == action and is_shut(rule, state, state, confirmed=confirmed):
            yield Objection(rule.get("else", "state-conflict"), rule["id"])


def change_objections(td: TD, before: State, after: State, steady: Mapping[str, float]) -> Iterator[Objection]:
    """Return the constraints about time that a change breaks; `steady`: seconds each property had stayed where the rule starts."""
    for rule in td.get("hl:constraints", ()):
        old, new = before.get(rule.get("property", "")), after.get(rule.get("property", ""))
        if old is None or new is None:
            continue
        if rule["type"] == "monotonic" and (new > old if rule.get("direction") == "down" else new < old):
            yield Objection("schema", rule["id"], rule["property"])
        if rule["type"] == "minInterval" and old in rule["from"] and new in rule["to"] and steady[rule["property"]] < rule["seconds"]:
            yield Objection("schema", rule["id"], rule["property"])


def meets(condition: Mapping[str, Any], state: State) -> bool | None:
    """Return whether a state meets a condition; None where it does not say."""
    known = {name: state[name] for name in condition if state.get(name) is not None}
    if any(not _is_one_of(value, condition[name]) for name, value in known.items()):
        return False
    return True if len(known) == len(condition) else None


def is_broken(rule: Rule, state: State) -> bool:
    """Return whether a state breaks a rule; rules about writing and about time are broken by no state."""
    match rule["type"]:
        case "guardRange":
            value = state.get(rule["property"])
            low, high = rule.get("minimum", float("-inf")), rule.get("maximum", float("inf"))
            return value is not None and meets(rule.get("when", {}), state) is True and not low <= value <= high
        case "implies":
            return meets(rule["if"], state) is True and meets(rule["then"], state) is False
        case "exclusive":
            return sum(meets(condition, state) is True for condition in rule["of"]) > 1
        case "order":
            left, right = state.get(rule["a"]), state.get(rule["b"])
            return left is not None and right is not None and not _COMPARED[rule["op"]](left, right + rule.get("c", 0))
        case "sumMax":
            limit = state.get(rule["maximum"]) if isinstance(rule["maximum"], str) else rule["maximum"]
            return limit is not None and sum(_part(state, part) for part in rule["of"]) > limit
    return False


def is_guarded(rule: Rule, value: Any) -> bool:
    """Return whether a guard is about this value of its property."""
    return "values" not in rule or _is_one_of(value, rule["values"])


def is_shut(rule: Rule, before: State, after: State, *, confirmed: bool) -> bool:
    """Return whether a guard refuses: on the state after the write; one that asks a person also looks at the state before."""
    asks = rule.get("else") == "needs-confirm"
    if (asks and confirmed) or rule.get("else") == "delayed":
        return False
    looked_at = (before, after) if asks else (after,)
    shut = (
        meets(rule.get("when", {}), state) is False or ("unless" in rule and meets(rule["unless"], state) is True) for state in looked_at
    )
    return any(shut)


def is_to_blame(rule: Rule, values: Mapping[str, Any], after: State) -> bool:
    """Return whether a write of these values is refused when it leaves the rule broken."""
    violation = "delayed" if rule.get("else") == "delayed" else rule.get("onViolation", "reject")
    match rule["type"], violation:
        case "guardRange", _ if rule["property"] in values:
            return True
        case "implies", "reset":
            return set(rule["if"]) <= set(values)
        case "exclusive", "lastWins":
            return sum(meets(condition, after) is True and not condition.keys().isdisjoint(values) for condition in rule["of"]) > 1
    return violation == "reject" and not values.keys().isdisjoint(_read_by(rule))


def _read_by(rule: Rule) -> set[str]:
    names = {rule[term] for term in ("a", "b") if term in rule}
    for condition in (rule.get("when", {}), rule.get("if", {}), rule.get("then", {}), *rule.get("of", ())):
        names |= set(condition) if isinstance(condition, Mapping) else {condition.partition("/")[0]}
    return names | ({rule["maximum"]} if isinstance(rule.get("maximum"), str) else set())


def _part(state: State, path: str) -> float:
    name, _, member = path.partition("/*/")
    value = state.get(name)
    if member:
        return float(sum(item.get(member, 0) for item in value or ()))
    return float(value or 0)


def _is_one_of(value: Any, choices: Any) -> bool:
    return any(isinstance(value, bool) is isinstance(choice, bool) and value == choice for choice in choices)
