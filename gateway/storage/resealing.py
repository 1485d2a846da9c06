"""Exchanging every sealed row at once, in a database that nobody has open: all of them or none."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from gateway.errors import StorageDamaged
from gateway.storage.opening import open_checked
from gateway.storage.state import MIGRATIONS

Rows = Mapping[tuple[str, str], bytes]
"""Sealed rows by (compartment, name)."""


def reseal(path: Path, change: Callable[[Rows], Rows]) -> None:
    """Put `change(rows)` in the place of the sealed rows of the database `path`; on disk when this returns. Raise StorageDamaged."""
    try:
        with closing(open_checked(path, MIGRATIONS, "FULL", replace=False)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            rows = {(place, name): row for place, name, row in connection.execute("SELECT compartment, name, sealed FROM secrets")}
            changed = [(row, *place) for place, row in change(rows).items()]
            connection.executemany("UPDATE secrets SET sealed = ? WHERE compartment = ? AND name = ?", changed)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise StorageDamaged(f"the secrets in {path} could not be sealed anew ({error}): start again, or use `hulian reset`") from error
