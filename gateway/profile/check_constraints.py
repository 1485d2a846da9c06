"""Rules for `hl:constraints` of a flat model, among them: one that can never fail is left out."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.errors import BY_CODE
from gateway.profile.check_schema import is_number, is_number_schema, is_sound
from gateway.profile.check_text import check_texts
from gateway.profile.constraints import TYPES
from gateway.profile.findings import Pages, is_word, joined, pointer_to
from gateway.profile.plain_value import shown
from gateway.profile.rules import Order
from gateway.profile.schema import compile_schema

_ID = re.compile(r"[a-z][a-z0-9-]{2,47}\Z")
_COMMON = frozenset({"id", "type", "title", "titles", "description", "descriptions", "onViolation", "else"})
_NEEDED: dict[str, frozenset[str]] = {
    "guardRange": frozenset({"property", "when"}),
    "guardWritable": frozenset(),
    "implies": frozenset({"if", "then"}),
    "exclusive": frozenset({"of"}),
    "order": frozenset({"a", "op", "b"}),
    "sumMax": frozenset({"of", "maximum"}),
    "minInterval": frozenset({"property", "from", "to", "seconds"}),
    "monotonic": frozenset({"property"}),
}
_ALLOWED: dict[str, frozenset[str]] = {
    "guardRange": frozenset({"minimum", "maximum"}),
    "guardWritable": frozenset({"property", "action", "values", "when", "unless"}),
    "order": frozenset({"c"}),
    "monotonic": frozenset({"direction"}),
}
_VIOLATIONS = frozenset({"reject", "reset", "lastWins", "delayed", "fault"})

Entry = Mapping[str, Any]


class _Site:
    """One constraint under check: where it stands, and the properties and actions it may name."""

    def __init__(self, pages: Pages, pointer: str, entry: Entry, model: Entry) -> None:
        self.pages = pages
        self.pointer = pointer
        self.entry = entry
        self.properties: Entry = model.get("properties", {})
        self.actions: Entry = model.get("actions", {})

    def report(self, message: str, *parts: object, rule: str) -> None:
        self.pages.report(f"{self.pointer}{pointer_to(*parts)}", message, rule=rule)

    def property(self, name: Any, *parts: object) -> Entry | None:
        schema = self.properties.get(name) if isinstance(name, str) else None
        if schema is None and not self.pages.may_hold(f"/properties{pointer_to(name)}"):
            self.report(f"{shown(name)} is no property of this kind", *parts, rule="constraint-property")
        return schema

    def number(self, name: Any, *parts: object) -> Entry | None:
        schema = self.property(name, *parts)
        if schema is None or is_number_schema(schema):
            return schema
        if "type" in schema or not self.pages.may_hold(f"/properties{pointer_to(name)}"):
            self.report(f"{name} is no number", *parts, rule="constraint-number")
        return None

    def condition(self, value: Any, *parts: object) -> None:
        if not isinstance(value, Mapping) or not value:
            self.report("must map properties to lists of values, such as {mode: [heat]}", *parts, rule="constraint-condition")
            return
        for name, values in value.items():
            schema = self.property(name, *parts, name)
            if schema is not None:
                self.values(schema, values, *parts, name)

    def values(self, schema: Entry, values: Any, *parts: object) -> None:
        if not isinstance(values, list) or not values:
            self.report("must be a list of at least one value", *parts, rule="constraint-condition")
            return
        if not is_sound(schema):
            return
        fits = compile_schema(schema, strict=True)
        for value in values:
            problem = fits(value)
            if problem is not None:
                self.report(f"{shown(value)} never occurs: it{problem}", *parts, rule="constraint-value")


def check_constraints(pages: Pages, model: Entry, own: Any, first: int) -> None:
    """Check the constraints that stand in this file: `own` of them, from number `first` of the flat model on."""
    if not isinstance(own, list):
        pages.report("/hl:constraints", "must be a list", rule="constraint-shape")
        return
    seen = [entry.get("id") for entry in model["hl:constraints"][:first] if isinstance(entry, Mapping)] if first else []
    for index, entry in enumerate(own):
        pointer = f"/hl:constraints/{index}"
        if not isinstance(entry, Mapping):
            pages.report(pointer, "must be a mapping with id and type", rule="constraint-shape")
            continue
        if entry.get("id") in seen:
            pages.report(f"{pointer}/id", f"{shown(entry.get('id'))} is taken: every constraint has its own id", rule="constraint-id")
        seen.append(entry.get("id"))
        _check_constraint(_Site(pages, pointer, entry, model))


def _check_constraint(site: _Site) -> None:
    entry = site.entry
    check_texts(site.pages, site.pointer, entry, needed=True)
    if not isinstance(entry.get("id"), str) or not _ID.match(entry["id"]):
        site.report("must be a short name such as ac-heat-range", "id", rule="constraint-id")
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        _check_names(site)
        site.report(f"{shown(kind)} is no type of constraint; the set is closed: {joined(TYPES)}", "type", rule="constraint-type")
        return
    _check_words(site, kind)
    missing = _NEEDED[kind] - entry.keys()
    if missing:
        site.report(f"{kind} needs {joined(missing)}", rule="constraint-term")
        _check_names(site)
    else:
        _CHECKS[kind](site)


def _check_names(site: _Site) -> None:
    """Check what can be checked of a constraint that is not understood as a whole: the properties it names."""
    for term in ("property", "a", "b"):
        if term in site.entry:
            site.property(site.entry[term], term)
    for term in ("when", "unless", "if", "then"):
        if term in site.entry:
            site.condition(site.entry[term], term)


def _check_words(site: _Site, kind: str) -> None:
    allowed = _COMMON | _NEEDED[kind] | _ALLOWED.get(kind, frozenset())
    for term in site.entry.keys() - allowed:
        site.report(f"{shown(term)} means nothing in {kind}; known are {joined(allowed)}", term, rule="constraint-term")
    if not is_word(site.entry.get("onViolation", "reject"), _VIOLATIONS):
        site.report(f"must be one of {joined(_VIOLATIONS)}", "onViolation", rule="constraint-violation")
    code = site.entry.get("else")
    if code is not None and not is_word(code, {"delayed", *BY_CODE}):
        site.report(f"{shown(code)} is neither delayed nor an error code: {joined(BY_CODE)}", "else", rule="constraint-violation")


def _guard_range(site: _Site) -> None:
    entry = site.entry
    site.condition(entry["when"], "when")
    schema = site.number(entry["property"], "property")
    if schema is None:
        return
    if not is_sound(schema):
        return
    low, high = entry.get("minimum", schema.get("minimum")), entry.get("maximum", schema.get("maximum"))
    if not is_number(low) or not is_number(high):
        site.report("needs numbers as minimum or maximum", rule="constraint-number")
        return
    if low > high or low > schema.get("maximum", low) or high < schema.get("minimum", high):
        site.report(f"leaves no value of {entry['property']} over", rule="constraint-never-holds")
    elif low <= schema.get("minimum", low) and high >= schema.get("maximum", high):
        site.report(
            f"can never fail: {entry['property']} is {schema.get('minimum')} to {schema.get('maximum')} anyway; leave it out",
            rule="constraint-never-fails",
        )


def _guard_writable(site: _Site) -> None:
    entry = site.entry
    if ("property" in entry) == ("action" in entry):
        site.report("guards either a property or an action: name one", rule="constraint-term")
    if "property" in entry:
        schema = site.property(entry["property"], "property")
        if schema is not None and schema.get("readOnly"):
            site.report(f"{entry['property']} is only read, there is nothing to guard", "property", rule="constraint-never-fails")
        if schema is not None and "values" in entry:
            site.values(schema, entry["values"], "values")
    elif not is_word(entry.get("action"), site.actions) and not site.pages.may_hold(f"/actions{pointer_to(entry.get('action'))}"):
        site.report(f"{shown(entry.get('action'))} is no action of this kind", "action", rule="constraint-action")
    if "when" not in entry and "unless" not in entry:
        site.report("can never fail without when or unless: add one", rule="constraint-never-fails")
    for term in ("when", "unless"):
        if term in entry:
            site.condition(entry[term], term)


def _implies(site: _Site) -> None:
    for term in ("if", "then"):
        site.condition(site.entry[term], term)
    then = site.entry["then"]
    for name, values in then.items() if isinstance(then, Mapping) else ():
        schema = site.properties.get(name, {})
        every = [False, True] if schema.get("type") == "boolean" else schema.get("enum")
        if isinstance(every, list) and isinstance(values, list) and all(value in values for value in every):
            site.report(f"can never fail: {name} always is one of these; leave it out", "then", name, rule="constraint-never-fails")


def _exclusive(site: _Site) -> None:
    of = site.entry["of"]
    if not isinstance(of, list) or len(of) < 2:  # noqa: PLR2004 - one alone excludes nothing
        site.report("can never fail: give at least two conditions", "of", rule="constraint-never-fails")
        return
    for index, condition in enumerate(of):
        site.condition(condition, "of", index)


def _order(site: _Site) -> None:
    entry = site.entry
    left, right = site.number(entry["a"], "a"), site.number(entry["b"], "b")
    holds = Order.OPERATORS.get(entry["op"]) if isinstance(entry["op"], str) else None
    if holds is None:
        site.report(f"must be one of {joined(Order.OPERATORS)}", "op", rule="constraint-term")
    plus = entry.get("c", 0)
    if not is_number(plus):
        site.report("must be a number", "c", rule="constraint-number")
    elif left is not None and right is not None and holds is not None and is_sound(left) and is_sound(right):
        answers = {holds(a, b + plus) for a in _ends(left) for b in _ends(right)}
        if answers == {True}:
            site.report("can never fail within the ranges of both properties; leave it out", rule="constraint-never-fails")
        elif answers == {False}:
            site.report("can never hold within the ranges of both properties", rule="constraint-never-holds")


def _ends(schema: Entry) -> tuple[float, float]:
    return schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))


def _sum_max(site: _Site) -> None:
    entry = site.entry
    for index, part in enumerate(entry["of"] if isinstance(entry["of"], list) else []):
        site.property(str(part).partition("/")[0], "of", index)
    if isinstance(entry["maximum"], str):
        site.number(entry["maximum"], "maximum")
    elif not is_number(entry["maximum"]):
        site.report("must be a number or the name of a property", "maximum", rule="constraint-number")


def _min_interval(site: _Site) -> None:
    schema = site.property(site.entry["property"], "property")
    for term in ("from", "to"):
        if schema is not None:
            site.values(schema, site.entry[term], term)
    seconds = site.entry["seconds"]
    if not is_number(seconds) or seconds <= 0:
        site.report("must be a number of seconds above 0", "seconds", rule="constraint-number")


def _monotonic(site: _Site) -> None:
    site.number(site.entry["property"], "property")
    if site.entry.get("direction", "up") not in ("up", "down"):
        site.report("must be up or down", "direction", rule="constraint-term")


_CHECKS: dict[str, Callable[[_Site], None]] = {
    "guardRange": _guard_range,
    "guardWritable": _guard_writable,
    "implies": _implies,
    "exclusive": _exclusive,
    "order": _order,
    "sumMax": _sum_max,
    "minInterval": _min_interval,
    "monotonic": _monotonic,
}
