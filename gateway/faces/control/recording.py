"""The call that records a device: what its session says and hears, as it goes, redacted before it leaves the gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.thing.principal import LOCAL
from gateway.trust.journal import Journal

LONGEST: Final = 86400.0
"""Seconds."""
Record = Callable[[str], AbstractAsyncContextManager[AsyncIterator[Mapping[str, Any]]]]


class RecordingCalls:
    """`device`: from what a person calls it to its id; `record`: its session's entries, for as long as somebody reads them."""

    def __init__(self, device: Callable[[Mapping[str, Any]], str], record: Record, journal: Journal) -> None:
        self._device = device
        self._record_session = record
        self._journal = journal

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"record": self._record}

    async def _record(self, arguments: Mapping[str, Any], tell: Tell) -> Any:
        """Tell each entry; end after `seconds` (None: when whoever asked goes away) or with the session."""
        seconds = arguments.get("seconds")
        if (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float | None)
            or not 0 < (1 if seconds is None else seconds) <= LONGEST
        ):
            raise BadSyntax(f"`seconds` is a number, more than 0 and at most {LONGEST:g}")
        device = self._device(arguments)
        async with self._record_session(device) as entries:
            await self._journal.record("recorded", actor=LOCAL.name, target=device, source="control")
            ended = "the session ended"
            try:
                async with asyncio.timeout(seconds):
                    async for entry in entries:
                        await tell(entry)
            except TimeoutError:
                ended = "the time is over"
        return {"device": device, "ended": ended}
