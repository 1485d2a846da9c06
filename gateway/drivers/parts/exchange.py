"""Questions and answers over one UDP socket to one unit: one question at a time, asked again when no answer comes.

The socket is connected, so the system drops what strangers send. Whatever can be read is handed to `heard`, whether it answers a question
or not: what nobody asked for is evidence as good as an answer. What cannot be read is counted in `dropped` and forgotten; so a duplicated
or delayed answer does no harm as long as the wire can tell by its own numbers what an answer belongs to. A tap (`tap`) hears all of it in
clear, and may stand in for the unit.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Generic, TypeVar, cast

from gateway.drivers.parts.allowance import DATAGRAMS, Allowance
from gateway.drivers.parts.endpoint import endpoint
from gateway.drivers.parts.tap import in_clear, tap
from gateway.drivers.parts.waiting import within
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.clock import Clock

T = TypeVar("T")
TRIES = 4
PATIENCE = 0.6
"""Seconds to wait for an answer the first time; each further time half as long again, more or less."""
_GROWTH = 1.5


class Exchange(asyncio.DatagramProtocol, Generic[T]):
    """The open exchange; use `exchange`. `decode` makes a message of a datagram, or raises WireError; `spoken` likewise of one of ours."""

    def __init__(self, decode: Callable[[bytes], T], clock: Clock, random: Random, spoken: Callable[[bytes], Any] | None = None) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[T], None] = lambda _: None
        self.dropped = 0
        self._decode = decode
        self._clock = clock
        self._random = Random(random.getrandbits(64))  # noqa: S311 - for pauses; how often it is asked moves nobody else's chance
        self._spoken = spoken or decode
        self._tap = tap()
        self._allowance = Allowance(*DATAGRAMS)
        self._turn = asyncio.Lock()
        self._transport: asyncio.DatagramTransport | None = None
        self._awaited: tuple[Callable[[T], bool], asyncio.Future[T]] | None = None

    async def ask(
        self, question: Callable[[], bytes], answers: Callable[[T], bool], *, tries: int = TRIES, patience: float = PATIENCE
    ) -> T:
        """Send what `question` makes, anew each time; return the first message that `answers` it. TimedOut after `tries`, Offline."""
        async with self._turn:
            for left in reversed(range(tries)):
                try:
                    return await self._once(question(), answers, patience * self._random.uniform(0.8, 1.2))
                except TimedOut:
                    if not left:
                        raise
                patience *= _GROWTH
        raise TimedOut("the appliance did not answer")

    def tell(self, data: bytes) -> None:
        """Send something that has no answer."""
        if self._tap is not None:
            self._tap.said(in_clear(data, self._spoken))
        if self._transport is not None:
            self._transport.sendto(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # neither loop's is an instance of it

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - connected: it can only be the unit
        """Hand on what can be read; end the wait when it is the answer."""
        if not self._allowance.take():
            self.dropped += 1
            return
        try:
            message = self._decode(data)
        except WireError:
            self.dropped += 1
            return
        if self._tap is not None:
            self._tap.heard(message)
        self.take(message)

    def take(self, message: T) -> None:
        """Take what the unit said."""
        self.heard(message)
        if self._awaited is not None and not self._awaited[1].done() and self._awaited[0](message):
            self._awaited[1].set_result(message)

    def error_received(self, exc: Exception) -> None:
        """Give up waiting: the host says that nobody listens there, or there is no way to it."""
        if self._tap is not None:
            self._tap.ended(str(exc))
        self.give_up(str(exc))

    def give_up(self, reason: str) -> None:
        """End the wait for an answer."""
        if self._awaited is not None and not self._awaited[1].done():
            self._awaited[1].set_exception(Offline(f"the appliance cannot be reached: {reason}"))
            self._awaited[1].exception()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that it is over."""
        if not self.closed.done():
            self.closed.set_exception(Offline(f"the socket was closed: {exc or 'the session ended'}"))
            self.closed.exception()

    async def _once(self, data: bytes, answers: Callable[[T], bool], seconds: float) -> T:
        if self.closed.done() or (self._transport is not None and self._transport.is_closing()):
            raise Offline("the socket is closed")
        awaited: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._awaited = (answers, awaited)
        try:
            self.tell(data)
            return await within(self._clock, seconds, awaited, "the appliance did not answer")
        finally:
            self._awaited = None


@asynccontextmanager
async def exchange(
    address: str, port: int, decode: Callable[[bytes], T], clock: Clock, random: Random, *, spoken: Callable[[bytes], Any] | None = None
) -> AsyncIterator[Exchange[T]]:
    """Hold a socket to a unit open for the length of the block; raise OSError when there is no way to it.

    `spoken` reads what we say, for a tap, where `decode` reads only what units say.
    """
    if (beside := tap()) is not None and not beside.live:
        talk = Exchange(decode, clock, random, spoken)
        beside.listen(talk.take, talk.give_up)
        try:
            yield talk
        finally:
            talk.connection_lost(None)
        return
    talk = Exchange(decode, clock, random, spoken)
    async with endpoint(talk, remote_addr=(address, port)):
        yield talk
