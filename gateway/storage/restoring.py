"""Putting a backup in place: everything is checked beside the home first, then it changes places, and no kill can leave half of it.

    restoring/      being unpacked and checked; worth nothing yet
    restored-N/     checked and on the disk: from here on it will be put in place, if need be by the next start
    backups/before-restore-N/     what was there before, whole

A restored home is an older one, and must not be taken for the present one by those who kept counting: its boots go on from far
ahead, and every key of CoAP counts from far ahead and asks its peer for a fresh word.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from gateway.errors import SetupError, StorageDamaged
from gateway.storage.archive import ArchiveReader, Contents, Member
from gateway.storage.backup import SCHEMAS
from gateway.storage.before_upgrade import FOLDER, SPARE_BYTES, flush_file, flush_folder
from gateway.storage.erasure import NOTE
from gateway.storage.opening import lock

UNPACKING: Final = "restoring"
_READY: Final = "restored-"
_BEFORE: Final = "before-restore-"
BOOTS_AHEAD: Final = 100_000
NUMBERS_AHEAD: Final = 1 << 24
_SQLITE: Final = b"SQLite format 3\0"
_ENDINGS: Final = ("-wal", "-shm", "")
"""The log goes first: a database without its log is older, a log without its database is nothing."""
_AHEAD: Final = {
    1: ("UPDATE settings SET value = CAST(CAST(value AS INTEGER) + ? AS TEXT) WHERE name = 'boot'", BOOTS_AHEAD),
    3: (
        "UPDATE sequences SET document = json_set(document, '$.window', json('null'), '$.next', json_extract(document, '$.next') + ?)",
        NUMBERS_AHEAD,
    ),
}
"""What is done to state.db, by the schema from which on they have a meaning."""


@contextmanager
def unpacked(data: Path, stream: BinaryIO) -> Iterator[tuple[Contents, Path]]:
    """Unpack a backup beside the home, check it, and give what it says and the folder with its files.

    Raise SetupError while a gateway runs on `data`, StorageDamaged for what is no whole backup that this program knows.
    """
    with _stopped(data), _unpacking(data) as folder:
        reader = ArchiveReader(stream)
        contents = reader.contents()
        _check_members(contents.files, data)
        for name, member in contents.files.items():
            with (folder / name).open("xb") as file:
                reader.extract(name, member, file)
            (folder / name).chmod(0o600)
        reader.end()
        for name, member in contents.files.items():
            _check_database(folder / name, member.schema, contents.program)
        yield contents, folder


@contextmanager
def single(data: Path, copy: Path) -> Iterator[tuple[Contents, Path]]:
    """Do the same for one database as an upgrade left it in `backups/`."""
    name = copy.name.partition(".schema-")[0]
    if name not in SCHEMAS:
        raise StorageDamaged(f"{copy} is no copy of a database: those are called {' or '.join(f'{each}.schema-N' for each in SCHEMAS)}")
    with _stopped(data), _unpacking(data) as folder:
        shutil.copyfile(copy, folder / name)
        (folder / name).chmod(0o600)
        schema = _schema(folder / name)
        _check_database(folder / name, schema, "newer")
        member = Member(copy.stat().st_size, "", schema)
        yield Contents(program="", made="", gateway="", files={name: member}), folder


def is_database(start: bytes) -> bool:
    """Return whether a file that begins so is a database, not a backup."""
    return start.startswith(_SQLITE)


def put_in_place(data: Path, folder: Path) -> Path:
    """Let the checked files in `folder` take the place of the present ones; return where those are now."""
    if (folder / "state.db").exists():
        _count_from_far_ahead(folder / "state.db")
    for path in folder.iterdir():
        flush_file(path)
    flush_folder(folder)
    number = 1 + max((_number(path) for path in (data / FOLDER).glob(f"{_BEFORE}*")), default=0)
    folder.rename(data / f"{_READY}{number}")
    _change_places(data)
    return data / FOLDER / f"{_BEFORE}{number}"


def finish_restore(data: Path) -> None:
    """Go on with a restore that was cut off after everything was checked; before any database is opened."""
    if not any(data.glob(f"{_READY}*")):
        return
    with _stopped(data):
        _change_places(data)


def _change_places(data: Path) -> None:
    try:
        _move(data)
    except OSError as error:
        raise SetupError(f"the backup is not wholly in place: {error}. Mend that and start the gateway: it goes on with it") from error


def _move(data: Path) -> None:
    flush_folder(data)
    for ready in sorted(data.glob(f"{_READY}*"), key=_number):
        before = data / FOLDER / f"{_BEFORE}{_number(ready)}"
        before.parent.mkdir(mode=0o700, exist_ok=True)
        before.mkdir(mode=0o700, exist_ok=True)
        for path in sorted(ready.iterdir()):
            for ending in _ENDINGS:
                old = data / f"{path.name}{ending}"
                if old.exists():
                    old.rename(before / old.name)
            flush_folder(before)
            path.rename(data / path.name)
            flush_folder(data)
        ready.rmdir()


@contextmanager
def _stopped(data: Path) -> Iterator[None]:
    """Hold the locks of the databases: no gateway runs meanwhile."""
    if (data / NOTE).exists():
        raise SetupError(f"something is still to be erased in {data}: start the gateway once, so that it is, then restore")
    held: list[int] = []
    try:
        held.extend(lock(data / name) for name in SCHEMAS)
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)


@contextmanager
def _unpacking(data: Path) -> Iterator[Path]:
    folder = data / UNPACKING
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    except OSError as error:
        raise SetupError(f"the backup could not be unpacked into {data}: {error.strerror or error}. Nothing was changed") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_members(files: Mapping[str, Member], data: Path) -> None:
    unknown = sorted(set(files) - set(SCHEMAS))
    if unknown or "state.db" not in files:
        raise StorageDamaged(f"this is no backup of a home: it has {', '.join(map(repr, unknown)) or 'no state.db'} in it")
    needed = sum(member.size for member in files.values()) + SPARE_BYTES - shutil.disk_usage(data).free
    if needed > 0:
        raise SetupError(f"no room on the disk to unpack the backup: free {(needed >> 20) + 1} MiB more")


def _check_database(path: Path, schema: int, program: str) -> None:
    known = SCHEMAS[path.name]
    if schema > known:
        raise StorageDamaged(
            f"{path.name} in this backup is of a newer version ({program}, schema {schema}; this one knows {known}): "
            "update the program first"
        )
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT type FROM sqlite_schema")}
    except sqlite3.Error as error:
        raise StorageDamaged(f"{path.name} in this backup is no sound database: {error}") from error
    if finding != "ok" or _schema(path) != schema or not schema:
        raise StorageDamaged(f"{path.name} in this backup is no sound database: {finding}, schema {_schema(path)} where {schema} was said")
    if not kinds <= {"table", "index"}:
        raise StorageDamaged(f"{path.name} in this backup has a {', '.join(sorted(kinds - {'table', 'index'}))} in it: we never make one")


def _schema(path: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            return int(schema)
    except sqlite3.Error as error:
        raise StorageDamaged(f"{path.name} is no sound database: {error}") from error


def _count_from_far_ahead(path: Path) -> None:
    schema = _schema(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for since, (statement, ahead) in _AHEAD.items():
            if schema >= since:
                connection.execute(statement, (ahead,))


def _number(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
