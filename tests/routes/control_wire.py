"""A call on the control socket, line by line."""

import asyncio
import json
from pathlib import Path
from typing import Any


async def call(socket: Path, name: str, /, **arguments: Any) -> dict[str, Any]:
    """Make one call and return its last message: a result or an error."""
    return await _called(socket, name, arguments, ("result", "error"))


async def begin(socket: Path, name: str, /, **arguments: Any) -> dict[str, Any]:
    """Make one call and return its first message, which may be an item, then go away."""
    return await _called(socket, name, arguments, ("result", "error", "item"))


async def _called(socket: Path, name: str, arguments: dict[str, Any], enough: tuple[str, ...]) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        writer.write(json.dumps({"id": 1, "call": name, "with": arguments}).encode() + b"\n")
        async with asyncio.timeout(20):
            while True:
                answer = json.loads(await reader.readline())
                if any(kind in answer for kind in enough):
                    return dict(answer)
    finally:
        writer.close()
