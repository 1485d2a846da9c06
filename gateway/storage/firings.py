"""What is known of the triggers of scenes, and every time one fired: the memory by which it fires exactly once across a restart.

A firing and what is known of its trigger from then on are one transaction. `occasion` tells one time from the next: a day, or a count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Final

import orjson

from gateway.storage.database import Database

KEPT: Final = 40
"""Firings that are kept of one trigger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A trigger's own moment. `run`: the id of the run it begins; `at`: seconds since the epoch; `state`: due, begun, or why not."""

    scene: str
    rule: str
    occasion: str
    run: str
    at: float
    state: str
    cause: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one trigger of a scene; rule "" is what is known of the scene."""

    scene: str
    rule: str
    document: Mapping[str, Any]


class FiringTable:
    """The ledger; each write is on disk when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self) -> tuple[Known, ...]:
        """Return what is known of every trigger."""

        def work(connection: Connection) -> tuple[Known, ...]:
            rows = connection.execute("SELECT scene, rule, document FROM scene_rules")
            return tuple(Known(scene=scene, rule=rule, document=orjson.loads(body)) for scene, rule, body in rows)

        return await self._database.read(work)

    async def firings(self) -> tuple[Firing, ...]:
        """Return every firing that is kept, the oldest first."""

        def work(connection: Connection) -> tuple[Firing, ...]:
            rows = connection.execute("SELECT scene, rule, occasion, run, at, state, cause FROM scene_firings ORDER BY number")
            return tuple(
                Firing(scene=scene, rule=rule, occasion=occasion, run=run, at=at, state=state, cause=orjson.loads(cause))
                for scene, rule, occasion, run, at, state, cause in rows
            )

        return await self._database.read(work)

    async def keep(self, known: Iterable[Known]) -> None:
        """Keep what is known of some triggers."""
        rows = [_row(each) for each in known]
        await self._database.write(lambda connection: _put(connection, rows))

    async def fire(self, firing: Firing, known: Known) -> bool:
        """Write down a firing with what is known from then on; return False, and keep nothing, where this occasion had its firing."""
        row = (firing.scene, firing.rule, firing.occasion, firing.run, firing.at, firing.state, orjson.dumps(dict(firing.cause)).decode())

        def work(connection: Connection) -> bool:
            cursor = connection.execute(
                "INSERT INTO scene_firings (scene, rule, occasion, run, at, state, cause) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (scene, rule, occasion) DO NOTHING",
                row,
            )
            if cursor.rowcount == 0:
                return False
            _put(connection, [_row(known)])
            connection.execute(
                "DELETE FROM scene_firings WHERE scene = ? AND rule = ? AND state <> 'due' AND number NOT IN "
                "(SELECT number FROM scene_firings WHERE scene = ? AND rule = ? ORDER BY number DESC LIMIT ?)",
                (firing.scene, firing.rule, firing.scene, firing.rule, KEPT),
            )
            return True

        return await self._database.write(work)

    async def settle(self, run: str, state: str) -> None:
        """Say what became of a firing."""

        def work(connection: Connection) -> None:
            connection.execute("UPDATE scene_firings SET state = ? WHERE run = ?", (state, run))

        await self._database.write(work)

    async def forget(self, scene: str, rules: Iterable[str] | None = None) -> None:
        """Forget some triggers of a scene, or all there is of it."""
        gone = None if rules is None else [(scene, rule) for rule in rules]

        def work(connection: Connection) -> None:
            for table in ("scene_rules", "scene_firings"):
                if gone is None:
                    connection.execute(f"DELETE FROM {table} WHERE scene = ?", (scene,))  # noqa: S608 - a constant of ours
                else:
                    connection.executemany(f"DELETE FROM {table} WHERE scene = ? AND rule = ?", gone)  # noqa: S608 - likewise

        await self._database.write(work)


def _row(known: Known) -> tuple[str, str, str]:
    return known.scene, known.rule, orjson.dumps(dict(known.document)).decode()


def _put(connection: Connection, rows: Iterable[tuple[str, str, str]]) -> None:
    connection.executemany(
        "INSERT INTO scene_rules (scene, rule, document) VALUES (?, ?, ?) "
        "ON CONFLICT (scene, rule) DO UPDATE SET document = excluded.document",
        rows,
    )
