"""Pairings that wait for a person: a unit shows a code now, and whoever reads it off the screen answers a moment later.

A driver's `pair` asks for what it needs. Where the answer is not there yet the person is told the question, and the pairing stays open for
a while: the next try with the answer goes on where it stopped. Whoever gives other answers to what was asked before begins anew.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from gateway.discovery.effects import Key
from gateway.drivers.spi import Ask
from gateway.errors import DeviceFailure, HulianError, TimedOut

Pair = Callable[[Ask], Awaitable[Mapping[str, str]]]
MOST = 16
"""Pairings that may wait at the same time; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a driver wants to know: the name of the need, and what to ask the person."""

    need: str
    text: str


class Conversations:
    """All pairings that wait. `patience`: seconds a driver, or a person, may take."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._open: dict[Key, _Conversation] = {}

    async def paired(self, key: Key, name: str, pair: Pair, answers: Mapping[str, str]) -> Mapping[str, str] | Question:
        """Begin, or go on; return what is to be kept of the unit, or what else is asked. Raise what pairing failed with."""
        talk = self._open.pop(key, None)
        if talk is not None and not talk.fits(answers):
            await talk.end()
            talk = None
        talk = talk or _Conversation(pair, name)
        try:
            async with asyncio.timeout(self._patience):
                question = await talk.go_on(answers)
        except TimeoutError as late:
            await talk.end()
            raise TimedOut(f"pairing with {name} did not end within {self._patience:g} s") from late
        except asyncio.CancelledError:
            await talk.end()
            raise
        if question is not None:
            await self._keep(key, talk)
            return question
        return talk.result()

    async def end(self) -> None:
        """Give up all that wait."""
        for key in tuple(self._open):
            await self._open.pop(key).end()

    async def _keep(self, key: Key, talk: "_Conversation") -> None:
        while len(self._open) >= MOST:
            await self._open.pop(next(iter(self._open))).end()
        self._open[key] = talk
        talk.wait(self._patience)


class _Conversation:
    """One pairing, in a task of its own."""

    def __init__(self, pair: Pair, name: str) -> None:
        self._name = name
        self._told: dict[str, str] = {}
        self._answers: dict[str, str] = {}
        self._question: Question | None = None
        self._asked, self._answered = asyncio.Event(), asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task = asyncio.create_task(self._work(pair), name=f"pair {name}")

    def fits(self, answers: Mapping[str, str]) -> bool:
        """Whether these answers say the same as before, but for what is asked now, and it is still there to be answered."""
        now = self._question.need if self._question is not None else ""
        return not self._task.done() and all(answers.get(need, told) == told for need, told in self._told.items() if need != now)

    async def go_on(self, answers: Mapping[str, str]) -> Question | None:
        """Hand over answers; return what else is asked, None when it is over."""
        if self._timer is not None:
            self._timer.cancel()
        self._answers, self._question = dict(answers), None
        self._asked.clear()
        self._answered.set()
        asked = asyncio.create_task(self._asked.wait(), name=f"pair {self._name}: a question")
        try:
            await asyncio.wait({self._task, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        return None if self._task.done() else self._question

    def wait(self, patience: float) -> None:
        """Stay open for so many seconds."""
        self._timer = asyncio.get_running_loop().call_later(patience, self._task.cancel)

    def result(self) -> Mapping[str, str]:
        """Return what is to be kept; raise what it failed with."""
        error = DeviceFailure(f"pairing with {self._name} was given up") if self._task.cancelled() else self._task.exception()
        if isinstance(error, HulianError):
            raise error
        if error is not None:
            raise DeviceFailure(f"pairing with {self._name} failed: {error}") from error
        return self._task.result()

    async def end(self) -> None:
        """Give it up; return when the driver has let go of the unit."""
        if self._timer is not None:
            self._timer.cancel()
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.exception()  # nobody asks any more

    async def _work(self, pair: Pair) -> Mapping[str, str]:
        return await pair(self._ask)

    async def _ask(self, need: str, question: str) -> str:
        """Return an answer, each once: whoever asks again wants another."""
        while need not in self._answers:
            self._question = Question(need, question)
            self._answered.clear()
            self._asked.set()
            await self._answered.wait()
        self._told[need] = self._answers.pop(need)
        return self._told[need]
