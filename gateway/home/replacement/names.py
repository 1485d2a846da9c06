"""Under which id each unit is shown. Mostly its own; after a replacement that of the device in whose place it is, also after a restart."""

from dataclasses import replace
from typing import Protocol

from gateway.errors import StateConflict
from gateway.storage.identities import Exchange, Identity


class Table(Protocol):
    """Where identities are kept."""

    async def all(self) -> tuple[Identity, ...]:
        """Return every identity."""
        ...

    async def put(self, identity: Identity) -> None:
        """Keep what carries a device."""
        ...

    async def swap(self, one: Identity, other: Identity) -> None:
        """Let two units change the ids they are shown under."""
        ...

    async def exchange(self, exchange: Exchange) -> None:
        """Have two devices change places."""
        ...


class Names:
    """The ids of the units inside, those of the home outside: each unit has one of either, and no two have the same."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, Identity] = {}
        self._shown: dict[str, str] = {}
        self._inner: dict[str, str] = {}

    async def load(self) -> None:
        """Read what is kept."""
        self._known = {identity.device: identity for identity in await self._table.all()}
        self._index()

    def shown(self, device: str) -> str:
        """Return the id under which the home knows a unit's device."""
        return self._shown.get(device, device)

    def own(self, device: str) -> str:
        """Return the id by which the unit itself knows a device of the home."""
        return self._inner.get(device, device)

    def identity(self, device: str) -> Identity:
        """Return what is known of a device of the home: its unit's own id, and the registration that carried it last."""
        own = self.own(device)
        return self._known.get(own, Identity(device=own, shown=device))

    def carried_by(self, driver: str, key: str) -> tuple[str, ...]:
        """Return the devices, by their own ids, that a registration carried when it was last open."""
        return tuple(each.device for each in self._known.values() if (each.driver, each.key) == (driver, key))

    async def carried(self, device: str, driver: str, key: str) -> None:
        """Remember which registration carries a unit's device; on disk when this returns."""
        known = self._known.get(device)
        if known is not None and (known.driver, known.key) == (driver, key):
            return
        now = Identity(device=device, shown=self.shown(device), driver=driver, key=key)
        await self._table.put(now)
        self._known[device] = now

    async def expect(self, device: str, shown: str) -> None:
        """Have a unit that was never here be shown under this id once it comes; raise StateConflict where either is taken."""
        if device in self._known or shown in self._inner or any(each.shown == shown for each in self._known.values()):
            if self.shown(device) != shown:
                raise StateConflict(f"{device} is known here as {self.shown(device)}, or {shown} is somebody else already")
            return
        identity = Identity(device=device, shown=shown)
        await self._table.put(identity)
        self._known[device] = identity
        self._index()

    async def let_go(self, device: str) -> None:
        """Let the unit of a device that was removed come as itself, should it come again; its own id is free."""
        one = self.identity(device)
        if one.device == device:
            return
        other = self.identity(one.device)
        await self._table.swap(one, other)
        self._swapped(one, other)

    async def exchange(self, exchange: Exchange) -> None:
        """Have two devices change places, on disk and here; raise StorageFailed, StateConflict."""
        await self._table.exchange(exchange)
        self._swapped(exchange.kept, exchange.other)

    def _swapped(self, kept: Identity, other: Identity) -> None:
        self._known[kept.device] = replace(kept, shown=other.shown)
        self._known[other.device] = replace(other, shown=kept.shown)
        self._index()

    def _index(self) -> None:
        self._shown = {each.device: each.shown for each in self._known.values() if each.device != each.shown}
        self._inner = {shown: device for device, shown in self._shown.items()}
