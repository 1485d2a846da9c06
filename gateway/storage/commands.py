"""Commands, from before their `accepted` until ten minutes after their end.

A row says how far a command had come, which is all a restarted gateway needs: taken but not yet handed to the session
(`sent` 0), handed over (`sent` 1), or ended (`ack` holds the terminal one).
"""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

import orjson

from gateway.storage.database import Database
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Command, Operation, Version
from gateway.thing.principal import Principal, Role
from gateway.thing.timestamp import from_iso

_INSERT = "INSERT OR REPLACE INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RECENT = (
    "SELECT * FROM commands WHERE ended IS NULL OR rowid IN "
    "(SELECT rowid FROM commands WHERE ended >= ? ORDER BY ended DESC LIMIT ?) ORDER BY rowid"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord:
    """One command as stored. `accepted` and `ended`: seconds since the epoch; `accepted` None: refused at once."""

    command: Command
    accepted: float | None
    sent: bool = False
    ended: float | None = None
    ack: Ack | None = None


class CommandTable:
    """Commands by (principal, id). Everything is on disk when its method returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, record: CommandRecord) -> None:
        """Store a command that was taken, or refused."""
        row = _row(record)

        def work(connection: Connection) -> None:
            connection.execute(_INSERT, row)

        await self._database.write(work)

    async def sent(self, command: Command) -> None:
        """Note that the session is about to get it."""

        def work(connection: Connection) -> None:
            connection.execute("UPDATE commands SET sent = 1 WHERE principal = ? AND id = ?", (command.principal.name, command.id))

        await self._database.write(work)

    async def end(self, command: Command, ack: Ack) -> None:
        """Store the terminal ack."""
        row = (ack.at, orjson.dumps(ack.document()).decode(), command.principal.name, command.id)

        def work(connection: Connection) -> None:
            connection.execute("UPDATE commands SET ended = ?, ack = ? WHERE principal = ? AND id = ?", row)

        await self._database.write(work)

    async def recent(self, since: float, limit: int) -> tuple[CommandRecord, ...]:
        """Return every open command, and the newest `limit` that ended at or after `since`, in the order they came."""

        def work(connection: Connection) -> tuple[CommandRecord, ...]:
            rows = connection.execute(_RECENT, (since, limit))
            return tuple(_record(row) for row in rows)

        return await self._database.read(work)

    async def find(self, principal: str, id: str) -> CommandRecord | None:
        """Return one command, if it is still kept."""

        def work(connection: Connection) -> CommandRecord | None:
            row = connection.execute("SELECT * FROM commands WHERE principal = ? AND id = ?", (principal, id)).fetchone()
            return None if row is None else _record(row)

        return await self._database.read(work)

    async def prune(self, before: float) -> None:
        """Remove what ended before `before`."""

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM commands WHERE ended < ?", (before,))

        await self._database.write(work)


def _row(record: CommandRecord) -> tuple[Any, ...]:
    command, principal = record.command, record.command.principal
    ack = None if record.ack is None else orjson.dumps(record.ack.document()).decode()
    what = (command.device, command.operation.value, command.name, orjson.dumps(command.input).decode(), command.expires, command.why)
    return (command.id, principal.name, principal.role.value, *what, record.accepted, int(record.sent), record.ended, ack)


def _record(row: tuple[Any, ...]) -> CommandRecord:
    id_, principal, role, device, operation, name, body, expires, why, accepted, sent, ended, ack = row
    command = Command(
        id=id_,
        device=device,
        operation=Operation(operation),
        name=name,
        input=orjson.loads(body),
        principal=Principal(principal, Role(role)),
        expires=expires,
        why=why,
    )
    return CommandRecord(
        command=command, accepted=accepted, sent=bool(sent), ended=ended, ack=None if ack is None else _ack(device, orjson.loads(ack))
    )


def _ack(device: str, body: dict[str, Any]) -> Ack:
    return Ack(
        id=body["id"],
        device=device,
        operation=Operation(body["op"]),
        name=body["name"],
        state=AckState(body["state"]),
        at=from_iso(body["ts"]),
        version=Version(body["boot"], body["seq"]) if "seq" in body else None,
        phase=body.get("phase"),
        percent=body.get("percent"),
        remaining=body.get("remaining"),
        output=body.get("out"),
        error=body.get("error"),
    )
