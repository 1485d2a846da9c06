"""Time as it was when a recording was made: it stands still until the player moves it."""

import asyncio
import heapq
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any, TypeVar

TURNS = 40
"""Turns of the loop after which everything that can go on without time has gone on."""
BREATH = 0.001
"""Real seconds between two looks at the threads."""
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """Where drivers read their data; it knows whether anybody is still at it."""

    def __init__(self) -> None:
        super().__init__(max_workers=2, thread_name_prefix="player")
        self._works: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Keep what is begun until it is done."""
        work = super().submit(fn, *args, **kwargs)
        self._works.add(work)
        work.add_done_callback(self._works.discard)
        return work

    async def settle(self) -> None:
        """Let every task go on until each waits for time or for the player: not for a thread."""
        await _turns()
        while self._works:
            await asyncio.sleep(BREATH)
            await _turns()


async def _turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


class PlayedClock:
    """A clock that starts at `at` (seconds since the epoch) and is moved by `until`."""

    def __init__(self, at: float, threads: Threads | None = None) -> None:
        self._at = at
        self._threads = threads or Threads()
        self._seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self._at + self._seconds

    def monotonic(self) -> float:
        """Return seconds since the recording began."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Return once the player has moved so far."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._seconds + max(0.0, seconds), next(self._order), waiting))
        await waiting

    def next_due(self) -> float | None:
        """Return when the next sleeper wakes, None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def until(self, seconds: float) -> None:
        """Move to a moment, waking everybody whose time comes before it, one after the other."""
        while (due := self.next_due()) is not None and due <= seconds:
            self._seconds = max(self._seconds, due)
            _, _, waiting = heapq.heappop(self._sleepers)
            waiting.set_result(None)
            await self._threads.settle()
        self._seconds = max(self._seconds, seconds)
