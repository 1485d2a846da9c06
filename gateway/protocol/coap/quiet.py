"""Logs that cannot be flooded: one line in ten seconds, with how many were kept back."""

import logging
from typing import Any

import structlog

from gateway.thing.clock import Clock, SystemClock

INTERVAL = 10.0
LIBRARY = "hulian.coap"
"""The logger every part of the CoAP library is told to use; nothing it says reaches the log any other way."""


class Sparsely:
    """Writes a warning at most once in `interval` seconds; `said` counts the lines written."""

    def __init__(self, log: Any, clock: Clock, interval: float = INTERVAL) -> None:
        self.said = 0
        self._log = log
        self._clock = clock
        self._interval = interval
        self._next = float("-inf")
        self._kept_back = 0

    def warning(self, event: str, **facts: Any) -> None:
        """Write `event`, or keep it back."""
        now = self._clock.monotonic()
        if now < self._next:
            self._kept_back += 1
            return
        self._next = now + self._interval
        self._log.warning(event, **facts, kept_back=self._kept_back)
        self.said += 1
        self._kept_back = 0


class LibraryLog(logging.Handler):
    """Hands the library's own warnings on, sparsely."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(logging.WARNING)
        self.sparsely = Sparsely(structlog.get_logger(), clock or SystemClock())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one line, or keep it back."""
        self.sparsely.warning("coap library", said=record.getMessage()[:200])


def quiet_library() -> str:
    """Make the library's logger sparse (once) and return its name."""
    logger = logging.getLogger(LIBRARY)
    if not logger.handlers:
        logger.addHandler(LibraryLog())
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    return LIBRARY
