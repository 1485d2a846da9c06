"""Recording a device: which session carries it, and opening that anew while somebody listens."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from gateway.drivers.recording.recorder import Recorder, Recording
from gateway.drivers.supervisor import Supervisor
from gateway.errors import StateConflict
from gateway.thing.clock import Clock


class Recordings:
    """What the control socket is lent to record sessions."""

    def __init__(self, recorder: Recorder, supervisor: Supervisor, clock: Clock) -> None:
        self._recorder = recorder
        self._supervisor = supervisor
        self._clock = clock

    @asynccontextmanager
    async def of(self, device: str) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """Record the session that carries a device, opened anew, for as long as the block lasts: entries as they come, the head first.

        Raise StateConflict when no session carries it, or it is being recorded already.
        """
        session = next((each for each in self._supervisor.status() if device in each.devices), None)
        if session is None:
            raise StateConflict(f"nothing carries {device}: there is nothing to record")
        async with self._recorder.recording(session.driver, session.key, self._clock) as recording:
            self._supervisor.again(session.driver, session.key)
            async with aclosing(_entries(recording)) as entries:
                yield entries


async def _entries(recording: Recording) -> AsyncGenerator[Mapping[str, Any], None]:
    while (entry := await recording.entries.get()) is not None:
        yield entry
