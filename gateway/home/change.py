"""What the change stream carries. Every face reads the same ordered, numbered stream.

A subscriber first gets a Snapshot (read the home for everything that is now), then numbered changes. When it falls so
far behind that changes had to be dropped it gets a Snapshot again instead of a gap. State changes of one device that
wait in the same queue are merged; acks and events never are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.thing.ack import Ack
from gateway.thing.availability import Availability
from gateway.thing.command import Version
from gateway.thing.principal import Principal
from gateway.thing.report import Event


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Start here: `devices` is the list at stream position `number`."""

    number: int
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateChanged:
    """`changed`: names whose value, quality or pending changed; `document`: the whole public state with `"$"` (do not modify)."""

    number: int
    device: str
    changed: frozenset[str]
    document: Mapping[str, Any]
    version: Version
    at: float


@dataclass(frozen=True, slots=True)
class AvailabilityChanged:
    """Reachability changed."""

    number: int
    device: str
    availability: Availability


@dataclass(frozen=True, slots=True)
class Described:
    """The device is new, or its Thing Description changed (features, name, addresses of the gateway)."""

    number: int
    device: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The device was forgotten: everything retained about it is to be cleared."""

    number: int
    device: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One stage of one command."""

    number: int
    device: str
    ack: Ack
    principal: Principal


@dataclass(frozen=True, slots=True)
class EventRaised:
    """An event of the device."""

    number: int
    device: str
    event: Event
    version: Version
    at: float


Change: TypeAlias = Snapshot | StateChanged | AvailabilityChanged | Described | Removed | Acknowledged | EventRaised
