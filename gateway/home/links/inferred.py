"""A virtual thing for an appliance that cannot speak at all: the owner says its kind, the plug's power lets one guess its state.

It is there to be seen, not to be told anything: who wants it off switches its plug. Everything about it is assumed.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from gateway.errors import CommandError, ReadOnly, StateConflict, StorageFailed, Unknown
from gateway.home.links.clue import clues
from gateway.home.links.links import Links, made_identifier
from gateway.home.links.relation import FEEDS
from gateway.home.registry import Registry
from gateway.profile.library import Library
from gateway.thing.command import Command
from gateway.thing.description import Description, Locality
from gateway.thing.log import Log
from gateway.thing.report import Report
from gateway.thing.session import Progress, Session
from gateway.thing.value import Value

_log = Log()

REASON = "nothing can be sent to it; its plug can be switched"
UNKNOWN: Mapping[str, Value] = {"faults": [], "safeUse": {"state": "unknown"}, "claims": []}
"""The profile's words for what nobody knows of it."""


class House(Protocol):
    """What a thing without a driver needs of the home."""

    async def attach(self, description: Description, session: Session) -> None:
        """Take the device into the home, or back into it."""
        ...

    def report(self, report: Report) -> None:
        """Take one report."""
        ...

    def detach(self, device: str, reason: str) -> None:
        """Mark the device offline."""
        ...

    async def forget(self, device: str) -> None:
        """Remove the device."""
        ...


class Mute:
    """The session of one thing: it describes it, and refuses everything."""

    def __init__(self, description: Description) -> None:
        self._description = description

    def describe(self) -> tuple[Description, ...]:
        """Return the device this session carries."""
        return (self._description,)

    async def reports(self) -> AsyncIterator[Report]:
        """Yield nothing: what is known of it comes from its plug."""
        return
        yield

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        """Refuse."""
        raise ReadOnly(f"{command.name or command.device} cannot be set: {REASON}", property=command.name or None)
        yield

    async def cancel(self, command_id: str) -> None:
        """Refuse."""
        raise StateConflict(f"{command_id} was never begun")


class Inferred:
    """The things made for plugs: online as long as their plug is, and gone with the link."""

    def __init__(self, links: Links, registry: Registry, library: Library, house: House) -> None:
        self._links = links
        self._registry = registry
        self._library = library
        self._house = house
        self._sessions: dict[str, Mute] = {}

    async def make(self, plug: str, kind: str, title: str) -> str:
        """Bring a thing of this kind into the home and return its id; raise Unknown for a kind whose power proves nothing."""
        known = await asyncio.to_thread(clues)
        if kind not in known:
            raise Unknown(f"power does not tell what a {kind} does; it does of {', '.join(sorted(known))}")
        device = made_identifier(kind, plug)
        if self._registry.get(device) is not None:
            raise StateConflict(f"{plug} has its {kind} already: {device}")
        await self._attach(self._description(device, kind, title))
        return device

    async def remove(self, device: str) -> None:
        """Take a thing out of the home again, if it is there."""
        self._sessions.pop(device, None)
        if self._registry.get(device) is not None:
            await self._house.forget(device)

    async def tick(self) -> None:
        """Let each be where its plug is; what cannot be done now is done later."""
        try:
            await self._follow()
        except (CommandError, StorageFailed) as error:
            _log.error("a thing of a plug cannot follow it", reason=str(error))

    async def _follow(self) -> None:
        for device in [device for device in self._sessions if not self._links.made(device)]:
            await self.remove(device)
        for tie in [tie for tie in self._links.all() if tie.relation is FEEDS and self._links.made(tie.target)]:
            plug, twin = self._registry.twin(tie.source), self._registry.twin(tie.target)
            if plug.online and not twin.online:
                await self._attach(twin.description)
            elif twin.online and not plug.online:
                self._house.detach(twin.id, f"its plug {plug.id} is away: {plug.availability.reason}")

    async def _attach(self, description: Description) -> None:
        session = self._sessions.setdefault(description.id, Mute(description))
        await self._house.attach(description, session)
        known = self._registry.twin(description.id).instance.properties
        self._house.report(Report(device=description.id, values={name: value for name, value in UNKNOWN.items() if name in known}))

    def _description(self, device: str, kind: str, title: str) -> Description:
        plain = Description(id=device, kind=kind, title=title, locality=Locality.ASSUMED)
        properties = self._library.model(kind, plain.major).instance(plain).properties
        withheld: dict[str, dict[str, Any]] = {
            name: {"readOnly": True, "hl:reason": REASON} for name, known in properties.items() if not known.read_only
        }
        return Description(id=device, kind=kind, title=title, locality=Locality.ASSUMED, narrowing=withheld)
