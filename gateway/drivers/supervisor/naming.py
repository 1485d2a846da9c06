"""The ids of the units inside, the ids of the home outside: what passes here is called by the other name.

A driver makes a device's id from what its unit says of itself, the same each time. That a unit stands in the place of another one, under
that one's id, is the home's affair: no driver ever knows it.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Protocol
from weakref import WeakKeyDictionary

from gateway.drivers.spi import Believer, Remote, Sink
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session
from gateway.thing.value import Value


class Names(Protocol):
    """Which unit's device is which device of the home."""

    def shown(self, device: str) -> str:
        """Return the home's id of a unit's device."""
        ...

    def own(self, device: str) -> str:
        """Return the unit's id of a device of the home."""
        ...

    def carried_by(self, driver: str, key: str) -> tuple[str, ...]:
        """Return the devices a registration carried when it was last open, by their units' ids."""
        ...

    async def carried(self, device: str, driver: str, key: str) -> None:
        """Remember which registration carries a device."""
        ...


class OwnNames:
    """Every unit under its own id, and nothing remembered."""

    def shown(self, device: str) -> str:
        """Return the id as it is."""
        return device

    def own(self, device: str) -> str:
        """Return the id as it is."""
        return device

    def carried_by(self, _driver: str, _key: str) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    async def carried(self, _device: str, _driver: str, _key: str) -> None:
        """Remember nothing."""


class Door:
    """The home's sink, seen from the sessions: they say their units' ids, the home hears its own."""

    def __init__(self, sink: Sink, names: Names) -> None:
        self._sink = sink
        self._names = names
        self._sessions: WeakKeyDictionary[Session, Renamed] = WeakKeyDictionary()

    async def attach(self, description: Description, session: Session) -> None:
        """Take a device into the home; a session is the same to the home each time."""
        shown = self._names.shown(description.id)
        if shown == description.id:
            await self._sink.attach(description, session)
            return
        if (renamed := self._sessions.get(session)) is None:
            renamed = self._sessions[session] = Renamed(session, self._names)
        await self._sink.attach(replace(description, id=shown), renamed)

    def report(self, report: Report) -> None:
        """Take one report."""
        shown = self._names.shown(report.device)
        self._sink.report(report if shown == report.device else replace(report, device=shown))

    def detach(self, device: str, reason: str) -> None:
        """Mark a device offline."""
        self._sink.detach(self._names.shown(device), reason)


class Renamed:
    """A session as the home holds it, of units that stand in the place of others."""

    def __init__(self, unit: Session, names: Names) -> None:
        self._unit = unit
        self._names = names

    def describe(self) -> tuple[Description, ...]:
        """Return the devices this session carries, by the home's ids."""
        return tuple(replace(each, id=self._names.shown(each.id)) for each in self._unit.describe())

    def reports(self) -> AsyncIterator[Report]:
        """Yield what the session it stands for does."""
        return self._unit.reports()

    def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Have the unit do it, called by its own id."""
        return self._unit.execute(replace(command, device=self._names.own(command.device)))

    async def cancel(self, command_id: str) -> None:
        """Ask a running action to stop."""
        await self._unit.cancel(command_id)

    def believe(self, device: str, values: Mapping[str, Value]) -> bool:
        """Let the session take a true reading; return whether it took it."""
        return isinstance(self._unit, Believer) and self._unit.believe(self._names.own(device), values)


class RenamedRemote:
    """A transmitter some of whose things, or which itself, stand in the place of others."""

    def __init__(self, remote: Remote, names: Names) -> None:
        self._remote = remote
        self._names = names

    def things(self) -> tuple[Mapping[str, Value], ...]:
        """Return each, by the home's ids."""
        return tuple({**thing, "id": self._names.shown(str(thing["id"]))} for thing in self._remote.things())

    async def add(self, kind: str, codes: str, title: str) -> str:
        """Speak for one more; return the home's id of it."""
        return self._names.shown(await self._remote.add(kind, codes, title))

    async def remove(self, thing: str) -> None:
        """Speak for it no longer; raise Unknown."""
        await self._remote.remove(self._names.own(thing))
