"""Whether a device can be reached, since when, and why not."""

from dataclasses import dataclass
from enum import StrEnum


class AvailabilityState(StrEnum):
    """The states of the `avail` topic."""

    ONLINE = "online"
    OFFLINE = "offline"
    SLEEPING = "sleeping"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Availability:
    """`since` is seconds since the epoch (UTC); `reason` a short word or sentence, empty when online."""

    state: AvailabilityState
    since: float
    reason: str = ""
