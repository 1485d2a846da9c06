"""Ending a task for certain."""

import asyncio

_AGAIN = 0.1
"""Seconds after which something that was cancelled is cancelled once more."""


async def ended(task: asyncio.Task[None] | None) -> None:
    """Cancel until it is over: `asyncio.wait_for`, which aiomqtt uses, may swallow a cancellation that comes with an answer."""
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN)
