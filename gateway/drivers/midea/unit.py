"""One Midea appliance on its connection: which questions it is asked, and how it is set.

A command takes over what the appliance showed, so it is asked for its status right before each.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence

from gateway.drivers.midea.capabilities import ASK, ASK_MORE, Capabilities, decode_capabilities, is_answer
from gateway.drivers.midea.command import Command
from gateway.drivers.midea.connection import TRIES, Connection
from gateway.drivers.midea.description import describe
from gateway.drivers.midea.frame import QUERY, SET, Frame
from gateway.drivers.midea.mapping import Mapping as Types
from gateway.drivers.midea.message import STATUS, Match, Message
from gateway.drivers.parts.estimate import PROPERTY as PROGRESS
from gateway.drivers.parts.estimate import Progress
from gateway.drivers.parts.session import Heard
from gateway.errors import Offline, SchemaViolation, TimedOut
from gateway.thing.description import Description
from gateway.thing.value import Value

LOOKS, LOOK_AGAIN = 3, 1.0
"""How often it is looked whether an action is done, and seconds between two looks."""


class MideaUnit:
    """`shown`: the body of the latest status; `messages`: those the unit is known to send."""

    def __init__(self, connection: Connection, mapping: Types, device: int, facts: Mapping[str, str]) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = connection.closed
        self.shown = b""
        self.messages: dict[str, Message] = dict(mapping.messages)
        self._connection = connection
        self._mapping = mapping
        self._device = device
        self._facts = facts
        self._capabilities = Capabilities()
        self._readings: dict[str, Value] = {}
        self._progress = Progress()
        self._shown_by_set: set[str] = set()
        self._status = mapping.messages[STATUS]
        self._statuses = [message.match for message in mapping.messages.values() if message.status]
        connection.numbered = mapping.numbered
        connection.heard = self._take

    def describe(self, shown: Collection[str]) -> Description:
        """Return the device as far as it is known; `shown`: the names of the readings there have been."""
        return describe(self._mapping, self._device, self._facts, self._capabilities, shown)

    async def begin(self) -> None:
        """Learn what the unit can do, and which messages it keeps quiet about."""
        await self.probe()
        self._able(await self._told() if self._mapping.capable else Capabilities())
        for message in list(self.messages.values()):
            if message.optional and not await self._answered(message):
                del self.messages[message.name]

    async def ask(self) -> bool:
        """Ask for everything; return whether it answered every question."""
        await self.probe()
        others = [message for message in self.messages.values() if message.ask is not None and message is not self._status]
        return all([await self._answered(message) for message in others])

    async def probe(self) -> None:
        """Ask for its status."""
        await self._ask(self._status)

    async def set(self, asked: Mapping[str, Value]) -> bool:
        """Change what is asked and nothing else; return whether the answers, which are the unit's new status, show all of it."""
        commands = self._mapping.commands_for(asked)
        await self.probe()
        self._shown_by_set.clear()
        for command, part in commands:
            if not command.meant(self._readings):
                continue
            command.check(part, {**self._readings, **asked})
            await self._send(command, part)
        return asked.keys() <= self._shown_by_set

    async def invoke(self, name: str, argument: Value) -> Value:
        """Carry out an action of the profile that is a command on this wire, and look whether it is done."""
        asked = {} if argument is None else argument
        if not isinstance(asked, dict):
            raise SchemaViolation(f"{name} takes an object")
        command = self._mapping.invocation(name, asked)
        await self.probe()
        await self._send(command, asked)
        for left in reversed(range(LOOKS)):
            await self.probe()
            if not left or command.done(self._readings):
                break
            await self._connection.pause(LOOK_AGAIN)
        command.check_done(self._readings)
        return None

    async def _send(self, command: Command, asked: Mapping[str, Value]) -> None:
        """Send a command, and the other one there may be when the appliance does not show what it was asked for."""
        if command.otherwise is None:
            await self._tell(command, asked)
            return
        with contextlib.suppress(TimedOut):
            await self._tell(command, asked)
        if not command.heeded(asked, self._readings):
            await self._tell(command.otherwise, asked)

    async def _tell(self, command: Command, asked: Mapping[str, Value]) -> None:
        """Send a command; when that stays without an answer, look first, and send it again only if it was not obeyed."""
        body = command.fill(self.shown, self._readings, asked)
        answers = self._is([command.answer] if command.answer else self._statuses, SET)
        try:
            await self._connection.ask(self._mapping.appliance, SET, body, answers, tries=1)
        except (TimedOut, Offline):
            await self.probe()
            if not command.heeded(asked, self._readings):
                await self._connection.ask(self._mapping.appliance, SET, body, answers, tries=1)

    def _take(self, frame: Frame) -> None:
        said: dict[str, Value] = {}
        if frame.appliance == self._mapping.appliance:
            for message in self.messages.values():
                if message.match.holds(frame):
                    said |= message.read(frame.body, self._readings)
                    self.shown = frame.body if message.status else self.shown
        said |= self._estimated(said)
        self._readings |= said
        if frame.purpose == SET:
            self._shown_by_set.update(said)
        self.heard(said)

    def _estimated(self, said: Mapping[str, Value]) -> dict[str, Value]:
        """Return what follows from what was said, where the data say that this type does not tell it."""
        return self._progress.follow(said) if PROGRESS in self._mapping.assumed else {}

    def _able(self, capabilities: Capabilities) -> None:
        """Take note of what the unit says it can do: messages it cannot send are not looked for any more."""
        self._capabilities = capabilities
        self.messages = {name: message for name, message in self.messages.items() if message.when.holds(capabilities)}

    async def _ask(self, message: Message, *, tries: int = TRIES) -> None:
        answers = self._is(self._statuses if message.status else [message.match], QUERY)
        await self._connection.ask(self._mapping.appliance, QUERY, message.ask or b"", answers, tries=tries)

    async def _answered(self, message: Message) -> bool:
        """Ask once for something the unit may keep quiet about; return whether it answered."""
        if message.ask is None:
            return True
        try:
            await self._ask(message, tries=1)
        except TimedOut:
            return False
        return True

    async def _told(self) -> Capabilities:
        """Ask what the unit can do, in two parts; a unit that does not say has what is usual."""
        told = Capabilities()
        for question in (ASK, ASK_MORE):
            with contextlib.suppress(TimedOut):
                answer = await self._connection.ask(self._mapping.appliance, QUERY, question, is_answer)
                part = decode_capabilities(answer.body)
                told = Capabilities({**told.entries, **part.entries}, part.more)
            if not told.more:
                break
        return told

    def _is(self, matches: Sequence[Match], purpose: int) -> Callable[[Frame], bool]:
        def meant(frame: Frame) -> bool:
            mine = frame.appliance == self._mapping.appliance and frame.purpose == purpose
            return mine and any(match.holds(frame) for match in matches)

        return meant
