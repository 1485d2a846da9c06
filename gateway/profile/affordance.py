"""Properties, actions and events of one instance, as plain records made from their schemas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.profile.duration import seconds_of


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a property is reported (`hl:report`): intervals in seconds or None, `deadband` in the property's unit or None."""

    min_interval: float | None = None
    max_interval: float | None = None
    deadband: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property; `schema` is its whole definition, `latency` the seconds until a write shows (None: not stated).

    `withheld`: its kind lets one write it and this device does not, for the `reason` it gives in words, if any.
    """

    name: str
    schema: Mapping[str, Any]
    read_only: bool
    private: bool
    danger: int
    unit: str | None
    report: Pace
    latency: float | None
    withheld: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action; `long` ones report stages and have a run to query and cancel. `max_duration` in seconds or None."""

    name: str
    schema: Mapping[str, Any]
    input: Mapping[str, Any] | None
    output: Mapping[str, Any] | None
    danger: int
    long: bool
    cancellable: bool
    atomic: bool
    max_duration: float | None
    latency: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAffordance:
    """One event; `data` is the schema of what comes with it."""

    name: str
    schema: Mapping[str, Any]
    data: Mapping[str, Any] | None


def property_of(name: str, schema: Mapping[str, Any], *, withheld: bool = False) -> Property:
    """Return the record of one property; `withheld`: a device took writing away."""
    report = schema.get("hl:report", {})
    return Property(
        name=name,
        schema=schema,
        read_only=bool(schema.get("readOnly")),
        private=bool(schema.get("hl:private")),
        danger=schema.get("hl:danger", 0),
        unit=schema.get("unit"),
        report=Pace(seconds_of(report.get("minInterval")), seconds_of(report.get("maxInterval")), report.get("deadband")),
        latency=seconds_of(schema.get("hl:latency")),
        withheld=withheld,
        reason=schema.get("hl:reason", "") if withheld else "",
    )


def action_of(name: str, schema: Mapping[str, Any]) -> Action:
    """Return the record of one action."""
    return Action(
        name=name,
        schema=schema,
        input=schema.get("input"),
        output=schema.get("output"),
        danger=schema.get("hl:danger", 0),
        long=schema.get("synchronous") is False,
        cancellable=bool(schema.get("hl:cancellable")),
        atomic=bool(schema.get("hl:atomic")),
        max_duration=seconds_of(schema.get("hl:maxDuration")),
        latency=seconds_of(schema.get("hl:latency")),
    )


def event_of(name: str, schema: Mapping[str, Any]) -> EventAffordance:
    """Return the record of one event."""
    return EventAffordance(name=name, schema=schema, data=schema.get("data"))
