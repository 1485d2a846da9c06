"""One command on its way: the acks it has had so far, and a place to wait for the next.

A Run is made for every command, refused ones too. Acks are only ever appended; after the terminal one nothing follows.
When the home closes before a terminal ack came, waiting ends: iteration stops and `terminal` returns None.
"""

import asyncio
from collections.abc import AsyncIterator

from gateway.thing.ack import Ack
from gateway.thing.command import Command
from gateway.thing.principal import Principal


class Run:
    """What became of one command."""

    __slots__ = ("_acks", "_ended", "_moved", "command")

    def __init__(self, command: Command) -> None:
        self.command = command
        self._acks: list[Ack] = []
        self._ended = False
        self._moved = asyncio.Event()

    @property
    def id(self) -> str:
        """Return the command's id."""
        return self.command.id

    @property
    def device(self) -> str:
        """Return the device the command is for."""
        return self.command.device

    @property
    def principal(self) -> Principal:
        """Return who asked."""
        return self.command.principal

    @property
    def last(self) -> Ack:
        """Return the newest ack; there is one as soon as `submit` has returned."""
        return self._acks[-1]

    @property
    def history(self) -> tuple[Ack, ...]:
        """Return every ack so far, in order."""
        return tuple(self._acks)

    @property
    def answered(self) -> bool:
        """Return whether there is an ack yet."""
        return bool(self._acks)

    @property
    def done(self) -> bool:
        """Return whether the terminal ack has been given."""
        return bool(self._acks) and self._acks[-1].state.terminal

    async def acks(self) -> AsyncIterator[Ack]:
        """Yield every ack from the first on; ends after the terminal one, or when the home closes."""
        position = 0
        while True:
            while position < len(self._acks):
                position += 1
                yield self._acks[position - 1]
            if self.done or self._ended:
                return
            await self._moved.wait()

    async def terminal(self, timeout: float | None) -> Ack | None:  # noqa: ASYNC109 - the caller's patience in real seconds
        """Return the terminal ack, or None when `timeout` real seconds pass (None: no limit) or the home closes before it."""
        try:
            async with asyncio.timeout(timeout):
                while not (self.done or self._ended):
                    await self._moved.wait()
        except TimeoutError:
            return None
        return self.last if self.done else None

    async def answer(self) -> None:
        """Return once there is an ack, or the home has closed."""
        while not (self._acks or self._ended):
            await self._moved.wait()

    def add(self, ack: Ack) -> None:
        """Append one ack; the home alone does this."""
        self._acks.append(ack)
        self._wake()

    def end(self) -> None:
        """Let everyone who waits go: the home closes."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
