"""Log lines: to standard error, plain words for a terminal, JSON for a collector; warnings and up unless asked.

structlog brings rich along for a kind of traceback that is not used here. A gateway that starts need not wait for that: this
module is imported before the others that log, and lets structlog believe that rich is not installed.
"""

import logging
import os
import sys

from gateway.cli.options import options

_without_rich = "rich" not in sys.modules
if _without_rich:
    sys.modules["rich"] = None  # type: ignore[assignment] # what the import system takes for "there is none"
import structlog  # noqa: E402 - see above

if _without_rich:
    del sys.modules["rich"]


def coloured() -> bool:
    """Return whether log lines may have colours."""
    return sys.stderr.isatty() and not (options.no_color or os.environ.get("NO_COLOR"))


def set_up_logs(*, verbose: bool, json: bool = False) -> None:
    """Send structlog and the standard library's logs to standard error."""
    level = logging.DEBUG if verbose else logging.WARNING
    renderer: structlog.typing.Processor
    if json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=coloured(), pad_event_to=0)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR, format="%(asctime)s %(name)s %(levelname)s %(message)s")
