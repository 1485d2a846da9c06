"""The security journal on disk: the newest entries of a bounded number."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

import orjson

from gateway.storage.database import Database

KEPT = 5000
"""Entries kept; the oldest go first."""


class JournalTable:
    """Entries in the order they happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, at: float, document: Mapping[str, Any]) -> None:
        """Keep one entry that happened at `at` (seconds since the epoch), and drop the oldest past KEPT."""
        row = (at, orjson.dumps(dict(document)).decode())

        def work(connection: Connection) -> None:
            number = connection.execute("INSERT INTO journal (at, document) VALUES (?, ?)", row).lastrowid or 0
            connection.execute("DELETE FROM journal WHERE number <= ?", (number - KEPT,))

        await self._database.write(work)

    async def newest(self, limit: int) -> tuple[dict[str, Any], ...]:
        """Return the newest entries, oldest first."""

        def work(connection: Connection) -> tuple[dict[str, Any], ...]:
            rows = connection.execute("SELECT document FROM journal ORDER BY number DESC LIMIT ?", (limit,)).fetchall()
            return tuple(orjson.loads(body) for (body,) in reversed(rows))

        return await self._database.read(work)
