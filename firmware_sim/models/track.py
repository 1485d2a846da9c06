"""A curtain's track: cloth, motor, end stops, and what may be in the way. Places are percent of travel, 0 closed to 100 open.

`position` is where the cloth is, `counted` where the motor thinks it is. They part when somebody pulls the cloth while the motor is dark,
and meet again at an end stop, which the motor feels. Asked to an end, it presses on until it feels it.
"""

from math import inf

ENDS = (0.0, 100.0)
CLEARANCE = 0.5
"""Percent by which the cloth stops short of an obstacle."""
LEAST = 1e-6


class Track:
    """`travel` in metres, `speed` in metres a second."""

    def __init__(self, travel: float, speed: float) -> None:
        self.travel = travel
        self.pace = 100 * speed / travel
        self.position = self.counted = 100.0
        self.sure = True
        self.obstacle: float | None = None
        self.target: float | None = None
        self.direction = 0

    def aim(self, target: float) -> None:
        """Set out for a place."""
        self.target = target
        self.direction = self._towards(target)
        if self.direction == 0:
            self.halt()

    def halt(self) -> None:
        """Stop here."""
        self.target, self.direction = None, 0

    def drive(self, seconds: float) -> tuple[float, bool]:
        """Move for some time; return the seconds the motor turned and whether it met something, at which it stops."""
        left = seconds
        while left > 0 and self.target is not None:
            self.direction = self._towards(self.target)
            if self.direction == 0:
                self.halt()
                break
            used, met = self._advance(left, self.target)
            left -= used
            if met:
                return seconds - left, True
        return seconds - left, False

    def pull(self, by: float, *, counting: bool) -> None:
        """Move the cloth by hand, percent towards open; the motor counts along when it has power."""
        before = self.position
        self.position = _within(self.position + by)
        if counting:
            self.counted = _within(self.counted + self.position - before)

    def arrival(self) -> float:
        """Return the seconds until it is there, by its own counting."""
        return 0.0 if self.target is None else abs(self.target - self.counted) / self.pace

    def _towards(self, target: float) -> int:
        """Return 1 to open, -1 to close, 0 when it is there."""
        if self.counted != target:
            return 1 if target > self.counted else -1
        if target in ENDS and self.position != target:
            return 1 if target else -1
        return 0

    def _advance(self, seconds: float, target: float) -> tuple[float, bool]:
        """Move until the target, an end, an obstacle or the time is reached."""
        way, goal = seconds * self.pace, abs(target - self.counted) or inf
        stop = 100 - self.position if self.direction > 0 else self.position
        bar = self._bar()
        step = min(way, goal, stop, bar)
        self.position = _within(self.position + self.direction * step)
        self.counted = _within(self.counted + self.direction * step)
        if step == goal:
            self.counted = target
        end = ENDS[self.direction > 0]
        if step == stop or self.position == end:
            self.position = self.counted = end
            self.sure = True
        return max(LEAST, step / self.pace), step == bar and bar < stop

    def _bar(self) -> float:
        """Return the percent left to the obstacle, infinity when none is in the way."""
        if self.obstacle is None or (self.obstacle - self.position) * self.direction < 0:
            return inf
        return max(0.0, abs(self.obstacle - self.position) - CLEARANCE)


def _within(place: float) -> float:
    return min(100.0, max(0.0, place))
