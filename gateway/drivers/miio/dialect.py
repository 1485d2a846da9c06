"""The two dialects devices speak on one line: how properties are asked for and set, and what the answers mean.

MIoT numbers everything (`siid.piid`) and gives each property a code of its own: done, about to be done, or why not. The older dialect has a
name for each property and a method for each setting, and answers `ok`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from gateway.drivers.miio.line import Line, Refused
from gateway.drivers.miio.sheet import MIOT, ModelSheet
from gateway.errors import CommandError, DeviceFailure, ReadOnly, SchemaViolation, WireError
from gateway.thing.value import Value

OK, PENDING = 0, 1
INVALID_ARGUMENT = -5001
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


class Dialect(Protocol):
    """Both methods raise TimedOut and Offline as a Line does, Refused, and WireError for an answer that makes no sense."""

    async def ask(self, keys: Sequence[str], **patience: Any) -> dict[str, Value]:
        """Return what the device shows under these keys; what it does not show is left out, or None. `patience`: as of Line.call."""
        ...

    async def tell(self, wanted: Mapping[str, Value]) -> None:
        """Set these, once; raise DeviceFailure, ReadOnly or SchemaViolation when the device refuses one."""
        ...


class Miot:
    """The dialect of numbers."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def ask(self, keys: Sequence[str], **patience: Any) -> dict[str, Value]:
        """Ask; see Dialect."""
        answers = await self._line.call("get_properties", [_numbered(key) for key in keys], **patience)
        return dict(_readable(keys, _several(answers, len(keys))))

    async def tell(self, wanted: Mapping[str, Value]) -> None:
        """Set all in one request; see Dialect."""
        params = [_numbered(key) | {"value": raw} for key, raw in wanted.items()]
        answers = await self._line.call("set_properties", params, once=True)
        for asked, answer in zip(params, _several(answers, len(params)), strict=True):
            _judge(str(asked["did"]), answer)


class Older:
    """The dialect of names; `methods`: what sets each."""

    def __init__(self, line: Line, methods: Mapping[str, str]) -> None:
        self._line = line
        self._methods = methods

    async def ask(self, keys: Sequence[str], **patience: Any) -> dict[str, Value]:
        """Ask; see Dialect."""
        values = _several(await self._line.call("get_prop", list(keys), **patience), len(keys))
        return dict(zip(keys, values, strict=True))

    async def tell(self, wanted: Mapping[str, Value]) -> None:
        """Set one after the other; see Dialect."""
        for key, raw in wanted.items():
            try:
                answer = await self._line.call(self._methods[key], [raw], once=True)
            except Refused as refused:
                if refused.number == INVALID_ARGUMENT:
                    raise SchemaViolation(f"the device does not take {raw!r}") from refused
                raise
            if answer not in (["ok"], ["OK"]):
                raise DeviceFailure(f"the device answered {answer!r:.100}")


def dialect_of(sheet: ModelSheet, line: Line) -> Dialect:
    """Return the dialect a model speaks."""
    return Miot(line) if sheet.dialect == MIOT else Older(line, sheet.methods)


async def act(line: Line, name: str, key: str) -> None:
    """Carry out the MIoT action `siid.aiid`, which has no input, once; raise TimedOut, or DeviceFailure that calls it `name`."""
    service, action = _numbers(key)
    _judge(name, await line.call("action", {"did": key, "siid": service, "aiid": action, "in": []}, once=True))


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


def _readable(keys: Iterable[str], answers: Iterable[Any]) -> Iterator[tuple[str, Value]]:
    """Yield what could be read; each answer says itself what it belongs to, and stands in the place of its question where it does not."""
    for key, answer in zip(keys, answers, strict=True):
        if not isinstance(answer, dict) or answer.get("code", OK) != OK or "value" not in answer:
            continue
        said = f"{answer.get('siid')}.{answer.get('piid')}"
        yield said if "siid" in answer and "piid" in answer else key, answer["value"]


def _judge(name: str, answer: Any) -> None:
    """Raise DeviceFailure, ReadOnly or SchemaViolation unless the device did what it was told, or is about to."""
    code = answer.get("code") if isinstance(answer, dict) else None
    number = code if type(code) is int else -1
    if number in (OK, PENDING):
        return
    why = _CODES.get(number, "no reason is known")
    raise _ERRORS.get(number, DeviceFailure)(f"the device refused {name}: {why} ({number})")
