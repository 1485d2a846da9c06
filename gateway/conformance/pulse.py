"""Whether a target still answers: what answered at the start is asked the same again.

A target that dies in the middle of a run is a finding about what was asked of it last; everything after that would only say so again.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from gateway.conformance.failure import Failure, Gone, Silence
from gateway.conformance.line import Line, Transport
from gateway.conformance.thing import Thing

PATIENCE: Final = 15.0
"""Seconds a target may take to come back: it may be restarting."""
ANSWER: Final = 3.0
"""Seconds for one answer."""
PAUSE: Final = 0.5


@dataclass(frozen=True)
class Pulse:
    """`beating`: the lines on which something answered when it was taken; `name`: the property that is read."""

    beating: Mapping[Transport, Line]
    name: str

    @classmethod
    async def taken(cls, lines: Mapping[Transport, Line], thing: Thing) -> Self:
        """Ask over every line once."""
        name = next(iter(thing.public), "")
        return cls({transport: line for transport, line in lines.items() if await _beats(line, name)}, name)

    async def lost(self, patience: float = PATIENCE) -> frozenset[Transport]:
        """Return over which lines nothing answers any more, asked for up to `patience` seconds."""
        due = time.monotonic() + patience
        silent = dict(self.beating)
        while True:
            silent = {transport: line for transport, line in silent.items() if not await _beats(line, self.name)}
            if not silent or time.monotonic() > due:
                return frozenset(silent)
            await asyncio.sleep(PAUSE)


async def _beats(line: Line, name: str) -> bool:
    try:
        async with asyncio.timeout(ANSWER):
            if line.transport is Transport.COAP:
                await line.version()
            else:
                await line.read(name)  # the state itself would be the broker's memory of it
    except (Gone, Silence, TimeoutError):
        return False
    except Failure:
        return True  # it answers, whatever it says
    return True
