"""Making data be gone, not only out of sight: from the bytes of the files too, and finished after any crash.

What is to be done is first written down as a small file; whoever opens the data folder next does it before anything else, and removes
the note last. A deleted row stays in a database's free pages, and a deleted page in its log: so both are written anew.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import orjson

from gateway.errors import SetupError, StorageDamaged
from gateway.storage.opening import lock, open_checked
from gateway.storage.state import MIGRATIONS

Erasure = Literal["transfer", "reset"]
NOTE: Final = "erase"
STATE, HISTORY = "state.db", "history.db"
_KEPT_SETTINGS = ("identifier", "boot")
_KEPT_AT_RESET: Final = (".lock", ".toml", "demo")
"""Endings and names of what is not the home's: locks that are held, a configuration, the folder of `hulian demo`."""
_TRIES: Final = 20
"""How often a folder that fills up again is removed."""
_KEPT_AT_TRANSFER: Final = (*_KEPT_AT_RESET, STATE, f"{STATE}-wal", f"{STATE}-shm", "vault.key", "cache")
_OLD_OWNERS = (
    *(f"DELETE FROM {table}" for table in ("clients", "sequences", "journal", "inbox", "commands", "scenes", "scene_reports", "alerts")),  # noqa: S608 - constants of ours
    *(f"DELETE FROM {table}" for table in ("scene_rules", "scene_firings")),  # noqa: S608 - likewise
    "DELETE FROM replacements",  # what a device that is gone was called, and where it stood
    "DELETE FROM rehearsals",
    "DELETE FROM secrets WHERE compartment NOT LIKE 'driver:%'",
    f"DELETE FROM settings WHERE name NOT IN {_KEPT_SETTINGS}",  # noqa: S608 - likewise
    "UPDATE devices SET name = '', room = '', tags = '[]', seen = NULL",
    "UPDATE links SET made_by = ''",  # what hangs on which plug is as it was, and protects as before
    "UPDATE box_facts SET origin = ''",  # what a box is stays true, whoever said it
)


def note(folder: Path, what: Erasure) -> None:
    """Write down what is to be done; on disk when this returns. A reset is not turned back into a transfer."""
    if noted(folder) == "reset":
        return
    fresh = folder / f"{NOTE}.new"
    with fresh.open("w") as file:
        file.write(what)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / NOTE)
    _flush(folder)


def noted(folder: Path) -> Erasure | None:
    """Return what is still to be done."""
    try:
        what = (folder / NOTE).read_text()
    except FileNotFoundError:
        return None
    return "transfer" if what == "transfer" else "reset"


def finish(folder: Path, now: float, before: Callable[[Erasure], None], wish: Erasure | None = None) -> Erasure | None:
    """Do what was noted, or is the `wish` now, `before(what)` first, and return it; None when there is nothing to do.

    Raise SetupError, with nothing noted, while a gateway runs on the folder; or StorageDamaged.
    """
    if wish is None and noted(folder) is None:
        return None
    held = lock(folder / STATE)
    try:
        if wish is not None:
            note(folder, wish)
        what = noted(folder) or "reset"
        before(what)
        if what == "transfer":
            _clean(folder / STATE, now)
        _remove_all(folder, _KEPT_AT_TRANSFER if what == "transfer" else _KEPT_AT_RESET)
        _flush(folder)  # the note goes only after what it speaks of has gone
        (folder / NOTE).unlink(missing_ok=True)
        _flush(folder)
    except OSError as error:
        raise SetupError(f"{error.filename or folder} cannot be erased: {error.strerror}. Mend that and start again: it goes on") from error
    finally:
        os.close(held)
    return what


def _clean(path: Path, now: float) -> None:
    """Take everything of the old owner out of the state, and out of the bytes of its file."""
    try:
        with closing(open_checked(path, MIGRATIONS, "FULL", replace=False)) as connection:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _OLD_OWNERS:
                connection.execute(statement)
            entry = orjson.dumps({"at": now, "what": "transferred"}).decode()
            connection.execute("INSERT INTO journal (at, document) VALUES (?, ?)", (now, entry))
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StorageDamaged(
            f"{path} could not be cleaned ({error}): start again, or use `hulian reset`, which needs no sound state"
        ) from error


def _remove_all(folder: Path, kept: Iterable[str]) -> None:
    endings = tuple(kept)
    for path in sorted(folder.iterdir()):
        if path.name == NOTE or path.name in endings or path.name.endswith(tuple(each for each in endings if each.startswith("."))):
            continue
        if path.is_dir() and not path.is_symlink():
            _remove_folder(path)
        else:
            path.unlink(missing_ok=True)


def _remove_folder(path: Path) -> None:
    """Remove a folder, also one into which a thread that is about to end still puts a model it has read."""
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            shutil.rmtree(path)
            return
    shutil.rmtree(path)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
