"""What is retained on the broker for Home Assistant, on disk: whatever happens, it can be cleared later."""

from collections.abc import Mapping

from gateway.storage.documents import DocumentTable

Contents = Mapping[str, str]
"""Key of an entity to its platform."""


class Kept:
    """The topics of each device and what stands in them; read once, written only when something changes."""

    def __init__(self, table: DocumentTable) -> None:
        self._table = table
        self._topics: dict[str, dict[str, Contents]] = {}

    async def load(self) -> None:
        """Read what earlier lives have left."""
        for entry in await self._table.all():
            self._topics.setdefault(entry.driver, {})[entry.key] = {key: str(platform) for key, platform in entry.document.items()}

    def devices(self) -> tuple[str, ...]:
        """Return the ids of devices of which something is retained."""
        return tuple(self._topics)

    def of(self, device: str) -> Mapping[str, Contents]:
        """Return topic to contents."""
        return dict(self._topics.get(device, {}))

    async def put(self, device: str, topic: str, contents: Contents) -> None:
        """Remember a topic before it is published."""
        known = self._topics.setdefault(device, {})
        if known.get(topic) != contents:
            await self._table.put(device, topic, contents)
            known[topic] = dict(contents)

    async def remove(self, device: str, topic: str) -> None:
        """Forget a topic after it was cleared."""
        await self._table.remove(device, topic)
        known = self._topics.get(device, {})
        known.pop(topic, None)
        if not known:
            self._topics.pop(device, None)
