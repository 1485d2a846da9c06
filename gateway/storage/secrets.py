"""Sealed secrets by compartment and name. Storage cannot open them: the vault in `trust` seals and opens."""

from sqlite3 import Connection

from gateway.storage.database import Database

_UPSERT = (
    "INSERT INTO secrets (compartment, name, sealed) VALUES (?, ?, ?) "
    "ON CONFLICT (compartment, name) DO UPDATE SET sealed = excluded.sealed"
)
_DELETE = "DELETE FROM secrets WHERE compartment = ? AND name = ?"


class SecretTable:
    """Sealed bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[tuple[str, str], bytes]:
        """Return every sealed secret by (compartment, name)."""

        def work(connection: Connection) -> dict[tuple[str, str], bytes]:
            rows = connection.execute("SELECT compartment, name, sealed FROM secrets ORDER BY compartment, name")
            return {(compartment, name): sealed for compartment, name, sealed in rows}

        return await self._database.read(work)

    async def put(self, compartment: str, name: str, sealed: bytes) -> None:
        """Store or replace one; on disk when this returns."""
        await self._database.write(lambda connection: connection.execute(_UPSERT, (compartment, name, sealed)).close())

    async def remove(self, compartment: str, name: str) -> None:
        """Remove one, if it is there."""
        row = (compartment, name)
        await self._database.write(lambda connection: connection.execute(_DELETE, row).close())
