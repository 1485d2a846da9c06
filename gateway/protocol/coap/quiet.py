"""The CoAP library's own log, which any stranger could fill, made sparse."""

import logging

from gateway.protocol.restraint import Sparsely
from gateway.thing.clock import Clock, SystemClock
from gateway.thing.log import Log

LIBRARY = "hulian.coap"
"""The logger every part of the CoAP library is told to use; nothing it says reaches the log any other way."""


class LibraryLog(logging.Handler):
    """Hands the library's own warnings on, sparsely."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(logging.WARNING)
        self.sparsely = Sparsely(Log(), clock or SystemClock())

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
