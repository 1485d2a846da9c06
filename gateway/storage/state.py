"""Everything that must survive a power cut: who the gateway is, its devices, registrations, inbox and commands.

One file, WAL, synchronous FULL: what a method has returned from is on disk. The folder is 0700 and the files 0600.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Self

import orjson

from gateway.storage.box_facts import BoxFactTable
from gateway.storage.commands import CommandTable
from gateway.storage.database import Database
from gateway.storage.devices import DeviceTable
from gateway.storage.documents import DocumentTable
from gateway.storage.firings import FiringTable
from gateway.storage.identities import IdentityTable
from gateway.storage.journal import JournalTable
from gateway.storage.links import LinkTable
from gateway.storage.records import RecordTable
from gateway.storage.redacting import redact_copies
from gateway.storage.secrets import SecretTable
from gateway.thing.value import Value

MIGRATIONS = (
    """
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE devices (
        id TEXT UNIQUE NOT NULL, description TEXT NOT NULL, name TEXT NOT NULL, room TEXT NOT NULL, tags TEXT NOT NULL, seen REAL
    );
    CREATE TABLE registrations (driver TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (driver, key));
    CREATE TABLE inbox (driver TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (driver, key));
    CREATE TABLE commands (
        id TEXT NOT NULL, principal TEXT NOT NULL, role TEXT NOT NULL, device TEXT NOT NULL,
        operation TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL, expires REAL, why TEXT NOT NULL,
        accepted REAL, sent INTEGER NOT NULL, ended REAL, ack TEXT, UNIQUE (principal, id)
    );
    CREATE INDEX commands_ended ON commands (ended);
    """,
    "CREATE TABLE announced (driver TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (driver, key));",
    """
    CREATE TABLE clients (key TEXT UNIQUE NOT NULL, document TEXT NOT NULL);
    CREATE TABLE sequences (key TEXT UNIQUE NOT NULL, document TEXT NOT NULL);
    CREATE TABLE secrets (compartment TEXT NOT NULL, name TEXT NOT NULL, sealed BLOB NOT NULL, UNIQUE (compartment, name));
    CREATE TABLE journal (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, lot TEXT NOT NULL DEFAULT '', document TEXT NOT NULL);
    """,
    """
    CREATE TABLE links (
        source TEXT NOT NULL, relation TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL, made_by TEXT NOT NULL, made REAL NOT NULL,
        UNIQUE (source, relation, target)
    );
    CREATE INDEX links_target ON links (target);
    """,
    """
    CREATE TABLE box_facts (
        device TEXT NOT NULL, fact TEXT NOT NULL, source TEXT NOT NULL, value TEXT NOT NULL, origin TEXT NOT NULL, at REAL NOT NULL,
        UNIQUE (device, fact, source)
    );
    """,
    """
    CREATE TABLE scenes (driver TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (driver, key));
    CREATE TABLE scene_reports (driver TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (driver, key));
    """,
    """
    CREATE TABLE identities (
        device TEXT PRIMARY KEY NOT NULL, shown TEXT UNIQUE NOT NULL, driver TEXT NOT NULL DEFAULT '', key TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE replacements (key TEXT UNIQUE NOT NULL, document TEXT NOT NULL);
    """,
    """
    CREATE TABLE scene_rules (scene TEXT NOT NULL, rule TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (scene, rule));
    CREATE TABLE scene_firings (
        number INTEGER PRIMARY KEY AUTOINCREMENT, scene TEXT NOT NULL, rule TEXT NOT NULL, occasion TEXT NOT NULL, run TEXT NOT NULL,
        at REAL NOT NULL, state TEXT NOT NULL, cause TEXT NOT NULL, UNIQUE (scene, rule, occasion)
    );
    """,
    "CREATE TABLE alerts (driver TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (driver, key));",
    "CREATE TABLE rehearsals (key TEXT UNIQUE NOT NULL, document TEXT NOT NULL);",
)
"""Scripts from version 1 on. Never change one that was released: add the next."""


class StateStore:
    """The gateway's durable state in the file `path`.

    `devices`, `links` between them, `box_facts` (what is said of set-top boxes), `registrations`, `inbox`, `commands` and `announced`
    (device and topic of each discovery message), `scenes` (name and version), `scene_reports` (name and run), `alerts` (scene and id),
    `rehearsals` (the last of each scene) are its tables;
    `firings`: what is known of the triggers of scenes, and every time one fired;
    `identities` (which unit is which device) and `replacements` (what taking one back needs);
    of trust: `clients`, `sequences` (how far each key of CoAP has counted), `secrets` (sealed by the vault) and `journal`.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, MIGRATIONS, synchronous="FULL")
        self.devices = DeviceTable(self._database)
        self.links = LinkTable(self._database)
        self.box_facts = BoxFactTable(self._database)
        self.registrations = DocumentTable(self._database, "registrations")
        self.inbox = DocumentTable(self._database, "inbox")
        self.commands = CommandTable(self._database)
        self.announced = DocumentTable(self._database, "announced")
        self.scenes = DocumentTable(self._database, "scenes")
        self.scene_reports = DocumentTable(self._database, "scene_reports")
        self.alerts = DocumentTable(self._database, "alerts")
        self.rehearsals = RecordTable(self._database, "rehearsals")
        self.firings = FiringTable(self._database)
        self.clients = RecordTable(self._database, "clients")
        self.sequences = RecordTable(self._database, "sequences")
        self.secrets = SecretTable(self._database)
        self.identities = IdentityTable(self._database)
        self.replacements = RecordTable(self._database, "replacements")
        self.journal = JournalTable(self._database)

    async def __aenter__(self) -> Self:
        await self._database.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._database.__aexit__(kind, error, trace)

    async def identifier(self, make: Callable[[], str]) -> str:
        """Return the gateway's id; the first time, `make()` says it."""

        def work(connection: Connection) -> str:
            identifier = _get(connection, "identifier")
            if identifier is None:
                identifier = make()
                _put(connection, "identifier", identifier)
            return str(identifier)

        return await self._database.write(work)

    async def begin_boot(self) -> int:
        """Count one more start and return its number, 1 the first time."""

        def work(connection: Connection) -> int:
            boot = int(_get(connection, "boot") or 0) + 1
            _put(connection, "boot", boot)
            return boot

        return await self._database.write(work)

    async def setting(self, name: str) -> Value:
        """Return a small JSON value kept under `name`, None when there is none."""
        return await self._database.read(lambda connection: _get(connection, name))

    async def keep(self, name: str, value: Value) -> None:
        """Keep a small JSON value under `name`."""
        await self._database.write(lambda connection: _put(connection, name, value))

    async def scrub(self) -> None:
        """Rewrite the file without anything that was removed from it, and its copies without credentials; raise StorageFailed."""
        await self._database.scrub()
        await asyncio.to_thread(redact_copies, self._database.path)


def _get(connection: Connection, name: str) -> Value:
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return None if row is None else orjson.loads(row[0])


def _put(connection: Connection, name: str, value: Value) -> None:
    connection.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, orjson.dumps(value).decode()),
    )
