"""The constraints a plug has to keep when it is written to: `guardWritable` and `guardRange` (the standard, "Constraints").

They are read from the model, so that a limit that the standard changes changes here. `monotonic` is kept by the meters themselves: no
write can touch them. An appliance of another kind adds the types its kind has.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from plug.refusal import Refusal
from plug.values import same

Rule = Mapping[str, Any]
State = Mapping[str, Any]


def applying(rules: Iterable[Rule], properties: Mapping[str, Any]) -> list[Rule]:
    """Return the rules all whose properties this device has."""
    return [rule for rule in rules if _named(rule) <= properties.keys()]


def _named(rule: Rule) -> set[str]:
    conditions = {name for term in ("when", "unless", "if", "then") for name in rule.get(term, ())}
    return conditions | ({rule["property"]} if "property" in rule else set())


def check(rules: Iterable[Rule], before: State, changes: State, *, confirmed: bool) -> None:
    """Judge a write as a whole, on the state after it; Refusal names the constraint."""
    after = {**before, **changes}
    for rule in rules:
        name = rule.get("property")
        if name not in changes:
            continue
        if rule["type"] == "guardRange" and _met(rule["when"], after):
            _in_range(rule, changes[name])
        elif rule["type"] == "guardWritable" and _guards(rule, changes[name]):
            _unguarded(rule, before, after, confirmed=confirmed)


def _met(condition: Mapping[str, Any], state: State) -> bool:
    """Return whether every property has one of its values; one without a value does not meet it."""
    return all(name in state and any(same(state[name], word) for word in words) for name, words in condition.items())


def _in_range(rule: Rule, value: float) -> None:
    if not rule.get("minimum", value) <= value <= rule.get("maximum", value):
        raise Refusal("schema", rule["title"], property=rule["property"], constraint=rule["id"])


def _guards(rule: Rule, value: Any) -> bool:
    return "values" not in rule or any(same(value, word) for word in rule["values"])


def _unguarded(rule: Rule, before: State, after: State, *, confirmed: bool) -> None:
    """With `needs-confirm` the state before counts as well, so that the guard is not lifted in the same breath."""
    code = rule.get("else", "state-conflict")
    if code == "needs-confirm" and confirmed:
        return
    for state in (before, after) if code == "needs-confirm" else (after,):
        if ("when" in rule and not _met(rule["when"], state)) or ("unless" in rule and _met(rule["unless"], state)):
            raise Refusal(code, rule["title"], property=rule["property"], constraint=rule["id"])
