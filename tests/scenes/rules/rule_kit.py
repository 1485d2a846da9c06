"""What the tests of triggers share: a home whose clock the test moves, watched by its triggers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.scenes.report import Report
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.watcher import Watcher
from gateway.thing.clock import SystemClock
from tests.scenes.kit import Stage, staged

BERLIN = Place(ZoneInfo("Europe/Berlin"), 52.52, 13.405)
MONDAY = 1_796_637_600.0
"""Monday, 2026-12-07, 10:00 UTC: 11:00 in Berlin."""
PATIENCE = 10.0


class WallClock(SystemClock):
    """A machine's clock that somebody set: `set_to` moves the wall alone, as people and time servers do."""

    def __init__(self, now: float = MONDAY) -> None:
        super().__init__()
        self._shift = now - super().now()

    def now(self) -> float:
        return super().now() + self._shift

    def set_to(self, now: float) -> None:
        self._shift += now - self.now()


@asynccontextmanager
async def watching(
    folder: Path, clock: WallClock | None = None, *, place: Place = BERLIN, machine: str = "one"
) -> AsyncIterator[tuple[Stage, Watcher]]:
    """Open the home in a folder with its triggers."""
    clock = clock or WallClock()
    async with (
        staged(folder, clock) as stage,
        Watcher(stage.scenes, stage.home, clock, stage.store.firings, place, machine=lambda: machine) as watcher,
    ):
        await looked(watcher)
        yield stage, watcher


async def looked(watcher: Watcher) -> None:
    """Have the triggers look at the clock and at what is new, once more."""
    async with watcher._one_at_a_time:
        await watcher._look()


async def until(condition: Callable[[], Any], what: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)
    assert condition(), what


async def fires(stage: Stage, count: int = 1) -> list[Report]:
    """Wait until so many runs have begun; return them, the oldest first."""
    await until(lambda: len(stage.scenes.runs.reports()) >= count, f"{count} runs")
    return stage.scenes.runs.reports()[::-1]


async def quiet(stage: Stage, watcher: Watcher) -> int:
    """Give triggers every chance to fire; return how many runs there were."""
    for _ in range(5):
        await asyncio.sleep(0.01)
        await looked(watcher)
    return len(stage.scenes.runs.reports(limit=1000))
