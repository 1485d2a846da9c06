"""Waiting for something, but not for ever, on the injected clock."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.errors import TimedOut
from gateway.thing.clock import Clock

T = TypeVar("T")


class Flag:
    """An `asyncio.Event` that is made when somebody waits for it: each of a thousand units has a few, and hardly one is waited for."""

    __slots__ = ("_event", "_up")

    def __init__(self) -> None:
        self._up = False
        self._event: asyncio.Event | None = None

    def set(self) -> None:
        """Let go whoever waits, and whoever will."""
        self._up = True
        if self._event is not None:
            self._event.set()

    def clear(self) -> None:
        """Have whoever waits from now on wait for the next `set`."""
        self._up = False
        self._event = None if self._event is None or self._event.is_set() else self._event

    async def wait(self) -> None:
        """Return once it is set."""
        if not self._up:
            self._event = self._event or asyncio.Event()
            await self._event.wait()


async def within(clock: Clock, seconds: float, waited: Coroutine[Any, Any, T] | asyncio.Future[T], what: str) -> T:
    """Return the result of `waited`; raise TimedOut, and cancel it, when it takes longer than `seconds`."""
    future = asyncio.ensure_future(waited)
    timer = asyncio.create_task(clock.sleep(seconds), name=f"timer: {what}")
    try:
        await asyncio.wait({future, timer}, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            raise TimedOut(f"{what}: nothing within {seconds:.2g} s")
        return future.result()
    finally:
        timer.cancel()
        future.cancel()
