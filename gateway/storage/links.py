"""Which appliance hangs on which: a plug feeds it, a remote controls it, a charger charges it; and who said so."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from gateway.errors import Unknown
from gateway.storage.database import Database

_INSERT = (
    "INSERT INTO links (source, relation, target, kind, made_by, made) SELECT ?, ?, ?, ?, ?, ? "
    "WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?) AND (? = '' OR EXISTS (SELECT 1 FROM devices WHERE id = ?))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """One link. `target` "": something without a place in this home, of which only the `kind` is known.

    `made`: seconds since the epoch; `by`: the name of whoever made it, "" after the home was handed on.
    """

    source: str
    relation: str
    target: str = ""
    kind: str = ""
    by: str = ""
    made: float = 0.0


class LinkTable:
    """Links by source, relation and target."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[LinkRecord, ...]:
        """Return every link, in the order they were made."""

        def work(connection: Connection) -> tuple[LinkRecord, ...]:
            rows = connection.execute("SELECT source, relation, target, kind, made_by, made FROM links ORDER BY rowid")
            return tuple(
                LinkRecord(source=source, relation=relation, target=target, kind=kind, by=by, made=made)
                for source, relation, target, kind, by, made in rows
            )

        return await self._database.read(work)

    async def change(self, gone: Iterable[LinkRecord], new: Iterable[LinkRecord]) -> None:
        """Remove some and add others, all or nothing; raise Unknown when an end of a new one is no device of this home."""
        removed, added = tuple(gone), tuple(new)

        def work(connection: Connection) -> None:
            for each in removed:
                connection.execute(
                    "DELETE FROM links WHERE source = ? AND relation = ? AND target = ?", (each.source, each.relation, each.target)
                )
            for each in added:
                row = (each.source, each.relation, each.target, each.kind, each.by, each.made, each.source, each.target, each.target)
                if connection.execute(_INSERT, row).rowcount != 1:
                    raise Unknown(f"{each.source} or {each.target} was removed from the home meanwhile")

        await self._database.write(work)
