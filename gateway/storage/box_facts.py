"""What people and operators' lists say of set-top boxes, beside what the boxes say themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

import orjson

from gateway.errors import Unknown
from gateway.storage.database import Database
from gateway.thing.value import Value

_UPSERT = (
    "INSERT INTO box_facts (device, fact, source, value, origin, at) SELECT ?, ?, ?, ?, ?, ? "
    "WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?) "
    "ON CONFLICT (device, fact, source) DO UPDATE SET value = excluded.value, origin = excluded.origin, at = excluded.at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFactRecord:
    """One fact of one box as one `source` has it: `owner`, or an operator's `list`.

    `origin`: who it was, or the line of which list, in words; "" after the home was handed on. `at`: seconds since the epoch.
    """

    device: str
    fact: str
    source: str
    value: Value
    origin: str = ""
    at: float = 0.0


class BoxFactTable:
    """Facts by device, name and source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[BoxFactRecord, ...]:
        """Return every fact, by device, in the order they were first told."""

        def work(connection: Connection) -> tuple[BoxFactRecord, ...]:
            rows = connection.execute("SELECT device, fact, source, value, origin, at FROM box_facts ORDER BY device, rowid")
            return tuple(
                BoxFactRecord(device=device, fact=fact, source=source, value=orjson.loads(value), origin=origin, at=at)
                for device, fact, source, value, origin, at in rows
            )

        return await self._database.read(work)

    async def put(self, records: Iterable[BoxFactRecord]) -> None:
        """Store facts, each in place of what its source said before; all or nothing. Raise Unknown for a device that is not here."""
        kept = tuple(records)

        def work(connection: Connection) -> None:
            for each in kept:
                row = (each.device, each.fact, each.source, orjson.dumps(each.value).decode(), each.origin, each.at, each.device)
                if connection.execute(_UPSERT, row).rowcount != 1:
                    raise Unknown(f"{each.device} was removed from the home meanwhile")

        await self._database.write(work)

    async def remove(self, device: str, facts: Iterable[str], source: str) -> None:
        """Remove what one source says of these facts, as far as it says anything."""
        rows = [(device, fact, source) for fact in facts]

        def work(connection: Connection) -> None:
            connection.executemany("DELETE FROM box_facts WHERE device = ? AND fact = ? AND source = ?", rows)

        await self._database.write(work)
