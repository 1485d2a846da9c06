"""Where a transmitter's notebook is kept: with the hub, under driver and key; without that in memory, for the length of a session."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway.drivers.parts.virtual.library import read_all
from gateway.drivers.parts.virtual.notebook import Notebook, notebook_of
from gateway.drivers.spi import Kept

Keep = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Keep the notebook; on disk when it returns."""


async def keeping(kept: Kept | None, driver: str, key: str) -> tuple[Notebook, Keep]:
    """Return what is kept of a transmitter, and what keeps it; the code sets are read then, so that nobody waits for them later."""
    await asyncio.to_thread(read_all)
    if kept is None:
        return Notebook(), _nowhere

    async def keep(document: Mapping[str, Any]) -> None:
        await kept.put(driver, key, document)

    return notebook_of(await kept.of(driver, key)), keep


async def _nowhere(_: Mapping[str, Any]) -> None:
    return None
