"""Short lives of a device that lead to where one of its constraints must act: the premise first, then what would break it."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.drawn import FEW, Step, Steps
from gateway.conformance.schema_verdict import written
from gateway.conformance.thing import Thing

Rule = Mapping[str, Any]
_CONDITIONS: Final = ("when", "unless", "if", "then")


def provocations(thing: Thing, *, most: int = FEW) -> Steps | None:
    """Return walks to and fro where a constraint has a say; None where it has none about what can be set."""
    rules = thing.td.get("hl:constraints", ())
    traps = [trap for rule in rules for trap in traps_of(thing, rule) if len(trap) > 1]
    words = [found for rule in rules if len(found := list(_vocabulary(thing, rule))) > 1]
    kinds: list[Steps] = [st.sampled_from(traps)] if traps else []
    if words:
        kinds.append(st.sampled_from(words).flatmap(lambda found: st.lists(st.sampled_from(found), min_size=2, max_size=most)))
    return st.one_of(kinds) if kinds else None


def traps_of(thing: Thing, rule: Rule) -> Iterator[list[Step]]:
    """Yield the shortest ways to where a device that does not know this rule would break it."""
    match rule.get("type"):
        case "guardRange":
            for beyond in _beyond(thing, rule):
                yield [*_met(thing, rule.get("when"), inside=False), beyond, *_met(thing, rule.get("when"), inside=True)]
        case "implies":
            then, premise = rule.get("then"), _met(thing, rule.get("if"), inside=True)
            yield [*_met(thing, then, inside=True), *premise, *_met(thing, then, inside=False)]
            yield [*_met(thing, then, inside=False), *premise]
        case "exclusive":
            for one, other in permutations(rule.get("of", ()), 2):
                yield [*_met(thing, one, inside=True), *_met(thing, other, inside=True)]
        case "order":
            ends = ("minimum", "maximum")
            yield from ([*_end(thing, rule.get("a"), one), *_end(thing, rule.get("b"), other)] for one, other in permutations(ends))
        case "sumMax":
            yield [step for name in rule.get("of", ()) for step in _end(thing, name, "maximum")]


def _beyond(thing: Thing, rule: Rule) -> Iterator[Step]:
    """Yield writes of what a range is about to where only the range forbids it."""
    body = thing.properties.get(str(rule.get("property")), {})
    if "minimum" in body and body["minimum"] < rule.get("minimum", body["minimum"]):
        yield from _end(thing, rule["property"], "minimum")
    if "maximum" in body and body["maximum"] > rule.get("maximum", body["maximum"]):
        yield from _end(thing, rule["property"], "maximum")


def _end(thing: Thing, name: Any, end: str) -> list[Step]:
    body = thing.properties.get(str(name), {})
    return [{"write": name, "value": body[end]}] if name in thing.writable and end in body else []


def _met(thing: Thing, condition: Any, *, inside: bool) -> list[Step]:
    """Return writes that make a condition true (`inside`) or false, as far as they can be written."""
    found: list[Step] = []
    for name, choices in condition.items() if isinstance(condition, Mapping) else ():
        allowed = choices if isinstance(choices, list) else [choices]
        fits = [value for value in _values(thing, name) if (value in allowed) is inside]
        found += [{"write": name, "value": fits[0]}] if fits else []
        if found and not inside:
            return found
    return found


def _values(thing: Thing, name: str) -> list[Any]:
    """Return plain values a property may be written to, none where it may not."""
    body = thing.properties.get(name, {})
    plain = [True, False] if body.get("type") == "boolean" else [body[end] for end in ("minimum", "maximum") if end in body]
    return list(body.get("enum", plain)) if name in thing.writable else []


def _vocabulary(thing: Thing, rule: Rule) -> Iterator[Step]:
    """Yield writes of what a constraint reads or limits: the values it names, others, and the ends of ranges."""
    for condition in (*(rule.get(term) for term in _CONDITIONS), *rule.get("of", ())):
        for name, choices in condition.items() if isinstance(condition, Mapping) else ():
            yield from _writes_of(thing, name, choices if isinstance(choices, list) else [choices])
    for term in ("property", "a", "b"):
        ends = [rule[end] for end in ("minimum", "maximum") if isinstance(rule.get(end), int | float)]
        yield from _writes_of(thing, str(rule.get(term, "")), [*rule.get("values", ()), *ends])


def _writes_of(thing: Thing, name: str, named: list[Any]) -> Iterator[Step]:
    for value in [*named, *_values(thing, name)] if name in thing.writable else ():
        if next(written(thing.td, {name: value}), None) is None:
            yield {"write": name, "value": value}
