"""A table of JSON documents under a (driver, key): registrations and the inbox are two of them.

Storage knows no drivers: whoever keeps something here turns it into plain JSON and back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

import orjson

from gateway.storage.database import Database


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored document."""

    driver: str
    key: str
    document: dict[str, Any]


class DocumentTable:
    """Documents by (driver, key)."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._select = f"SELECT driver, key, document FROM {table} ORDER BY rowid"  # noqa: S608 - a constant of ours
        self._upsert = (
            f"INSERT INTO {table} (driver, key, document) VALUES (?, ?, ?) "  # noqa: S608
            "ON CONFLICT (driver, key) DO UPDATE SET document = excluded.document"
        )
        self._delete = f"DELETE FROM {table} WHERE driver = ? AND key = ?"  # noqa: S608

    async def all(self) -> tuple[Entry, ...]:
        """Return every document, in the order they were first stored."""

        def work(connection: Connection) -> tuple[Entry, ...]:
            return tuple(Entry(driver, key, orjson.loads(body)) for driver, key, body in connection.execute(self._select))

        return await self._database.read(work)

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        """Store or replace one document; on disk when this returns."""
        row = (driver, key, orjson.dumps(dict(document)).decode())
        await self._database.write(lambda connection: _nothing(connection.execute(self._upsert, row)))

    async def remove(self, driver: str, key: str) -> None:
        """Remove one document, if it is there."""
        await self._database.write(lambda connection: _nothing(connection.execute(self._delete, (driver, key))))


def _nothing(_: object) -> None:
    return None
