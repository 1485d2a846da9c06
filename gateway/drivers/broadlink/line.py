"""The conversation with one unit: let in, commands and answers, let in anew when it has forgotten us.

A unit forgets its clients when its power was cut, and answers commands with -7 then; it says the same of a code that is too long for it. So
it is asked to let us in again, once, and what it says after that counts.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from random import Random

from gateway.drivers.broadlink.models import Model
from gateway.drivers.broadlink.packet import ADMIT, ADMITTED, COMMAND, DONE, Admission, Message, keep_alive, read, spoken, write
from gateway.drivers.parts.exchange import PATIENCE, TRIES, Exchange, exchange
from gateway.errors import DeviceFailure
from gateway.thing.clock import Clock

NOT_LET_IN, EXPIRED = -1, -7
NOTHING_HEARD = frozenset({-5, -10})
"""What models say while they have heard nothing yet: that their storage is full, that it cannot be read."""
REASONS = {
    -1: "it lets nobody in: it may be locked in the maker's app",
    -4: "it does not know this command",
    -5: "its storage is full",
    -6: "it cannot read what was said to it",
    -7: "it has let us in and forgets it at once, or the code is too long for it",
    -8: "it cannot send now",
}
ONCE = 3.0
"""Seconds to wait for the answer to what is said only once."""
_GREETING = 0x50
STATE = 0x01
"""The command every model answers: what it measures where it has a sensor, and, further on, what its owner calls it."""
_LENGTH, _STATE_HEAD = 2, 16
_FROM_HERE = 0x8000


class Refused(DeviceFailure):
    """The unit said an error; `number` is which."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the transmitter refuses: {REASONS.get(number, f'error {number}')}")
        self.number = number


class Line:
    """An open conversation; `closed` as a unit's."""

    def __init__(self, talk: Exchange[Message], model: Model, we: Admission, random: Random) -> None:
        self.closed: asyncio.Future[None] = talk.closed
        self._talk = talk
        self._model = model
        self._we = we
        self._count = random.randrange(_FROM_HERE, 2 * _FROM_HERE)

    async def admit(self) -> None:
        """Be let in; raise Refused, TimedOut or Offline."""
        self._we.forget()
        greeting = bytearray(_GREETING)
        greeting[0x04:0x14] = b"1" * 16  # an identity of ours, which units do not look at
        greeting[0x1E] = greeting[0x2D] = 1
        greeting[0x30:0x36] = b"Hulian"
        await self._asked(ADMIT, ADMITTED, bytes(greeting), once=False)

    def feed(self) -> None:
        """Let a unit know that somebody is there: newer programs restart every few minutes in a home without the maker's cloud."""
        self._talk.tell(keep_alive())

    async def command(self, number: int, data: bytes = b"", *, once: bool = False) -> bytes:
        """Say a command and return the data of its answer; `once`: never twice. Raise Refused, TimedOut or Offline."""
        body = number.to_bytes(4, "little") + data
        body = len(body).to_bytes(2, "little") + body if self._model.framed else body
        try:
            answer = await self._asked(COMMAND, DONE, body, once=once)
        except Refused as error:
            if error.number != EXPIRED:
                raise
            await self.admit()
            answer = await self._asked(COMMAND, DONE, body, once=once)
        return self._data(answer.body, number)

    async def _asked(self, kind: int, answered: int, body: bytes, *, once: bool) -> Message:
        self._count = (self._count + 1) % _FROM_HERE | _FROM_HERE
        question = Message(kind=kind, count=self._count, body=body)

        def answers(heard: Message) -> bool:
            return (heard.kind, heard.count) == (answered, question.count)

        tries, patience = (1, ONCE) if once else (TRIES, PATIENCE)
        answer = await self._talk.ask(lambda: write(question, self._we), answers, tries=tries, patience=patience)
        if answer.error:
            raise Refused(answer.error)
        return answer

    def _data(self, body: bytes, number: int) -> bytes:
        """Return the data in the body of an answer; raise DeviceFailure for one that answers something else."""
        if self._model.framed:
            body = body[2 : 2 + int.from_bytes(body[:2], "little")]
        if int.from_bytes(body[:4], "little") != number:
            raise DeviceFailure("the transmitter answered something else: it may be another model than it says")
        return body[4:]


@asynccontextmanager
async def line_to(address: str, port: int, model: Model, we: Admission, clock: Clock, random: Random) -> AsyncIterator[Line]:
    """Hold a conversation with a unit open for the length of the block; raise OSError when there is no way to it."""
    async with exchange(address, port, partial(_read, we=we, model=model), clock, random, spoken=partial(spoken, we=we)) as talk:
        yield Line(talk, model, we, random)


def _read(data: bytes, we: Admission, model: Model) -> Message:
    """Return what a unit says, without what its owner calls it, which stands in its state and is nobody's business in a recording."""
    message = read(data, we)
    start = _LENGTH if model.framed else 0
    said = int.from_bytes(message.body[start : start + 4], "little")
    return replace(message, body=message.body[:_STATE_HEAD]) if message.kind == DONE and said == STATE else message
