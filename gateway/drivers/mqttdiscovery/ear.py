"""One ear for all announcements of a broker: read once, kept as they came, put together by device.

Whoever joins is told of every device that changes. An empty message takes an announcement back. Nothing is answered: a hub that said
`online` under `homeassistant/status` would speak as Home Assistant, and firmwares keep their announcements at the broker.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakKeyDictionary

from gateway.drivers.mqttdiscovery import tasmota
from gateway.drivers.mqttdiscovery.announcement import Entity, entities_of
from gateway.drivers.mqttdiscovery.aside import SILENT, reason_to_leave
from gateway.drivers.mqttdiscovery.belonging import ENTITIES
from gateway.drivers.mqttdiscovery.group import Book, Group, piece_of
from gateway.drivers.mqttdiscovery.piece import Piece
from gateway.drivers.parts.link_watch import LinkWatch
from gateway.errors import Forbidden, WireError
from gateway.protocol.mqtt import Message, MqttClient

PREFIX: Final = "homeassistant"
FILTERS: Final = (f"{PREFIX}/+/+/config", f"{PREFIX}/+/+/+/config", f"{tasmota.PREFIX}/+/config", f"{tasmota.PREFIX}/+/sensors")
_GONE = 4096
_LONGEST = 512
"""Characters of an announcement's topic."""

Listener = Callable[[Group], None]
Dropped = Callable[[str, str], None]
Linked = Callable[[bool], None]
Pin = tuple[str, frozenset[str]]


class Ear:
    """All that is announced on one broker; `joined` is its only use. `gone`: keys of devices that took back everything."""

    def __init__(self, client: MqttClient) -> None:
        self.book = Book()
        self.gone: dict[str, None] = {}
        self._client = client
        self._listeners: list[Listener] = []
        self._dropped: list[Dropped] = []
        self._linked: list[Linked] = []
        self._refused: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self._users = 0
        self._listening = False
        self._link = LinkWatch(client, self._turned)

    @asynccontextmanager
    async def joined(
        self, listener: Listener, dropped: Dropped | None = None, linked: Linked | None = None, pin: Pin | None = None
    ) -> AsyncIterator["Ear"]:
        """Listen for as long as the context lives; `dropped` hears what is not used and why, `linked` whether the broker is there.

        `pin`: an accepted device's key and where it speaks: nothing that speaks elsewhere is believed to be of it.
        """
        self._listeners.append(listener)
        self._dropped += [dropped] if dropped else []
        self._linked += [linked] if linked else []
        self._users += 1
        try:
            await self._begin()
            if pin is not None:
                for group in self.book.pin(*pin):
                    self._changed(group)
            if dropped is not None:
                for who, why in self._refused.items():
                    dropped(who, why)
            yield self
        finally:
            if pin is not None:
                self.book.unpin(pin[0])
            self._listeners.remove(listener)
            if dropped is not None:
                self._dropped.remove(dropped)
            if linked is not None:
                self._linked.remove(linked)
            self._users -= 1
            await self._end()

    async def _begin(self) -> None:
        async with self._lock:
            if self._listening:
                return
            heard = [await self._subscribed(each) for each in FILTERS]
            if not any(heard):
                raise Forbidden(f"the broker does not let the hub hear {' or '.join(FILTERS)}: allow one of them")
            self._link.begin()
            self._listening = True

    async def _subscribed(self, topics: str) -> bool:
        """Subscribe; return whether the broker lets us: where nobody speaks as Tasmota it need not be allowed."""
        try:
            await self._client.subscribe(topics, self._heard)
        except Forbidden as error:
            self._refuse(topics, str(error))
            return False
        return True

    async def _end(self) -> None:
        async with self._lock:
            if self._users:
                return
            self._listening = False
            self._link.end()
            for each in FILTERS:
                await self._client.unsubscribe(each, self._heard)
            self.book = Book()
            self._refused.clear()

    def _turned(self, up: bool) -> None:
        for each in tuple(self._linked):
            each(up)

    def _heard(self, message: Message) -> None:
        topic = message.topic
        if len(topic) > _LONGEST:
            return
        self.book.forget(topic)
        if not message.payload.strip():
            self._taken_back(topic)
        elif not self.book.same(topic, message.payload):
            try:
                piece = self._piece(topic, message.payload)
                if piece is not None:
                    for group in (self.book.put(piece), *self.book.displaced()):
                        self._changed(group)
                    self._refused.pop(topic, None)
            except WireError as error:
                if not self.book.keeps(topic):
                    self._taken_back(topic)
                self._refuse(topic, str(error))

    def _piece(self, topic: str, payload: bytes) -> Piece | None:
        if topic.startswith(f"{tasmota.PREFIX}/"):
            return tasmota.piece_of(topic, payload)
        entities = entities_of(topic, payload, PREFIX)
        reason = next((reason for entity in entities if (reason := reason_to_leave(entity))), "")
        if reason == SILENT or not entities:
            self._taken_back(topic)
            return None
        if reason:
            raise WireError(reason)
        return piece_of(topic, payload, entities)

    def _taken_back(self, topic: str) -> None:
        self._refused.pop(topic, None)
        group = self.book.remove(topic)
        if group is not None:
            if not group.pieces:
                self._gone(group)
            self._changed(group)

    def _gone(self, group: Group) -> None:
        self.gone |= dict.fromkeys([group.key])
        while len(self.gone) > _GONE:
            del self.gone[next(iter(self.gone))]

    def _changed(self, group: Group) -> None:
        if group.pieces:
            self.gone.pop(group.key, None)
        for listener in tuple(self._listeners):
            listener(group)

    def _refuse(self, topic: str, why: str) -> None:
        if len(self._refused) < _GONE:
            self._refused[topic] = why
        for dropped in tuple(self._dropped):
            dropped(topic, why)


Asks = tuple[tuple[str, str], ...]


def entities_in(group: Group, roots: frozenset[str] = frozenset()) -> tuple[tuple[Entity, ...], Asks]:
    """Return all entities of a device, and how it is asked for everything; `roots`: only what speaks nowhere else."""
    entities: list[Entity] = []
    pieces = [piece for piece in group.pieces.values() if not roots or piece.roots <= roots]
    own = [piece for piece in pieces if piece.topic.startswith(f"{tasmota.PREFIX}/")]
    for piece in pieces:
        if piece not in own and len(entities) < ENTITIES:
            entities += entities_of(piece.topic, piece.payload, PREFIX)
    found, asks = tasmota.entities_of({piece.topic.rpartition("/")[2]: piece.payload for piece in own}) if own else ((), ())
    return (*entities, *found), asks


_EARS: "WeakKeyDictionary[MqttClient, Ear]" = WeakKeyDictionary()


def ear_of(client: MqttClient) -> Ear:
    """Return the one ear of a link."""
    if client not in _EARS:
        _EARS[client] = Ear(client)
    return _EARS[client]
