"""The appliance's two times: the wall's, which its time stamps show, and the physics', which runs `speed` times as fast.

`shift` is what `advance` on the control socket uses: both times jump, so that hours pass in a moment and time stamps stay in step. `jump`
is what `clock` does there: only what the appliance takes for the time of day is set, as when it hears of a better one. What waits, repeats
or is forgotten after a while goes by `steady`, which no setting of the clock moves.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class SimulatorClock:
    """Wall seconds since the epoch, moved by `shift`; `speed` says how much physical time one wall second is."""

    def __init__(self, *, speed: float = 1.0, wall: Callable[[], float] = time.time) -> None:
        self.speed = speed
        self._wall = wall
        self._offset = 0.0
        self._passed = 0.0

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        return self._wall() + self._offset

    def shift(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._offset += seconds
        self._passed += seconds

    def jump(self, seconds: float) -> None:
        """Set the clock forward or, below 0, back."""
        self._offset += seconds

    def steady(self) -> float:
        """Return wall seconds that only grow by what has passed, whatever the clock is set to."""
        return self._wall() + self._passed

    def after(self, physical: float) -> float:
        """Return the wall time at which `physical` seconds of physics will have passed."""
        return self.now() + physical / self.speed


def stamp(seconds: float) -> str:
    """Write a time as the standard does: UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
