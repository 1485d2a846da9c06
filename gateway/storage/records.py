"""A table of JSON documents under one key: clients and the counters of their keys are two of them."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

import orjson

from gateway.storage.database import Database


class RecordTable:
    """Documents by key."""

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._select = f"SELECT key, document FROM {table} ORDER BY rowid"  # noqa: S608 - a constant of ours
        self._upsert = (
            f"INSERT INTO {table} (key, document) VALUES (?, ?) "  # noqa: S608
            "ON CONFLICT (key) DO UPDATE SET document = excluded.document"
        )
        self._delete = f"DELETE FROM {table} WHERE key = ?"  # noqa: S608

    async def all(self) -> dict[str, dict[str, Any]]:
        """Return every document, in the order they were first stored."""

        def work(connection: Connection) -> dict[str, dict[str, Any]]:
            return {key: orjson.loads(body) for key, body in connection.execute(self._select)}

        return await self._database.read(work)

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        """Store or replace one document; on disk when this returns."""
        row = (key, orjson.dumps(dict(document)).decode())
        await self._database.write(lambda connection: connection.execute(self._upsert, row).close())

    async def remove(self, key: str) -> None:
        """Remove one document, if it is there."""
        await self._database.write(lambda connection: connection.execute(self._delete, (key,)).close())
