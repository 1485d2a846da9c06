"""How long a television may be watched in a day, and how long it was."""

NOTICE = 300.0
"""Seconds before the end at which it is said."""


class ScreenTime:
    """Counts seconds of viewing from midnight; `limit` in seconds a day, 0 means none."""

    def __init__(self) -> None:
        self.limit = 0.0
        self.used = 0.0
        self._hour = 0.0
        self._noticed = False

    @property
    def over(self) -> bool:
        """Whether nothing is left of today."""
        return self.limit > 0 and self.used >= self.limit

    @property
    def remaining(self) -> float:
        """Seconds left today; all of the day without a limit."""
        return max(0.0, (self.limit or 86400.0) - self.used)

    def set_limit(self, seconds: float) -> None:
        """Set the limit anew."""
        self.limit = seconds
        self._noticed = bool(seconds) and self.remaining <= NOTICE

    def watch(self, seconds: float) -> float:
        """Count viewing; return the seconds that were still allowed."""
        allowed = min(seconds, self.remaining) if self.limit else seconds
        self.used = min(86400.0, self.used + allowed)
        return allowed

    def tick(self, time_of_day: float) -> None:
        """Begin a new day when the clock went past midnight."""
        if time_of_day < self._hour:
            self.used, self._noticed = 0.0, False
        self._hour = time_of_day

    def due(self) -> bool:
        """Return true once, when only `NOTICE` is left."""
        if not self.limit or self._noticed or self.remaining > NOTICE:
            return False
        self._noticed = True
        return not self.over
