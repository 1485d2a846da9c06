"""Time of the appliance: what the wall says, and what `advance` of the control interface put on top of it."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the appliance's own time."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += seconds

    def stamp(self) -> str:
        """Return the time as it stands in `ts`: UTC, milliseconds, `Z`."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> float:
    """Return the seconds since the epoch of an ISO 8601 time with a time zone; ValueError otherwise."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("a time without a zone")
    return when.timestamp()
