"""How often and how finely a measured value is told (`hl:report`, `hl:resolution`).

Not sooner than `minInterval` after the last time, and then only when it moved by `deadband` or reached an end of its range; after
`maxInterval` in any case, also when it did not move: readers take an older one for stale.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_A_HAIR = 1e-9


def seconds(text: str | None, otherwise: float = 0.0) -> float:
    """Return the seconds of an ISO 8601 duration such as PT5M; `otherwise` when there is none."""
    if text is None or (match := _DURATION.fullmatch(text)) is None:
        return otherwise
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


class Teller:
    """The manner of one property: `schema` as the device's description has it; a meter (`grows`) is rounded down."""

    def __init__(self, schema: Mapping[str, Any], *, grows: bool = False) -> None:
        report = schema.get("hl:report", {})
        self._low, self._high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        self._step = schema.get("hl:resolution", 0)
        self._soonest = seconds(report.get("minInterval"))
        self._latest = seconds(report.get("maxInterval"), math.inf)
        self._deadband = report.get("deadband", 0)
        self._grows = grows
        self._told_at = -math.inf
        self._told: float | None = None

    def forget(self) -> None:
        """Begin anew: what is told next is told at once."""
        self._told = None

    def offer(self, value: float, now: float) -> float | None:
        """Return what is to be told now, None when nothing is."""
        shown = self._rounded(value)
        if not self._due(shown, now):
            return None
        self._told, self._told_at = shown, now
        return shown

    def _rounded(self, value: float) -> float:
        if self._step:
            steps = value / self._step
            value = round((math.floor(steps + _A_HAIR) if self._grows else round(steps)) * self._step, 6)
        return min(max(value, self._low), self._high)

    def _due(self, shown: float, now: float) -> bool:
        if self._told is None or now - self._told_at >= self._latest:
            return True
        if now - self._told_at < self._soonest or shown == self._told:
            return False
        return shown in (self._low, self._high) or abs(shown - self._told) >= self._deadband - _A_HAIR
