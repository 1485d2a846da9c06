"""Log lines: an event in a few words, and the facts beside it. How they look, and which are shown, is set up in `gateway.cli.logs`."""

import logging
from typing import Any

NAME = "hulian"
_logger = logging.getLogger(NAME)


class Log:
    """Writes lines like `log.warning("broker died", code=1)`; `facts` given here go with each of them.

    `exc_info`: the error (or True: the one being handled) whose traceback belongs to the line.
    """

    __slots__ = ("_facts",)

    def __init__(self, **facts: Any) -> None:
        self._facts = facts

    def debug(self, event: str, **facts: Any) -> None:
        """Tell what only a developer wants to know."""
        self._say(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """Tell what happened."""
        self._say(logging.INFO, event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Tell what should not be."""
        self._say(logging.WARNING, event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """Tell what was lost."""
        self._say(logging.ERROR, event, facts)

    def exception(self, event: str, **facts: Any) -> None:
        """Tell what was lost, with the traceback of the error being handled."""
        self._say(logging.ERROR, event, {"exc_info": True, **facts})

    def _say(self, level: int, event: str, facts: dict[str, Any]) -> None:
        if _logger.isEnabledFor(level):
            error = facts.pop("exc_info", None)
            _logger.log(level, event, exc_info=error, extra={"facts": {**self._facts, **facts}})
