"""The home as it stands now, as a home file of the simulator: every twin becomes an appliance that speaks the standard over CoAP.

Ids, kinds, features, narrowing, what a vendor added, what each is set to, names, rooms, tags, who feeds whom, faults and doubts go along;
the wire does not. So a rehearsal says what a scene does, and nothing of a vendor's protocol: what is lost is named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.errors import CommandError
from gateway.home.home import Home
from gateway.home.links.relation import FEEDS
from gateway.home.twin import Twin
from gateway.profile.thing_description import thing_id
from gateway.thing.description import Locality, Relation
from gateway.thing.value import Quality, Value

WIRE: Final = "native-coap-unannounced"
"""Nobody on the network hears of the copy, and no broker is needed."""
OWN: Final = frozenset({"identity", "faults", "remoteEnabled", "claims"})
"""What a copy says for itself, or is told otherwise than as a reading."""
_LINKED: Final = frozenset({"feeds", "feedsKind"})
"""Is told as `feeds`."""
MOST_SHOWN: Final = 20


@dataclass(frozen=True, kw_only=True)
class Copy:
    """`home`: a home file. By device: its `labels`, the `readings` hands may be able to set, the `faults` it has.

    `away`: who cannot be reached now. `notes`: what is lost.
    """

    home: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    readings: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    away: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def copied(home: Home) -> Copy:
    """Return the copy of a home at this moment."""
    twins = [home.twin(device) for device in sorted(home.devices())]
    fed = {tie.source: tie.target for tie in home.links.all() if tie.relation is FEEDS}
    wholes = _wholes(twins)
    return Copy(
        home={"name": "rehearsal", "units": [_unit(home, twin, fed, wholes) for twin in twins]},
        labels={twin.id: {"name": twin.label.name, "room": twin.room, "tags": list(twin.tags)} for twin in twins},
        readings={twin.id: readings for twin in twins if (readings := _readings(twin))},
        faults={twin.id: codes for twin in twins if (codes := _codes(twin))},
        away=tuple(twin.id for twin in twins if not twin.online),
        notes=tuple(_lost(twins)),
    )


def _unit(home: Home, twin: Twin, fed: Mapping[str, str], wholes: Mapping[str, str]) -> dict[str, Any]:
    about = twin.description
    unit: dict[str, Any] = {"id": twin.id, "kind": about.kind, "wire": WIRE, "port": 0, "parts": "none"}
    more: dict[str, Any] = {
        "title": about.title[:128],
        "room": twin.room,
        "features": list(about.features),
        "narrowed": {name: dict(terms) for name, terms in about.narrowing.items()},
        "added": _added(home, twin),
        "readings": {name: value for name, value in _sound(twin) if name not in OWN and name not in _LINKED},
        "doubts": {name: quality.value for name, quality in twin.quality.items() if quality is Quality.ASSUMED},
        "unsaid": [name for name in twin.instance.properties if name not in twin.values and name not in OWN] if twin.values else [],
        "feeds": fed.get(twin.id, ""),
        "part_of": wholes.get(twin.id, ""),
    }
    return unit | {name: value for name, value in more.items() if value or name == "features"}


def _readings(twin: Twin) -> dict[str, Value]:
    """Return what it measures, as far as that can be believed or could when it was last heard."""
    specs = twin.instance.properties
    return {name: value for name, value in _sound(twin) if specs[name].read_only and name not in OWN}


def _sound(twin: Twin) -> Iterator[tuple[str, Value]]:
    """Yield the values that are what the profile lets them be."""
    for name in twin.instance.properties:
        if name not in twin.values or twin.quality.get(name) is Quality.INVALID:
            continue
        try:
            twin.instance.check_value(name, twin.values[name])
        except CommandError:
            continue
        yield name, twin.values[name]


def _codes(twin: Twin) -> tuple[str, ...]:
    faults = twin.values.get("faults")
    present = [fault for fault in faults if isinstance(fault, Mapping)] if isinstance(faults, list) else []
    return tuple(str(fault.get("vendor") or fault.get("code")) for fault in present)


def _added(home: Home, twin: Twin) -> dict[str, dict[str, Any]]:
    """Return the affordances that the kind has not, as the device's own description has them."""
    additions = twin.description.additions
    if not additions:
        return {}
    document = home.thing_description(twin.id).document
    return {
        section: {name: _without_forms(document[section][name]) for name in names if name in document.get(section, {})}
        for section, names in additions.items()
    }


def _without_forms(affordance: Mapping[str, Any]) -> dict[str, Any]:
    return {term: value for term, value in affordance.items() if term != "forms"}


def _wholes(twins: Sequence[Twin]) -> dict[str, str]:
    """Return the whole of each part of a composite that is called as the simulator would call it."""
    known = {thing_id(twin.id): twin.id for twin in twins}
    links = [(twin, link) for twin in twins for link in twin.description.links if link.relation is Relation.ITEM]
    parts = ((known.get(link.thing, ""), twin.id, link.name) for twin, link in links)
    return {part: whole for part, whole, name in parts if part == f"{whole}-{name}"}


def _lost(twins: Sequence[Twin]) -> Iterator[str]:
    """Yield what the copies do otherwise than the originals, each once with whom it is about."""
    behind = [twin.id for twin in twins if twin.description.locality is Locality.ASSUMED]
    if behind:
        yield f"spoken for by a remote or known from a plug only, copied as if they heard everything: {_some(behind)}"
    added = [twin.id for twin in twins if twin.description.additions]
    if added:
        yield f"what their makers added is copied without any effect of its own: {_some(added)}"
    unheard = [twin.id for twin in twins if not twin.values]
    if unheard:
        yield f"never heard, copied as new: {_some(unheard)}"


def _some(devices: Sequence[str]) -> str:
    more = f" and {len(devices) - MOST_SHOWN} more" if len(devices) > MOST_SHOWN else ""
    return ", ".join(devices[:MOST_SHOWN]) + more
