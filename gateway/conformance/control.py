"""The hands of a laboratory: a unix socket on which a target's surroundings are moved, one JSON object a line each way.

`{"do": "power", "state": "off"}` is answered `{"ok": true, ...}` or `{"ok": false, "error": {...}}`. Our simulator has one (`--control`),
and a vendor can give a real appliance one (`profiles/vendor-kit/control.md`): `abilities` says what it can do, and what it cannot is not
tried.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.conformance.failure import Untried
from gateway.errors import NotRunning

PATIENCE: Final = 60.0
_LONGEST: Final = 16 * 1024 * 1024


class Control:
    """One conversation; use `controlled`. `abilities`: what can be done; `unit`: the one that is judged, where there are several."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, unit: str = "") -> None:
        self.abilities: frozenset[str] = frozenset()
        self.unit = unit
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()

    async def do(self, what: str, **facts: Any) -> Mapping[str, Any]:
        """Have something done and return what is answered; raise Untried where it cannot be or is not answered."""
        exchange = asyncio.create_task(self._exchanged(what, facts), name=f"hands: {what}")
        self._under_way.add(exchange)
        exchange.add_done_callback(self._over)
        answer = await asyncio.shield(exchange)  # who is broken off meanwhile leaves no answer for the next one to find
        if not isinstance(answer, dict) or not answer.get("ok"):
            raise Untried(f"the control interface cannot {what}: {answer.get('error') if isinstance(answer, dict) else answer}")
        return answer

    async def _exchanged(self, what: str, facts: Mapping[str, Any]) -> Any:
        named = {"unit": self.unit} if self.unit else {}
        async with self._turn:
            if self._writer.is_closing():
                raise Untried(f"the control interface did not answer {what}: it fell silent before")
            try:
                async with asyncio.timeout(PATIENCE):
                    self._writer.write(orjson.dumps({"do": what, **named, **facts}) + b"\n")
                    await self._writer.drain()
                    if not (line := await self._reader.readline()):
                        raise ConnectionResetError("it hung up")
                    return orjson.loads(line)
            except (OSError, ValueError, TimeoutError) as error:
                self._writer.close()  # what comes later would be taken for the answer to something else
                raise Untried(f"the control interface did not answer {what}: {str(error) or 'silence'}") from error

    def _over(self, exchange: asyncio.Task[Any]) -> None:
        self._under_way.discard(exchange)
        if not exchange.cancelled():
            exchange.exception()  # whoever waited has been told; somebody may have been broken off

    async def finished(self) -> None:
        """Let what was begun come to its end, at most as long as one answer may take."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=PATIENCE)


@asynccontextmanager
async def controlled(path: Path, unit: str = "") -> AsyncIterator[Control]:
    """Talk to a control interface for the length of the block; raise NotRunning where nobody listens."""
    try:
        reader, writer = await asyncio.open_unix_connection(os.fspath(path), limit=_LONGEST)
    except OSError as error:
        raise NotRunning(f"nobody listens on {path}: start the appliance with a control interface there ({error.strerror})") from error
    try:
        control = Control(reader, writer, unit)
        control.abilities = frozenset((await control.do("abilities")).get("abilities", ()))
        yield control
        await control.finished()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
