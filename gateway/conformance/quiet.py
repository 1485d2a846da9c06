"""How late the judge itself is: what a machine with other work adds to every time that is measured, taken beside the measuring."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

BUSY: Final = 0.02
"""Seconds by which the judge may be late itself; on a busier machine more must be granted."""
DOUBT: Final = 6.0
_BEAT: Final = 0.004


@dataclass
class Lateness:
    """How much later than asked for the judge woke up, each time."""

    seconds: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """Return the percentile; 0 while nothing was measured."""
        return percentile(self.seconds, share) if self.seconds else 0.0

    @property
    def doubt(self) -> float:
        """Return the seconds beyond a limit that this machine's other work may explain: a target on it is late as well."""
        return 0.0 if self.at(0.95) <= BUSY else DOUBT * self.at(0.95)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@asynccontextmanager
async def own_lateness() -> AsyncIterator[Lateness]:
    """Measure for the length of the block."""
    lateness = Lateness()
    task = asyncio.create_task(_beat(lateness), name="how late the judge is")
    try:
        yield lateness
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _beat(lateness: Lateness) -> None:
    while True:
        before = time.monotonic()
        await asyncio.sleep(_BEAT)
        lateness.seconds.append(time.monotonic() - before - _BEAT)
