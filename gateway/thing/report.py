"""What a driver says about a device: values, events and reachability, in profile terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.thing.availability import Availability
from gateway.thing.value import Quality, Value


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the profile, with its data."""

    name: str
    data: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message from a session to the home; everything but `device` may be left out.

    `values`: property name to value, only what is known. `quality`: for values that are not `good`.
    `pending`: property to the ISO time until which the appliance itself holds a change back (None: unknown);
    an empty mapping clears what was pending, None says nothing about it.
    `at`: when the device measured it, seconds since the epoch; None: now.
    `complete`: `values` is everything the device has (a full refresh, not a delta).
    """

    device: str
    values: Mapping[str, Value] = field(default_factory=dict)
    quality: Mapping[str, Quality] = field(default_factory=dict)
    pending: Mapping[str, str | None] | None = None
    events: tuple[Event, ...] = ()
    availability: Availability | None = None
    at: float | None = None
    complete: bool = False
