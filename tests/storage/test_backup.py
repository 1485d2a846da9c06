"""Backups: consistent while the gateway writes, refused when anything about them is wrong, put in place whole or not at all."""

import asyncio
import gzip
import hashlib
import io
import os
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import copytree, disk_usage
from typing import Any

import orjson
import pytest

from gateway.errors import SetupError, StorageDamaged
from gateway.storage.archive import HEAD, Contents, Member
from gateway.storage.backup import SCHEMAS, back_up, key_id
from gateway.storage.history import HistoryStore
from gateway.storage.opening import lock, open_checked
from gateway.storage.restoring import BOOTS_AHEAD, NUMBERS_AHEAD, finish_restore, put_in_place, single, unpacked
from gateway.storage.state import MIGRATIONS, StateStore
from gateway.thing.clock import SystemClock

KEY = b"a vault key\n"


async def home(data: Path) -> None:
    """Make a home with something of everything in it."""
    async with StateStore(data / "state.db") as state, HistoryStore(data / "history.db", SystemClock()) as history:
        await state.identifier(lambda: "hub-7f3k2m")
        await state.begin_boot()
        await state.keep("owner", "old")
        await state.secrets.put("clients", "phone/oscore", b"sealed")
        await state.sequences.put("phone", {"client": "phone", "next": 4096, "window": {"index": 7, "bitfield": 1}})
        history.record("plug-1", "on", True, 1.0)
    (data / "vault.key").write_bytes(KEY)


def move_in(data: Path) -> None:
    """Let time go by since a backup: the home has another owner."""
    with closing(sqlite3.connect(data / "state.db")) as connection, connection:
        connection.execute("UPDATE settings SET value = '\"new\"' WHERE name = 'owner'")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    asyncio.run(home(folder))
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(copytree(made, tmp_path / "home"))


def backup(data: Path, **more: Any) -> bytes:
    into = io.BytesIO()
    back_up(data, into, **{"program": "1.0", "made": "2026-11-29T00:00:00Z", "key": KEY, **more})
    return into.getvalue()


def owner(data: Path) -> str:
    with closing(sqlite3.connect(data / "state.db")) as connection:
        (value,) = connection.execute("SELECT value FROM settings WHERE name = 'owner'").fetchone()
    return str(orjson.loads(value))


def restore(data: Path, archive: bytes) -> Path:
    with unpacked(data, io.BytesIO(archive)) as (_, folder):
        return put_in_place(data, folder)


def names(data: Path) -> set[str]:
    return {path.name for path in data.iterdir() if not path.name.endswith(".lock")}


async def test_what_was_kept_comes_back_and_what_was_there_is_kept_aside(data: Path) -> None:
    archive = backup(data)
    move_in(data)
    before = restore(data, archive)
    assert (owner(data), owner(before)) == ("old", "new")
    async with HistoryStore(data / "history.db", SystemClock()) as history:
        assert [sample.device for sample in await history.last_values()] == ["plug-1"]
    async with StateStore(data / "state.db") as state:
        assert await state.secrets.all() == {("clients", "phone/oscore"): b"sealed"}
    assert names(data) == {"state.db", "history.db", "vault.key", "backups"}
    assert {path.stat().st_mode & 0o077 for path in (data / "state.db", data / "history.db", before)} == {0}


async def test_a_restored_home_is_not_taken_for_the_present_one(data: Path) -> None:
    restore(data, backup(data))
    async with StateStore(data / "state.db") as state:
        assert await state.begin_boot() == 1 + BOOTS_AHEAD + 1
        assert await state.sequences.all() == {"phone": {"client": "phone", "next": 4096 + NUMBERS_AHEAD, "window": None}}


def test_a_backup_beside_a_gateway_that_writes_is_one_moment_of_it(data: Path) -> None:
    """Pairs of rows are always written together: no backup may hold half a pair."""
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(data / "state.db", isolation_level=None, timeout=20)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.execute("BEGIN IMMEDIATE")
                for side in ("left", "right"):
                    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (side, str(number)))
                connection.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        archives = [backup(data) for _ in range(8)]
    finally:
        stop.set()
        writer.join()
    seen = []
    for archive in archives:
        with unpacked(data, io.BytesIO(archive)) as (_, folder), closing(sqlite3.connect(folder / "state.db")) as connection:
            seen.append([value for (value,) in connection.execute("SELECT value FROM settings WHERE name IN ('left', 'right')")])
    assert all(len(set(pair)) <= 1 for pair in seen)
    assert seen[0] != seen[-1]


