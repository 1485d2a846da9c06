"""The last events and the last ack of each device, for clients that ask after the fact."""

from collections import deque
from typing import Any

from gateway.faces.payload import event_document
from gateway.home.change import Acknowledged, EventRaised, Removed
from gateway.home.home import Home

KEPT = 32
"""Events kept for each event of each device (profile 3.5)."""


class Recent:
    """Follows the change stream and remembers a little of it."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._events: dict[tuple[str, str], deque[dict[str, Any]]] = {}
        self._acks: dict[str, dict[str, Any]] = {}

    async def follow(self) -> None:
        """Remember until cancelled."""
        async with self._home.subscribe(states=False) as changes:
            async for change in changes:
                if isinstance(change, EventRaised):
                    self._events.setdefault((change.device, change.event.name), deque(maxlen=KEPT)).append(event_document(change))
                elif isinstance(change, Acknowledged):
                    self._acks[change.device] = change.ack.document()
                elif isinstance(change, Removed):
                    self._acks.pop(change.device, None)
                    for key in [key for key in self._events if key[0] == change.device]:
                        del self._events[key]

    def events(self, device: str, name: str, since: int | None = None) -> list[dict[str, Any]]:
        """Return the remembered events of one name, oldest first, after state `since`."""
        kept = self._events.get((device, name), ())
        return [event for event in kept if since is None or event["seq"] > since]

    def ack(self, device: str) -> dict[str, Any] | None:
        """Return the device's last ack."""
        return self._acks.get(device)
