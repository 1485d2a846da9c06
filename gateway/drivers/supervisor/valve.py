"""Lets reports through as they come, and slows a flooder without losing what matters.

As long as a session keeps to its rate every report passes at once. Over it, reports are held back and merged: of each
property the newest value stays, events are kept in order (the newest 256 of a device), and the rest goes through a few
times a second. One log line says who floods.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gateway.drivers.supervisor.limits import Limits
from gateway.thing.clock import Clock
from gateway.thing.report import Report

_EVENTS_KEPT = 256


def merged(earlier: Report, later: Report) -> Report:
    """Return what both reports of one device say together; the later one wins."""
    kept = {} if later.complete else {name: quality for name, quality in earlier.quality.items() if name not in later.values}
    return replace(
        later,
        values=later.values if later.complete else {**earlier.values, **later.values},
        quality={**kept, **later.quality},
        pending=earlier.pending if later.pending is None else later.pending,
        events=(*earlier.events, *later.events)[-_EVENTS_KEPT:],
        availability=later.availability or earlier.availability,
        complete=later.complete or earlier.complete,
    )


class Valve:
    """Stands between one session and `deliver`; `on_flood` is told once when slowing starts (True) and ends (False)."""

    def __init__(self, deliver: Callable[[Report], None], on_flood: Callable[[bool], None], limits: Limits, clock: Clock) -> None:
        self._deliver = deliver
        self._on_flood = on_flood
        self._limits = limits
        self._clock = clock
        self._credit = limits.burst
        self._counted_from = clock.monotonic()
        self._held: dict[str, Report] = {}
        self._arrived = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def slowing(self) -> bool:
        """Return whether reports are being held back now."""
        return self._timer is not None

    def push(self, report: Report) -> None:
        """Let `report` through now, or a little later together with others of its device."""
        if self._closed:
            return
        if self._timer is None and self._within_rate():
            self._deliver(report)
        else:
            self._hold(report)

    def close(self) -> None:
        """Forget what is held back, and let nothing through any more."""
        self._closed = True
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _within_rate(self) -> bool:
        self._credit -= 1
        if self._credit >= 0:
            return True
        now = self._clock.monotonic()
        self._credit = min(self._limits.burst, int((now - self._counted_from) * self._limits.rate)) - 1
        if self._credit < 0:
            return False
        self._counted_from = now
        return True

    def _hold(self, report: Report) -> None:
        self._arrived += 1
        earlier = self._held.get(report.device)
        self._held[report.device] = report if earlier is None else merged(earlier, report)
        if self._timer is None:
            self._schedule()
            self._on_flood(True)

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._limits.flush, self._flush)

    def _flush(self) -> None:
        held, self._held = self._held, {}
        arrived, self._arrived = self._arrived, 0
        for report in held.values():
            self._deliver(report)
        if arrived > self._limits.rate * self._limits.flush:
            self._schedule()
            return
        self._timer = None
        self._on_flood(False)
