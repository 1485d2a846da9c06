"""Questions and answers with one unit: one question at a time, answers told from everything else by what they say.

Whatever arrives is handed to `heard` too: a notice nobody asked for is evidence as good as an answer. What cannot be read is counted in
`dropped` and forgotten.

Below is one TCP connection after another, never two at once. Units go silent on a connection that is a few minutes old and do not close it,
so each is given up at `LIFE` seconds at most, not all units' at the same moment; when a question stays without an answer on one that had
answered before, the next try is on a new one, and so it is when the unit closes one. `closed` ends with the reason when that leads nowhere:
nobody answers any more, another unit is at this address, the key does not fit, or another program wants the unit's only connection.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from random import Random

from gateway.drivers.midea.channel import Secrets
from gateway.drivers.midea.frame import Frame, decode_frame, encode_frame
from gateway.drivers.midea.line import ANSWER, CLOSED, Played, Way, line_to
from gateway.drivers.midea.packet import Packet, decode_packet, encode_packet
from gateway.drivers.midea.sharing import CROWDED, Sharing
from gateway.drivers.parts.tap import tap
from gateway.drivers.parts.waiting import within
from gateway.errors import CommandError, HulianError, Offline, TimedOut, Unauthenticated, WireError
from gateway.thing.clock import Clock

TRIES = 3
LIFE = 90.0
"""Seconds a connection is used at most; a third less for some."""
_STRANGER = "another appliance answers at this address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a unit is and what it needs to hear; `device` is its number."""

    host: str
    port: int
    device: int
    secrets: Secrets | None = None


