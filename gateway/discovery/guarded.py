"""Running a driver's code so that its mistakes stay its own."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def outcome(work: Coroutine[Any, Any, None], name: str) -> BaseException | None:
    """Run `work` as a task of its own; return what it raised, None when it ended well. Cancelling this cancels it."""
    task = asyncio.create_task(work, name=name)
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
    return None if task.cancelled() else task.exception()
