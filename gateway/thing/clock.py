"""Time, injected: nothing below `app` asks the operating system for it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time, monotonic time and sleep, all of which a test or `advance` may move."""

    def now(self) -> float:
        """Return seconds since the epoch (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed on this clock."""
        ...


class SystemClock:
    """The machine's clock, which `advance` can push forward: sleepers whose time has come wake at once."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Return seconds since the epoch (UTC)."""
        return time.time() + self._offset

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic() + self._offset

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed, `advance` included."""
        due = self.monotonic() + seconds
        while (left := due - self.monotonic()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left):  # wait_for of Python 3.11 would lose a cancellation that comes with `advance`
                    await moved.wait()
            except TimeoutError:
                return

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._offset += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
