import asyncio
from pathlib import Path

import pytest

from gateway.storage import history as module
from gateway.storage.history import HistoryStore, Retention, Sample
from tests.home.kit import HandClock, until


async def test_what_was_recorded_can_be_asked_by_device_property_time_and_count(tmp_path: Path) -> None:
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        for at in range(5):
            history.record("ac", "mode", f"m{at}", float(at))
        history.record("ac", "power", True, 2.5)
        history.record("light", "mode", "x", 3.0)
        assert [(sample.value, sample.at) for sample in await history.query("ac", "mode", 1.0, 3)] == [
            ("m2", 2.0),
            ("m3", 3.0),
            ("m4", 4.0),
        ]
        assert [sample.value for sample in await history.query("ac", None, 2.0, 10)] == ["m2", True, "m3", "m4"]
        assert await history.query("nobody", None, 0.0, 10) == ()


async def test_the_last_values_come_back_after_a_restart(tmp_path: Path) -> None:
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        history.record("ac", "faults", [{"code": "A.B"}], 1.0)
        history.record("ac", "target", 20, 1.0)
        history.record("ac", "target", 21.5, 2.0)
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        assert set(map(str, await history.last_values())) == {
            str(Sample("ac", "faults", [{"code": "A.B"}], 1.0)),
            str(Sample("ac", "target", 21.5, 2.0)),
        }


async def test_changes_reach_the_disk_every_five_seconds(tmp_path: Path) -> None:
    clock = HandClock()
    async with HistoryStore(tmp_path / "history.db", clock) as history:
        history.record("ac", "target", 20, 1.0)
        await clock.advance(4.0)
        assert await history.last_values() == ()
        await clock.advance(2.0)
        while not await history.last_values():
            await asyncio.sleep(0.01)


async def test_old_days_and_surplus_rows_go_but_the_newest_value_stays(tmp_path: Path) -> None:
    clock = HandClock(now=100 * 86400.0)
    async with HistoryStore(tmp_path / "history.db", clock, Retention(days=10, rows=5)) as history:
        history.record("ac", "old", 1, 80 * 86400.0)
        for number in range(8):
            history.record("ac", "target", number, 99 * 86400.0 + number)
        await history.flush()
        await history.prune()
        assert [sample.value for sample in await history.query("ac", None, 0.0, 100)] == [3, 4, 5, 6, 7]
        assert {(sample.property, sample.value) for sample in await history.last_values()} == {("old", 1), ("target", 7)}


async def test_a_flood_is_bounded_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUFFER_LIMIT", 10)
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        for number in range(25):
            history.record("ac", "target", number, float(number))
        assert history.dropped == 15
        assert len(await history.query("ac", "target", 0.0, 100)) == 10


async def test_a_full_disk_costs_the_batch_and_nothing_else(tmp_path: Path) -> None:
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        await history._database.write(lambda connection: list(connection.execute("PRAGMA max_page_count=8")))
        for number in range(100):
            history.record("ac", "text", "x" * 5000, float(number))
        await history.flush()
        assert history.dropped == 100
        await history._database.write(lambda connection: list(connection.execute("PRAGMA max_page_count=100000")))
        history.record("ac", "text", "small", 200.0)
        assert [sample.value for sample in await history.query("ac", None, 0.0, 100)] == ["small"]


async def test_a_damaged_history_is_replaced_without_a_word_to_the_home(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"not a database at all" * 500)
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        assert await history.last_values() == ()
    assert (tmp_path / "history.db.damaged-1").exists()


async def test_a_forgotten_device_leaves_nothing(tmp_path: Path) -> None:
    async with HistoryStore(tmp_path / "history.db", HandClock()) as history:
        history.record("ac", "target", 1, 1.0)
        history.record("light", "power", True, 1.0)
        await history.forget("ac")
        assert await history.query("ac", None, 0.0, 10) == ()
        assert [sample.device for sample in await history.last_values()] == ["light"]


async def test_recording_never_waits(tmp_path: Path) -> None:
    clock = HandClock()
    async with HistoryStore(tmp_path / "history.db", clock) as history:
        flushes = [asyncio.create_task(history.flush()) for _ in range(3)]
        history.record("ac", "target", 1, 1.0)
        await until(lambda: all(task.done() for task in flushes))
        assert len(await history.query("ac", None, 0.0, 10)) == 1
