"""What the connections of a unit have in common: what it says arrives as the bad network lets it, and whoever is not answered waits."""

import asyncio
from typing import Any

from firmware_sim.network import Network

_LONGEST = 4096
Talks = set[asyncio.Task[Any]]
"""One task for each connection that is being served."""


async def say(network: Network, writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send this, in pieces where the network makes pieces of it; OSError when the client is gone."""
    data = network.worn(data)
    size = network.pieces or len(data) or 1
    for start in range(0, len(data), size):
        writer.write(data[start : start + size])
        await writer.drain()
        if network.pieces:
            await asyncio.sleep(0)  # so that each piece leaves by itself


async def until_left(reader: asyncio.StreamReader) -> None:
    """Say nothing until the client goes."""
    while await reader.read(_LONGEST):
        pass


async def end(talks: Talks) -> None:
    """Break off every connection; return when all are closed."""
    for task in tuple(talks):
        task.cancel()
    if talks:
        await asyncio.wait(talks)
