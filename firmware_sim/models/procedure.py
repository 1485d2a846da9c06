"""A long action: phases that take physical time one after another."""

from collections.abc import Callable, Sequence
from typing import Any

Finish = Callable[[str], Any]
"""Called once with `done`, `cancelled` or `failed`; returns the action's output."""


class Procedure:
    """Runs through `phases` (name, seconds); stands still while `held()`."""

    def __init__(
        self,
        phases: Sequence[tuple[str | None, float]],
        *,
        finish: Finish = lambda _: None,
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        self.identifier = ""
        self.failure: str | None = None
        self.finish = finish
        self._phases = tuple(phases)
        self._held = held
        self._elapsed = 0.0
        self._total = sum(seconds for _, seconds in phases)

    @property
    def done(self) -> bool:
        """Whether the last phase is over."""
        return self._elapsed >= self._total

    @property
    def phase(self) -> str | None:
        """The phase it is in, the last one when done."""
        end = 0.0
        for name, seconds in self._phases:
            end += seconds
            if self._elapsed < end:
                return name
        return self._phases[-1][0]

    @property
    def percent(self) -> int:
        """How much of the time has passed, 0..100."""
        return min(100, int(100 * self._elapsed / self._total)) if self._total else 100

    @property
    def remaining(self) -> float:
        """Physical seconds left."""
        return max(0.0, self._total - self._elapsed)

    def step(self, seconds: float) -> None:
        """Let physical time pass."""
        if not self._held():
            self._elapsed += seconds
