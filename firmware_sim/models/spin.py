"""Spinning: up to speed, unless the laundry lies badly; then it is spread and tried again, at last more slowly."""

from firmware_sim.models.drum import Drum

CHECK_SPEED, SPREAD_SPEED, MODEST_SPEED = 300.0, 90.0, 600.0
"""Turns a minute: where the balance is felt, where laundry spreads, and what is safe when it never lies well."""
SPREAD_SECONDS, ATTEMPTS = 60.0, 3
TOLERATED = 0.5
"""Unbalance (0..1) it spins fast with."""
SPREAD = 0.75
"""What is left of the unbalance after spreading once."""


class Spin:
    """One spin of a program; `left` counts down the seconds at speed."""

    def __init__(self, drum: Drum, speed: float, seconds: float) -> None:
        self.drum = drum
        self.limit = speed
        self.left = seconds
        self.attempts = 0
        self._spreading = 0.0
        self._judged = False

    @property
    def wanted(self) -> float:
        """The speed it goes for now."""
        return SPREAD_SPEED if self._spreading > 0 else self.limit

    @property
    def remaining(self) -> float:
        """Seconds it still takes."""
        return self.left + self._spreading if self.left > 0 else 0.0

    @property
    def given_up(self) -> bool:
        """Whether it spins slowly because spreading did not help."""
        return self.attempts >= ATTEMPTS

    def interrupted(self) -> None:
        """Begin anew with the balance: the drum stood still."""
        self._judged = False

    def step(self, seconds: float, unbalance: float) -> bool:
        """Let time pass with the drum turning; return whether the laundry was found to lie badly just now."""
        if self._spreading > 0:
            self._spreading = max(0.0, self._spreading - seconds)
            return False
        if not self._judged and self.drum.speed >= min(CHECK_SPEED, self.limit):
            self._judged = True
            if unbalance > TOLERATED and self.limit > MODEST_SPEED:
                self._retry()
                return True
        if self.drum.speed >= self.limit:
            self.left = max(0.0, self.left - seconds)
        return False

    def _retry(self) -> None:
        self.attempts += 1
        if self.given_up:
            self.limit = MODEST_SPEED
        else:
            self._spreading, self._judged = SPREAD_SECONDS, False
