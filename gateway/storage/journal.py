"""The security journal on disk: of each lot the newest entries of a bounded number, so that a flood in one drives out no other."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

import orjson

from gateway.storage.database import Database

KEPT = 5000
"""Entries kept of each lot; the oldest go first."""

_TRIM = "DELETE FROM journal WHERE lot = ? AND number <= (SELECT number FROM journal WHERE lot = ? ORDER BY number DESC LIMIT 1 OFFSET ?)"


class JournalTable:
    """Entries in the order they happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, at: float, document: Mapping[str, Any], lot: str = "") -> None:
        """Keep one entry that happened at `at` (seconds since the epoch), and drop the oldest of its lot past KEPT."""
        row = (at, lot, orjson.dumps(dict(document)).decode())

        def work(connection: Connection) -> None:
            connection.execute("INSERT INTO journal (at, lot, document) VALUES (?, ?, ?)", row)
            connection.execute(_TRIM, (lot, lot, KEPT))

        await self._database.write(work)

    async def newest(self, limit: int) -> tuple[dict[str, Any], ...]:
        """Return the newest entries, oldest first."""

        def work(connection: Connection) -> tuple[dict[str, Any], ...]:
            rows = connection.execute("SELECT document FROM journal ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
            return tuple(orjson.loads(body) for (body,) in reversed(rows))

        return await self._database.read(work)
