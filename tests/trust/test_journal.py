"""The security journal: what is written down, and what a flood is worth."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.trust.journal import FOLD_SECONDS, MANY, SOURCES_LIMIT, Journal


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[StateStore]:
    async with StateStore(tmp_path / "state.db") as store:
        yield store


async def test_what_was_done_is_written_down_each_time(store: StateStore) -> None:
    journal = Journal(store.journal, SystemClock())
    for _ in range(3):
        await journal.record("paired", actor="local", target="phone-1", source="127.0.0.9", role="user")
    entries = await Journal(store.journal, SystemClock()).newest(10)
    assert [(entry.what, entry.actor, entry.target, entry.result, entry.detail) for entry in entries] == [
        ("paired", "local", "phone-1", "done", {"role": "user"})
    ] * 3


async def test_refusals_of_one_kind_from_one_source_are_one_entry_a_while(store: StateStore) -> None:
    clock = SystemClock()
    journal = Journal(store.journal, clock)
    for source in ("127.0.0.8", "127.0.0.9"):
        for _ in range(100):
            await journal.record("pairing", source=source, result="refused")
    await journal.record("request", source="127.0.0.9", result="refused")
    assert [(entry.what, entry.source) for entry in await journal.newest(1000)] == [
        ("pairing", "127.0.0.8"),
        ("pairing", "127.0.0.9"),
        ("request", "127.0.0.9"),
    ]
    clock.advance(FOLD_SECONDS + 1)
    await journal.record("pairing", source="127.0.0.9", result="refused")
    assert len(await journal.newest(1000)) == 4


async def test_invented_sources_fill_no_disk_and_are_still_said(store: StateStore) -> None:
    journal = Journal(store.journal, SystemClock())
    for number in range(1000):
        await journal.record("request", source=f"10.0.{number // 250}.{number % 250}", result="refused")
    sources = [entry.source for entry in await journal.newest(1000)]
    assert len(sources) == SOURCES_LIMIT + 1
    assert sources[-1] == MANY
