"""What is retained on the broker for Home Assistant, on disk: whatever happens, it can be cleared later."""

from collections.abc import Mapping

from gateway.storage.documents import DocumentTable

Contents = Mapping[str, str]
"""Key of an entity to its platform."""
_KEY = "topics"


class Kept:
    """The topics of each device and what stands in them; read once, one row a device, written only when something changes."""

    def __init__(self, table: DocumentTable) -> None:
        self._table = table
        self._topics: dict[str, dict[str, Contents]] = {}
        self._alike: dict[frozenset[tuple[str, str]], Contents] = {}

    async def load(self) -> None:
        """Read what earlier lives have left."""
        for entry in await self._table.all():
            self._topics[entry.driver] = self._shared(entry.document)

    def devices(self) -> tuple[str, ...]:
        """Return the ids of devices of which something is retained."""
        return tuple(self._topics)

    def of(self, device: str) -> Mapping[str, Contents]:
        """Return topic to contents."""
        return dict(self._topics.get(device, {}))

    async def keep(self, device: str, topics: Mapping[str, Contents]) -> None:
        """Remember what is (or is about to be) retained of a device, all of it; nothing: forget the device."""
        if topics == self._topics.get(device, {}):
            return
        if topics:
            await self._table.put(device, _KEY, topics)
            self._topics[device] = self._shared(topics)
        else:
            await self._table.remove(device, _KEY)
            del self._topics[device]

    def _shared(self, topics: Mapping[str, Contents]) -> dict[str, Contents]:
        """Return the same with contents that devices alike share."""
        return {topic: self._alike.setdefault(frozenset(what.items()), what) for topic, what in topics.items()}
