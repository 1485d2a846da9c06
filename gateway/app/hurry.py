"""Virtual time for a rehearsal: while a scene only waits, hub and appliances are moved on together; while a device is asked, time is real.

Exchanges with appliances have the machine's own time, so that a jump makes nobody look silent. What waits for minutes or hours is over in
seconds: a pause goes in pieces of at most half a minute; what looks again and again, for a value to be shown or to measure something, is
passed over in steps that grow with how long nothing else goes on. A device that was asked and does not show it for a second, a curtain that
moves, a unit that is silent, is waited for in quick small steps, and there the timers of the exchanges are moved on as well.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from gateway.thing.clock import SystemClock

BREATH: Final = 0.02
"""Real seconds between two jumps, in which what happened is told over the wires."""
SHORTEST, LONGEST = 0.1, 30.0
"""Seconds of one jump. Half a minute is how far the home believes a clock that runs ahead."""
PIECES: Final = 40
"""In how many pieces a pause passes at least, so that the power curve shows something."""
GROWTH: Final = 0.05
"""How much of the time that was waited already is added by one step of a look."""
PATIENCE: Final = 1.0
"""Real seconds for which the same devices are waited for before time is hurried for them, too."""
STRIDE: Final = 0.25
"""Seconds of one such step."""
Move = Callable[[float], Awaitable[None]]


class ShiftingLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers can be moved on."""

    shifted = 0.0

    def time(self) -> float:
        """Return the loop's time in seconds."""
        return super().time() + self.shifted


HABIT: Final = 3
"""After so many sleeps of the same length on end whoever sleeps is one that looks again and again."""


OBSERVER: Final = ": power"
"""How the names of tasks end that watch a run and do nothing for it: that they sleep means nothing."""


@dataclass(frozen=True, slots=True)
class Sleeper:
    """For how many seconds somebody still sleeps.

    `looks`: it looks again and again, so that a little more does no harm. `observes`: it only watches the run.
    """

    left: float
    looks: bool = False
    observes: bool = False


class SceneClock:
    """The clock scenes are given: it knows until when each of them sleeps."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._due: dict[object, tuple[float, bool, bool]] = {}
        self._habits: WeakKeyDictionary[asyncio.Task[Any], tuple[float, int]] = WeakKeyDictionary()

    def now(self) -> float:
        """Return seconds since the epoch (UTC)."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed, jumps included."""
        sleeper, task = object(), asyncio.current_task()
        observes = task is not None and task.get_name().endswith(OBSERVER)
        self._due[sleeper] = self.monotonic() + seconds, self._used_to(seconds, task), observes
        try:
            await self._clock.sleep(seconds)
        finally:
            del self._due[sleeper]

    def sleepers(self) -> list[Sleeper]:
        """Return everybody who sleeps."""
        now = self.monotonic()
        return [Sleeper(due - now, looks, observes) for due, looks, observes in self._due.values()]

    def _used_to(self, seconds: float, task: asyncio.Task[Any] | None) -> bool:
        """Return whether the task that sleeps has slept as long, time and again."""
        if task is None:
            return False
        length, times = self._habits.get(task, (seconds, 0))
        self._habits[task] = seconds, times + 1 if length == seconds else 1
        return self._habits[task][1] > HABIT


class Hurry:
    """Moves time on. `waited_for` tells which commands are open; `move` lets so many seconds pass for hub and appliances at once.

    `strides`: devices that are waited for are hurried as well; not where messages are slow by choice.
    """

    def __init__(self, clock: SceneClock, waited_for: Callable[[], frozenset[str]], move: Move, *, strides: bool) -> None:
        self._clock = clock
        self._waited_for = waited_for
        self._move = move
        self._strides = strides
        self._waited = 0.0
        self._open: frozenset[str] = frozenset()
        self._since = 0.0

    async def until(self, over: Callable[[], bool]) -> None:
        """Move time on whenever it may, until it is `over`."""
        before = time.monotonic()
        while not over():
            await asyncio.sleep(BREATH)
            spent, before = time.monotonic() - before, time.monotonic()
            asked = self._is_asking()
            piece = 0.0 if asked else jump(self._clock.sleepers(), self._waited)
            self._waited = self._waited + piece if piece else 0.0
            if asked and self._strides and before - self._since > PATIENCE:
                _shift(STRIDE)
                await self._move(STRIDE)
            else:
                await self._move(max(0.0, piece - spent))

    def _is_asking(self) -> bool:
        """Return whether a device is waited for, and note since when it is the same ones."""
        if (now := self._waited_for()) != self._open:
            self._open, self._since = now, time.monotonic()
        return bool(now)

    async def through(self, seconds: float) -> None:
        """Let so many seconds pass, at first in short steps: most happens soon."""
        passed = 0.0
        while passed < seconds:
            await asyncio.sleep(BREATH)
            step = min(max(1.0, passed * GROWTH * 2), seconds - passed)
            await self._move(step)
            passed += step


def _shift(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    if isinstance(loop, ShiftingLoop):
        loop.shifted += seconds


def jump(sleepers: Sequence[Sleeper], waited: float) -> float:
    """Return how many seconds may pass at once: never past the end of a pause, and past that of a look by little.

    `waited`: for how long nothing but waiting went on.
    """
    if all(sleeper.observes for sleeper in sleepers):
        return 0.0
    looks = [sleeper.left for sleeper in sleepers if sleeper.looks]
    pauses = [sleeper.left for sleeper in sleepers if not sleeper.looks]
    longest = max(SHORTEST, waited * GROWTH, min(looks)) if looks else LONGEST
    pieces = (max(SHORTEST, min(left, max(1.0, (waited + left) / PIECES))) for left in pauses)
    return min([longest, LONGEST, *pieces])
