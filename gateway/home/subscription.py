"""The change stream: one writer, any number of readers, none of which can slow the home down.

Every reader has its own queue. State changes of one device that wait there are merged in place: the slot keeps its
number and carries the newest document, so a reader never sees a device go back. Acks, events, availability and
descriptions are kept one by one up to a limit; past it the queue is thrown away and the reader gets a Snapshot instead
of a gap. State changes need no limit of their own: there is at most one per device.

Where somebody asked for it (`Stream.remember`), the newest changes are kept, so that a reader whose connection broke takes up where it
was: it says the number it has seen last.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from gateway.home.change import Change, Described, Removed, Snapshot, StateChanged

LIMIT = 1024
"""Acks, events and the like that may wait for one reader."""


class Subscription:
    """One reader of the stream: `async with` it, then iterate. The first change is a Snapshot."""

    __slots__ = ("_after", "_ended", "_kept", "_limit", "_queue", "_stream", "_waiting", "_wake", "devices", "overflows", "states")

    def __init__(
        self, stream: "Stream", devices: frozenset[str] | None, limit: int, *, states: bool = True, after: int | None = None
    ) -> None:
        self.devices = devices
        self.states = states
        self.overflows = 0
        self._stream = stream
        self._limit = limit
        self._queue: deque[Change | str] = deque()
        self._waiting: dict[str, StateChanged] = {}
        self._kept = 0
        self._wake: asyncio.Future[None] | None = None
        self._ended = False
        self._after = after

    async def __aenter__(self) -> Self:
        self._stream.join(self)
        missed = None if self._after is None else self._stream.since(self._after)
        if missed is None:
            self._restart()
        for change in missed or ():
            self.offer(change)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.leave(self)
        self.end()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        while not self._queue:
            if self._ended:
                raise StopAsyncIteration
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        item = self._queue.popleft()
        if isinstance(item, str):
            return self._waiting.pop(item)
        self._kept -= 1
        return item

    def offer(self, change: Change) -> None:
        """Take one change in; never blocks. The stream alone calls this."""
        if isinstance(change, StateChanged):
            if not self.states:
                return
            self._offer_state(change)
        else:
            self._offer_other(change)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def end(self) -> None:
        """Let the reader go once it has read what waits."""
        self._ended = True
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _offer_state(self, change: StateChanged) -> None:
        device = change.device
        if self.devices is not None and device not in self.devices:
            return
        waiting = self._waiting.get(device)
        if waiting is None:
            self._waiting[device] = change
            self._queue.append(device)
        else:
            self._waiting[device] = _merged(waiting, change)

    def _offer_other(self, change: Change) -> None:
        if isinstance(change, Snapshot) or (self.devices is not None and change.device not in self.devices):
            return
        if self._kept >= self._limit:
            self.overflows += 1
            self._restart()
            return
        if isinstance(change, Removed) and self._waiting.pop(change.device, None) is not None:
            self._queue.remove(change.device)
        self._kept += 1
        self._queue.append(change)

    def _restart(self) -> None:
        self._queue.clear()
        self._waiting.clear()
        self._queue.append(self._stream.snapshot(self.devices))
        self._kept = 1


class Stream:
    """The writer's side: numbers every change and hands it to each reader."""

    __slots__ = ("_devices", "_readers", "_recent", "described", "number")

    def __init__(self, devices: Callable[[], Iterable[str]]) -> None:
        self.number = 0
        self.described = 0
        """The number of the change that told last of a device that is new, gone, or another than it was."""
        self._devices = devices
        self._readers: list[Subscription] = []
        self._recent: deque[Change] = deque(maxlen=0)

    def remember(self, count: int) -> None:
        """Keep the newest changes from now on, so many of them."""
        self._recent = deque(self._recent, maxlen=count)

    def since(self, number: int) -> tuple[Change, ...] | None:
        """Return the changes after a number, the oldest first; None where not all of them are kept any more."""
        oldest = self._recent[0].number if self._recent else self.number + 1
        return tuple(change for change in self._recent if change.number > number) if oldest - 1 <= number <= self.number else None

    def subscribe(
        self, devices: frozenset[str] | None = None, limit: int = LIMIT, *, states: bool = True, after: int | None = None
    ) -> Subscription:
        """Return a reader of all devices (None) or of these, of all but the states if asked; it listens from `async with` on.

        `after`: the number of the change it has seen last; it goes on from there where that is still known, else it begins anew.
        """
        return Subscription(self, devices, limit, states=states, after=after)

    def next(self) -> int:
        """Return the number of the change that is about to be published."""
        self.number += 1
        return self.number

    def publish(self, change: Change) -> None:
        """Hand one change to every reader."""
        self._recent.append(change)
        if isinstance(change, Described | Removed):
            self.described = change.number
        for reader in self._readers:
            reader.offer(change)

    def snapshot(self, devices: frozenset[str] | None) -> Snapshot:
        """Return where a reader starts."""
        return Snapshot(self.number, tuple(device for device in self._devices() if devices is None or device in devices))

    def join(self, reader: Subscription) -> None:
        """Count a reader in."""
        self._readers.append(reader)

    def leave(self, reader: Subscription) -> None:
        """Count a reader out."""
        self._readers.remove(reader)

    def close(self) -> None:
        """End every reader."""
        for reader in self._readers:
            reader.end()


def _merged(older: StateChanged, newer: StateChanged) -> StateChanged:
    return StateChanged(older.number, newer.device, older.changed | newer.changed, newer.document, newer.version, newer.at)
