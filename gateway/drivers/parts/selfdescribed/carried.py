"""One part of a self-described device as the home sees it: its description, what its raw values mean, and what it is asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.drivers.parts.selfdescribed.row import Part, Portrait, Row, Section
from gateway.errors import ReadOnly, SchemaViolation, Unknown
from gateway.profile.features import absent_affordances
from gateway.profile.library import Library
from gateway.profile.thing_description import thing_id
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description, Link, Locality, Relation
from gateway.thing.identifier import derived_identifier
from gateway.thing.report import Event
from gateway.thing.value import Quality, Value

_UNKNOWN: Mapping[str, Value] = {
    "faults": [],
    "safeUse": {"state": "unknown"},
    "claims": [],
    "energyLabel": [],
    "feeds": "",
    "feedsKind": "none",
    "bindsTo": [],
}
"""The profile's words for what no self-described device tells; what is bound to what the home keeps itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Who the unit is in this home: its `key` for `driver` (never an address), the `prefix` of its ids, and what it is called.

    `identity`: members of the base profile's `identity`; empty ones are left out. `locality`: what it needs from outside.
    """

    driver: str
    key: str
    prefix: str
    title: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    locality: Locality = Locality.LOCAL

    def identifier(self, part: str) -> str:
        """Return the id of the whole (part "") or of a part; it stays whatever the device describes itself as next time."""
        return derived_identifier(self.prefix, self.driver, f"{self.key}/{part}" if part else self.key)


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """One device of a session. `unknown`: what it never tells, in the profile's words."""

    description: Description
    rows: tuple[Row, ...]
    unknown: Mapping[str, Value]
    atomic: frozenset[str]

    def told(
        self, keys: Collection[str], raws: Mapping[str, Value], optimistic: Collection[str]
    ) -> tuple[dict[str, Value], dict[str, Quality]]:
        """Return the properties that follow from these keys, and which of them are only assumed."""
        values: dict[str, Value] = {}
        quality: dict[str, Quality] = {}
        for row in self.rows:
            if row.section is Section.PROPERTY and any(key in keys for key in row.keys):
                found = row.conversion.told(tuple(raws.get(key) for key in row.keys))
                for name, value in zip(row.names, found, strict=True):
                    if value is not None:
                        values[name] = value
                        if all(key in optimistic for key in row.keys):
                            quality[name] = Quality.ASSUMED
        return values, quality

    def happened(self, raws: Mapping[str, Value]) -> tuple[Event, ...]:
        """Return the events these raw values say have happened."""
        events = []
        for row in self.rows:
            if row.section is Section.EVENT and any(raws.get(key) is not None for key in row.keys):
                found = row.conversion.told(tuple(raws.get(key) for key in row.keys))
                events += [Event(name, data) for name, data in zip(row.names, found, strict=True) if data is not None]
        return tuple(events)

    def asked(self, command: Command, shown: Mapping[str, Value]) -> dict[str, Value]:
        """Return what the device is asked for; raise ReadOnly, SchemaViolation or Unknown where it has no words for it."""
        if command.operation is Operation.WRITE_PROPERTY:
            return self.words({command.name: command.input}, shown)
        if command.operation is Operation.INVOKE_ACTION and command.name not in self.atomic:
            return self._invoked(command, shown)
        asked = {} if command.input is None else command.input
        if not isinstance(asked, Mapping):
            raise SchemaViolation("the input is not a set of properties that can be set together")
        return self.words(asked, shown)

    def words(self, values: Mapping[str, Value], shown: Mapping[str, Value]) -> dict[str, Value]:
        """Return what is asked so that these properties are shown; raise ReadOnly or SchemaViolation where there are no words for it."""
        asked: dict[str, Value] = {}
        left = set(values)
        for row in self.rows:
            if row.section is Section.PROPERTY and row.settable and not left.isdisjoint(row.names):
                asked |= _asked(row, tuple(values.get(name) for name in row.names), shown)
                left -= set(row.names)
        for name in sorted(left):
            raise ReadOnly(f"{name} cannot be set: this device only shows it", property=name)
        return asked

    def _invoked(self, command: Command, shown: Mapping[str, Value]) -> dict[str, Value]:
        for row in self.rows:
            if row.section is Section.ACTION and command.name in row.names:
                given = {} if command.input is None else command.input
                return _asked(row, tuple(given if name == command.name else None for name in row.names), shown)
        raise Unknown(f"this device has no words for {command.name}")


def _asked(row: Row, values: tuple[Value, ...], shown: Mapping[str, Value]) -> dict[str, Value]:
    raws = row.conversion.asked(values, tuple(shown.get(key) for key in row.keys))
    found = {key: raw for key, raw in zip(row.keys, raws, strict=True) if raw is not None}
    if not found:
        name = next((name for name, value in zip(row.names, values, strict=True) if value is not None), row.names[0])
        raise SchemaViolation(f"{values!r} cannot be said to this device", property=name if row.section is Section.PROPERTY else None)
    return found


def carried(portrait: Portrait, naming: Naming, library: Library) -> tuple[Carried, ...]:
    """Return the devices a session carries, the whole first."""
    return tuple(_carried(portrait, part, naming, library) for part in portrait.parts)


def _carried(portrait: Portrait, part: Part, naming: Naming, library: Library) -> Carried:
    model = library.model(part.kind, part.major)
    document: Mapping[str, Any] = model.document
    own = document.get("properties", {}).keys()
    own -= {pointer.rpartition("/")[2] for pointer in absent_affordances(model.features, frozenset(part.features))}
    said = {name for row in part.rows for name in row.names}
    atomic = frozenset(name for name, action in document.get("actions", {}).items() if action.get("hl:atomic"))
    return Carried(
        description=Description(
            id=naming.identifier(part.name),
            kind=part.kind,
            major=part.major,
            features=part.features,
            narrowing=part.narrowing,
            additions=part.additions,
            title=" ".join(word for word in (naming.title, part.title) if word),
            identity={name: value for name, value in naming.identity.items() if value},
            locality=naming.locality,
            links=_links(portrait, part, naming),
        ),
        rows=part.rows,
        unknown={name: value for name, value in _UNKNOWN.items() if name in own and name not in said},
        atomic=atomic,
    )


def _links(portrait: Portrait, part: Part, naming: Naming) -> tuple[Link, ...]:
    if part.name:
        return (Link(relation=Relation.COLLECTION, thing=thing_id(naming.identifier("")), name=part.name),)
    return tuple(
        Link(relation=Relation.ITEM, thing=thing_id(naming.identifier(each.name)), name=each.name) for each in portrait.parts if each.name
    )
