"""What discovery needs from storage: two tables of plain documents under (driver, key)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Stored(Protocol):
    """One stored document."""

    @property
    def document(self) -> Mapping[str, Any]:
        """What was put."""
        ...


class Documents(Protocol):
    """A table. Every write is durable when it returns; writes that wait together may share one commit."""

    async def all(self) -> Sequence[Stored]:
        """Return every document, in the order they were first put."""
        ...

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        """Store or replace one document."""
        ...

    async def remove(self, driver: str, key: str) -> None:
        """Remove one document, if it is there."""
        ...


class DiscoveryStore(Protocol):
    """Both tables. Credentials are in neither: they are in the vault."""

    @property
    def registrations(self) -> Documents:
        """Accepted units."""
        ...

    @property
    def inbox(self) -> Documents:
        """What was seen, and what was decided."""
        ...
