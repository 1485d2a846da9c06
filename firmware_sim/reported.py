"""What the appliance has last told the world, kept apart from what is true.

Measured values are rounded to the resolution of the profile, kept within their range, and told only as often (`minInterval`) and as finely
(`deadband`) as `hl:report` says, but at least every `maxInterval`; an end of the range (nothing left, no draw) is no small step.
Everything else is told when it differs.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firmware_sim.schema import same

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z")


def duration(text: str | None, otherwise: float) -> float:
    """Return the seconds of an ISO 8601 duration such as PT5M; `otherwise` when there is none."""
    match = _DURATION.match(text or "")
    if not match or not any(match.groups()):
        return otherwise
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@dataclass(frozen=True, slots=True)
class Manner:
    """How one property is told: range, grid (0 = none) and pace (seconds)."""

    low: float
    high: float
    grid: float
    whole: bool
    pace: float
    longest: float
    deadband: float
    monotonic: bool
    numeric: bool

    def rounded(self, value: Any) -> Any:
        """Return a number on the grid and within the range; a meter is rounded down, so that it never runs ahead."""
        if not self.numeric:
            return value
        if self.grid:
            steps = value / self.grid
            value = round((math.floor(steps + 1e-9) if self.monotonic else round(steps)) * self.grid, 6)
        value = min(max(value, self.low), self.high)
        return int(value) if self.whole else value


class Reported:
    """The reported values of the properties an appliance exposes."""

    def __init__(self, properties: Mapping[str, Mapping[str, Any]], monotonic: Collection[str]) -> None:
        self.values: dict[str, Any] = {}
        self._told: dict[str, float] = {}
        self._manners = {name: _manner(body, monotonic=name in monotonic) for name, body in properties.items() if _is_measured(body)}
        self._names = tuple(properties)

    def forget(self, *, keep: Collection[str]) -> None:
        """Tell everything anew at the next offer; what cannot be measured at present is kept."""
        self.values = {name: value for name, value in self.values.items() if name in keep}

    def offer(self, fresh: Mapping[str, Any], now: float, *, forced: bool = False) -> tuple[str, ...]:
        """Take in what is true at `now` (steady seconds); return the names of the values that are told anew."""
        return tuple(self._tell(fresh, now, forced=forced))

    def _tell(self, fresh: Mapping[str, Any], now: float, *, forced: bool) -> Iterator[str]:
        for name in self._names:
            if name not in fresh:
                continue
            value = fresh[name]
            manner = self._manners.get(name)
            if manner is not None:
                value = manner.rounded(value)
                if not forced and not self._due(name, manner, value, now):
                    continue
            elif name in self.values and same(self.values[name], value):
                continue
            self.values[name] = value
            self._told[name] = now
            yield name

    def _due(self, name: str, manner: Manner, value: Any, now: float) -> bool:
        if name not in self.values:
            return True
        age = now - self._told[name]
        if age >= manner.longest:
            return True
        if age < manner.pace or same(self.values[name], value):
            return False
        return not manner.numeric or value in (manner.low, manner.high) or abs(value - self.values[name]) >= manner.deadband - 1e-9


def _is_measured(body: Mapping[str, Any]) -> bool:
    return bool(body.get("readOnly")) and ("hl:report" in body or _is_number(body))


def _is_number(body: Mapping[str, Any]) -> bool:
    return body.get("type") in ("number", "integer") and "enum" not in body


def _manner(body: Mapping[str, Any], *, monotonic: bool) -> Manner:
    report = body.get("hl:report", {})
    whole = body.get("type") == "integer"
    return Manner(
        low=body.get("minimum", -math.inf),
        high=body.get("maximum", math.inf),
        grid=body.get("hl:resolution") or body.get("multipleOf") or (1 if whole else 0),
        whole=whole,
        pace=duration(report.get("minInterval"), 0.0),
        longest=duration(report.get("maxInterval"), math.inf),
        deadband=report.get("deadband", 0.0),
        monotonic=monotonic,
        numeric=_is_number(body),
    )
