"""A log line that can come thousands of times a second says so once a minute, with a count."""

from typing import Any

import structlog

from gateway.thing.clock import Clock

_log = structlog.get_logger()
_INTERVAL = 60.0


class Seldom:
    """Warnings, at most one a minute for each event."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._silent: dict[str, int] = {}

    def warn(self, event: str, **facts: Any) -> None:
        """Log now, or count."""
        now = self._clock.monotonic()
        if now < self._next.get(event, float("-inf")):
            self._silent[event] = self._silent.get(event, 0) + 1
            return
        self._next[event] = now + _INTERVAL
        _log.warning(event, **facts, more=self._silent.pop(event, 0))
