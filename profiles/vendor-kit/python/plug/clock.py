"""Two times of the appliance: what the wall says, which may jump, and what has passed, which never does. Timers go by the second.

`advance` of the control interface moves both, `clock` the wall alone.
"""

import time
from datetime import UTC, datetime


class Clock:
    """Both."""

    def __init__(self) -> None:
        self._ahead = self._wrong = 0.0

    def now(self) -> float:
        """Return the wall's time, seconds since the epoch: for stamps, and for what expires."""
        return time.time() + self._ahead + self._wrong

    def passed(self) -> float:
        """Return seconds that only grow: for everything that takes a while."""
        return time.monotonic() + self._ahead

    def jump(self, seconds: float) -> None:
        """Set the wall's time otherwise, as a wrong server or a leap does."""
        self._wrong += seconds

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
