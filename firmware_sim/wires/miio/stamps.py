"""The running seconds of a device, and which requests are too old for it.

Users report devices that take a request 30 s behind their own clock and drop one 60 s behind; here the line is in the middle. A stamp never
goes back, so what was overheard cannot be sent again after something newer; and a number that was used is not used again by the same peer.
"""

from collections import deque

OLDEST = 45
AHEAD = 60
"""Seconds a request may lag behind the device's clock, or be ahead of it."""
_IDS = 32


class Stamps:
    """`begun`: when the device was switched on, on the clock that `now` is told by; both in seconds."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._latest = 0
        self._used: deque[tuple[object, int]] = deque(maxlen=_IDS)

    def now(self, at: float) -> int:
        """Return the seconds it has been running."""
        return max(0, int(at - self._begun)) + 1

    def takes(self, stamp: int, at: float) -> bool:
        """Whether a request with this stamp is heard; if so none older will be."""
        now = self.now(at)
        if not max(self._latest, now - OLDEST) <= stamp <= now + AHEAD:
            return False
        self._latest = stamp
        return True

    def fresh(self, peer: object, number: int) -> bool:
        """Whether a peer uses this number for the first time; a device answers no number twice, and never zero."""
        if number == 0 or (peer, number) in self._used:
            return False
        self._used.append((peer, number))
        return True
