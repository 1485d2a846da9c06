"""Writes sessions down while they are live: a unit is opened anew, with a tap on its conversation and a listener around its session.

Only a unit that is being recorded costs anything; for all others a driver's own `open` is called as ever.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, Final

from gateway.drivers.parts.tap import tapped
from gateway.drivers.recording.plain import plain
from gateway.drivers.recording.redaction import Redaction
from gateway.drivers.recording.session import listened
from gateway.drivers.spi import Context, Driver, Registration
from gateway.errors import HulianError, StateConflict
from gateway.thing.clock import Clock
from gateway.thing.session import Session

VERSION: Final = "recording-1"
_WAITING: Final = 4096
_BREATH: Final = 3
"""Turns of the loop after which what was heard has had its effect."""


class Recording:
    """One unit's session, as entries for whoever reads them: the first is the head; None: it is over."""

    live = True

    def __init__(self, clock: Clock) -> None:
        self.entries: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue(_WAITING)
        self.over = False
        self._clock = clock
        self._began = 0.0
        self._redaction: Redaction | None = None
        self._breath: asyncio.Handle | None = None

    def begin(self, driver: str, registration: Registration, seed: int) -> None:
        """Write the head: everything a player needs to open the unit without it."""
        self._began = self._clock.monotonic()
        self._redaction = Redaction(registration, [registration.address])
        head = {"hulian": VERSION, "driver": driver, "at": round(self._clock.now(), 3), "seed": seed}
        self._put(head | {"registration": self._redaction.registration(registration) | {"port": registration.port}})

    def note(self, what: str, about: Any = None, **more: bool) -> None:
        """Write down one thing that happened now, without what is private in it."""
        self._breathe(0)
        if self._redaction is not None:
            self._put({"t": round(self._clock.monotonic() - self._began, 4), what: self._redaction.clean(plain(about)), **more})

    def said(self, message: Any) -> None:
        """Write down what the hub said."""
        self.note("said", message)

    def heard(self, message: Any) -> None:
        """Write down what the unit said; `atOnce`: before what it said last had any effect, as an answer and a notice may come."""
        self.note("heard", message, **({"atOnce": True} if self._breath is not None else {}))
        self._breathe(_BREATH)

    def ended(self, reason: str) -> None:
        """Write down that the unit, or the way to it, broke off."""
        self.note("ended", reason)

    def listen(self, take: Callable[[Any], None], end: Callable[[str], None]) -> None:
        """Refuse: the unit itself speaks."""
        raise NotImplementedError((take, end))

    def cut(self, why: str) -> None:
        """End it here, with a line that says that it is not whole."""
        if not self.over:
            self.entries.put_nowait({"cut": why})
            self.finish()

    def finish(self) -> None:
        """End it; what was written down so far is read all the same."""
        if not self.over:
            self.over = True
            if self.entries.full():
                self.entries.get_nowait()
            self.entries.put_nowait(None)

    def _breathe(self, turns: int) -> None:
        """Remember for so many turns of the loop that something was heard."""
        if self._breath is not None:
            self._breath.cancel()
        self._breath = asyncio.get_running_loop().call_soon(self._breathe, turns - 1) if turns else None

    def _put(self, entry: Mapping[str, Any]) -> None:
        if self.over:
            return
        if self.entries.qsize() >= _WAITING - 2:  # with a gap it could not be played: it ends here
            self.cut("more was said at once than could be written down")
            return
        self.entries.put_nowait(entry)


class Recorder:
    """Knows which units are being recorded. `drivers`: the table's `load`."""

    def __init__(self, drivers: Callable[[str], Driver]) -> None:
        self._recordings: dict[tuple[str, str], Recording] = {}
        self.driver = cache(lambda name: self._listening(drivers(name)))
        """Name to driver, as the supervisor wants it."""

    @asynccontextmanager
    async def recording(self, driver: str, key: str, clock: Clock) -> AsyncIterator[Recording]:
        """Record the next session of a unit for as long as the block lasts; raise StateConflict while another does."""
        if (driver, key) in self._recordings:
            raise StateConflict(f"{driver}:{key} is being recorded already")
        made = self._recordings[driver, key] = Recording(clock)
        try:
            yield made
        finally:
            del self._recordings[driver, key]
            made.finish()

    def _listening(self, driver: Driver) -> Driver:
        def opened(registration: Registration, context: Context) -> AbstractAsyncContextManager[Session]:
            recording = self._recordings.get((registration.driver, registration.key))
            if recording is None or recording.over:
                return driver.open(registration, context)
            return _recorded(driver, registration, context, recording)

        return driver._replace(open=opened)


@asynccontextmanager
async def _recorded(driver: Driver, registration: Registration, context: Context, recording: Recording) -> AsyncIterator[Session]:
    """Open a unit with a tap, on chances that can be played again; they decide about pauses and numbers, never about keys."""
    seed = secrets.randbits(32)
    recording.begin(driver.name, registration, seed)
    with tapped(recording):
        manager = driver.open(registration, replace(context, random=Random(seed)))  # noqa: S311
        session = await _entered(manager, recording)
    try:
        yield listened(session, recording)
    except BaseException as error:
        recording.finish()
        await manager.__aexit__(type(error), error, error.__traceback__)
        raise
    recording.finish()
    await manager.__aexit__(None, None, None)


async def _entered(manager: AbstractAsyncContextManager[Session], recording: Recording) -> Session:
    """Return the open session; one that cannot be opened ends the recording with the reason, one that is not in time cuts it off."""
    try:
        return await manager.__aenter__()
    except (HulianError, OSError) as error:
        recording.note("unopened", type(error).__name__)
        recording.finish()
        raise
    except asyncio.CancelledError:
        recording.cut("the unit was not opened in time")
        raise
