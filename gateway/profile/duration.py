"""ISO 8601 durations such as PT2S, as profiles write them."""

import re

_PATTERN = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z")
_SECONDS = (86400, 3600, 60, 1)


def seconds_of(text: object) -> float | None:
    """Return the seconds of a duration in days, hours, minutes and seconds; None where `text` is none."""
    if not isinstance(text, str) or len(text) > 32:  # noqa: PLR2004 - longer than any duration of a profile
        return None
    match = _PATTERN.match(text)
    if match is None or text.endswith("T") or not any(match.groups()):
        return None
    return sum(float(part) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True) if part)
