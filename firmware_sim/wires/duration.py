"""ISO 8601 durations as profiles write them (`PT2S`, `PT5M`, `P1DT12H`), in seconds."""

import re

_PATTERN = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z")


def seconds(text: str | None, default: float = 0.0) -> float:
    """Return the length of a duration, `default` when there is none or it cannot be read."""
    found = _PATTERN.match(text or "")
    if found is None:
        return default
    days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + rest
