"""Times as they travel: RFC 3339 in UTC with milliseconds; inside, seconds since the epoch as float."""

from datetime import UTC, datetime

from gateway.errors import BadSyntax


def iso(seconds: float) -> str:
    """Return `2026-11-22T00:31:57.120Z` for seconds since the epoch."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def from_iso(text: str) -> float:
    """Return seconds since the epoch for an RFC 3339 time with an offset; raise BadSyntax otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSyntax(f"{text!r} is not a time such as 2026-11-22T00:31:57Z") from error
    if moment.tzinfo is None:
        raise BadSyntax(f"{text!r} has no time zone: add Z or an offset")
    return moment.timestamp()
