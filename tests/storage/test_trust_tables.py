from pathlib import Path

import pytest

from gateway.errors import StorageFailed
from gateway.storage import journal
from gateway.storage.state import StateStore


async def test_clients_and_counters_come_back_in_the_order_they_came(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        for key in ("b", "a", "c"):
            await store.clients.put(key, {"name": key})
        await store.clients.put("b", {"name": "again", "roots": ["x"]})
        await store.clients.remove("c")
        await store.clients.remove("nobody")
        await store.sequences.put("a", {"next": 5})
    async with StateStore(tmp_path / "state.db") as store:
        assert list((await store.clients.all()).items()) == [("b", {"name": "again", "roots": ["x"]}), ("a", {"name": "a"})]
        assert await store.sequences.all() == {"a": {"next": 5}}


async def test_sealed_rows_are_bytes_by_compartment_and_name(tmp_path: Path) -> None:
    rows = {("a", "1"): b"\0\xff", ("a", "2"): b"", ("b", "1"): b"x"}
    async with StateStore(tmp_path / "state.db") as store:
        for (compartment, name), row in rows.items():
            await store.secrets.put(compartment, name, b"older")
            await store.secrets.put(compartment, name, row)
    async with StateStore(tmp_path / "state.db") as store:
        assert await store.secrets.all() == rows
        await store.secrets.remove("a", "1")
        assert set(await store.secrets.all()) == {("a", "2"), ("b", "1")}
        await store.secrets.remove("a", "nothing")
        assert set(await store.secrets.all()) == {("a", "2"), ("b", "1")}


async def test_the_journal_keeps_the_newest_of_a_bounded_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 10)
    async with StateStore(tmp_path / "state.db") as store:
        for number in range(25):
            await store.journal.append(float(number), {"n": number})
        assert [entry["n"] for entry in await store.journal.newest(3)] == [22, 23, 24]
    async with StateStore(tmp_path / "state.db") as store:
        for number in range(100):
            await store.journal.append(30.0, {"flood": number}, "refused")
        assert len(await store.journal.newest(1000)) == 20
        await store.journal.append(25.0, {"n": 25})
        assert [entry["n"] for entry in await store.journal.newest(1000) if "n" in entry] == list(range(16, 26))


async def test_what_is_removed_or_replaced_is_overwritten_and_not_only_unlinked(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        for number in range(60):
            await store.clients.put(f"client-{number}", {"name": f"canary-{number} " * 30})
        for number in range(0, 60, 2):
            await store.clients.remove(f"client-{number}")
        for number in range(1, 60, 2):
            await store.clients.put(f"client-{number}", {"name": "somebody else"})
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"somebody else" in left
    assert b"canary" not in left


async def test_scrubbing_leaves_nothing_of_what_was_removed_while_the_store_is_open(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        for number in range(60):
            await store.clients.put(f"client-{number}", {"name": f"canary-{number} " * 30})
            await store.clients.remove(f"client-{number}")
        await store.keep("a", "b")
        await store.scrub()
        assert all(b"canary" not in path.read_bytes() for path in tmp_path.iterdir())
        assert await store.setting("a") == "b"
        await store.keep("a", "c")
    with pytest.raises(StorageFailed):
        await store.scrub()
    async with StateStore(tmp_path / "state.db") as store:
        assert await store.setting("a") == "c"
