"""Questions and answers with one adapter: one at a time, each on a connection of its own, asked again when no answer comes.

Adapters have room for few connections, some for one, so there is never a second; and where a question was broken off in the middle, the
adapter gets a moment to notice before the next connection comes, from this conversation or the one after it. Asking again does no harm:
whatever is set is set to a value, not changed by one. What cannot be read counts as no answer. A tap (`parts/tap`) hears questions and
answers, and may stand in for the adapter.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from gateway.drivers.daikin.message import Answer, Question, decode
from gateway.drivers.daikin.page import fetch
from gateway.drivers.parts.tap import Tap, tap
from gateway.drivers.parts.waiting import within
from gateway.errors import Offline, TimedOut, WireError
from gateway.thing.clock import Clock

TRIES = 3
PATIENCE = 1.6
"""Seconds for a question and its answer the first time; half a second is usual. Each further time a quarter longer."""
_GROWTH = 1.25
_PAUSE = 0.3
"""Seconds before it is asked again, more or less."""
_MOMENT = 0.1
"""Seconds in which an adapter has noticed that we left."""
_SILENT = "the adapter did not answer"
NO_PAGE = Answer("no such page")


class Talk:
    """The conversation; use `talk_with`. `closed` ends when the adapter cannot be reached, or has become another one."""

    def __init__(self, host: str, port: int, clock: Clock, random: Random) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.dropped = 0
        self._host, self._port = host, port
        self._clock = clock
        self._random = Random(random.getrandbits(64))  # noqa: S311 - for pauses
        self._tap: Tap | None = tap()
        self._turn = asyncio.Lock()
        self._awaited: asyncio.Future[Answer] | None = None
        self._broken_off = False

    async def ask(self, question: Question, *, tries: int = TRIES) -> Answer:
        """Return the answer, NO_PAGE where there is none of that name; TimedOut after `tries`, Offline when nobody is reached."""
        async with self._turn:
            patience = PATIENCE
            for left in reversed(range(tries)):
                if self.closed.done():
                    raise Offline(str(self.closed.exception()))
                try:
                    return await self._once(question, patience)
                except (TimedOut, WireError) as error:
                    if not left:
                        raise TimedOut(str(error)) from error
                except OSError as error:
                    if not left:
                        raise self.end(Offline(f"the adapter cannot be reached: {error}")) from error
                await self._clock.sleep(_PAUSE * self._random.uniform(0.7, 1.3))
                patience *= _GROWTH
        raise TimedOut(_SILENT)

    def end(self, reason: Offline) -> Offline:
        """End the conversation; return the reason."""
        if not self.closed.done():
            self.closed.set_exception(reason)
            self.closed.exception()  # whether anybody asks or not
            if self._tap is not None:
                self._tap.ended(str(reason))
        return reason

    def take(self, answer: Answer) -> None:
        """Take what the adapter said when a recording was made."""
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(answer)

    def broken(self, reason: str) -> None:
        """End as it ended when a recording was made."""
        self.end(Offline(reason))

    async def _once(self, question: Question, patience: float) -> Answer:
        if self._tap is None:
            return await within(self._clock, patience, self._fetched(question), _SILENT)
        self._tap.said(question)
        if not self._tap.live:
            self._awaited = asyncio.get_running_loop().create_future()
            return await within(self._clock, patience, self._awaited, _SILENT)
        answer = await within(self._clock, patience, self._fetched(question), _SILENT)
        self._tap.heard(answer)
        return answer

    async def left(self) -> None:
        """Return when the adapter has noticed that nobody is there any more."""
        if self._broken_off:
            await self._clock.sleep(_MOMENT)

    async def _fetched(self, question: Question) -> Answer:
        self._broken_off = True
        try:
            body = await fetch(self._host, self._port, question.target)
        except (OSError, WireError):
            self._broken_off = False
            raise
        self._broken_off = False
        try:
            return decode(body) if body else NO_PAGE
        except WireError:
            self.dropped += 1
            raise


@asynccontextmanager
async def talk_with(host: str, port: int, clock: Clock, random: Random) -> AsyncIterator[Talk]:
    """Hold a conversation for the length of the block; nothing is opened before the first question."""
    talk = Talk(host, port, clock, random)
    if (beside := tap()) is not None and not beside.live:
        beside.listen(talk.take, talk.broken)
    try:
        yield talk
    finally:
        talk.end(Offline("the conversation is over"))
        await talk.left()
