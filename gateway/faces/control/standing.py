"""Where a device stands: which session carries it over which wire, with which keys, and why not at the moment."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.discovery import Discovery
from gateway.thing.timestamp import iso


def standing(device: str, sessions: Iterable[Mapping[str, Any]], discovery: Discovery) -> dict[str, Any] | None:
    """Return the wire of a device as plain data, None when no session is known to carry it."""
    session = next((each for each in sessions if device in each["devices"] or device == each["key"]), None)
    if session is None:
        return None
    unit = f"{session['driver']}:{session['key']}"
    entry = next((each for each in discovery.inbox() if each.name == unit), None)
    names = ("driver", "state", "since", "reason", "attempts", "address")
    return {name: session[name] for name in names if name in session} | {
        "unit": unit,
        "title": discovery.title(session["driver"]),
        "seen": iso(entry.last_seen) if entry is not None else None,
        "needs": list(entry.needs) if entry is not None else [],
        "missing": list(discovery.missing(entry)) if entry is not None else [],
    }
