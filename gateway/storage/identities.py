"""Which unit is which device of the home: every device by its unit's own id, the id it is shown under, and what carries it.

Mostly both ids are the same. After a replacement the new unit is shown under the id of the old one, and should the old one come back, it
is shown under the id that the new one gave up: so an id is never held twice. All of an exchange is one transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

import orjson

from gateway.errors import StateConflict
from gateway.storage.database import Database
from gateway.storage.devices import UPSERT, DeviceRecord, row_of
from gateway.storage.links import LinkRecord

_PUT = (
    "INSERT INTO identities (device, shown, driver, key) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (device) DO UPDATE SET driver = excluded.driver, key = excluded.key"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One device: the id its unit gives it, the id it has in the home, and the registration that carried it last ("": not known)."""

    device: str
    shown: str
    driver: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Two devices change places. `kept` and `other`: the ids; `records`: how both are from now on, only the first where nobody is `other`.

    `aside`: a registration that is taken out; `back`: one that is brought back, with its document; `inbox`: documents of units as they
    are to be shown; `note`: what undoing needs, None: what was noted is forgotten. `gone`, `new`: links.
    """

    kept: Identity
    other: Identity
    records: tuple[DeviceRecord, ...]
    aside: tuple[str, str] | None = None
    back: Mapping[str, Any] | None = None
    inbox: tuple[Mapping[str, Any], ...] = ()
    note: Mapping[str, Any] | None = None
    gone: tuple[LinkRecord, ...] = ()
    new: tuple[LinkRecord, ...] = ()


class IdentityTable:
    """Identities by the unit's own id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[Identity, ...]:
        """Return every identity."""

        def work(connection: Connection) -> tuple[Identity, ...]:
            rows = connection.execute("SELECT device, shown, driver, key FROM identities ORDER BY rowid")
            return tuple(Identity(device=device, shown=shown, driver=driver, key=key) for device, shown, driver, key in rows)

        return await self._database.read(work)

    async def put(self, identity: Identity) -> None:
        """Keep what carries a device; the id it is shown under stays what it is once there is one."""
        row = (identity.device, identity.shown, identity.driver, identity.key)
        await self._database.write(lambda connection: connection.execute(_PUT, row).close())

    async def swap(self, one: Identity, other: Identity) -> None:
        """Let two units change the ids they are shown under; nothing else."""
        await self._database.write(lambda connection: _swap_ids(connection, one, other))

    async def exchange(self, exchange: Exchange) -> None:
        """Have two devices change places, all or nothing; raise StateConflict when one of them was removed meanwhile."""
        await self._database.write(lambda connection: _exchange(connection, exchange))


def _exchange(connection: Connection, exchange: Exchange) -> None:
    ids = (exchange.kept.shown, exchange.other.shown)
    if connection.execute("SELECT count(*) FROM devices WHERE id IN (?, ?)", ids).fetchone()[0] == 0:
        raise StateConflict(f"{' and '.join(ids)} were removed from the home meanwhile")
    _swap_ids(connection, exchange.kept, exchange.other)
    connection.execute("DELETE FROM devices WHERE id = ?", (exchange.other.shown,))
    connection.executemany(UPSERT, [row_of(record) for record in exchange.records])
    connection.execute("DELETE FROM links WHERE source = ? OR target = ?", (exchange.other.shown, exchange.other.shown))
    _change_links(connection, exchange.gone, exchange.new)
    for now, then in ((ids[0], ""), (ids[1], ids[0]), ("", ids[1])):  # what is said of a box is said of that box, wherever it stands
        connection.execute("UPDATE box_facts SET device = ? WHERE device = ?", (then, now))
    if exchange.aside is not None:
        connection.execute("DELETE FROM registrations WHERE driver = ? AND key = ?", exchange.aside)
    if exchange.back is not None:
        _keep(connection, "registrations", exchange.back)
    for document in exchange.inbox:
        _keep(connection, "inbox", document)
    connection.execute("DELETE FROM replacements WHERE key = ?", (exchange.kept.shown,))
    if exchange.note is not None:
        row = (exchange.kept.shown, orjson.dumps(dict(exchange.note)).decode())
        connection.execute("INSERT INTO replacements (key, document) VALUES (?, ?)", row)


def _swap_ids(connection: Connection, kept: Identity, other: Identity) -> None:
    names = (kept.device, other.device, kept.shown, other.shown)
    connection.execute("DELETE FROM identities WHERE device IN (?, ?) OR shown IN (?, ?)", names)
    rows = ((kept.device, other.shown, kept.driver, kept.key), (other.device, kept.shown, other.driver, other.key))
    connection.executemany("INSERT INTO identities (device, shown, driver, key) VALUES (?, ?, ?, ?)", rows)


def _change_links(connection: Connection, gone: Iterable[LinkRecord], new: Iterable[LinkRecord]) -> None:
    for each in gone:
        connection.execute("DELETE FROM links WHERE source = ? AND relation = ? AND target = ?", (each.source, each.relation, each.target))
    for each in new:
        row = (each.source, each.relation, each.target, each.kind, each.by, each.made)
        connection.execute("INSERT OR IGNORE INTO links (source, relation, target, kind, made_by, made) VALUES (?, ?, ?, ?, ?, ?)", row)


def _keep(connection: Connection, table: str, document: Mapping[str, Any]) -> None:
    connection.execute(
        f"INSERT INTO {table} (driver, key, document) VALUES (?, ?, ?) "  # noqa: S608 - a constant of ours
        "ON CONFLICT (driver, key) DO UPDATE SET document = excluded.document",
        (document["driver"], document["key"], orjson.dumps(dict(document)).decode()),
    )
