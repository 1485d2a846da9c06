"""One node as a self-described device: what it pushes is told by the keys of its features, what is asked for becomes its commands."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from gateway.drivers.esphome.link import ANSWER, Link
from gateway.drivers.esphome.message import Message
from gateway.drivers.esphome.roster import Roster
from gateway.drivers.parts.selfdescribed.wire import Heard, Reached
from gateway.drivers.parts.waiting import within
from gateway.errors import HulianError, Offline, TimedOut
from gateway.thing.clock import Clock
from gateway.thing.value import Value

_SLEEPS = "the node has gone to sleep, as it is made to; it is heard of when it wakes"
Place = tuple[int, int]


class Node:
    """The wire of one node's session (`SelfDescribedWire`). `optimistic`: features of entities that say their state is assumed."""

    def __init__(self, link: Link, roster: Roster, clock: Clock) -> None:
        self.heard: Heard = lambda _: None
        self.reached: Reached = lambda _state, _reason: None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.optimistic: Collection[str] = frozenset(
            key for entity in roster.entities.values() if entity.assumed for key, leaf in entity.leaves.items() if leaf.feature.settable
        )
        self._link = link
        self._roster = roster
        self._clock = clock
        self._owners = {key: entity for entity in roster.entities.values() for key in entity.leaves}
        self._shown: dict[Place, Mapping[str, Any]] = {}
        self._awaited = {place for place, entity in roster.entities.items() if entity.tells}
        self._missing: set[Place] = set()
        self._all: asyncio.Future[None] | None = None
        link.heard = self._take
        link.closed.add_done_callback(lambda closed: self._end(closed.exception()))

    async def begin(self) -> None:
        """Subscribe, and hear what everything shows; raise TimedOut or Offline when nobody is there."""
        await self.ask()

    async def ask(self) -> bool:
        """Have everything told again; return whether it all was. Raise TimedOut or Offline.

        A node tells its states a few at a time, after it has answered that it lives; an entity that stays silent is not waited for again.
        """
        self._missing = set(self._awaited)
        self._all = asyncio.get_running_loop().create_future()
        await self._link.lives(Message("SubscribeStatesRequest"))
        if self._missing:
            try:
                await within(self._clock, ANSWER, self._all, "states")
            except TimedOut:
                self._awaited -= self._missing
                return False
        return True

    async def set(self, asked: Mapping[str, Value]) -> None:
        """Ask for these; return once the node has heard it. Raise SchemaViolation before anything is said, TimedOut or Offline."""
        await self._link.lives(*self._commands(asked))

    def _commands(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return one command for each entity that is asked for something, and one for each service."""
        services = [service.asked(asked[key]) for key, service in self._roster.services.items() if key in asked]
        entities = {self._owners[key].place: self._owners[key] for key in asked if key in self._owners}
        return [
            *services,
            *(
                entity.asked({key: value for key, value in asked.items() if key in entity.leaves}, self._shown.get(place, {}))
                for place, entity in entities.items()
            ),
        ]

    def _take(self, message: Message) -> None:
        entity = self._roster.entities.get(message.place)
        if entity is None or entity.state != message.kind:
            return
        self._shown[message.place] = message.fields
        self.heard(entity.read(message))
        self._missing.discard(message.place)
        if not self._missing and self._all is not None and not self._all.done():
            self._all.set_result(None)

    def _end(self, reason: BaseException | None) -> None:
        if self.closed.done():
            return
        asleep = self._roster.sleeps and isinstance(reason, Offline)
        self.closed.set_exception(Offline(_SLEEPS) if asleep else reason if isinstance(reason, HulianError) else Offline(str(reason)))
        self.closed.exception()  # whether anybody asks or not
