"""What is on its way out: a window of messages the broker has not confirmed, and behind it a bounded queue, all in order.

Retained topics are merged only once the queue is long: the waiting message takes the newer payload where it stands, so a
topic that changes faster than the broker takes it is never pushed back, and short bursts leave exactly as they came. What does
not fit is counted and `overflowed` says so once the queue has drained: only the owner knows what is true by then.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from gateway.errors import LinkDown
from gateway.protocol.mqtt.message import Properties

WINDOW: Final = 200
"""Messages in flight, unless the broker allows fewer."""
CROWDED: Final = 1_000
"""From here on `publish` waits and retained topics are merged."""
FULL: Final = 20_000
KEPT: Final = 1_000
"""Messages kept for the next link; past it the oldest are given up."""

Send = Callable[[str, bytes, int, bool, Properties], int]


class Outgoing:
    """One message on its way; `done` (if anybody waits) gets the broker's reason code, or LinkDown.

    `keep`: what the broker has not confirmed when the link falls is sent again over the next one.
    """

    __slots__ = ("done", "keep", "payload", "properties", "qos", "retain", "topic")

    def __init__(
        self,
        topic: str,
        payload: bytes,
        qos: int,
        retain: bool,
        properties: Properties,
        done: asyncio.Future[int] | None,
        *,
        keep: bool = False,
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties
        self.done = done
        self.keep = keep


class Outbox:
    """Closed until `opened`; `discarded` counts what nobody waits for and what never got to the broker, as far as we know."""

    def __init__(self) -> None:
        self.discarded = 0
        self._send: Send | None = None
        self._window = WINDOW
        self._flying: dict[int, Outgoing] = {}
        self._waiting: deque[Outgoing] = deque()
        self._mergeable: dict[str, Outgoing] = {}
        self._kept: deque[Outgoing] = deque()
        self._room = asyncio.Event()
        self._empty = asyncio.Event()
        self._truth_wanted = asyncio.Event()
        self._lost = False

    @property
    def open(self) -> bool:
        """Return whether messages are taken."""
        return self._send is not None

    @property
    def has_room(self) -> bool:
        """Return whether `publish` need not wait."""
        return self._room.is_set()

    def opened(self, send: Send, window: int) -> None:
        """Take messages from now on, at most `window` of them unconfirmed at once."""
        self._send = send
        self._window = min(window, WINDOW)
        kept, self._kept = self._kept, deque()
        for outgoing in kept:
            self.put(outgoing)
        self._settle()

    def closed(self, reason: str) -> None:
        """Take none any more; whoever waits gets LinkDown."""
        self._send = None
        lost = [*self._flying.values(), *self._waiting]
        self._flying.clear()
        self._waiting.clear()
        self._mergeable.clear()
        self._lost = False
        self._truth_wanted.clear()
        for outgoing in lost:
            self._lose(outgoing, reason)
        self._settle()

    def put(self, outgoing: Outgoing) -> bool:
        """Send it, or let it wait its turn; False (and counted) when there is no link or no room."""
        if self._send is None:
            self._lose(outgoing, "the link to the broker is down", quietly=True)
            return False
        if not self._waiting and len(self._flying) < self._window:
            self._dispatch(outgoing)
            return True
        return self._queue(outgoing)

    def confirmed(self, packet: int, code: int) -> None:
        """Take the broker's confirmation and send what waits."""
        outgoing = self._flying.pop(packet, None)
        if outgoing is not None and outgoing.done is not None and not outgoing.done.done():
            outgoing.done.set_result(code)
        while self._waiting and len(self._flying) < self._window and self._send is not None:
            self._dispatch(self._next())
        self._settle()

    async def room(self) -> None:
        """Return once `publish` need not wait: the queue is short, or the link is down."""
        await self._room.wait()

    async def drained(self) -> None:
        """Return once everything is confirmed, or the link is down."""
        await self._empty.wait()

    async def overflowed(self) -> None:
        """Return once something did not fit and the queue has drained since."""
        await self._truth_wanted.wait()
        self._truth_wanted.clear()

    def _queue(self, outgoing: Outgoing) -> bool:
        crowded = len(self._waiting) >= CROWDED
        mergeable = outgoing.retain and outgoing.done is None
        if crowded and mergeable and (earlier := self._mergeable.get(outgoing.topic)) is not None:
            earlier.payload, earlier.properties = outgoing.payload, outgoing.properties
            return True
        if len(self._waiting) >= FULL:
            self.discarded += outgoing.done is None
            self._lost = True
            return False
        self._waiting.append(outgoing)
        if mergeable:
            self._mergeable[outgoing.topic] = outgoing
        self._room_or_not()
        return True

    def _next(self) -> Outgoing:
        outgoing = self._waiting.popleft()
        if self._mergeable.get(outgoing.topic) is outgoing:
            del self._mergeable[outgoing.topic]
        return outgoing

    def _dispatch(self, outgoing: Outgoing) -> None:
        assert self._send is not None  # noqa: S101 - both callers have looked
        try:
            packet = self._send(outgoing.topic, outgoing.payload, outgoing.qos, outgoing.retain, outgoing.properties)
        except LinkDown as down:
            self._lose(outgoing, str(down))
        else:
            self._flying[packet] = outgoing
            self._empty.clear()

    def _lose(self, outgoing: Outgoing, reason: str, *, quietly: bool = False) -> None:
        if outgoing.keep:
            self._kept.append(outgoing)
            if len(self._kept) > KEPT:
                self._kept.popleft()
                self.discarded += 1
        elif outgoing.done is None:
            self.discarded += 1
        elif not (quietly or outgoing.done.done()):
            outgoing.done.set_exception(LinkDown(reason))

    def _settle(self) -> None:
        if not self._flying and not self._waiting:
            self._empty.set()
            if self._lost:
                self._truth_wanted.set()
            self._lost = False
        self._room_or_not()

    def _room_or_not(self) -> None:
        if self._send is None or len(self._waiting) < CROWDED:
            self._room.set()
        else:
            self._room.clear()
