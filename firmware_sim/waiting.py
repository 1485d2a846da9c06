"""What the appliance waits for, and until when: the source of `$.pending`."""

from collections.abc import Mapping

from firmware_sim.clock import SimulatorClock, stamp

SLACK = 2.0
"""Seconds by which an expected time may drift before it is told anew."""


class Waiting:
    """Property -> the wall time its effect is expected (None = nobody knows)."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._due: dict[str, float | None] = {}

    def renew(self, waits: Mapping[str, float | None]) -> bool:
        """Take in the physical seconds left; return whether anything is worth telling."""
        before = self._due
        due = {name: None if left is None else self._clock.after(left) for name, left in waits.items()}
        self._due = {name: before[name] if name in before and _close(before[name], when) else when for name, when in due.items()}
        return self._due != before

    def document(self) -> dict[str, str | None]:
        """Return the times as they travel."""
        return {name: None if when is None else stamp(when) for name, when in self._due.items()}


def _close(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return abs(left - right) < SLACK
