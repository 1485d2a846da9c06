"""One device: asks for its properties in batches, sets them, and reads back before it repeats anything.

Devices differ in how many properties they carry in one answer. Where it was too many they say `user ack timeout`, or leave some out: the
batch shrinks by half until it fits, and stays so. A setting whose answer was lost is not simply said again: first the device is asked
whether it has done it. An action is said once.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.drivers.miio.line import BUSY, Line, Refused
from gateway.drivers.miio.sheet import MIOT, ModelSheet
from gateway.drivers.parts.session import Heard
from gateway.errors import CommandError, DeviceFailure, ReadOnly, SchemaViolation, TimedOut, Unknown, WireError
from gateway.thing.value import Value

OK, PENDING = 0, 1
INVALID_ARGUMENT = -5001
_TRIES: Final = 3
_SHORT: Final = (0.3,)
"""The pause, in seconds, for a device that may be busy and may as well be asked for too much."""
_CODES: Final = {
    -4001: "it cannot be read",
    -4002: "it cannot be written",
    -4003: "the device has no such property",
    -4004: "an error inside the device, or not possible in its present state",
    -4005: "a value the device does not take",
    -4006: "an input the device does not take",
    -4007: "another device was meant",
}

_ERRORS: Final[Mapping[Any, type[CommandError]]] = {-4002: ReadOnly, -4005: SchemaViolation}


class DeviceUnit:
    """The device on its line, as the session wants it."""

    def __init__(self, line: Line, sheet: ModelSheet) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = line.closed
        self._line = line
        self._sheet = sheet
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
                await self._told(wanted)
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
        service, action = _numbers(call["action"])
        answer = await self._line.call("action", {"did": call["action"], "siid": service, "aiid": action, "in": []}, once=True)
        _judge(name, answer.get("code") if isinstance(answer, dict) else None)
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

    async def _told(self, wanted: Mapping[str, Value]) -> None:
        """Say it once."""
        if self._sheet.dialect == MIOT:
            params = [_numbered(key) | {"value": raw} for key, raw in wanted.items()]
            answers = await self._line.call("set_properties", params, once=True)
            for asked, answer in zip(params, _several(answers, len(params)), strict=True):
                _judge(str(asked["did"]), answer.get("code") if isinstance(answer, dict) else None)
            return
        for key, raw in wanted.items():
            try:
                answer = await self._line.call(self._sheet.methods[key], [raw], once=True)
            except Refused as refused:
                if refused.number == INVALID_ARGUMENT:
                    raise SchemaViolation(f"the device does not take {raw!r}") from refused
                raise
            if answer not in (["ok"], ["OK"]):
                raise DeviceFailure(f"the device answered {answer!r:.100}")

    async def _done(self, wanted: Mapping[str, Value]) -> bool:
        """Ask whether the device shows what it was told."""
        shown, _ = await self._shown(list(wanted))
        return all(_same(shown.get(key), raw) for key, raw in wanted.items())

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
            if self._sheet.dialect == MIOT:
                answer = await self._line.call("get_properties", [_numbered(key) for key in batch], **patience)
                return dict(_readable(batch, _several(answer, len(batch))))
            values = _several(await self._line.call("get_prop", list(batch), **patience), len(batch))
        except Refused as refused:
            if refused.number in BUSY or len(batch) == 1:
                return None
            raise
        except WireError:
            return None
        return {key: value for key, value in zip(batch, values, strict=True) if value is not None}


def _numbers(key: str) -> tuple[int, int]:
    service, _, number = key.partition(".")
    return int(service), int(number)


def _numbered(key: str) -> dict[str, Value]:
    """Return a property as a request names it; the device sends `did` back as it came."""
    service, number = _numbers(key)
    return {"did": key, "siid": service, "piid": number}


def _several(answer: Any, count: int) -> list[Any]:
    """Return the answers to `count` things; WireError when there are more or fewer."""
    if not isinstance(answer, list) or len(answer) != count:
        raise WireError("not as many answers as questions")
    return answer


def _readable(batch: Iterable[str], answers: Iterable[Any]) -> Iterator[tuple[str, Value]]:
    """Yield what could be read; each answer says itself what it belongs to, and stands in the place of its question where it does not."""
    for key, answer in zip(batch, answers, strict=True):
        if not isinstance(answer, dict) or answer.get("code", OK) != OK or "value" not in answer:
            continue
        said = f"{answer.get('siid')}.{answer.get('piid')}"
        yield said if "siid" in answer and "piid" in answer else key, answer["value"]


def _judge(name: str, code: Any) -> None:
    """Raise DeviceFailure, or ReadOnly, unless the device did what it was told, or is about to."""
    number = code if type(code) is int else -1
    if number in (OK, PENDING):
        return
    why = _CODES.get(number, "no reason is known")
    raise _ERRORS.get(number, DeviceFailure)(f"the device refused {name}: {why} ({number})")


def _same(shown: Value, wanted: Value) -> bool:
    """Whether a device shows what it was told; numbers may come back as another kind of number, and Python knows them for equal."""
    return bool(shown == wanted)
