"""Documents more than one face shows: availability, events, devices, and the run of an action."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.home.change import EventRaised
from gateway.home.home import Home
from gateway.thing.availability import Availability
from gateway.thing.command import Version
from gateway.thing.timestamp import from_iso, iso
from gateway.thing.value import Value

FARTHEST = 1e12
"""Seconds, either way: far beyond any time."""
LATEST = 253_402_214_400.0
"""9999-12-31T00:00:00Z: in every time zone a date with four digits for the year."""
LISTED = ("id", "kind", "title", "name", "room", "maturity")


def availability_document(availability: Availability) -> dict[str, Any]:
    """Return the payload of `avail`."""
    return {"state": availability.state.value, "since": iso(availability.since), "reason": availability.reason}


def event_document(raised: EventRaised) -> dict[str, Any]:
    """Return the payload of `e/{name}`: the event's data with its place in the device's history."""
    data = raised.event.data
    body: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {} if data is None else {"value": data}
    return body | {"seq": raised.version.seq, "boot": raised.version.boot, "ts": iso(raised.at)}


def devices_document(home: Home) -> list[dict[str, Any]]:
    """Return the list of devices as every face shows it: what a device is, not how it is just now."""
    return [{name: entry[name] for name in LISTED} for entry in home.inventory()]


def devices_now(home: Home) -> list[dict[str, Any]]:
    """Return every device with its availability and state."""
    here = set(home.devices())
    return [_now(home, entry, here) for entry in home.inventory()]


def _now(home: Home, entry: Mapping[str, Any], here: set[str]) -> dict[str, Any]:
    reach = {"state": entry["availability"], "since": iso(entry["since"]), "reason": entry["problem"] or entry["reason"]}
    listed = {name: entry[name] for name in (*LISTED, "tags", "locality", "problem")} | {"availability": reach}
    if entry["id"] not in here:
        return listed | {"state": {}, "units": {}}
    properties = home.twin(entry["id"]).instance.properties
    units = {name: spec.unit for name, spec in properties.items() if spec.unit}
    document = home.document(entry["id"])
    state = {name: document[name] for name in (*properties, "$") if name in document}  # as the profile orders them
    return listed | {"state": state, "units": units}


def expiry(exp: Value, ttl: Value, now: float, *, lifetime: int | None = None) -> float | None:
    """Return when a command ends (seconds since the epoch) from `exp` (absolute), `ttl` and `lifetime` (both from receipt).

    The earlier holds. An end that no calendar has a date for becomes the last one that every reader can write.
    """
    ends: list[float] = []
    if exp is not None:
        ends.append(from_iso(exp) if isinstance(exp, str) else number(exp, "exp"))
    if ttl is not None:
        ends.append(now + number(ttl, "ttl"))
    if lifetime is not None:
        ends.append(now + lifetime)
    return min(*ends, LATEST) if ends else None


def number(value: Value, name: str) -> float:
    """Return a finite number, or raise BadSyntax naming the member."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= FARTHEST:
        raise BadSyntax(f"`{name}` must be a number, at most {FARTHEST:.0e}")
    return float(value)


def expected_version(value: Value, boot: int) -> Version | None:
    """Return the state a command depends on, from `{"boot"?, "seq"}`; without a boot the present one, `boot`, is meant."""
    if value is None:
        return None
    named = {"boot": boot, **value} if isinstance(value, Mapping) else {}
    if not all(type(named.get(part)) is int for part in ("boot", "seq")):
        raise BadSyntax('`if` must be {"boot": integer, "seq": integer}')
    return Version(named["boot"], named["seq"])
