"""The hardware of the plug: a relay, a meter, contacts that warm up, a cut-off with a latch, and whatever is plugged in.

In a product these few lines are registers of a metering chip and a pin of a relay. Nothing here knows the profile.
"""

NOMINAL_VOLTS = 220.0
TRIP_SECONDS = 5.0
CONTACT_OHMS = 0.02


class Load:
    """A resistance of `watts` at 220 V behind the relay; `closed` is where the relay really is."""

    def __init__(self, rated_amperes: int) -> None:
        self.rated_amperes = rated_amperes
        self.volts = NOMINAL_VOLTS
        self.watts = 60.0
        self.closed = False
        self.tripped = False
        self.kilowatt_hours = 0.0
        self.hours = 0.0
        self.celsius = 25.0
        self._over = 0.0

    @property
    def draw(self) -> float:
        """Watts drawn at the moment."""
        return self.watts * (self.volts / NOMINAL_VOLTS) ** 2 if self.closed else 0.0

    @property
    def amperes(self) -> float:
        """Amperes drawn at the moment."""
        return self.draw / self.volts if self.volts > 0 else 0.0

    def elapse(self, seconds: float, limit: float) -> float | None:
        """Let time pass; return the watts at which the cut-off tripped, None when it did not."""
        self.kilowatt_hours += self.draw * seconds / 3_600_000
        self.hours += seconds / 3600 if self.closed else 0.0
        warm = 25.0 + 5.0 * CONTACT_OHMS * self.amperes**2
        self.celsius += (warm - self.celsius) * min(1.0, seconds / 600)
        self._over = self._over + seconds if self.draw > limit else 0.0
        if self._over < TRIP_SECONDS:
            return None
        watts, self._over = self.draw, 0.0
        self.closed, self.tripped = False, True
        return watts
