"""Changes as they travel over HTTP: one numbered JSON document each."""

from functools import singledispatch
from typing import Any

from gateway.faces.payload import availability_document, devices_now, event_document
from gateway.home.change import Acknowledged, AvailabilityChanged, Change, Described, EventRaised, Removed, Snapshot, StateChanged
from gateway.home.home import Home


def change_document(home: Home, change: Change) -> dict[str, Any]:
    """Return one change; a snapshot tells of every device it names, as it is now."""
    if isinstance(change, Snapshot):
        named = set(change.devices)
        return {"change": "snapshot", "number": change.number, "devices": [each for each in devices_now(home) if each["id"] in named]}
    return {"number": change.number, "device": change.device} | _document(change)


@singledispatch
def _document(change: Change) -> dict[str, Any]:
    raise NotImplementedError(change)


@_document.register
def _(change: StateChanged) -> dict[str, Any]:
    values = {name: change.document[name] for name in sorted(change.changed) if name in change.document}
    return {"change": "state", "values": values, "$": change.document["$"]}


@_document.register
def _(change: AvailabilityChanged) -> dict[str, Any]:
    return {"change": "availability"} | availability_document(change.availability)


@_document.register
def _(_change: Described) -> dict[str, Any]:
    return {"change": "described"}


@_document.register
def _(_change: Removed) -> dict[str, Any]:
    return {"change": "removed"}


@_document.register
def _(change: Acknowledged) -> dict[str, Any]:
    return {"change": "ack", "by": change.principal.name, "ack": change.ack.document()}


@_document.register
def _(change: EventRaised) -> dict[str, Any]:
    return {"change": "event", "event": change.event.name, "data": event_document(change)}
