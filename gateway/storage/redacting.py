"""Taking credentials out of the copies that were made before an upgrade, when versions before the vault kept them in clear.

Put back, such a copy is the home as it was, but for the passwords of its appliances: those are asked for again.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.errors import StorageFailed
from gateway.storage.before_upgrade import FOLDER, copied, flush_file, flush_folder

_CLEAR: Final = "json_extract(document, '$.credentials') NOT IN ('{}')"


def redact_copies(path: Path) -> None:
    """Make every copy of the database `path` anew without credentials, and overwrite the old ones; raise StorageFailed."""
    try:
        for copy in sorted((path.parent / FOLDER).glob(f"{path.name}.schema-*")):
            if not copy.name.endswith(".part"):
                _redact(copy)
    except (OSError, sqlite3.Error) as error:
        raise StorageFailed(
            f"the copies in {path.parent / FOLDER} may have passwords in clear, and cannot be made anew ({error}): remove them"
        ) from error


def in_clear(connection: sqlite3.Connection) -> bool:
    """Return whether there are credentials in clear among the registrations of a `state.db`."""
    return connection.execute(f"SELECT 1 FROM registrations WHERE {_CLEAR} LIMIT 1").fetchone() is not None  # noqa: S608 - a constant of ours


def _redact(copy: Path) -> None:
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as old:
        part = copy.with_name(copy.name + ".part")
        copied(old, part)
    with closing(sqlite3.connect(part, isolation_level=None)) as new:
        new.execute("PRAGMA journal_mode=MEMORY")
        new.execute("UPDATE registrations SET document = json_remove(document, '$.credentials')")
        new.execute("VACUUM")
    flush_file(part)
    _replace(part, copy)


def _replace(part: Path, copy: Path) -> None:
    """Put the new copy in the place of the old, and zeros in the old, which has no name any more."""
    old = os.open(copy, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        part.rename(copy)
        flush_folder(copy.parent)
        left = os.fstat(old).st_size
        while left > 0:
            left -= os.write(old, bytes(min(left, 1 << 20)))
        os.fsync(old)
    finally:
        os.close(old)
