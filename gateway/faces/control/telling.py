"""Changes as `hulian watch` shows them: one plain document each."""

from functools import singledispatch
from typing import Any

from gateway.faces.payload import availability_document, event_document
from gateway.home.change import Acknowledged, AvailabilityChanged, Change, Described, EventRaised, Removed, Snapshot, StateChanged
from gateway.home.home import Home


def change_document(home: Home, change: Change) -> list[dict[str, Any]]:
    """Return one change as documents: a Snapshot is one for each device."""
    if isinstance(change, Snapshot):
        known = set(home.devices())
        return [{"change": "snapshot", "device": device, "state": home.document(device)} for device in change.devices if device in known]
    return [_document(change)]


@singledispatch
def _document(change: Change) -> dict[str, Any]:
    raise NotImplementedError(change)


@_document.register
def _(change: StateChanged) -> dict[str, Any]:
    values = {name: change.document[name] for name in sorted(change.changed) if name in change.document}
    return {"change": "state", "device": change.device, "values": values, "$": change.document["$"]}


@_document.register
def _(change: AvailabilityChanged) -> dict[str, Any]:
    return {"change": "availability", "device": change.device} | availability_document(change.availability)


@_document.register
def _(change: Described) -> dict[str, Any]:
    return {"change": "described", "device": change.device}


@_document.register
def _(change: Removed) -> dict[str, Any]:
    return {"change": "removed", "device": change.device}


@_document.register
def _(change: Acknowledged) -> dict[str, Any]:
    return {"change": "ack", "device": change.device, "by": change.principal.name, "ack": change.ack.document()}


@_document.register
def _(change: EventRaised) -> dict[str, Any]:
    return {"change": "event", "device": change.device, "event": change.event.name, "data": event_document(change)}
