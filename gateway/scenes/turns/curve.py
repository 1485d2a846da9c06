"""The power of a home while a scene runs: what its meters and its devices show, second by second, kept small.

Nothing is invented: who measures nothing is named instead. Where a meter of the whole home shows more than all who measure, it counts.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from gateway.scenes.house import House
from gateway.scenes.power import DRAW, is_meter, shown
from gateway.scenes.turns.room import Load, taken
from gateway.thing.clock import Clock

POINTS: Final = 120
LEAST: Final = 4
"""Points that are worth a curve."""
EVERY: Final = 1.0
"""Seconds between two looks, at first: when the curve is full, two points become one, the greater, and the looks half as many."""


class PowerCurve:
    """A curve of at most `POINTS` points of [seconds, watts]; the greatest is never lost."""

    def __init__(self) -> None:
        self.points: list[list[float]] = []
        self.peak = 0.0
        self._bunch = 1
        self._seen = 0

    def add(self, seconds: float, watts: float) -> None:
        """Take one more look."""
        self.peak = max(self.peak, watts)
        if self._seen % self._bunch:
            self.points[-1] = [self.points[-1][0], max(self.points[-1][1], round(watts, 1))]
        else:
            self.points.append([round(seconds, 1), round(watts, 1)])
        self._seen += 1
        if len(self.points) > POINTS:
            pairs = [self.points[at : at + 2] for at in range(0, len(self.points), 2)]
            self.points = [[pair[0][0], max(each[1] for each in pair)] for pair in pairs]
            self._bunch *= 2
            self._seen = len(self.points) * self._bunch  # the last pair may be half full; it is taken as full

    def document(self, limit: float | None, house: House, known: dict[str, Any]) -> dict[str, Any]:
        """Return what a report keeps of it: nothing of a run that was over at once, and did nothing in turn."""
        if len(self.points) < LEAST and not known:
            return {}
        seen = {"peak": round(self.peak, 1), "curve": [list(point) for point in self.points], "unmeasured": unmeasured(house)}
        return {"limit": known.get("limit", limit)} | seen


def measured(house: House) -> float:
    """Return the watts that are shown now: by meters, or by all who measure if that is more; plugs count for what they feed."""
    meters, loads = 0.0, {}
    for device in house.devices():
        twin = house.twin(device)
        watts = shown(twin, DRAW) if DRAW in twin.instance.properties else None
        if is_meter(twin):
            meters += watts or 0.0
        elif watts is not None:
            loads[device] = Load(device=device, most=0.0, shown=watts, feeder=house.links.feeder(device) or "")
    return max(meters, taken(loads, ()))


def unmeasured(house: House) -> list[str]:
    """Return who shows no power, and hangs on nothing that does."""
    silent = []
    for device in house.devices():
        feeder = house.links.feeder(device)
        if not any(each and DRAW in house.twin(each).instance.properties for each in (device, feeder)):
            silent.append(device)
    return silent


@asynccontextmanager
async def sampled(house: House, clock: Clock, name: str) -> AsyncIterator[PowerCurve]:
    """Yield a curve that grows for as long as the context lasts."""
    curve, began = PowerCurve(), clock.monotonic()

    async def look() -> None:
        while True:
            curve.add(clock.monotonic() - began, measured(house))
            await clock.sleep(EVERY)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look(), name=name)
        try:
            yield curve
        finally:
            looking.cancel()
            curve.add(clock.monotonic() - began, measured(house))