def test_the_key_is_in_it_only_as_the_parcel_made_for_it(data: Path) -> None:
    clear = gzip.decompress(backup(data))
    assert KEY.strip() not in clear
    given: list[bytes] = []

    def parcel(content: bytes) -> str:
        given.append(content)
        return "sealed"

    archive = backup(data, parcel=parcel)
    with unpacked(data, io.BytesIO(archive)) as (contents, _):
        assert contents.key == "sealed"
        assert contents.key_id == key_id(KEY)
        assert given == [KEY + contents.digest.encode()]
    assert KEY.strip() not in gzip.decompress(archive)


def test_what_the_parcel_is_bound_to_covers_everything_else() -> None:
    contents = Contents(program="1", made="now", gateway="hub", files={}, key_id="k", key="parcel")
    changed = (
        replace(contents, program="2"),
        replace(contents, made="then"),
        replace(contents, gateway="other"),
        replace(contents, key_id="l"),
        replace(contents, files={"state.db": Member(1, "sum", 1)}),
    )
    assert len({each.digest for each in (contents, *changed)}) == 6
    assert replace(contents, key="another").digest == contents.digest


def test_there_is_nothing_to_back_up_where_no_gateway_has_run(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nothing to back up"):
        backup(tmp_path)


def test_what_a_backup_that_was_killed_left_behind_is_taken_away(data: Path) -> None:
    (data / "backup.part").mkdir()
    (data / "backup.part" / "state.db").write_bytes(b"half")
    backup(data)
    assert "backup.part" not in names(data)


def test_nothing_is_restored_under_a_running_gateway(data: Path) -> None:
    archive = backup(data)
    held = lock(data / "state.db")
    try:
        with pytest.raises(SetupError, match="another gateway is running"):
            restore(data, archive)
    finally:
        os.close(held)


def test_nothing_is_restored_where_something_is_still_to_be_erased(data: Path) -> None:
    archive = backup(data)
    (data / "erase").write_text("reset")
    with pytest.raises(SetupError, match="still to be erased"):
        restore(data, archive)


def repacked(archive: bytes, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> bytes:
    """Return the archive with its members changed, as whoever knows tar could."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        members = []
        for entry in tar.getmembers():
            file = tar.extractfile(entry)
            assert file is not None
            members.append((entry, file.read()))
    change(members)
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz", format=tarfile.GNU_FORMAT) as tar:
        for entry, content in members:
            entry.size = len(content) if entry.isreg() else 0
            tar.addfile(entry, io.BytesIO(content))
    return into.getvalue()


def rename(name: str) -> Callable[[Any], None]:
    def change(members: Any) -> None:
        members[1][0].name = name
        said(members, lambda document: document["files"].update({name: document["files"].pop("state.db")}))

    return change


def said(members: Any, change: Callable[[Any], None]) -> None:
    document = orjson.loads(members[0][1])
    change(document)
    members[0] = (members[0][0], orjson.dumps(document))


def as_link(members: Any) -> None:
    members[1][0].type, members[1][0].linkname = tarfile.SYMTYPE, "/etc/passwd"


def database(sql: str) -> Callable[[Any], None]:
    """Put another state.db in, with sums that are right."""

    def change(members: Any) -> None:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            for script in MIGRATIONS:
                connection.executescript(script)
            connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
            connection.executescript(sql)
            content = connection.serialize()
        replaced(members, content)

    return change


def replaced(members: Any, content: bytes) -> None:
    members[1] = (members[1][0], content)
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    said(members, lambda document: document["files"]["state.db"].update(facts))


def with_more(name: str) -> Callable[[Any], None]:
    """Put a file more in, and say so where it is to be said."""

    def change(members: Any) -> None:
        members.append((tarfile.TarInfo(name), b"more"))
        facts = {"size": 4, "sha256": hashlib.sha256(b"more").hexdigest(), "schema": 1}
        said(members, lambda document: document["files"].update({name: facts}))

    return change


SPOILT: dict[str, tuple[Callable[[Any], None], str]] = {
    "a path that leads out": (rename("../state.db"), "no backup of a home"),
    "an absolute path": (rename("/etc/passwd"), "no backup of a home"),
    "a file that is none of ours": (rename("vault.key"), "no backup of a home"),
    "a name of 10 kB": (rename("x" * 10_000), "no backup"),
    "one file more, outside": (with_more("../evil"), "no backup of a home"),
    "one file more, of ours": (with_more("vault.key"), "no backup of a home"),
    "a link": (as_link, "not a file"),
    "a member more": (lambda members: members.append((tarfile.TarInfo("more"), b"x")), "does not end"),
    "a member less": (lambda members: members.pop(), "damaged|cut off"),
    "members exchanged": (lambda members: members.insert(1, members.pop(2)), "not where it should be"),
    "bytes changed": (lambda members: members.__setitem__(1, (members[1][0], members[1][1][:-1] + b"!")), "not what was written"),
    "a later form": (lambda members: said(members, lambda document: document.update(form=9)), "newer version"),
    "a later schema": (lambda members: said(members, lambda d: d["files"]["state.db"].update(schema=99)), "newer version"),
    "an older schema than it says": (lambda members: said(members, lambda d: d["files"]["state.db"].update(schema=1)), "no sound database"),
    "no head": (lambda members: members.pop(0), "no backup"),
    "a head that is no JSON": (lambda members: members.__setitem__(0, (members[0][0], b"{")), "cannot be read"),
    "a head of another kind": (lambda members: members.__setitem__(0, (members[0][0], b'{"form": 1, "files": []}')), "cannot be read"),
    "a negative size": (lambda members: said(members, lambda d: d["files"]["state.db"].update(size=-1)), "cannot be read"),
    "a size nobody has room for": (lambda members: said(members, lambda d: d["files"]["state.db"].update(size=1 << 60)), "no room"),
    "a state that is no database": (lambda members: replaced(members, b"no database" * 100), "no sound database"),
    "a state with a trigger": (database("CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM clients; END;"), "trigger"),
    "a state with a view": (database("CREATE VIEW v AS SELECT 1;"), "view"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_backup_is_refused_and_nothing_is_changed(data: Path, name: str) -> None:
    archive = repacked(backup(data), SPOILT[name][0])
    move_in(data)
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}
    with pytest.raises(SetupError, match=SPOILT[name][1]):
        restore(data, archive)
    assert {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()} == before
    assert names(data) == {"state.db", "history.db", "vault.key"}
    assert not (data.parent / "state.db").exists()


def test_a_backup_repacked_without_a_change_is_still_one(data: Path) -> None:
    restore(data, repacked(backup(data), lambda _: None))


def test_a_backup_cut_off_anywhere_is_refused(data: Path) -> None:
    archive = backup(data)
    for end in {*range(0, len(archive), 331), len(archive) - 1, len(archive) - 8, len(archive) - 9}:
        with pytest.raises(StorageDamaged), unpacked(data, io.BytesIO(archive[:end])):
            pass
    assert owner(data) == "old"


def test_a_flipped_bit_is_refused_or_changes_nothing(data: Path) -> None:
    archive = backup(data)
    with unpacked(data, io.BytesIO(archive)) as (whole, folder):
        kept = files_in(folder)
    accepted = 0
    for place in range(0, len(archive), 97):
        spoilt = bytearray(archive)
        spoilt[place] ^= 1 << place % 8
        try:
            with unpacked(data, io.BytesIO(bytes(spoilt))) as (contents, folder):
                assert (contents, files_in(folder)) == (whole, kept)
            accepted += 1
        except StorageDamaged:
            pass
    assert accepted < len(archive) // 97 // 2, "most of an archive is what is kept"


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_before_it_does(data: Path) -> None:
    into = io.BytesIO()
    with gzip.GzipFile(fileobj=into, mode="wb", compresslevel=1) as packed:
        entry = tarfile.TarInfo(HEAD)
        entry.size = 1 << 32
        packed.write(entry.tobuf(tarfile.GNU_FORMAT))
        for _ in range(8):
            packed.write(bytes(1 << 20))
    with pytest.raises(StorageDamaged, match="no backup"):
        restore(data, into.getvalue())


class Killed(BaseException):
    """What a kill would be."""


def stops(monkeypatch: pytest.MonkeyPatch, at: float) -> None:
    """Let the program end at the `at`-th rename of a restore, before or after it."""
    done = 0
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        nonlocal done
        done += 1
        if done == at:
            raise Killed
        moved = real(self, target)
        if at - done == 0.5:
            raise Killed
        return moved

    monkeypatch.setattr(Path, "rename", rename)


@pytest.mark.parametrize("at", [number / 2 for number in range(2, 16)])
def test_a_restore_cut_off_at_any_rename_leaves_the_old_home_or_goes_on_to_the_new(
    data: Path, at: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = backup(data)
    move_in(data)
    with monkeypatch.context() as patch:
        stops(patch, at)
        try:
            restore(data, archive)
            cut_off = False
        except Killed:
            cut_off = True
    finish_restore(data)
    assert owner(data) == ("new" if cut_off and at == 1 else "old")
    for name, known in SCHEMAS.items():
        with closing(sqlite3.connect(data / name)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (known,)
    assert names(data) - {"backups"} == {"state.db", "history.db", "vault.key"}
    if owner(data) == "old":
        assert owner(data / "backups" / "before-restore-1") == "new"


def make(path: Path, schema: int) -> None:
    open_checked(path, MIGRATIONS[:schema], "FULL", replace=False).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO settings VALUES ('owner', '\"old\"')")


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A state of schema 1 in a folder."""
    make(tmp_path / "state.db", 1)
    return tmp_path / "state.db"


def test_an_upgrade_leaves_a_copy_of_what_was_before(older: Path) -> None:
    open_checked(older, MIGRATIONS, "FULL", replace=False).close()
    copy = older.parent / "backups" / "state.db.schema-1"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT value FROM settings").fetchone() == ('"old"',)


def test_a_start_that_changes_nothing_makes_no_copy(older: Path) -> None:
    open_checked(older, MIGRATIONS[:1], "FULL", replace=False).close()
    open_checked(older.parent / "fresh.db", MIGRATIONS, "FULL", replace=False).close()
    assert not (older.parent / "backups").exists()


def test_three_copies_are_kept(tmp_path: Path) -> None:
    scripts = ["CREATE TABLE t0 (x);", *(f"CREATE TABLE t{number} (x);" for number in range(1, 13))]
    for known in range(1, 13):
        open_checked(tmp_path / "state.db", scripts[:known], "FULL", replace=False).close()
    assert {path.name for path in (tmp_path / "backups").iterdir()} == {f"state.db.schema-{number}" for number in (9, 10, 11)}


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.storage.before_upgrade.shutil.disk_usage", lambda path: disk_usage(path)._replace(free=4096))


def test_without_room_for_the_copy_nothing_is_upgraded(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full(monkeypatch)
    with pytest.raises(SetupError, match=r"no room on the disk .* free \d+ MiB"):
        open_checked(older, MIGRATIONS, "FULL", replace=False)
    with closing(sqlite3.connect(older)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_history_may_be_upgraded_without_a_copy(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full(monkeypatch)
    open_checked(older, MIGRATIONS, "FULL", replace=True).close()
    assert not (older.parent / "backups").exists()


def test_an_older_program_says_how_to_put_the_copy_back_and_that_works(older: Path) -> None:
    open_checked(older, MIGRATIONS, "FULL", replace=False).close()
    with pytest.raises(StorageDamaged, match=r"newer version.*`hulian restore .*schema-1`"):
        open_checked(older, MIGRATIONS[:1], "FULL", replace=False)
    data = older.parent
    with single(data, data / "backups" / "state.db.schema-1") as (_, folder):
        before = put_in_place(data, folder)
    open_checked(older, MIGRATIONS[:1], "FULL", replace=False).close()
    assert owner(data) == owner(before) == "old"


def test_a_database_that_is_no_copy_of_ours_is_not_put_in_place(older: Path) -> None:
    other = older.parent / "photos.db"
    other.write_bytes(older.read_bytes())
    with pytest.raises(StorageDamaged, match="no copy of a database"), single(older.parent, other):
        pass
