"""Follows the change stream and keeps the discovery messages on the broker true.

A device is published a moment after something of it changed, so that a storm of changes makes one message. What is retained is
written down before it is published and forgotten after it was cleared: a device or an entity that goes leaves no ghost, not
even over a restart, another prefix or another mode.
"""

import asyncio
from collections.abc import Iterable, Mapping

from gateway.errors import HulianError, LinkDown, Unknown
from gateway.faces.homeassistant.choice import Discovery
from gateway.faces.homeassistant.entity import Entity, Site, projection_topic
from gateway.faces.homeassistant.kept import Contents, Kept
from gateway.faces.homeassistant.messages import Messages, Subject, gateway_entity, messages, of_device, of_gateway
from gateway.faces.homeassistant.offers import entities_of, listed_by
from gateway.home.change import Described, Removed, Snapshot, StateChanged
from gateway.home.home import Home
from gateway.protocol.mqtt import MqttClient
from gateway.protocol.payload import json_bytes
from gateway.protocol.topics import GatewayTopics, Topics
from gateway.thing.log import Log

_log = Log()

SETTLE_SECONDS = 0.5
"""Home Assistant drops the rest of a device message while an entity of the one before is still being set up."""


class Announcer:
    """Publishes discovery of one home over one link."""

    def __init__(self, home: Home, client: MqttClient, kept: Kept, discovery: Discovery) -> None:
        self._home = home
        self._client = client
        self._kept = kept
        self._discovery = discovery
        self._gateway = GatewayTopics(home.identifier)
        self._due: dict[str, None] = {}
        self._news = asyncio.Event()
        self._said: dict[str, int] = {}
        self._watched: dict[str, frozenset[str]] = {}
        self._projected: dict[str, tuple[tuple[str, Entity], ...]] = {}

    def publish_everything(self) -> None:
        """Have all that is and all that was published again, or cleared."""
        self._said.clear()
        shown = (self._home.identifier, *self._home.devices()) if self._discovery.mode != "off" else ()
        self._touch(*shown, *self._kept.devices())

    async def follow(self) -> None:
        """Take every change that matters, until cancelled."""
        async with self._home.subscribe() as changes:
            async for change in changes:
                if isinstance(change, StateChanged):
                    self._state(change)
                elif isinstance(change, Snapshot):
                    self._touch(self._home.identifier, *change.devices, *self._kept.devices())
                elif isinstance(change, Described | Removed):
                    self._touch(change.device)

    async def publish_due(self) -> None:
        """Publish what changed, device by device, until cancelled."""
        while True:
            await self._news.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._news.clear()
            due, self._due = self._due, {}
            for device in due:
                try:
                    await self._publish(device)
                except LinkDown:
                    break  # whatever is true when the link is up again is published then
                except HulianError as error:  # the broker refuses it, or the disk is full
                    _log.warning("discovery not published", device=device, reason=str(error))

    async def clear_everything(self) -> None:
        """Clear all that earlier lives have published; raise HulianError when it could not be finished."""
        for device in self._kept.devices():
            await self._forget(device)

    def _touch(self, *devices: str) -> None:
        self._due |= dict.fromkeys(devices)
        self._news.set()

    def _state(self, change: StateChanged) -> None:
        if change.changed & self._watched.get(change.device, frozenset()):
            self._touch(change.device)
        for topic, entity in self._projected.get(change.device, ()):
            self._project(topic, entity, change.document)

    async def _publish(self, device: str) -> None:
        try:
            subject, entities = self._subject(device)
        except Unknown:
            await self._forget(device)
            return
        before, made = dict(self._kept.of(device)), self._messages(subject, entities, {})
        gone = {key: platform for topic, now in made.contents.items() for key, platform in before.get(topic, {}).items() if key not in now}
        if gone and self._discovery.mode == "device":
            made = self._messages(subject, entities, gone)
            self._touch(device)  # once more, without them
        self._projected[device] = self._projections(device, entities)
        wanted = {**made.contents, **{topic: {} for topic, _ in self._projected[device]}}
        if stale := before.keys() - wanted.keys():  # first, for a unique id stands in one message only
            await self._clear(stale)
            await self._kept.keep(device, {topic: what for topic, what in before.items() if topic in wanted})
            self._touch(device)
            return
        await self._kept.keep(device, before | {topic: {**before.get(topic, {}), **what} for topic, what in wanted.items()})
        await self._send(made)
        for topic, entity in self._projected[device]:
            self._project(topic, entity, self._home.document(device))
        await self._kept.keep(device, wanted)

    async def _forget(self, device: str) -> None:
        self._watched.pop(device, None)
        self._projected.pop(device, None)
        await self._clear(self._kept.of(device))
        await self._kept.keep(device, {})

    def _messages(self, subject: Subject, entities: Iterable[Entity], gone: Contents) -> Messages:
        chosen = self._discovery
        return messages(subject, entities, mode=chosen.mode, prefix=chosen.prefix, version=chosen.version, gone=gone)

    def _subject(self, device: str) -> tuple[Subject, list[Entity]]:
        if device == self._home.identifier:
            return of_gateway(self._gateway), [gateway_entity(self._gateway)]
        twin, topics = self._home.twin(device), Topics(self._home.identifier, device)
        model = twin.instance.model
        site = Site(
            topics=topics,
            gateway=self._gateway,
            language=self._discovery.language,
            older=self._discovery.mode == "entity",
            state=twin.document(),
            constraints=model.constraints,
        )
        entities = entities_of(twin.instance, site)
        self._watched[device] = listed_by(twin.instance)
        title = model.titles.get(self._discovery.language) or model.title
        return of_device(self._gateway, topics, name=twin.name, model=title, room=twin.room), entities

    async def _send(self, made: Messages) -> None:
        for topic, payload in made.payloads.items():
            if self._said.get(topic) != hash(payload):
                await self._client.publish(topic, payload, retain=True)
                self._said[topic] = hash(payload)

    def _projections(self, device: str, entities: Iterable[Entity]) -> tuple[tuple[str, Entity], ...]:
        return tuple((projection_topic(self._gateway, device, one.key), one) for one in entities if one.projection)

    def _project(self, topic: str, entity: Entity, document: Mapping[str, object]) -> None:
        if entity.projection is None:
            return
        body = json_bytes(entity.projection(document))
        if self._said.get(topic) != hash(body):
            self._said[topic] = hash(body)
            self._client.publish_soon(topic, body, retain=True)

    async def _clear(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._said.pop(topic, None)
            await self._client.publish(topic, b"", retain=True)
