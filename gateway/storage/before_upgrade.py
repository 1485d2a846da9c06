"""A copy of a database as the version before left it, made before a migration touches it.

It lies in `backups/` of the data folder as `<database>.schema-<number>`: what to put back (`hulian restore`) before an older program can be
started again. One a schema, the newest three are kept. There is no clock here, and none is needed: schemas only count up.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.errors import SetupError
from gateway.thing.log import Log

FOLDER: Final = "backups"
KEPT: Final = 3
SPARE_BYTES: Final = 8 << 20
"""What must stay free beside a copy: the migration itself writes, too."""
_MIB: Final = 1 << 20
_log = Log()


def keep_copy(connection: sqlite3.Connection, path: Path, schema: int, *, needed: bool) -> Path | None:
    """Return the copy of the database `path`, on disk when this returns.

    Where there is no room: SetupError, or None when the copy is not `needed`.
    """
    lacking = _lacking(connection, path)
    if lacking > 0 and needed:
        raise SetupError(
            f"no room on the disk for the copy of {path} that is made before an upgrade: free {lacking // _MIB + 1} MiB, then start again"
        )
    if lacking > 0:
        _log.warning("upgraded without a copy: no room on the disk", file=path.name, schema=schema)
        return None
    copy = copy_path(path, schema)
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    part = copy.with_name(copy.name + ".part")
    copied(connection, part)
    part.rename(copy)
    flush_folder(copy.parent)
    _prune(path)
    return copy


def copy_path(path: Path, schema: int) -> Path:
    """Return where the copy of a database with this schema lies."""
    return path.parent / FOLDER / f"{path.name}.schema-{schema}"


def copied(connection: sqlite3.Connection, target: Path) -> None:
    """Write one moment of an open database to `target` (0600, a single file), whoever else writes to it; on disk when this returns."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(target, isolation_level=None)) as into:
        connection.backup(into)
        into.execute("PRAGMA journal_mode=DELETE")
    flush_file(target)


def flush_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    _flush(path, os.O_RDONLY)


def flush_folder(path: Path) -> None:
    """Bring a folder's names to the disk."""
    _flush(path, os.O_RDONLY | os.O_DIRECTORY)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lacking(connection: sqlite3.Connection, path: Path) -> int:
    """Return how many bytes are missing for a copy and a migration, not more than 0 when there is room."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return 2 * int(pages) * int(size) + SPARE_BYTES - shutil.disk_usage(path.parent).free


def _prune(path: Path) -> None:
    def schema(copy: Path) -> int:
        number = copy.name.rpartition("-")[2]
        return int(number) if number.isdecimal() else -1

    copies = sorted((path.parent / FOLDER).glob(f"{path.name}.schema-*"), key=schema)
    for old in copies[:-KEPT]:
        old.unlink()
