"""The call that records: entries as they come, an end that says why, and a line in the journal."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.errors import BadSyntax, StateConflict
from gateway.faces.control.recording import RecordingCalls
from gateway.trust.journal import Journal
from tests.kit.secrets import SetClock


class Store:
    """A journal in memory."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    async def append(self, at: float, document: Mapping[str, Any], lot: str) -> None:  # noqa: ARG002 - the store's signature
        self.entries.append(dict(document))

    async def newest(self, limit: int) -> tuple[dict[str, Any], ...]:
        return tuple(self.entries[-limit:])


class Studio:
    """A session that says two things, and then goes on for ever or ends."""

    def __init__(self, *, endless: bool) -> None:
        self.journal = Store()
        self.endless = endless
        self.open = 0
        self.told: list[Any] = []

    @asynccontextmanager
    async def record(self, device: str) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        if device == "nobody":
            raise StateConflict("nothing carries it")
        self.open += 1
        try:
            yield self._entries()
        finally:
            self.open -= 1

    async def _entries(self) -> AsyncIterator[Mapping[str, Any]]:
        yield {"hulian": "recording-1"}
        yield {"t": 0.1, "heard": "a"}
        if self.endless:
            await asyncio.Event().wait()

    async def __call__(self, **arguments: Any) -> Any:
        async def tell(item: Any) -> None:
            self.told.append(item)

        calls = RecordingCalls(lambda given: str(given["device"]), self.record, Journal(self.journal, SetClock(5.0)))
        return await calls.table()["record"](arguments, tell)


async def test_entries_are_told_and_the_end_says_that_the_session_ended() -> None:
    studio = Studio(endless=False)
    assert await studio(device="ac-1") == {"device": "ac-1", "ended": "the session ended"}
    assert studio.told == [{"hulian": "recording-1"}, {"t": 0.1, "heard": "a"}]
    assert studio.open == 0
    assert [(entry["what"], entry["target"]) for entry in studio.journal.entries] == [("recorded", "ac-1")]


async def test_after_its_time_it_ends_with_what_there_was() -> None:
    studio = Studio(endless=True)
    assert (await studio(device="ac-1", seconds=0.05))["ended"] == "the time is over"
    assert len(studio.told) == 2
    assert studio.open == 0


async def test_whoever_goes_away_ends_it() -> None:
    studio = Studio(endless=True)
    call = asyncio.create_task(studio(device="ac-1"))
    while len(studio.told) < 2:
        await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert studio.open == 0


@pytest.mark.parametrize("seconds", ["long", True, 0, -1, 1e9])
async def test_a_time_that_is_none_is_refused_before_anything_is_opened(seconds: Any) -> None:
    studio = Studio(endless=False)
    with pytest.raises(BadSyntax):
        await studio(device="ac-1", seconds=seconds)
    assert studio.told == []


async def test_a_device_nothing_carries_is_refused_and_not_in_the_journal() -> None:
    studio = Studio(endless=False)
    with pytest.raises(StateConflict):
        await studio(device="nobody")
    assert studio.journal.entries == []