class Connection:
    """The open connection; use `connect`. `numbered`: this type's frames carry a message number and a CRC."""

    def __init__(self, address: Address, clock: Clock, random: Random, sharing: Sharing) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[Frame], None] = lambda _: None
        self.dropped = 0
        self.numbered = True
        self._address = address
        self._clock = clock
        self._random = random
        self._sharing = sharing
        self._number = 0
        self._turn = asyncio.Lock()
        self._awaited: tuple[Callable[[Frame], bool], asyncio.Future[Frame]] | None = None
        self._line: Way | None = None
        self._tap = tap()
        self._until = 0.0
        self._stack = AsyncExitStack()
        self._mending: set[asyncio.Task[None]] = set()

    async def ask(self, appliance: int, purpose: int, body: bytes, answers: Callable[[Frame], bool], *, tries: int = TRIES) -> Frame:
        """Send a body and return the first frame that answers it; raise TimedOut after `tries`, Offline when the connection ends."""
        async with self._turn:
            for left in reversed(range(tries)):
                line = await self._fresh()
                try:
                    return await self._once(line, appliance, purpose, body, answers)
                except TimedOut:
                    if tries > 1:  # a question that is asked once may well have no answer
                        self._doubt(line)
                    if not left:
                        raise
                except Offline:
                    if not left or self.closed.done():
                        raise
        raise TimedOut

    async def pause(self, seconds: float) -> None:
        """Give the appliance a while, by the clock that was lent."""
        await self._clock.sleep(seconds)

    async def begin(self) -> None:
        """Open the first line; raise Unauthenticated, TimedOut, Offline or OSError."""
        async with self._turn:
            await self._renew()

    async def end(self) -> None:
        """Close what is open."""
        self._end(Offline("the conversation is over"))
        for task in self._mending:
            task.cancel()
        if self._mending:
            await asyncio.wait(self._mending)
        await self._shut()

    async def _fresh(self) -> Way:
        """Return a line that can be used, a new one when the present one has had its time."""
        if self.closed.done():
            raise Offline(str(self.closed.exception()))
        if self._line is None or self._line.closed.done() or self._clock.monotonic() >= self._until:
            return await self._renew()
        return self._line

    async def _renew(self) -> Way:
        """Close the line and open another: a unit has room for one."""
        await self._shut()
        self._line = line = await self._stack.enter_async_context(self._way())
        self._until = self._clock.monotonic() + LIFE * self._random.uniform(0.67, 1.0)
        line.closed.add_done_callback(lambda _: self._line_closed(line))
        return line

    def _way(self) -> AbstractAsyncContextManager[Way]:
        if self._tap is not None and not self._tap.live:
            return nullcontext(Played())
        return line_to(self._address.host, self._address.port, self._address.secrets, self._clock, self._take)

    async def _shut(self) -> None:
        self._line = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    def _doubt(self, line: Way) -> None:
        """Use a line that had answered and does no more for nothing else."""
        if line.proven:
            self._until = self._clock.monotonic()

    async def _once(self, line: Way, appliance: int, purpose: int, body: bytes, answers: Callable[[Frame], bool]) -> Frame:
        self._number = (self._number + 1) & 0xFF
        numbered = body + bytes([self._number]) if self.numbered else body
        question = Frame(appliance, purpose, numbered)
        frame = encode_frame(question, numbered=self.numbered)
        if self._tap is not None:
            self._tap.said(question)
        awaited: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._awaited = (answers, awaited)
        try:
            line.send(encode_packet(Packet(self._address.device, frame), self._clock.now()))
            return await within(self._clock, ANSWER, awaited, "the appliance did not answer")
        finally:
            self._awaited = None

    def _take(self, data: bytes) -> None:
        try:
            packet = decode_packet(data)
            frame = decode_frame(packet.frame, numbered=self.numbered)
        except WireError:
            self.dropped += 1
            return
        if packet.device not in {0, self._address.device}:
            raise Offline(_STRANGER)
        if self._tap is not None:
            self._tap.heard(frame)
        self.hear(frame)

    def lost(self, reason: str) -> None:
        """Lose the line as it was lost when a recording was made."""
        if isinstance(self._line, Played):
            self._line.end(reason)

    def hear(self, frame: Frame) -> None:
        """Take a frame from the unit."""
        self.heard(frame)
        if self._awaited is not None and not self._awaited[1].done() and self._awaited[0](frame):
            if self._line is not None:
                self._line.proven = True
            self._awaited[1].set_result(frame)

    def _line_closed(self, line: Way) -> None:
        """Make up for a line that ended by itself, or give up."""
        reason = line.closed.exception()
        if line is not self._line or not isinstance(reason, CommandError):
            return
        if self._tap is not None:
            self._tap.ended(str(reason))
        if str(reason) == _STRANGER:
            self._end(reason)
        elif self._sharing.lost((self._address.host, self._address.port), self._clock.monotonic()):
            self._end(Offline(CROWDED))
        else:
            self._fail(reason)
            task = asyncio.create_task(self._mend(), name=f"midea {self._address.host} anew")  # no group: `closed` tells how it ended
            self._mending.add(task)
            task.add_done_callback(self._mending.discard)

    async def _mend(self) -> None:
        async with self._turn:
            if self.closed.done() or (self._line is not None and not self._line.closed.done()):
                return
            try:
                await self._renew()
            except Unauthenticated as error:
                self._end(error)
            except (HulianError, OSError) as error:
                self._end(Offline(f"{CLOSED} and takes no new one: {error}"))

    def _end(self, reason: CommandError) -> None:
        self._fail(reason)
        if not self.closed.done():
            self.closed.set_exception(reason)
            self.closed.exception()  # whether anybody asks or not

    def _fail(self, reason: CommandError) -> None:
        if self._awaited is not None and not self._awaited[1].done():
            self._awaited[1].set_exception(reason)


@asynccontextmanager
async def connect(address: Address, clock: Clock, random: Random, sharing: Sharing) -> AsyncIterator[Connection]:
    """Hold a connection for the length of the block; raise Unauthenticated, TimedOut, Offline or OSError when there is none to be had."""
    where = (address.host, address.port)
    if left := sharing.left_alone(where, clock.monotonic()):
        raise Offline(f"{CROWDED}; it is tried again in {left:.0f} s")
    connection = Connection(address, clock, random, sharing)
    if (beside := tap()) is not None and not beside.live:
        beside.listen(connection.hear, connection.lost)
    try:
        await connection.begin()
        yield connection
    finally:
        await connection.end()
