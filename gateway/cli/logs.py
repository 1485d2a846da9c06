"""Log lines: to standard error, plain words for a terminal, JSON for a collector; warnings and up unless asked."""

import json
import logging
import os
import sys
from typing import Any

from gateway.cli.options import options
from gateway.thing.concealed import CONCEALED
from gateway.thing.log import NAME
from gateway.thing.timestamp import iso

_COLOURS = {"DEBUG": "32", "INFO": "32", "WARNING": "33", "ERROR": "31"}


def coloured() -> bool:
    """Return whether log lines may have colours."""
    return sys.stderr.isatty() and not (options.no_color or os.environ.get("NO_COLOR"))


def set_up_logs(*, verbose: bool, json: bool = False) -> None:
    """Send our own lines and the standard library's to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else Words(colours=coloured()))
    ours = logging.getLogger(NAME)
    ours.handlers, ours.propagate = [handler], False
    ours.setLevel(logging.DEBUG if verbose else logging.WARNING)
    others = logging.StreamHandler(sys.stderr)
    others.setFormatter(Others("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[others], level=logging.ERROR)


class Words(logging.Formatter):
    """`2026-11-29T08:00:00.000Z [warning] broker died  code=1`, a traceback below."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and the traceback."""
        level, event = f"[{record.levelname.lower()}]", record.getMessage()
        if self._colours:
            level, event = f"\x1b[{_COLOURS[record.levelname]}m{level}\x1b[0m", f"\x1b[1m{event}\x1b[0m"
        facts = (f"{name}={value if isinstance(value, str) else repr(value)}" for name, value in _facts(record).items())
        line = "  ".join((f"{iso(record.created)} {level} {event}", *facts))
        return CONCEALED.hide(f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line)


class JsonLines(logging.Formatter):
    """One JSON object a line: the facts, `event`, `level`, `timestamp`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object."""
        document = {**_facts(record), "event": record.getMessage(), "level": record.levelname.lower(), "timestamp": iso(record.created)}
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return CONCEALED.hide(json.dumps(document, ensure_ascii=False, default=repr))


class Others(logging.Formatter):
    """The lines of libraries, as they are, but for what must not be shown."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return CONCEALED.hide(super().format(record))


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = getattr(record, "facts", {})
    return facts
