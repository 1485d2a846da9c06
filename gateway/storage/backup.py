"""A backup of the data folder, made while the gateway runs or while it does not.

Each database is copied as it was at one moment, by SQLite itself, while others go on writing to it. The vault's rows are in the copy,
sealed; the key that opens them comes along only in a parcel (sealed with a passphrase), bound to what else is in the file.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from gateway.errors import SetupError, StorageDamaged
from gateway.storage import history, state
from gateway.storage.archive import Contents, Member, write_archive
from gateway.storage.before_upgrade import copied
from gateway.storage.redacting import in_clear

SCHEMAS: Final = {"state.db": len(state.MIGRATIONS), "history.db": len(history.MIGRATIONS)}
"""The databases of a data folder, and the newest schema of each that this program knows."""
_STAGE: Final = "backup.part"
_BUSY_SECONDS: Final = 5.0


def back_up(
    data: Path, into: BinaryIO, *, program: str, made: str, key: bytes | None, parcel: Callable[[bytes], str] | None = None
) -> Contents:
    """Write a backup of `data` to `into` and return what is in it; raise SetupError, StorageDamaged.

    `key`: the vault's key file; `parcel(key and digest)` seals it for the file, without it only its name comes along.
    """
    if not (data / "state.db").exists():
        raise SetupError(f"there is nothing to back up in {data}: no gateway has run on it. Name its folder with --data")
    try:
        with _stage(data) as stage:
            contents = Contents(
                program=program,
                made=made,
                files={name: _copied(data / name, stage / name) for name in SCHEMAS if (data / name).exists()},
                gateway=_gateway(stage / "state.db"),
                key_id=None if key is None else key_id(key),
            )
            if key is not None and parcel is not None:
                contents = replace(contents, key=parcel(key + contents.digest.encode()))
            write_archive(into, contents, stage)
            return contents
    except OSError as error:
        raise SetupError(f"the backup could not be written: {error.strerror or error}") from error


def key_id(key: bytes) -> str:
    """Return what a vault key is called: it tells keys apart and nothing about them."""
    return hashlib.sha256(b"hulian key id\0" + key).hexdigest()[:16]


@contextmanager
def _stage(data: Path) -> Iterator[Path]:
    """Hold a folder in the data folder for the copies; what a backup that was killed left there is removed."""
    stage = data / _STAGE
    stage.mkdir(mode=0o700, exist_ok=True)
    held = os.open(stage, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in stage.iterdir():
            left.unlink()
        yield stage
        shutil.rmtree(stage)
    except BlockingIOError as error:
        raise SetupError(f"another backup of {data} is being made: wait for it") from error
    finally:
        os.close(held)


def _copied(path: Path, copy: Path) -> Member:
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            room = shutil.disk_usage(copy.parent).free
            if path.stat().st_size > room:
                raise SetupError(f"no room on the disk for a copy of {path.name}: free {(path.stat().st_size - room) >> 20} MiB more")
            copied(connection, copy)
        with closing(sqlite3.connect(copy)) as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            clear = schema and path.name == "state.db" and in_clear(connection)
    except sqlite3.Error as error:
        raise StorageDamaged(f"{path} cannot be backed up: {error}. Start the gateway: it says what is wrong with it") from error
    if not schema:
        raise SetupError(f"{path} is not set up yet: start the gateway once, then make the backup")
    if clear:
        copy.unlink()
        raise SetupError(
            f"an older version kept passwords of appliances in {path} in clear: start the gateway once, which seals them, then back up"
        )
    return Member(copy.stat().st_size, sum_of(copy), schema)


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _gateway(copy: Path) -> str:
    with closing(sqlite3.connect(copy)) as connection:
        row = connection.execute("SELECT value FROM settings WHERE name = 'identifier'").fetchone()
    return "" if row is None else str(orjson.loads(row[0]))
