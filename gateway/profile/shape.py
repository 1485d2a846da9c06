"""The shape of a device: its affordances, checkers and rules. Devices that are alike share one."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.errors import SchemaViolation
from gateway.profile.additions import checked_additions
from gateway.profile.affordance import Action, EventAffordance, Property, action_of, event_of, property_of
from gateway.profile.borrowed import Mixins, borrowed
from gateway.profile.constraints import applicable, compile_constraint
from gateway.profile.features import SECTIONS, Feature, absent_affordances, absent_values, check_selection
from gateway.profile.narrowing import LIMITS, READ_ONLY, narrowed
from gateway.profile.plain_value import freeform, shown
from gateway.profile.rules import Rule
from gateway.profile.schema import Checker, compile_schema
from gateway.thing.description import Description


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Everything that does not differ between two devices of one kind, features, narrowing and additions."""

    features: tuple[str, ...]
    properties: Mapping[str, Property]
    actions: Mapping[str, Action]
    events: Mapping[str, EventAffordance]
    rules: tuple[Rule, ...]
    reports: Mapping[str, Checker]
    writes: Mapping[str, Checker]
    inputs: Mapping[str, Checker]
    outputs: Mapping[str, Checker]
    data: Mapping[str, Checker]

    @cached_property
    def private(self) -> frozenset[str]:
        """Return the names of private properties."""
        return frozenset(name for name, known in self.properties.items() if known.private)

    @cached_property
    def watched(self) -> Mapping[str, float]:
        """Return property to the seconds after which an unrefreshed value is stale: twice its maxInterval."""
        return {name: 2 * known.report.max_interval for name, known in self.properties.items() if known.report.max_interval is not None}


def shape_of(document: Mapping[str, Any], features: Mapping[str, Feature], description: Description, mixins: Mixins) -> Shape:
    """Return the shape of one described device; raise SchemaViolation where the description does not fit the standard."""
    chosen = frozenset(description.features)
    check_selection(description.kind, features, chosen)
    sections = _exposed(document, features, chosen)
    _reduce_enums(sections, features, chosen)
    foreign = borrowed(description.additions, document, mixins)
    for section in SECTIONS:
        sections[section] |= foreign.sections[section]
    _narrow(sections, foreign.terms)
    _narrow(sections, description.narrowing)
    standard = {**document.get("properties", {}), **foreign.sections["properties"]}
    withheld = _withheld(standard, sections)
    _narrow_atomic_inputs(sections, (standard.keys() | foreign.siblings) - sections["properties"].keys(), withheld)
    for section, entries in checked_additions(description.additions).items():
        sections[section] |= entries
    return _compiled(document, sections, tuple(sorted(chosen)), withheld)


def _exposed(document: Mapping[str, Any], features: Mapping[str, Feature], chosen: frozenset[str]) -> dict[str, dict[str, Any]]:
    absent = absent_affordances(features, chosen)
    return {
        section: {name: schema for name, schema in document.get(section, {}).items() if f"/{section}/{name}" not in absent}
        for section in SECTIONS
    }


def _reduce_enums(sections: dict[str, dict[str, Any]], features: Mapping[str, Feature], chosen: frozenset[str]) -> None:
    for target in sorted({target for feature in features.values() for target in feature.enums}):
        absent = absent_values(features, chosen, target)
        schema = _schema_at(sections, target)
        if schema is not None and absent:
            _replace(sections, target, {**schema, "enum": [value for value in schema["enum"] if value not in absent]})


def _narrow(sections: dict[str, dict[str, Any]], narrowing: Mapping[str, Mapping[str, Any]]) -> None:
    for target, terms in narrowing.items():
        schema = _schema_at(sections, target)
        if schema is None:
            raise SchemaViolation(f"{shown(target)} cannot be narrowed: this device does not have it")
        _replace(sections, target, narrowed(target, schema, terms))


def _withheld(standard: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the properties the standard lets one write and this device does not."""
    return frozenset(name for name, schema in sections["properties"].items() if schema.get(READ_ONLY) and not standard[name].get(READ_ONLY))


def _narrow_atomic_inputs(sections: dict[str, dict[str, Any]], lacking: AbstractSet[str], withheld: AbstractSet[str]) -> None:
    """Let members of an atomic input that are properties have the property's own limits; drop those the device lacks or withholds."""
    for name, action in sections["actions"].items():
        if action.get("hl:atomic") and "input" in action:
            members = action["input"].get("properties", {})
            properties = sections["properties"]
            limited = {
                member: _taken(schema) | {term: limits[term] for term in LIMITS if term in (limits := properties.get(member, {}))}
                for member, schema in members.items()
                if member not in lacking and not schema.get(READ_ONLY, member in withheld)
            }
            sections["actions"][name] = {**action, "input": {**action["input"], "properties": limited}}


def _taken(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an input's member as it is shown: that it is taken needs no word."""
    return {term: value for term, value in schema.items() if term != READ_ONLY}


def _schema_at(sections: Mapping[str, Mapping[str, Any]], target: str) -> Mapping[str, Any] | None:
    """Return the schema of a property, or of `action/member`, a member of an action's input."""
    action, _, member = target.partition("/")
    if not member:
        found = sections["properties"].get(target)
    else:
        found = ((sections["actions"].get(action) or {}).get("input") or {}).get("properties", {}).get(member)
    return found if isinstance(found, Mapping) else None


def _replace(sections: dict[str, dict[str, Any]], target: str, schema: Mapping[str, Any]) -> None:
    action, _, member = target.partition("/")
    if not member:
        sections["properties"][target] = schema
        return
    old = sections["actions"][action]
    members = {**old["input"]["properties"], member: schema}
    sections["actions"][action] = {**old, "input": {**old["input"], "properties": members}}


def _compiled(
    document: Mapping[str, Any], sections: Mapping[str, Mapping[str, Any]], features: tuple[str, ...], withheld: frozenset[str]
) -> Shape:
    properties = {name: property_of(name, schema, withheld=name in withheld) for name, schema in sections["properties"].items()}
    actions = {name: action_of(name, schema) for name, schema in sections["actions"].items()}
    events = {name: event_of(name, schema) for name, schema in sections["events"].items()}
    constraints = [applicable(entry, properties, actions) for entry in document.get("hl:constraints", ())]
    reports = {name: compile_schema(each.schema, strict=False) for name, each in properties.items()}
    return Shape(
        features=features,
        properties=properties,
        actions=actions,
        events=events,
        rules=tuple(compile_constraint(entry) for entry in constraints if entry is not None),
        reports=reports,
        writes={name: compile_schema(each.schema, strict=True) for name, each in properties.items() if not each.read_only},
        inputs={name: compile_schema(each.input, strict=True) for name, each in actions.items() if each.input is not None},
        outputs={name: _lenient(each.output) for name, each in actions.items()},
        data={name: _lenient(each.data) for name, each in events.items()},
    )


def _lenient(schema: Mapping[str, Any] | None) -> Checker:
    return freeform if schema is None else compile_schema(schema, strict=False)
