"""Times as they travel: RFC 3339 in UTC with milliseconds; inside, seconds since the epoch as float."""

from datetime import UTC, datetime
from functools import lru_cache
from math import floor

from gateway.errors import BadSyntax


def iso(seconds: float) -> str:
    """Return `2026-11-22T00:31:57.120Z` for seconds since the epoch. Hot path: what one second looks like is kept."""
    whole = floor(seconds)
    microseconds = round((seconds - whole) * 1_000_000)
    if microseconds == 1_000_000:  # noqa: PLR2004 - rounded up to the next second
        whole, microseconds = whole + 1, 0
    return f"{_second(whole)}.{microseconds // 1000:03d}Z"


@lru_cache(maxsize=64)
def _second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def from_iso(text: str) -> float:
    """Return seconds since the epoch for an RFC 3339 time with an offset; raise BadSyntax otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSyntax(f"{text!r} is not a time such as 2026-11-22T00:31:57Z") from error
    if moment.tzinfo is None:
        raise BadSyntax(f"{text!r} has no time zone: add Z or an offset")
    return moment.timestamp()
