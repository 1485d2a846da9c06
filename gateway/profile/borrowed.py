"""Standard affordances that a device has and its kind does not: taken from a published mixin, word for word.

A plug that also measures humidity says `"humidity": {"tm:ref": "./mixin-environment-1.yaml#/properties/humidity"}` in its additions. What
that means stands in the mixin and nowhere else: a device may be narrower, never otherwise, and it may take no name its kind uses, for then
one name would be two things.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from gateway.errors import ProfileInvalid, SchemaViolation, Unknown
from gateway.profile.features import SECTIONS
from gateway.profile.narrowing import TERMS
from gateway.profile.plain_value import shown
from gateway.thing.value import Value

Mixins: TypeAlias = Callable[[str], Mapping[str, Any]]
"""Gives a mixin (`mixin-environment-1`) with its references resolved; raises Unknown where none of that name is published."""

REFERENCE, ORIGIN = "tm:ref", "hl:mixin"
_FORM = re.compile(r"(?:\./)?(mixin-[a-z][a-z0-9-]{0,47}-[1-9][0-9]{0,3})\.yaml#/(properties|actions|events)/([a-z][A-Za-z0-9]{0,47})\Z")
_NAME = re.compile(r"mixin-[a-z][a-z0-9-]{0,47}-[1-9][0-9]{0,3}\Z")


class Source(NamedTuple):
    """Where a borrowed affordance stands: its mixin, section and name."""

    mixin: str
    section: str
    name: str


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What a device borrows: bare schemas by section and name, the terms beside the references, and what those mixins' actions set."""

    sections: Mapping[str, Mapping[str, Mapping[str, Any]]]
    terms: Mapping[str, Mapping[str, Any]]
    siblings: frozenset[str]


def no_mixins(name: str) -> Mapping[str, Any]:
    """Raise Unknown: the `Mixins` of a model that stands alone."""
    raise Unknown(f"no mixin {shown(name)} is published with this model")


def is_borrowed(schema: Value) -> bool:
    """Return whether an addition refers to a mixin instead of saying itself what it is."""
    return isinstance(schema, Mapping) and REFERENCE in schema


def borrowed(additions: Mapping[str, Any], kind: Mapping[str, Any], mixins: Mixins) -> Borrowed:
    """Return what `additions` borrows; raise SchemaViolation where it cannot be had, or the kind has the name."""
    sections: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    terms: dict[str, Mapping[str, Any]] = {}
    siblings: set[str] = set()
    for section, name, schema in _references(additions):
        source = _source(section, name, schema[REFERENCE])
        _check_name(kind, source)
        mixin = _mixin(source, mixins)
        sections[section][name] = {**mixin[section][name], ORIGIN: source.mixin}
        if section == "actions":
            siblings |= mixin.get("properties", {}).keys()
        if beside := _beside(source, schema):
            terms[name] = beside
    return Borrowed(sections, terms, frozenset(siblings))


def reference_to(origin: Value, section: str, name: str) -> dict[str, str]:
    """Return the addition that borrows what a Thing Description says is from mixin `origin`; raise SchemaViolation for no such word."""
    if not isinstance(origin, str) or not _NAME.match(origin):
        raise SchemaViolation(
            f"{name}: {ORIGIN} must name a published mixin such as mixin-environment-1, not {shown(origin)}", property=name
        )
    return {REFERENCE: f"./{origin}.yaml#/{section}/{name}"}


def _references(additions: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    found = []
    for section in SECTIONS:
        entries = additions.get(section)
        if isinstance(entries, Mapping):
            found += [(section, name, schema) for name, schema in entries.items() if is_borrowed(schema)]
    return found


def _source(section: str, name: str, reference: Value) -> Source:
    match = _FORM.match(reference) if isinstance(reference, str) else None
    if match is None:
        raise SchemaViolation(f"{shown(name)}: {REFERENCE} must look like ./mixin-environment-1.yaml#/properties/temperature")
    source = Source(match[1], match[2], match[3])
    if (source.section, source.name) != (section, name):
        raise SchemaViolation(
            f"{shown(name)} in {section} refers to {source.name} in {source.section}: what is borrowed keeps its name and section"
        )
    return source


def _check_name(kind: Mapping[str, Any], source: Source) -> None:
    name, whose = source.name, kind.get("hl:kind", "the kind")
    if name in kind.get(source.section, {}):
        raise SchemaViolation(f"{name} is {whose}'s own: list the feature that brings it, or leave it out", property=name)
    if source.section == "properties" and name in _atomic_members(kind):
        raise SchemaViolation(f"{name} is what an action of {whose} takes and cannot be borrowed", property=name)


def _atomic_members(kind: Mapping[str, Any]) -> set[str]:
    atomic = [action for action in kind.get("actions", {}).values() if action.get("hl:atomic")]
    return {name for action in atomic for name in action.get("input", {}).get("properties", {})}


def _mixin(source: Source, mixins: Mixins) -> Mapping[str, Any]:
    try:
        mixin = mixins(source.mixin)
    except (ProfileInvalid, Unknown) as error:
        raise SchemaViolation(f"{source.name}: {error}", property=source.name) from error
    if source.name not in mixin.get(source.section, {}):
        raise SchemaViolation(f"{source.mixin} has no {source.name} in {source.section}", property=source.name)
    return mixin


def _beside(source: Source, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tighter terms beside a reference; only a property has some, an action's members are narrowed as `action/member`."""
    beside = {term: value for term, value in schema.items() if term != REFERENCE}
    if source.section == "properties":
        for term in beside:
            if term not in TERMS:
                raise SchemaViolation(
                    f"{source.name}: {shown(term)} is what {source.mixin} says; beside {REFERENCE} only {', '.join(TERMS)} may stand",
                    property=source.name,
                )
    elif beside:
        raise SchemaViolation(f"{source.name}: nothing may stand beside {REFERENCE} here; narrow members as {source.name}/member")
    return beside
