"""One device: asks for its properties in batches, sets them, and reads back before it repeats anything.

Devices differ in how many properties they carry in one answer. Where it was too many they say `user ack timeout`, or leave some out: the
batch shrinks by half until it fits, and stays so. A setting whose answer was lost is not simply said again: first the device is asked
whether it has done it. An action is said once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.drivers.miio.dialect import act, dialect_of
from gateway.drivers.miio.line import BUSY, Line, Refused
from gateway.drivers.miio.sheet import ModelSheet
from gateway.drivers.parts.session import Heard
from gateway.errors import ReadOnly, SchemaViolation, TimedOut, Unknown, WireError
from gateway.thing.value import Value

_TRIES: Final = 3
_SHORT: Final = (0.3,)
"""The pause, in seconds, for a device that may be busy and may as well be asked for too much."""


class DeviceUnit:
    """The device on its line, as the session wants it."""

    def __init__(self, line: Line, sheet: ModelSheet) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = line.closed
        self._line = line
        self._sheet = sheet
        self._dialect = dialect_of(sheet, line)
        self._batch = sheet.batch

    async def begin(self) -> None:
        """Ask for everything."""
        await self.ask()

    async def ask(self) -> bool:
        """Ask for every property of the sheet; return whether the device said something about each."""
        shown, told = await self._shown(self._sheet.asked_for())
        self.heard(self._sheet.read(shown))
        return told

    async def probe(self) -> None:
        """Ask for everything: it is one datagram or two."""
        await self.ask()

    async def set(self, asked: Mapping[str, Value]) -> bool:
        """Set these properties in one request where the dialect allows it, and ask for them; return whether all of them are shown.

        Raises ReadOnly, SchemaViolation, DeviceFailure or TimedOut.
        """
        await self._carry_out(self.wanted(asked))
        try:
            shown, _ = await self._shown(self._sheet.asked_for(asked))
        except TimedOut:
            return False
        said = self._sheet.read(shown)
        self.heard(said)
        return asked.keys() <= said.keys()

    async def _carry_out(self, wanted: Mapping[str, Value]) -> None:
        """Say it, and say it again only to a device that neither answers nor shows it."""
        for left in reversed(range(_TRIES)):
            try:
                await self._dialect.tell(wanted)
            except (TimedOut, WireError) as unclear:
                if await self._done(wanted):
                    return
                if not left:
                    raise TimedOut("the device does not say whether it did it, and does not show it") from unclear
            else:
                return

    async def invoke(self, name: str, argument: Value) -> Value:
        """Carry out an action, once; raise Unknown, SchemaViolation, TimedOut or DeviceFailure."""
        call = self._sheet.invoke.get(name)
        if call is None:
            raise Unknown(f"this appliance has no {name}")
        given = argument if isinstance(argument, dict) else {}
        if any(given.get(member) != value for member, value in call.get("of", {}).items()):
            raise SchemaViolation(f"{name} is for {call['of']}")
        await act(self._line, name, call["action"])
        return None

    def wanted(self, asked: Mapping[str, Value]) -> dict[str, Value]:
        """Return the raw values by key in the order of the sheet, which is the order the device obeys in; ReadOnly, SchemaViolation."""
        for name in asked:
            if name not in self._sheet.writers:
                why = self._sheet.refusals.get(name, "this device has no setting for it")
                raise ReadOnly(f"{name} cannot be set: {why}", property=name)
        wanted: dict[str, Value] = {}
        for name, write in self._sheet.writers.items():
            if name in asked:
                write(wanted, asked[name])
        return wanted

    async def _done(self, wanted: Mapping[str, Value]) -> bool:
        """Ask whether the device shows what it was told: 22.0 is as good as 22."""
        shown, _ = await self._shown(list(wanted))
        return all(shown.get(key) == raw for key, raw in wanted.items())

    async def _shown(self, keys: Sequence[str]) -> tuple[dict[str, Value], bool]:
        """Return what the device shows under these keys, and whether it said something about each."""
        shown: dict[str, Value] = {}
        told, rest = True, list(keys)
        while rest:
            batch, rest = rest[: self._batch], rest[self._batch :]
            answer = await self._read(batch)
            if answer is not None:
                shown |= answer
            elif len(batch) > 1:
                self._batch, rest = (len(batch) + 1) // 2, batch + rest
            else:
                told = False
        return shown, told

    async def _read(self, batch: Sequence[str]) -> dict[str, Value] | None:
        """Return what these show; None when they were too many, or one of them is beyond the device."""
        patience: dict[str, Any] = {"pauses": _SHORT} if len(batch) > 1 else {}
        try:
            return await self._dialect.ask(batch, **patience)
        except Refused as refused:
            if refused.number in BUSY or len(batch) == 1:
                return None
            raise
        except WireError:
            return None
