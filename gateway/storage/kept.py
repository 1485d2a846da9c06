"""What drivers keep of their units: one small JSON object each, under the driver's name and the unit's key."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import TooLarge
from gateway.storage.state import StateStore

LARGEST = 4 << 20
"""Bytes of one object, about: a transmitter with 256 long codes stays below one million."""
_PREFIX = "unit:"


class KeptUnits:
    """The objects, in the store of what must survive; each write is on disk when it returns."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    async def of(self, driver: str, key: str) -> Mapping[str, Any]:
        """Return what is kept of a unit, an empty object when there is nothing."""
        found = await self._store.setting(_name(driver, key))
        return found if isinstance(found, dict) else {}

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        """Keep it, or forget it when it is empty; raise TooLarge."""
        if len(repr(document)) > LARGEST:
            raise TooLarge("a driver keeps too much of one unit")
        await self._store.keep(_name(driver, key), dict(document) or None)


def _name(driver: str, key: str) -> str:
    return f"{_PREFIX}{driver}:{key}"
