"""Calls about appliances without a network: which a transmitter speaks for, one more, one less, and which codes are known."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.errors import BadSyntax, StateConflict
from gateway.faces.control.server import Call, Tell
from gateway.home.home import Home
from gateway.home.registry import checked_name
from gateway.thing.value import Value

Resolve = Callable[[Mapping[str, Any]], str]
"""From `{"device": an id, a name, or enough of the id}` to the id; raises Unknown."""
LEARNED = "learned"
"""The codes of an appliance whose own remote is learned from, key by key."""


class Speaker(Protocol):
    """A transmitter that speaks for others."""

    def things(self) -> tuple[Mapping[str, Value], ...]:
        """Return each: id, kind, codes, title, and the keys that were learned for it."""
        ...

    async def add(self, kind: str, codes: str, title: str) -> str:
        """Speak for one more; return its id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Remotes:
    """What `app` lends: the transmitter that carries a device, the one that speaks for it, and the codes there are."""

    speaker: Callable[[str], Speaker | None]
    speaks_for: Callable[[str], Speaker | None]
    codes: Callable[[], Mapping[str, Any]]
    forget: Callable[[str], Awaitable[None]]


class RemoteCalls:
    """The calls over one home."""

    def __init__(self, home: Home, device: Resolve, remotes: Remotes) -> None:
        self._home = home
        self._device = device
        self._remotes = remotes

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"remote": self._list, "remote-codes": self._codes, "remote-add": self._add, "remote-remove": self._remove}

    async def _list(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return what each transmitter speaks for, or one does."""
        wanted = [self._device(arguments)] if arguments.get("device") else list(self._home.devices())
        speakers = [(device, self._transmitter(device)) for device in wanted]
        return [
            {"transmitter": device, "name": self._home.twin(device).name, "things": [dict(thing) for thing in speaker.things()]}
            for device, speaker in speakers
            if speaker is not None
        ]

    async def _codes(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return self._remotes.codes()

    async def _add(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        kind, codes, title = (arguments.get("kind"), arguments.get("codes") or LEARNED, arguments.get("title") or "")
        if not isinstance(kind, str) or not isinstance(codes, str) or not isinstance(title, str):
            raise BadSyntax("`kind`, `codes` and `title` are texts")
        device = self._device(arguments)
        speaker = self._transmitter(device)
        if speaker is None:
            raise StateConflict(f"{device} is no infrared transmitter that speaks for others here, or is away now")
        return {"id": await speaker.add(kind, codes, checked_name(title))}

    async def _remove(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self._device(arguments)
        if self._remotes.speaks_for(device) is None:
            raise StateConflict(f"{device} is no appliance behind a remote, or its transmitter is away now")
        await self._remotes.forget(device)
        return {"id": device}

    def _transmitter(self, device: str) -> Speaker | None:
        """Return what speaks for others when it is the device itself."""
        return self._remotes.speaker(device) if self._remotes.speaks_for(device) is None else None
