"""Where scenes and what became of them are kept: every version of a scene's text, and the last reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

KEPT: Final = 50
"""Versions of one scene, and reports of all, that are kept."""


class Entry(Protocol):
    """One kept document."""

    @property
    def driver(self) -> str:
        """Return the name it is kept under."""
        ...

    @property
    def key(self) -> str:
        """Return which of that name."""
        ...

    @property
    def document(self) -> dict[str, Any]:
        """Return what is kept."""
        ...


class Table(Protocol):
    """Documents under a name and a key, on disk when `put` returns; `storage.documents` is one."""

    async def all(self) -> tuple[Entry, ...]:
        """Return everything, the oldest first."""
        ...

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        """Keep one document."""
        ...

    async def remove(self, driver: str, key: str) -> None:
        """Forget one."""
        ...


@dataclass(frozen=True, slots=True)
class Version:
    """A scene as somebody wrote it. `at`: seconds since the epoch; `number` counts from 1."""

    scene: str
    number: int
    text: str
    by: str
    at: float


class Shelf:
    """The versions of every scene, the newest last; `load` before anything else."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._versions: dict[str, list[Version]] = {}

    async def load(self) -> None:
        """Read what is kept."""
        for entry in await self._table.all():
            told = entry.document
            version = Version(entry.driver, int(entry.key), told["text"], told["by"], told["at"])
            self._versions.setdefault(entry.driver, []).append(version)
        for versions in self._versions.values():
            versions.sort(key=lambda version: version.number)

    def names(self) -> tuple[str, ...]:
        """Return the names of the scenes, in alphabetical order."""
        return tuple(sorted(self._versions))

    def newest(self, scene: str) -> Version | None:
        """Return a scene as it is now."""
        versions = self._versions.get(scene)
        return versions[-1] if versions else None

    def versions(self, scene: str) -> tuple[Version, ...]:
        """Return every version that is kept, the oldest first."""
        return tuple(self._versions.get(scene, ()))

    async def put(self, scene: str, text: str, by: str, at: float) -> Version:
        """Keep a new version; what is the same as the newest is not kept twice."""
        newest = self.newest(scene)
        if newest is not None and newest.text == text:
            return newest
        version = Version(scene, 1 if newest is None else newest.number + 1, text, by, at)
        await self._table.put(scene, str(version.number), {"text": text, "by": by, "at": at})
        kept = self._versions.setdefault(scene, [])
        kept.append(version)
        while len(kept) > KEPT:
            await self._table.remove(scene, str(kept.pop(0).number))
        return version

    async def remove(self, scene: str) -> None:
        """Forget a scene with all its versions."""
        for version in self._versions.pop(scene, []):
            await self._table.remove(scene, str(version.number))
