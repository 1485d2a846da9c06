"""Opening a database file: one process at a time, checked, moved aside when damaged, brought to the present schema.

The lock is a file of its own beside the database (`<name>.lock`), held with flock for as long as the database is open:
the kernel lets it go when the process dies, however it dies.
"""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path

from gateway.errors import SetupError, StorageDamaged
from gateway.storage.before_upgrade import copy_path, keep_copy
from gateway.thing.log import Log

_log = Log()
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CACHE_KIB = 256
"""KiB of pages each of the four connections keeps; the usual 2 MiB fill up within days, and the system keeps the file in memory anyway."""
_BUSY_SECONDS = 5.0


def lock(path: Path) -> int:
    """Take the lock beside `path`, making its folder (0700) when needed; return the descriptor that holds it.

    Raise SetupError for a folder into which everybody may write: a link left there would lead our files elsewhere.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.parent.stat().st_mode
        if mode & stat.S_IWOTH:
            raise SetupError(
                f"everybody on this machine may write into {path.parent} (mode {stat.S_IMODE(mode):04o}): look whether anything in it is "
                f"not yours, then `chmod 700 {path.parent}`, or choose another folder with --data"
            )
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SetupError(
            f"{path.parent} cannot be used as data folder: {error.strerror}. Choose a folder this user may write to."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise SetupError(f"another gateway is running on this data folder ({path.parent}). Stop it, or choose another folder.") from error
    return descriptor


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    """Return a connection that may be used from any one thread at a time, in autocommit mode, WAL."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute(f"PRAGMA secure_delete={'ON' if synchronous == 'FULL' else 'FAST'}")  # FAST: where it costs no write
    return connection


def open_checked(path: Path, migrations: Sequence[str], synchronous: str, *, replace: bool) -> sqlite3.Connection:
    """Return a connection to a sound database of the present schema.

    A damaged file is moved aside. With `replace` an empty one takes its place at once; without, StorageDamaged says so,
    and the next start goes on with an empty one. A file of a newer version is left alone and refused.
    """
    try:
        return _prepared(path, migrations, synchronous, replace=replace)
    except _Damage as damage:
        aside = _move_aside(path)
        _log.error("database damaged, moved aside", file=path.name, now=aside.name, finding=str(damage), replaced=replace)
        if not replace:
            raise StorageDamaged(
                f"{path} is damaged ({damage}). It was moved to {aside}. "
                "Start again to go on with an empty one, or put a backup in its place first."
            ) from damage
    try:
        return _prepared(path, migrations, synchronous, replace=replace)
    except _Damage as damage:
        raise StorageDamaged(f"{path} cannot be made anew: {damage}. Check the disk.") from damage


class _Damage(Exception):
    """What quick_check found."""


def _prepared(path: Path, migrations: Sequence[str], synchronous: str, *, replace: bool) -> sqlite3.Connection:
    connection: sqlite3.Connection | None = None
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = connect(path, synchronous)
        _check(connection)
        _migrate(connection, path, migrations, needed=not replace)
    except sqlite3.Error as error:
        _close(connection)
        if isinstance(error, sqlite3.DatabaseError) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            raise _Damage(str(error)) from error
        raise SetupError(f"{path} cannot be opened: {error}") from error
    except OSError as error:
        raise SetupError(f"{path} cannot be opened: {error.strerror}") from error
    except (_Damage, SetupError):
        _close(connection)
        raise
    return connection


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()


def _check(connection: sqlite3.Connection) -> None:
    (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise _Damage(finding)


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str], *, needed: bool) -> None:
    """Bring the schema up to date, in one piece; a copy of what was there is made first (`needed`: not without it)."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise StorageDamaged(
            f"{path} was written by a newer version (schema {version}, this program knows {len(migrations)}). Update the program, "
            f"or put back what this one left behind, if it is there: `hulian restore {copy_path(path, len(migrations))}`."
        )
    if 0 < version < len(migrations):
        keep_copy(connection, path, version, needed=needed)
    if version < len(migrations):
        scripts = "\n;".join(migrations[version:])
        connection.executescript(f"BEGIN IMMEDIATE;\n{scripts}\n;PRAGMA user_version={len(migrations)};\nCOMMIT;")


def _move_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside
