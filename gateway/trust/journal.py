"""The security journal: what happened at the door, by whom, from where, and how it ended. It holds no secret.

The last entries are kept on disk for the owner (`hulian journal`), and each is a line of the log. What comes in floods
(guesses, refused datagrams) is counted into one entry for each kind and source within a while.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from gateway.thing.clock import Clock
from gateway.thing.log import Log

_log = Log()

FOLD_SECONDS = 60.0
"""Refusals of one kind from one source within so long are one entry."""
SOURCES_LIMIT = 32
"""Sources told apart within that time; what comes from still more is one entry together: whoever invents addresses fills no disk."""
MANY = "many sources"
REFUSED = "refused"
"""The lot in which refusals are kept: however many there are, they drive out nothing that was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event: `what` happened (`paired`, `revoked`, `refused` ...), who did it to whom, from where, and how it ended."""

    at: float
    what: str
    actor: str = ""
    target: str = ""
    source: str = ""
    result: str = "done"
    detail: Mapping[str, Any] = field(default_factory=dict)


class JournalStore(Protocol):
    """Where entries are kept as plain documents, the newest of a bounded number."""

    async def append(self, at: float, document: Mapping[str, Any], lot: str) -> None:
        """Keep one that happened at `at` (seconds since the epoch); each lot is bounded by itself."""
        ...

    async def newest(self, limit: int) -> tuple[dict[str, Any], ...]:
        """Return the newest, oldest first."""
        ...


class Journal:
    """Writes entries down."""

    def __init__(self, store: JournalStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._begun: dict[tuple[str, str], float] = {}

    async def record(self, what: str, *, actor: str = "", target: str = "", source: str = "", result: str = "done", **detail: Any) -> None:
        """Write one event down; refusals of one kind from one source at most once in FOLD_SECONDS."""
        now = self._clock.now()
        refused = result != "done"
        if refused:
            source = self._told_apart(what, source, now)
            if (what, source) in self._begun:
                return
            self._begun[what, source] = now
        entry = Entry(at=now, what=what, actor=actor, target=target, source=source, result=result, detail=detail)
        _log.info("security", what=what, actor=actor, target=target, source=source, result=result, **detail)
        await self._store.append(now, asdict(entry), REFUSED if refused else "")

    async def newest(self, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries, oldest first."""
        return tuple(Entry(**document) for document in await self._store.newest(limit))

    def _told_apart(self, what: str, source: str, now: float) -> str:
        """Return the source to write down, MANY when there are too many."""
        self._begun = {key: begun for key, begun in self._begun.items() if now - begun < FOLD_SECONDS}
        return source if (what, source) in self._begun or len(self._begun) < SOURCES_LIMIT else MANY
