"""A battery: what is in it, and when it is nearly empty."""

LOW = 10
"""Percent at which it asks to be replaced or charged; the warning goes at `LOW` + 5."""


class Battery:
    """Holds `capacity` watt-hours; `stored` are in it now."""

    def __init__(self, capacity: float, *, stored: float | None = None) -> None:
        self.capacity = capacity
        self.stored = capacity if stored is None else stored
        self.low = False

    @property
    def percent(self) -> int:
        """Percent left, 0..100."""
        return round(100 * self.stored / self.capacity)

    @property
    def empty(self) -> bool:
        """Whether nothing can be drawn from it."""
        return self.stored <= 0

    def take(self, watt_hours: float) -> None:
        """Draw from it; negative charges it."""
        self.stored = min(self.capacity, max(0.0, self.stored - watt_hours))

    def fill(self, percent: float) -> None:
        """Put in a battery, or charge it, to so many percent."""
        self.stored = self.capacity * percent / 100

    def warned(self) -> bool | None:
        """Return True when it has just become low, False when it no longer is, None when nothing changed."""
        low = self.percent <= (LOW + 5 if self.low else LOW)
        if low == self.low:
            return None
        self.low = low
        return low
