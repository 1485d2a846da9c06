"""The devices the home knows: what they are, what people call them, where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection

import orjson

from gateway.storage.database import Database
from gateway.thing.description import Description, Link, Locality, Relation

UPSERT = (
    "INSERT INTO devices (id, description, name, room, tags, seen) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
    "description = excluded.description, name = excluded.name, room = excluded.room, tags = excluded.tags, seen = excluded.seen"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """One device; `seen`: seconds since the epoch when it was last heard, None: never."""

    description: Description
    name: str = ""
    room: str = ""
    tags: tuple[str, ...] = ()
    seen: float | None = None


class DeviceTable:
    """Devices by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[DeviceRecord, ...]:
        """Return every device, in the order they came into the home."""

        def work(connection: Connection) -> tuple[DeviceRecord, ...]:
            rows = connection.execute("SELECT description, name, room, tags, seen FROM devices ORDER BY rowid")
            return tuple(
                DeviceRecord(description=description_of(body), name=name, room=room, tags=tuple(orjson.loads(tags)), seen=seen)
                for body, name, room, tags, seen in rows
            )

        return await self._database.read(work)

    async def save(self, record: DeviceRecord) -> None:
        """Store or replace one device; on disk when this returns."""
        row = row_of(record)

        def work(connection: Connection) -> None:
            connection.execute(UPSERT, row)

        await self._database.write(work)

    async def seen(self, times: Mapping[str, float]) -> None:
        """Store when these devices were last heard."""
        rows = [(at, device) for device, at in times.items()]

        def work(connection: Connection) -> None:
            connection.executemany("UPDATE devices SET seen = ? WHERE id = ?", rows)

        await self._database.write(work)

    async def remove(self, device: str) -> None:
        """Remove one device, if it is there, what it is linked by, and what was said of it."""

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM devices WHERE id = ?", (device,))
            connection.execute("DELETE FROM links WHERE source = ? OR target = ?", (device, device))
            connection.execute("DELETE FROM box_facts WHERE device = ?", (device,))
            connection.execute("DELETE FROM replacements WHERE key = ?", (device,))

        await self._database.write(work)


def row_of(record: DeviceRecord) -> tuple[str, str, str, str, str, float | None]:
    """Return a device as UPSERT takes it."""
    return (
        record.description.id,
        description_text(record.description),
        record.name,
        record.room,
        orjson.dumps(record.tags).decode(),
        record.seen,
    )


def description_text(description: Description) -> str:
    """Return a description as it is kept."""
    return orjson.dumps(description, default=dict).decode()


def description_of(body: str) -> Description:
    """Return what `description_text` made."""
    facts = orjson.loads(body)
    facts["features"] = tuple(facts["features"])
    facts["locality"] = Locality.stored(facts["locality"])
    facts["links"] = tuple(Link(**{**link, "relation": Relation(link["relation"])}) for link in facts.get("links", ()))
    return Description(**facts)
