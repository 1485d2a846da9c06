"""Waiting for something, but not for ever, on the injected clock."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.errors import TimedOut
from gateway.thing.clock import Clock

T = TypeVar("T")


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
