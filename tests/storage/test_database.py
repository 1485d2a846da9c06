import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import SetupError, StorageDamaged, StorageFailed
from gateway.storage.database import Database

NOTES = ("CREATE TABLE notes (text TEXT UNIQUE NOT NULL)",)


def add(text: str) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        cursor = connection.execute("INSERT INTO notes VALUES (?)", (text,))
        return cursor.rowcount

    return work


def everything(connection: sqlite3.Connection) -> list[str]:
    return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY rowid")]


async def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", NOTES) as database:
        assert await database.write(add("one")) == 1
    async with Database(tmp_path / "a.db", NOTES) as database:
        assert await database.read(everything) == ["one"]


async def test_writes_that_queue_together_share_one_commit_and_stay_in_order(tmp_path: Path) -> None:
    commits = 0

    def count() -> None:
        nonlocal commits
        commits += 1

    async with Database(tmp_path / "a.db", NOTES) as database:
        await database.write(lambda connection: connection.set_trace_callback(lambda sql: count() if sql == "COMMIT" else None))
        commits = 0
        await asyncio.gather(*(database.write(add(f"{number}")) for number in range(200)))
        assert await database.read(everything) == [f"{number}" for number in range(200)]
    assert 1 <= commits <= 4


async def test_a_write_that_fails_undoes_only_itself(tmp_path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        add("half")(connection)
        raise LookupError("changed my mind")

    async with Database(tmp_path / "a.db", NOTES) as database:
        outcomes = await asyncio.gather(
            database.write(add("one")), database.write(half), database.write(add("one")), database.write(add("two")), return_exceptions=True
        )
        assert await database.read(everything) == ["one", "two"]
    assert outcomes[0] == outcomes[3] == 1
    assert isinstance(outcomes[1], LookupError)
    assert isinstance(outcomes[2], StorageFailed)


async def test_a_full_disk_is_said_to_every_caller_and_the_next_write_works(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", NOTES) as database:
        await database.write(add("before"))
        await database.write(lambda connection: list(connection.execute("PRAGMA max_page_count=6")))
        outcomes = await asyncio.gather(*(database.write(add(f"{number}" * 3000)) for number in range(8)), return_exceptions=True)
        assert any(isinstance(outcome, StorageFailed) and "full" in str(outcome) for outcome in outcomes)
        kept = await database.read(everything)
        assert len(kept) == 1 + outcomes.count(1)
        await database.write(lambda connection: list(connection.execute("PRAGMA max_page_count=100000")))
        assert await database.write(add("after")) == 1


async def test_a_caller_that_goes_away_does_not_stop_the_writer(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", NOTES) as database:
        caller = asyncio.create_task(database.write(add("gone")))
        await asyncio.sleep(0)
        caller.cancel()
        assert await database.write(add("here")) == 1
        assert "here" in await database.read(everything)


async def test_what_was_queued_is_committed_before_closing(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", NOTES) as database:
        writes = [asyncio.create_task(database.write(add(f"{number}"))) for number in range(50)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*writes) == [1] * 50
    with pytest.raises(StorageFailed, match="closed"):
        await database.write(add("late"))
    async with Database(tmp_path / "a.db", NOTES) as database:
        assert len(await database.read(everything)) == 50


async def test_reading_cannot_write(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", NOTES) as database:
        with pytest.raises(StorageFailed, match="readonly"):
            await database.read(add("sly"))


async def test_migrations_run_once_each_and_in_order(tmp_path: Path) -> None:
    two = (*NOTES, "ALTER TABLE notes ADD COLUMN colour TEXT; UPDATE notes SET colour = 'red'")
    async with Database(tmp_path / "a.db", NOTES) as database:
        await database.write(add("old"))
    for _ in range(2):
        async with Database(tmp_path / "a.db", two) as database:
            assert await database.read(lambda connection: connection.execute("SELECT * FROM notes").fetchall()) == [("old", "red")]


async def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", NOTES) as database:
        await database.write(add("old"))
    with pytest.raises(SetupError, match="cannot be opened"):
        async with Database(tmp_path / "a.db", (*NOTES, "DELETE FROM notes; SELECT nonsense")):
            pass
    async with Database(tmp_path / "a.db", NOTES) as database:
        assert await database.read(everything) == ["old"]


async def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with Database(tmp_path / "a.db", (*NOTES, "SELECT 1")) as database:
        await database.write(add("new"))
    with pytest.raises(StorageDamaged, match="newer version"):
        async with Database(tmp_path / "a.db", NOTES):
            pass
    assert not list(tmp_path.glob("*.damaged*"))


async def damaged(path: Path, where: int) -> None:
    async with Database(path, NOTES) as database:
        await asyncio.gather(*(database.write(add(f"{number}" * 500)) for number in range(50)))
    with path.open("r+b") as file:
        file.seek(where)
        file.write(b"\xff" * 5000)


@pytest.mark.parametrize("where", [0, 9000])
async def test_a_damaged_file_is_moved_aside_said_and_the_next_start_goes_on(tmp_path: Path, where: int) -> None:
    await damaged(tmp_path / "a.db", where)
    with pytest.raises(StorageDamaged, match=r"moved to .*a\.db\.damaged-1"):
        async with Database(tmp_path / "a.db", NOTES):
            pass
    assert (tmp_path / "a.db.damaged-1").stat().st_size > 5000
    async with Database(tmp_path / "a.db", NOTES) as database:
        assert await database.read(everything) == []


async def test_a_damaged_file_can_be_replaced_at_once(tmp_path: Path) -> None:
    for number in (1, 2):
        await damaged(tmp_path / "a.db", 0)
        async with Database(tmp_path / "a.db", NOTES, replace_damaged=True) as database:
            assert await database.read(everything) == []
        assert (tmp_path / f"a.db.damaged-{number}").exists()


HOLDER = """
import asyncio, sys
from pathlib import Path
from gateway.storage.database import Database

async def main():
    async with Database(Path(sys.argv[1]), ("CREATE TABLE notes (text TEXT)",)):
        print("open", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_second_gateway_on_the_same_folder_is_told_so_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, str(tmp_path / "a.db"), stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"
    with pytest.raises(SetupError, match="another gateway is running on this data folder"):
        async with Database(tmp_path / "a.db", NOTES):
            pass
    holder.kill()
    await holder.wait()
    async with Database(tmp_path / "a.db", ("CREATE TABLE notes (text TEXT)",)) as database:
        assert await database.write(add("mine")) == 1


async def test_a_folder_into_which_everybody_may_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(SetupError, match="chmod 700"):
        async with Database(folder / "a.db", NOTES):
            pass
    assert not list(folder.iterdir())
    folder.chmod(0o750)
    async with Database(folder / "a.db", NOTES):
        pass


async def test_only_the_owner_may_look_into_the_files(tmp_path: Path) -> None:
    async with Database(tmp_path / "data" / "a.db", NOTES) as database:
        await database.write(add("secret"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert modes.keys() >= {"a.db", "a.db-wal", "a.db.lock"}
    assert set(modes.values()) == {0o600}


async def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SetupError, match="cannot be used as data folder"):
        async with Database(tmp_path / "file" / "a.db", NOTES):
            pass
