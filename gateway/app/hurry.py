"""Virtual time for a rehearsal: while a scene only waits, hub and appliances are moved on together; while a device is asked, time is real.

Exchanges with appliances have the machine's own time, so that a jump makes nobody seem silent. What waits for minutes or hours is over in
seconds: a pause goes in pieces of at most half a minute, a look for something to be shown in steps that grow with how long it is looked for.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.thing.clock import SystemClock

BREATH: Final = 0.02
"""Real seconds between two jumps, in which what happened is told over the wires."""
SHORTEST, LONGEST = 0.1, 30.0
"""Seconds of one jump. Half a minute is how far the home believes a clock that runs ahead."""
PIECES: Final = 60
"""In how many pieces a pause passes at least, so that the power curve shows something."""
GROWTH: Final = 0.05
"""How much of the time that was waited already is added by one step of a look."""
Move = Callable[[float], Awaitable[None]]


class SceneClock:
    """The clock scenes are given: it knows until when each of them sleeps."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._due: dict[object, float] = {}

    def now(self) -> float:
        """Return seconds since the epoch (UTC)."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed, jumps included."""
        sleeper = object()
        self._due[sleeper] = self.monotonic() + seconds
        try:
            await self._clock.sleep(seconds)
        finally:
            del self._due[sleeper]

    def left(self) -> list[float]:
        """Return for how many seconds each sleeper still sleeps."""
        now = self.monotonic()
        return [due - now for due in self._due.values()]


class Hurry:
    """Moves time on. `busy` tells whether a device is being asked; `move` lets so many seconds pass for hub and appliances at once."""

    def __init__(self, clock: SceneClock, busy: Callable[[], bool], move: Move) -> None:
        self._clock = clock
        self._busy = busy
        self._move = move
        self._waited = 0.0

    async def until(self, over: Callable[[], bool]) -> None:
        """Move time on whenever it may, until it is `over`."""
        before = time.monotonic()
        while not over():
            await asyncio.sleep(BREATH)
            spent, before = time.monotonic() - before, time.monotonic()
            piece = 0.0 if self._busy() else jump(self._clock.left(), self._waited)
            self._waited = self._waited + piece if piece else 0.0
            await self._move(max(0.0, piece - spent))

    async def through(self, seconds: float, step: float) -> None:
        """Let so many seconds pass in steps."""
        left = seconds
        while left > 0:
            await asyncio.sleep(BREATH)
            await self._move(min(step, left))
            left -= step


def jump(left: list[float], waited: float) -> float:
    """Return how many seconds may pass at once: never past the end of a pause, and past that of a look by little.

    `waited`: for how long nothing but waiting went on.
    """
    looks = [seconds for seconds in left if seconds <= SHORTEST]
    pauses = [seconds for seconds in left if seconds > SHORTEST]
    if not left:
        return 0.0
    longest = min(LONGEST, max(SHORTEST, waited * GROWTH)) if looks else LONGEST
    return min([longest, *(max(SHORTEST, min(seconds, max(1.0, (waited + seconds) / PIECES))) for seconds in pauses)])
