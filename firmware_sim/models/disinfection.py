"""Killing legionella: heat all the water, then hold it hot for an hour."""

from collections.abc import Callable

from firmware_sim.models.procedure import Finish, Procedure

HOT, HOLD = 65.0, 3600.0
"""Cel, and seconds at least so hot."""
SLACK = 2.0
"""Kelvin that a held tank may cool before the time stands still."""


class Disinfection(Procedure):
    """`coldest` gives the temperature (Cel) of the coldest water, `heating_left` the seconds until all of it is hot."""

    def __init__(self, coldest: Callable[[], float], heating_left: Callable[[], float], finish: Finish) -> None:
        super().__init__((("heating", heating_left()), ("holding", HOLD)), finish=finish)
        self._coldest = coldest
        self._heating_left = heating_left
        self._reached = False
        self._held_for = 0.0
        self._best = 0

    @property
    def done(self) -> bool:
        """Whether it was hot for long enough."""
        return self._held_for >= HOLD

    @property
    def phase(self) -> str | None:
        """Heating, or holding once it was hot."""
        return "holding" if self._reached else "heating"

    @property
    def remaining(self) -> float:
        """Physical seconds left, if nobody takes a shower."""
        return self._heating_left() + HOLD - self._held_for

    @property
    def percent(self) -> int:
        """How much of it is over; never less than before."""
        return self._best

    def step(self, seconds: float) -> None:
        """Count the time it is hot."""
        self._elapsed += seconds
        self._reached = self._reached or self._coldest() >= HOT
        if self._reached and self._coldest() >= HOT - SLACK:
            self._held_for = min(HOLD, self._held_for + seconds)
        whole = self._elapsed + self.remaining
        self._best = 100 if self.done else max(self._best, min(99, int(100 * self._elapsed / whole)))
