"""Calls about appliances without a network: which a transmitter speaks for, one more, one less, and which codes are known."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from gateway.drivers.parts.virtual.library import LEARNED, kinds, names, sheet
from gateway.drivers.spi import Remote
from gateway.errors import BadSyntax, StateConflict
from gateway.faces.control.server import Call, Tell
from gateway.home.home import Home
from gateway.home.registry import checked_name

Resolve = Callable[[Mapping[str, Any]], str]
"""From `{"device": an id, a name, or enough of the id}` to the id; raises Unknown."""


@runtime_checkable
class _Carrying(Protocol):
    """What the supervisor gives the home as a session."""

    def remote(self) -> Remote | None:
        """Return the open session where its transmitter speaks for others."""
        ...


def carried(home: Home, device: str) -> Remote | None:
    """Return the transmitter that carries a device, itself or one it speaks for; None for any other, and while it is away."""
    session = home.twin(device).session if device in home.devices() else None
    return session.remote() if isinstance(session, _Carrying) else None


class RemoteCalls:
    """The calls over one home; `forget` takes a device out of it."""

    def __init__(self, home: Home, device: Resolve, forget: Callable[[str], Awaitable[None]]) -> None:
        self._home = home
        self._device = device
        self._forget = forget

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"remote": self._list, "remote-codes": self._codes, "remote-add": self._add, "remote-remove": self._remove}

    async def _list(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return what each transmitter speaks for, or one does."""
        wanted = [self._device(arguments)] if arguments.get("device") else list(self._home.devices())
        transmitters = [device for device in wanted if self._home.twin(device).description.kind == "ir-remote"]
        return [
            {"transmitter": device, "name": self._home.twin(device).name, "things": [dict(thing) for thing in remote.things()]}
            for device in transmitters
            if (remote := carried(self._home, device)) is not None
        ]

    async def _codes(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Return the code sets there are."""
        return {
            "kinds": list(kinds()),
            "codes": [{"name": name, "kind": sheet(name)["kind"], "title": sheet(name)["title"]} for name in names()],
        }

    async def _add(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        kind, codes, title = (arguments.get("kind"), arguments.get("codes") or LEARNED, arguments.get("title") or "")
        if not isinstance(kind, str) or not isinstance(codes, str) or not isinstance(title, str):
            raise BadSyntax("`kind`, `codes` and `title` are texts")
        device = self._device(arguments)
        remote = carried(self._home, device)
        if remote is None or self._home.twin(device).description.kind != "ir-remote":
            raise StateConflict(f"{device} is no infrared transmitter that speaks for others here, or is away now")
        return {"id": await remote.add(kind, codes, checked_name(title))}

    async def _remove(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self._device(arguments)
        remote = carried(self._home, device)
        if remote is None or all(thing["id"] != device for thing in remote.things()):
            raise StateConflict(f"{device} is no appliance behind a remote, or its transmitter is away now")
        await self._forget(device)
        return {"id": device}
