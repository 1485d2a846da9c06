"""A bounded curve: however long something is measured, and however often it changes, so many points show it."""

from typing import Final

from gateway.thing.value import Value

POINTS: Final = 96
"""Of one device and property. When there are more, every second one goes, and from then on they stand twice as far apart."""


class Curve:
    """Points of seconds and value, in order; the first and the last are never lost."""

    def __init__(self, points: list[list[Value]] | None = None) -> None:
        self.points = points or []
        self.spacing = 0.0

    def add(self, seconds: float, value: Value) -> None:
        """Take one more value; one too near behind the last point but one takes the last one's place."""
        point = [round(seconds, 1), value]
        if len(self.points) > 1 and self.points[-1][0] - self.points[-2][0] < self.spacing:
            self.points[-1] = point
        else:
            self.points.append(point)
        if len(self.points) > POINTS:
            self._thin()

    def _thin(self) -> None:
        last = self.points[-1]
        self.points = [*self.points[:-1:2], last]
        self.spacing = max(self.spacing * 2, (last[0] - self.points[0][0]) / POINTS)


def few(points: list[list[Value]], most: int) -> list[list[Value]]:
    """Return at most so many of a curve's points, evenly chosen, the first and the last among them."""
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    return [points[round(number * step)] for number in range(most)]
