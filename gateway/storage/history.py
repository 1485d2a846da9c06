"""What the devices' values were: a file of its own that may lose its last seconds, never the home's peace.

`record` is synchronous and only appends to a bounded list; every 5 seconds the list goes to disk in one transaction
(synchronous NORMAL). The newest value of every property is kept beside the changes, to seed twins after a restart. A
disk that fails costs history, not control: the batch is dropped, counted and logged. A damaged file is replaced.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import NamedTuple, Self

import orjson

from gateway.errors import StorageFailed
from gateway.storage.database import Database
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.thing.value import Value

_log = Log()

MIGRATIONS = (
    """
    CREATE TABLE series (id INTEGER PRIMARY KEY, device TEXT NOT NULL, property TEXT NOT NULL, at REAL NOT NULL, value TEXT NOT NULL,
        UNIQUE (device, property));
    CREATE TABLE changes (series INTEGER NOT NULL, at REAL NOT NULL, value TEXT NOT NULL);
    CREATE INDEX changes_series_at ON changes (series, at);
    """,
)

FLUSH_SECONDS = 5.0
PRUNE_SECONDS = 3600.0
BUFFER_LIMIT = 100_000
"""Changes that may wait for the disk; past it the newest are dropped and counted."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept: changes younger than `days`, at most the newest `rows` (about 60 bytes each on disk)."""

    days: float = 30.0
    rows: int = 2_000_000


class Sample(NamedTuple):
    """One value at one time (seconds since the epoch)."""

    device: str
    property: str
    value: Value
    at: float


class HistoryStore:
    """Value changes of all devices in the file `path`."""

    def __init__(self, path: Path, clock: Clock, retention: Retention | None = None) -> None:
        self._database = Database(path, MIGRATIONS, synchronous="NORMAL", replace_damaged=True)
        self._clock = clock
        self._retention = retention or Retention()
        self._buffer: list[tuple[str, str, Value, float]] = []
        self.dropped = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._database)
            stack.push_async_callback(self.flush)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(tasks.create_task(self._keep_up(), name="history").cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def record(self, device: str, property: str, value: Value, at: float) -> None:
        """Remember one change; cheap, never blocks."""
        if len(self._buffer) >= BUFFER_LIMIT:
            self.dropped += 1
            return
        self._buffer.append((device, property, value, at))

    async def flush(self) -> None:
        """Bring everything recorded so far to disk."""
        batch, self._buffer = self._buffer, []
        if not batch:
            return
        try:
            await self._database.write(lambda connection: _store(connection, batch))
        except StorageFailed as error:
            self.dropped += len(batch)
            _log.error("history batch lost", changes=len(batch), reason=str(error))

    async def query(self, device: str, property: str | None, since: float, limit: int) -> tuple[Sample, ...]:
        """Return the newest `limit` changes at or after `since`, oldest first; of every property when none is named."""
        await self.flush()

        def work(connection: Connection) -> tuple[Sample, ...]:
            rows = connection.execute(
                "SELECT s.device, s.property, c.value, c.at FROM series s JOIN changes c ON c.series = s.id "
                "WHERE s.device = ? AND s.property = coalesce(?, s.property) AND c.at >= ? ORDER BY c.at DESC, c.rowid DESC LIMIT ?",
                (device, property, since, limit),
            )
            return tuple(_samples(reversed(rows.fetchall())))

        return await self._database.read(work)

    async def last_values(self) -> tuple[Sample, ...]:
        """Return the newest value of every property of every device."""
        return await self._database.read(
            lambda connection: tuple(_samples(connection.execute("SELECT device, property, value, at FROM series")))
        )

    async def forget(self, device: str) -> None:
        """Remove everything about a device."""
        await self.flush()

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM changes WHERE series IN (SELECT id FROM series WHERE device = ?)", (device,))
            connection.execute("DELETE FROM series WHERE device = ?", (device,))

        await self._database.write(work)

    async def prune(self) -> None:
        """Remove what the retention no longer keeps; the newest value of each property stays."""
        cutoff, rows = self._clock.now() - self._retention.days * 86400, self._retention.rows

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM changes WHERE rowid <= (SELECT max(rowid) FROM changes) - ?", (rows,))
            for (series,) in connection.execute("SELECT id FROM series").fetchall():
                connection.execute("DELETE FROM changes WHERE series = ? AND at < ?", (series, cutoff))

        try:
            await self._database.write(work)
        except StorageFailed as error:
            _log.error("history not pruned", reason=str(error))

    async def _keep_up(self) -> None:
        pruned = self._clock.monotonic() - PRUNE_SECONDS
        while True:
            await self._clock.sleep(FLUSH_SECONDS)
            await self.flush()
            if self._clock.monotonic() - pruned >= PRUNE_SECONDS:
                pruned = self._clock.monotonic()
                await self.prune()


def _samples(rows: Iterable[tuple[str, str, str, float]]) -> Iterable[Sample]:
    return (Sample(device, name, orjson.loads(value), at) for device, name, value, at in rows)


def _store(connection: Connection, batch: list[tuple[str, str, Value, float]]) -> None:
    texts = [(device, name, orjson.dumps(value).decode(), at) for device, name, value, at in batch]
    newest = {(device, name): (device, name, at, text) for device, name, text, at in texts}
    connection.executemany(
        "INSERT INTO series (device, property, at, value) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (device, property) DO UPDATE SET at = excluded.at, value = excluded.value",
        newest.values(),
    )
    identifiers = {
        pair: connection.execute("SELECT id FROM series WHERE device = ? AND property = ?", pair).fetchone()[0] for pair in newest
    }
    connection.executemany(
        "INSERT INTO changes (series, at, value) VALUES (?, ?, ?)",
        ((identifiers[device, name], at, text) for device, name, text, at in texts),
    )
