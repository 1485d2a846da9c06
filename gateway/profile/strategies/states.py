"""Whole states of a device that break none of its constraints.

Random values break a constraint in most draws (profile.md 3.2 counted 76 %), and throwing those away would leave only tame states. So a
drawn state is mended instead: as long as a rule is broken, what it is about is drawn anew within what the rule allows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from gateway.profile.condition import Condition
from gateway.profile.instance import Instance
from gateway.profile.plain_value import same
from gateway.profile.rules import Exclusive, GuardRange, Implies, Order, Rule, SumMax
from gateway.profile.strategies.values import numbers, step_of, values
from gateway.thing.value import Value

State = dict[str, Value]
_ROUNDS = 24


@st.composite
def states(draw: st.DrawFn, instance: Instance, *, whole: bool = True) -> State:
    """Return a state with a value for every public property (`whole` false: for some of them) that keeps every constraint."""
    public = {name: each for name, each in sorted(instance.properties.items()) if not each.private}
    state = {name: draw(values(each.schema)) for name, each in public.items() if whole or draw(st.booleans())}
    return draw(mended(instance, state))


@st.composite
def mended(draw: st.DrawFn, instance: Instance, state: Mapping[str, Value]) -> State:
    """Return `state` with as much drawn anew as its constraints need."""
    kept = dict(state)
    for _ in range(_ROUNDS):
        broken = [rule for rule in instance.rules if rule.broken(kept) is not None]
        if not broken:
            return kept
        for rule in broken:
            if rule.broken(kept) is not None:
                _MENDERS[type(rule)](draw, instance, kept, rule)
    assume(False)
    return kept


def _mend_range(draw: st.DrawFn, instance: Instance, state: State, rule: GuardRange) -> None:
    within = _within(instance.properties[rule.target].schema, rule.minimum, rule.maximum)
    if within is None:
        _unmeet(draw, instance, state, rule.when)
    else:
        state[rule.target] = draw(within)


def _within(schema: Mapping[str, Any], low: float, high: float) -> st.SearchStrategy[Any] | None:
    """Return the numbers of a schema from `low` to `high`, or None where there is none."""
    if "enum" in schema:
        fits = [value for value in schema["enum"] if low <= value <= high]
        return st.sampled_from(fits) if fits else None
    low, high = max(low, schema["minimum"]), min(high, schema["maximum"])
    step = step_of(schema)
    return numbers(schema, low, high) if -(-low // step) <= high // step else None


def _mend_implies(draw: st.DrawFn, instance: Instance, state: State, rule: Implies) -> None:
    if draw(st.booleans()) or not _meet(draw, instance, state, rule.then):
        _unmeet(draw, instance, state, rule.condition)


def _mend_exclusive(draw: st.DrawFn, instance: Instance, state: State, rule: Exclusive) -> None:
    met = [condition for condition in rule.of if condition.met(state) is True]
    winner = draw(st.sampled_from(range(len(met))))
    for index, condition in enumerate(met):
        if index != winner:
            _unmeet(draw, instance, state, condition)


def _mend_order(draw: st.DrawFn, instance: Instance, state: State, rule: Order) -> None:
    schemas = [instance.properties[name].schema for name in (rule.a, rule.b)]
    state[rule.a], state[rule.b] = (draw(values(schema)) for schema in schemas)
    if rule.broken(state) is not None:  # a at the end that helps always keeps what can be kept at all
        lesser = rule.op in ("<", "<=")
        state[rule.a] = schemas[0]["minimum" if lesser else "maximum"]
        state[rule.b] = schemas[1]["maximum" if lesser else "minimum"]


def _mend_sum(_draw: st.DrawFn, instance: Instance, state: State, rule: SumMax) -> None:
    for part in rule.of:
        name, _, member = part.partition("/*/")
        schema: Any = instance.properties[name].schema
        if member:
            items: Any = state[name]
            least = schema["items"]["properties"][member]["minimum"]
            state[name] = [{**item, member: least} for item in items]
        else:
            state[name] = schema["minimum"]


def _meet(draw: st.DrawFn, instance: Instance, state: State, condition: Condition) -> bool:
    """Make a condition true; return False where this device has no value for it."""
    wanted = {name: _among(instance, name, allowed, inside=True) for name, allowed in condition.values.items()}
    if not all(wanted.values()):
        return False
    state.update({name: draw(st.sampled_from(choices)) for name, choices in wanted.items()})
    return True


def _unmeet(draw: st.DrawFn, instance: Instance, state: State, condition: Condition) -> None:
    """Make a condition false, through another value of one of its properties, or make it unknown: a narrowed device may have no other."""
    name = draw(st.sampled_from(sorted(condition.values)))
    choices = _among(instance, name, condition.values[name], inside=False)
    if choices and draw(st.sampled_from(range(_ROUNDS // 4))):
        state[name] = draw(st.sampled_from(choices))
    else:
        state.pop(name, None)


def _among(instance: Instance, name: str, allowed: tuple[Value, ...], *, inside: bool) -> list[Value]:
    """Return the values of a property that are (`inside`), or are not, among those of a condition."""
    schema = instance.properties[name].schema
    ends = [schema[term] for term in ("minimum", "maximum") if term in schema]
    every = schema.get("enum") or ([False, True] if schema.get("type") == "boolean" else [*ends, *allowed, ""])
    fits = [value for value in every if not instance.faulty({name: value})]
    return [value for value in fits if any(same(value, choice) for choice in allowed) is inside]


_MENDERS: Mapping[type[Rule], Callable[[st.DrawFn, Instance, State, Any], None]] = {
    GuardRange: _mend_range,
    Implies: _mend_implies,
    Exclusive: _mend_exclusive,
    Order: _mend_order,
    SumMax: _mend_sum,
}
