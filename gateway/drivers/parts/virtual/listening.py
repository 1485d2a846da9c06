"""Listening for a key of another remote: half a minute at most, asked every second, and stopped when somebody says so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.transmitter import Transmitter
from gateway.errors import TimedOut
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.session import Progress
from gateway.thing.value import Value

WAITS = 30.0
POLL = 0.75
"""Seconds."""
PHASE = "listening"
NOTHING = "no key was pressed in time: point the remote at the transmitter, close to it, and press one key briefly"


class Listening:
    """One time of listening; `stopped` ends it. A transmitter cannot be told to stop: it hears on for itself, and nobody asks it."""

    def __init__(self, transmitter: Transmitter, clock: Clock) -> None:
        self.stopped = asyncio.Event()
        self._transmitter = transmitter
        self._clock = clock

    async def stages(self, take: Callable[[Burst], Awaitable[Value]]) -> AsyncIterator[Progress]:
        """Yield how far it is; at the end what `take` makes of the burst."""
        began = self._clock.monotonic()
        await self._transmitter.learn()
        while not self.stopped.is_set():
            passed = self._clock.monotonic() - began
            if passed >= WAITS:
                yield Progress(state=AckState.FAILED, output={"result": "failed"}, error=TimedOut(NOTHING).document())
                return
            yield Progress(state=AckState.RUNNING, phase=PHASE, percent=round(100 * passed / WAITS), remaining=WAITS - passed)
            await self._clock.sleep(POLL)
            if not self.stopped.is_set() and (burst := await self._heard()) is not None:
                yield Progress(state=AckState.COMPLETED, output=await take(burst))
                return
        yield Progress(state=AckState.CANCELLED, output={"result": "cancelled"})

    async def _heard(self) -> Burst | None:
        try:
            return await self._transmitter.heard()
        except TimedOut:
            return None  # asked again soon
