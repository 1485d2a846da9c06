"""Rules for properties, actions and events beyond their data schemas."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.profile.additions import is_addition
from gateway.profile.check_map_ha import check_hook
from gateway.profile.check_schema import check_schema
from gateway.profile.check_text import check_texts
from gateway.profile.duration import seconds_of
from gateway.profile.findings import Pages, Severity, joined, pointer_to
from gateway.profile.plain_value import shown

_NAME = re.compile(r"[a-z][a-zA-Z0-9]{0,47}\Z")
_TERMS = frozenset(
    {
        "hl:report",
        "hl:latency",
        "hl:phases",
        "hl:progress",
        "hl:maxDuration",
        "hl:cancellable",
        "hl:atomic",
        "hl:danger",
        "hl:private",
        "hl:resolution",
        "hl:openEnum",
        "hl:map",
    }
)
_MAPS = frozenset({"matter", "echonet", "ha", "miot", "ocf", "gb35143", "gb38052", "s2"})
_HIGHEST_DANGER = 3


def check_property(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    """Check one property."""
    _check_common(pages, pointer, schema)
    check_schema(pages, pointer, schema, top=True)
    if schema.get("hl:private") and schema.get("observable"):
        pages.report(
            f"{pointer}/observable",
            "a private property is never published: set observable to false",
            severity=Severity.WARNING,
            rule="private-observable",
        )


def check_action(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    """Check one action."""
    _check_common(pages, pointer, schema)
    check_texts(pages, pointer, schema, needed=True)
    for part in ("input", "output"):
        if part in schema:
            check_schema(pages, f"{pointer}/{part}", schema[part])
    if not isinstance(schema.get("synchronous"), bool):
        pages.report(
            pointer, "must say synchronous: true (done when answered) or false (a long action with stages)", rule="action-synchronous"
        )
    if schema.get("synchronous") is False:
        for term in ("hl:maxDuration", "hl:cancellable"):
            if term not in schema:
                pages.report(pointer, f"is a long action and must say {term}", rule="action-long")


def check_event(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    """Check one event."""
    _check_common(pages, pointer, schema)
    check_texts(pages, pointer, schema, needed=True)
    data = schema.get("data")
    if data is not None:
        check_schema(pages, f"{pointer}/data", data)
        if not isinstance(data, Mapping) or data.get("type") != "object":
            pages.report(f"{pointer}/data", "must have type: object, because seq, boot and ts are added to it", rule="event-data")


def _check_common(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    name = pointer.rpartition("/")[2]
    if not _NAME.match(name) and not is_addition(name):
        pages.report(
            pointer, f"{shown(name)} is no name: use camelCase such as targetTemperature, or x-<vendor>-<name>", rule="affordance-name"
        )
    if "forms" in schema:
        pages.report(
            f"{pointer}/forms", "leave forms out: whoever serves the device writes them", severity=Severity.WARNING, rule="forms-present"
        )
    for term in schema:
        if isinstance(term, str) and term.startswith("hl:") and term not in _TERMS:
            known = joined(_TERMS)
            pages.report(
                f"{pointer}{pointer_to(term)}",
                f"{term} is not in the vocabulary and is ignored; known here: {known}",
                severity=Severity.WARNING,
                rule="term-unknown",
            )
    danger = schema.get("hl:danger", 0)
    if type(danger) is not int or not 0 <= danger <= _HIGHEST_DANGER:
        pages.report(
            f"{pointer}/hl:danger", f"must be 0, 1, 2 (asks a person) or 3 (never remote), not {shown(danger)}", rule="danger-level"
        )
    _check_durations(pages, pointer, schema)
    _check_maps(pages, pointer, schema)


def _check_durations(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    for term in ("hl:latency", "hl:maxDuration"):
        if term in schema and seconds_of(schema[term]) is None:
            pages.report(f"{pointer}/{term}", f"{shown(schema[term])} is no duration: write PT2S, PT5M, PT1H", rule="duration-form")
    report = schema.get("hl:report", {})
    if not isinstance(report, Mapping):
        pages.report(f"{pointer}/hl:report", "must be a mapping with minInterval, maxInterval, deadband", rule="report-form")
        return
    times = {term: seconds_of(report[term]) for term in ("minInterval", "maxInterval") if term in report}
    for term, seconds in times.items():
        if seconds is None:
            pages.report(f"{pointer}/hl:report/{term}", f"{shown(report[term])} is no duration: write PT5S, PT5M", rule="duration-form")
    least, most = times.get("minInterval"), times.get("maxInterval")
    if least is not None and most is not None and least > most:
        pages.report(f"{pointer}/hl:report/minInterval", "is longer than maxInterval", rule="report-order")


def _check_maps(pages: Pages, pointer: str, schema: Mapping[str, Any]) -> None:
    maps = schema.get("hl:map", {})
    if not isinstance(maps, Mapping):
        pages.report(f"{pointer}/hl:map", "must map the names of other models to what stands there", rule="map-shape")
        return
    for name, entry in maps.items():
        at = f"{pointer}/hl:map{pointer_to(name)}"
        if name not in _MAPS and not str(name).startswith("x-"):
            pages.report(
                at, f"{shown(name)} is no known model: use {joined(_MAPS)} or x-<vendor>", severity=Severity.WARNING, rule="map-model"
            )
        if not isinstance(entry, Mapping):
            pages.report(at, "must be a mapping", rule="map-shape")
        else:
            _check_table(pages, at, schema, entry)
            if name == "ha":
                check_hook(pages, at, schema, entry)


def _check_table(pages: Pages, pointer: str, schema: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
    table, values = entry.get("enum"), schema.get("enum")
    if isinstance(table, Mapping) and isinstance(values, list):
        for key in table:
            if key != "*" and key not in values:
                pages.report(
                    f"{pointer}/enum{pointer_to(key)}", f"{shown(key)} is not one of the values: {joined(values)}", rule="map-value"
                )
