"""A conversation with one node: messages said and heard, above its cipher, where a tap (`parts/tap`) hears them too.

The node pushes what changes, so a conversation is one connection for as long as it lasts. It ends when the node leaves or falls silent;
whoever keeps the session opens the next one. Of a node that says more than anybody could listen to, the rest is not read.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from itertools import chain
from typing import Final

from gateway.drivers.esphome.library import Api, Line, Secrets, load
from gateway.drivers.esphome.message import Message
from gateway.drivers.parts.allowance import Allowance
from gateway.drivers.parts.tap import Tap, tap
from gateway.drivers.parts.waiting import within
from gateway.errors import HulianError, Offline
from gateway.protocol.lent import lent
from gateway.thing.clock import Clock

PORT: Final = 6053
CONNECT: Final = 4.0
GREET: Final = 10.0
"""Seconds for both ends of the handshake and the hello: weak chips reckon a while."""
ANSWER: Final = 4.0
RATE: Final = (200.0, 2000.0)
"""Messages a second, and at once: a node has at most some hundreds of entities."""
_BYTES: Final = (65536.0, 1048576.0)
PING, PONG = "PingRequest", "PingResponse"


class Link:
    """The conversation; use `linked`. `heard` gets every message; `closed` ends with why it is over; `dropped`: messages nobody read."""

    def __init__(self, clock: Clock) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[Message], None] = lambda _: None
        self.dropped = 0
        self._clock = clock
        self._tap: Tap | None = tap()
        self._api: Api | None = None
        self._messages, self._bytes = Allowance(*RATE), Allowance(*_BYTES)
        self._awaited: dict[str, list[asyncio.Future[Message]]] = {}

    async def open(self, host: str, port: int, secrets: Secrets, mac: str) -> None:
        """Connect, shake hands, say hello; raise Unauthenticated, DeviceFailure, Offline, TimedOut, OSError or ExtraMissing."""
        if self._tap is not None and not self._tap.live:
            self._tap.listen(self._take, lambda reason: self.end(Offline(reason)))
            return
        plug = await within(self._clock, CONNECT, _plugged(host, port), f"no connection to {host}")
        with ExitStack() as stack:
            stack.callback(plug.close)
            await asyncio.to_thread(load)  # once somebody listens there: a hub without nodes asks many addresses and needs no library
            stack.pop_all()
        line = Line(host=host, port=port, secrets=secrets, mac=mac, may_read=self._may_read, take=self._take, end=self.end)
        self._api = api = Api(plug, line)
        await within(self._clock, GREET, api.begin(), "the node did not greet")

    def say(self, *messages: Message) -> None:
        """Send messages; raise Offline when the conversation is over."""
        if self.closed.done():
            raise Offline(str(self.closed.exception()))
        for message in messages:
            if self._tap is not None:
                self._tap.said(message)
            if self._api is not None:
                self._api.say(message)

    async def asked(self, answer: str, *messages: Message, patience: float = ANSWER) -> Message:
        """Send messages and return the first of this name that comes; raise TimedOut, or Offline when the conversation ends."""
        awaited: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        waiting = self._awaited.setdefault(answer, [])
        waiting.append(awaited)  # one for each who waits: who gives up takes nobody else's answer
        try:
            self.say(*messages)
            return await within(self._clock, patience, awaited, f"the node did not answer ({answer})")
        finally:
            waiting.remove(awaited)

    async def lives(self, *messages: Message) -> None:
        """Send messages; return once the node has heard them all. Raise TimedOut or Offline."""
        await self.asked(PONG, *messages, Message(PING))

    def end(self, reason: HulianError) -> None:
        """End the conversation."""
        if self.closed.done():
            return
        self.closed.set_exception(reason)
        self.closed.exception()  # whether anybody asks or not
        for awaited in chain.from_iterable(self._awaited.values()):
            if not awaited.done():
                awaited.set_exception(reason)
                awaited.exception()
        if self._tap is not None:
            self._tap.ended(str(reason))

    def close(self) -> None:
        """Close what is open."""
        self.end(Offline("the conversation is over"))
        api, self._api = self._api, None
        if api is not None:
            api.end()

    def _may_read(self, size: int) -> bool:
        if self._messages.take() and self._bytes.take(size):
            return True
        self.dropped += 1
        return False

    def _take(self, message: Message) -> None:
        if self._tap is not None:
            self._tap.heard(message)
        if message.kind == "GetTimeRequest":  # no time zone with it: the node's own configuration knows where it is
            self.say(Message("GetTimeResponse", {"epoch_seconds": int(self._clock.now())}))
        for awaited in self._awaited.get(message.kind, ()):
            if not awaited.done():
                awaited.set_result(message)
        self.heard(message)


async def _plugged(host: str, port: int) -> socket.socket:
    """Return a connected socket; the library is told addresses only, so names are looked up here."""
    loop = asyncio.get_running_loop()
    family, kind, protocol, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
    plug = socket.socket(family, kind, protocol)
    plug.setblocking(False)
    with ExitStack() as stack:
        stack.callback(plug.close)
        await loop.sock_connect(plug, address)
        stack.pop_all()
    return lent(plug)


@asynccontextmanager
async def linked(host: str, port: int, secrets: Secrets, mac: str, clock: Clock) -> AsyncIterator[Link]:
    """Hold a conversation for the length of the block; `mac`: who it is to be with, "" for anybody."""
    link = Link(clock)
    try:
        await link.open(host, port, secrets, mac)
        yield link
    finally:
        link.close()


__all__ = ["PORT", "Link", "linked"]
