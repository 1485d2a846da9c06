"""Questions and answers with one node: one question at a time, asked again when no answer comes.

A node's answers and announcements come from its address through the shared plug. An answer is told by its transaction number, the object it
is from and its service; one that belongs to no open question is old, and dropped, for what it says may be over. An announcement that came
before and was followed by another is old too, as far as the node numbers its announcements (many always say 0).

Real nodes limit how many properties they take at once: some answer the first few only, some refuse them all, some say nothing. `most` is
what this node was seen to take; a request that is not answered in full is asked on in smaller pieces.

A tap is told each frame with the number 0 in a question and its answer: real numbers are shared by all nodes and say nothing about one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

from gateway.drivers.echonet.frame import GET, GOT, GOT_PARTLY, SET, SET_DONE, SET_PARTLY, TOLD, TOLD_SURELY, Frame, Properties
from gateway.drivers.echonet.identity import PRODUCTION
from gateway.drivers.echonet.plug import Plug, local_address, numeric, shared_plug
from gateway.drivers.parts.tap import tap
from gateway.drivers.parts.waiting import within
from gateway.errors import Offline, TimedOut
from gateway.thing.clock import Clock

TRIES = 4
PATIENCE = 0.6
"""Seconds to wait for an answer the first time; each further time half as long again, more or less."""
FEW = 2
"""Tries of a request of many properties, and silences to it, before the node is asked for fewer at once."""
MOST = 48
_GROWTH = 1.5
_REMEMBERED = 32


class Talk:
    """The conversation; use `talking`. `closed` ends when the session has to be begun anew."""

    def __init__(self, plug: Plug, address: str, clock: Clock, random: Random) -> None:
        self.address = address
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: list[Callable[[Frame], None]] = []
        self.most = MOST
        self._silences = 0
        self._announced: deque[Frame] = deque(maxlen=_REMEMBERED)
        self._plug = plug
        self._clock = clock
        self._random = random
        self._tap = tap()
        self._turn = asyncio.Lock()
        self._awaited: tuple[int, int, Collection[int], asyncio.Future[Frame]] | None = None

    async def get(self, instance: int, codes: Sequence[int], *, tries: int = TRIES) -> dict[int, bytes]:
        """Return the data of what could be got; raise TimedOut when the node does not answer, Offline when the conversation is over."""
        found: dict[int, bytes] = {}
        left = list(dict.fromkeys(codes))
        while left:
            piece = left[: self.most]
            answered = await self._got(instance, piece, tries)
            left = [code for code in left if code not in answered]
            found |= answered
        return found

    async def set(self, instance: int, data: Mapping[int, bytes]) -> Collection[int]:
        """Set properties, all in one request where the node takes that many; return those it refused. Raise TimedOut or Offline."""
        refused: list[int] = []
        left = list(data.items())
        while left:
            piece = tuple(left[: self.most])
            answer = await self._ask(instance, SET, piece, (SET_DONE, SET_PARTLY), TRIES)
            answered = {code for code, _ in answer.properties} & dict(piece).keys()
            if not answered:
                return [*refused, *(code for code, _ in left)]
            if len(answered) < len(piece):
                self.most = len(answered)
            refused += [code for code, rest in answer.properties if rest and answer.service == SET_PARTLY]
            left = [(code, value) for code, value in left if code not in answered]
        return refused

    def end(self, why: str) -> None:
        """Let the session end."""
        if not self.closed.done():
            self.closed.set_exception(Offline(why))
            self.closed.exception()

    def receive(self, frame: Frame, _: str) -> None:
        """Take a frame from the node."""
        if self._tap is not None:
            answers = self._awaited is not None and frame.number == self._awaited[0]
            self._tap.heard(replace(frame, number=0 if answers else frame.number, properties=_nameless(frame.properties)))
        if frame.service in (TOLD, TOLD_SURELY):
            if not self._old(frame):
                self._hand_on(frame)
        elif self._awaited is not None:
            number, source, services, waiting = self._awaited
            if (frame.number, frame.source) == (number, source) and frame.service in services and not waiting.done():
                self._hand_on(frame)
                waiting.set_result(frame)

    def play(self, frame: Frame) -> None:
        """Take a frame of a recording: an answer is one to what was asked last."""
        answers = frame.number == 0 and self._awaited is not None
        self.receive(replace(frame, number=self._awaited[0]) if answers and self._awaited is not None else frame, self.address)

    def _hand_on(self, frame: Frame) -> None:
        for heard in self.heard:
            heard(frame)

    def _old(self, frame: Frame) -> bool:
        """Take note of an announcement; return whether it is one from before the latest."""
        repeated = frame in self._announced and self._announced[-1].number != frame.number
        if not repeated:
            self._announced.append(frame)
        return repeated

    async def _got(self, instance: int, piece: Sequence[int], tries: int) -> dict[int, bytes]:
        """Ask for some properties; return what was answered, at least one, however few the node takes."""
        wanted: Properties = tuple((code, b"") for code in piece)
        try:
            answer = await self._ask(instance, GET, wanted, (GOT, GOT_PARTLY), tries if len(piece) == 1 else min(tries, FEW))
        except TimedOut:
            if len(piece) == 1:
                raise
            await self._unheard(instance, wanted, tries)
            return {}
        self._silences = 0
        answered = {code: data for code, data in answer.properties if code in piece}
        if len(answered) == len(piece) and (any(answered.values()) or len(piece) == 1):
            return answered
        if not any(answered.values()):
            self.most = max(len(piece) // 2, 1)
            return {} if len(piece) > 1 else {piece[0]: b""}
        self.most = len(answered)
        return answered

    async def _unheard(self, instance: int, wanted: Properties, tries: int) -> None:
        """Find out whether the node is away (TimedOut) or does not take so many: after the second time it is asked for half of them."""
        await self._ask(instance, GET, wanted[:1], (GOT, GOT_PARTLY), tries)
        self._silences += 1
        if self._silences >= FEW:
            self._silences = 0
            self.most = len(wanted) // 2

    async def _ask(self, instance: int, service: int, properties: Properties, services: Collection[int], tries: int) -> Frame:
        patience = PATIENCE
        async with self._turn:
            question = Frame(number=self._plug.number(), service=service, target=instance, properties=properties)
            for left in reversed(range(tries)):
                try:
                    return await self._once(question, services, patience * self._random.uniform(0.8, 1.2))
                except TimedOut:
                    if not left:
                        raise
                patience *= _GROWTH
        raise TimedOut("the node did not answer")

    async def _once(self, question: Frame, services: Collection[int], seconds: float) -> Frame:
        if self.closed.done():
            raise Offline(str(self.closed.exception()))
        waiting: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._awaited = (question.number, question.target, services, waiting)
        try:
            if self._tap is not None:
                self._tap.said(replace(question, number=0))
            self._plug.send(question, self.address)
            return await within(self._clock, seconds, waiting, f"the node at {self.address} did not answer")
        finally:
            self._awaited = None


def _nameless(properties: Properties) -> Properties:
    """Return properties without the serial number, which says whose the unit is and means nothing to the rest."""
    return tuple((code, bytes(len(data)) if code == PRODUCTION else data) for code, data in properties)


@asynccontextmanager
async def talking(plug: Plug, address: str, clock: Clock, random: Random) -> AsyncIterator[Talk]:
    """Hold a conversation with the node at an address for the length of the block."""
    talk = Talk(plug, address, clock, random)
    with plug.watching(talk.receive, address):
        try:
            yield talk
        finally:
            talk.end("the session ended")


@asynccontextmanager
async def conversation(address: str, clock: Clock, random: Random) -> AsyncIterator[Talk]:
    """Hold a conversation through the shared plug, or with a recording through none; raise PortTaken or OSError."""
    beside = tap()
    if beside is None or beside.live:
        address = await numeric(address)
        async with shared_plug(local_address(address)) as plug, talking(plug, address, clock, random) as talk:
            yield talk
        return
    async with talking(Plug(address), address, clock, random) as talk:
        beside.listen(talk.play, talk.end)
        yield talk
