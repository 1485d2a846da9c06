"""What an appliance still has to say to its broker, in order.

State is one entry however often it changes meanwhile: when its turn comes, what is true then is published, first each property that
moved, the whole last. Acks, events and clearings keep their places around it. Nothing waits here while the link is down: what counts is
said again after every connect.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.wires.mqtt_link import Message

_MOST = 2048
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, or (None) the state; `due` is the loop's time when the network lets it out; `sent` is called once the broker has it."""

    message: Message | None
    due: float
    sent: Callable[[], None] | None = None


class Outbox:
    """The queue of one connection; `overflow` is set when the broker is too slow and the link should be given up."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._filled = asyncio.Event()
        self._names: set[str] = set()
        self._state_waits = False
        self.overflow = False

    def put(self, message: Message, *, delay: float = 0.0, sent: Callable[[], None] | None = None) -> None:
        """Add a message that leaves after `delay` seconds."""
        self._add(Entry(message, self._due(delay), sent))

    def put_state(self, names: tuple[str, ...], *, delay: float = 0.0) -> None:
        """Note that these properties moved."""
        self._names.update(names)
        if not self._state_waits:
            self._state_waits = True
            self._add(Entry(None, self._due(delay)))

    def moved(self) -> set[str]:
        """Return the properties that moved since the last call; the next change queues anew."""
        names, self._names = self._names, set()
        self._state_waits = False
        return names

    async def take(self) -> list[Entry]:
        """Return the next entries whose time has come, at least one."""
        while not self._entries:
            self._filled.clear()
            await self._filled.wait()
        loop = asyncio.get_running_loop()
        if (wait := self._entries[0].due - loop.time()) > 0:
            await asyncio.sleep(wait)
        batch = [self._entries.popleft()]
        while self._entries and len(batch) < _BATCH and self._entries[0].due <= loop.time():
            batch.append(self._entries.popleft())
        return batch

    def _due(self, delay: float) -> float:
        return asyncio.get_running_loop().time() + delay if delay else 0.0

    def _add(self, entry: Entry) -> None:
        self.overflow = self.overflow or len(self._entries) >= _MOST
        self._entries.append(entry)
        self._filled.set()
