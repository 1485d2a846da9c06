"""What goes out: the change stream becomes topics. `p/` first and `s` last, so that whoever reads `s` has the rest.

While the link is down nothing large is written: everything is published when it comes up.
"""

import asyncio
from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any

from gateway.errors import LinkDown, Unknown
from gateway.faces.mqtt.scenes import SceneTopics
from gateway.faces.payload import availability_document, devices_document, event_document
from gateway.home.change import Acknowledged, AvailabilityChanged, Change, Described, EventRaised, Removed, Snapshot, StateChanged
from gateway.home.home import Home
from gateway.protocol.mqtt import MqttClient, Properties
from gateway.protocol.payload import json_bytes
from gateway.protocol.topics import GatewayTopics, Topics
from gateway.thing.ack import Ack, AckState
from gateway.thing.clock import Clock
from gateway.thing.command import Operation
from gateway.thing.timestamp import iso

RUN_KEPT = 600.0
"""Seconds a finished run stays readable (profile 3.4)."""
SWEEP_EVERY = 30.0
LIST_DELAY = 0.1
JSON = "application/json"
THING = "application/td+json"


class Publisher:
    """Publishes one home; knows what it has retained so that it can clear it."""

    def __init__(self, home: Home, client: MqttClient, clock: Clock, scenes: SceneTopics | None = None) -> None:
        self._home = home
        self._scenes = scenes
        self._client = client
        self._clock = clock
        self._gateway = GatewayTopics(home.identifier)
        self._topics: dict[str, Topics] = {}
        self._properties: dict[str, tuple[str, ...]] = {}
        self._runs: dict[str, float | None] = {}
        self._listing = asyncio.Event()

    async def follow(self) -> None:
        """Publish every change until cancelled."""
        async with self._home.subscribe() as changes:
            for ack in self._home.unheard():
                self._client.publish_soon(self._of(ack.device).ack, json_bytes(ack.document()), keep=True)
            async for change in changes:
                if isinstance(change, StateChanged):  # most of all changes
                    self._state(change.device, change.document, change.changed)
                else:
                    self._publish(change)

    async def publish_everything(self) -> None:
        """Publish all that is retained, device by device, with back-pressure."""
        try:
            await self._client.publish(self._gateway.avail, json_bytes(self._presence()), retain=True)
            for device in self._home.devices():
                if device in self._home.devices():  # else forgotten while we were at it: its Removed is in the stream
                    await self._client.publish(self._of(device).avail, self._availability(device), retain=True)
                if device in self._home.devices():
                    self._describe(device)
            await self._client.publish(self._gateway.devices, json_bytes(devices_document(self._home)), retain=True)
            if self._scenes is not None:
                self._scenes.publish_everything()
        except LinkDown:
            return

    def owned(self) -> set[str]:
        """Return every topic this publisher keeps retained."""
        topics = {self._gateway.avail, self._gateway.devices, *self._runs}
        topics |= set() if self._scenes is None else self._scenes.owned()
        for device, names in self._properties.items():
            of = self._of(device)
            topics |= {of.td, of.avail, of.s, *(of.property(name) for name in names)}
        return topics

    async def list_devices(self) -> None:
        """Publish the list of devices when it changed; many changes at once make one list."""
        while True:
            await self._listing.wait()
            await asyncio.sleep(LIST_DELAY)
            self._listing.clear()
            self._client.publish_soon(self._gateway.devices, json_bytes(devices_document(self._home)), retain=True)

    async def sweep_runs(self) -> None:
        """Clear finished runs ten minutes after their end."""
        while True:
            await self._clock.sleep(SWEEP_EVERY)
            now = self._clock.now()
            for topic in [topic for topic, ended in self._runs.items() if ended is not None and ended + RUN_KEPT <= now]:
                del self._runs[topic]
                self._client.publish_soon(topic, b"", retain=True)

    @singledispatchmethod
    def _publish(self, change: Change) -> None:
        raise NotImplementedError(change)

    @_publish.register
    def _(self, change: AvailabilityChanged) -> None:
        self._client.publish_soon(self._of(change.device).avail, json_bytes(availability_document(change.availability)), retain=True)

    @_publish.register
    def _(self, change: Described) -> None:
        if not self._client.connected:
            return
        try:
            self._describe(change.device)
        except Unknown:
            return
        self._list()

    @_publish.register
    def _(self, change: Removed) -> None:
        self._clear(change.device)
        self._list()

    @_publish.register
    def _(self, change: Acknowledged) -> None:
        of = self._of(change.device)
        body = json_bytes(change.ack.document())
        if self._is_run(change.ack):
            topic = of.run(change.ack.id)
            self._runs[topic] = change.ack.at if change.ack.state.terminal else None
            self._client.publish_soon(topic, body, retain=True)
        self._client.publish_soon(of.ack, body, keep=change.ack.state.terminal)

    @_publish.register
    def _(self, change: EventRaised) -> None:
        self._client.publish_soon(self._of(change.device).event(change.event.name), json_bytes(event_document(change)))

    @_publish.register
    def _(self, change: Snapshot) -> None:
        for gone in self._properties.keys() - set(change.devices):  # removed among the changes this Snapshot stands for
            self._clear(gone)
        if not self._client.connected:
            return
        for device in change.devices:
            try:
                self._client.publish_soon(self._of(device).avail, self._availability(device), retain=True)
                self._describe(device)
            except Unknown:
                continue
        self._list()

    def _clear(self, device: str) -> None:
        of = self._of(device)
        names = self._properties.pop(device, ())
        runs = [topic for topic in self._runs if topic.startswith(f"{of.prefix}/run/")]
        for topic in (*(of.property(name) for name in names), *runs, of.s, of.avail, of.td):
            self._client.publish_soon(topic, b"", retain=True)
        for topic in runs:
            del self._runs[topic]
        self._topics.pop(device, None)

    def _describe(self, device: str) -> None:
        of = self._of(device)
        body = self._home.thing_description(device).body
        self._client.publish_soon(of.td, body, retain=True, properties=Properties(content_type=THING))
        document = self._home.document(device)
        known = self._properties.get(device, ())
        for name in known:
            if name not in document:
                self._client.publish_soon(of.property(name), b"", retain=True)
        self._properties[device] = tuple(name for name in known if name in document)
        self._state(device, document, document.keys())

    def _state(self, device: str, document: Mapping[str, Any], changed: Any) -> None:
        of = self._of(device)
        known = self._properties.get(device, ())
        meta = document["$"]
        quality = meta.get("q", {})
        five = self._client.version == "5"
        plain = _user(meta, None) if five else None
        for name in changed:
            if name in document and name != "$":
                if name not in known:
                    known = self._properties[device] = (*known, name)
                properties = (plain if name not in quality else _user(meta, quality[name])) if five else None
                self._client.publish_soon(of.property(name), json_bytes(document[name]), retain=True, properties=properties)
        self._client.publish_soon(of.s, json_bytes(document), retain=True, properties=plain)

    def _is_run(self, ack: Ack) -> bool:
        if ack.operation is not Operation.INVOKE_ACTION:
            return False
        if self._of(ack.device).run(ack.id) in self._runs:
            return True
        try:
            action = self._home.twin(ack.device).instance.actions.get(ack.name)
        except Unknown:
            return False
        return action is not None and action.long and ack.state is not AckState.REJECTED

    def _of(self, device: str) -> Topics:
        topics = self._topics.get(device)
        if topics is None:
            topics = self._topics[device] = Topics(self._home.identifier, device)
        return topics

    def _availability(self, device: str) -> bytes:
        return json_bytes(availability_document(self._home.twin(device).availability))

    def _presence(self) -> dict[str, Any]:
        return {"state": "online", "since": iso(self._clock.now()), "reason": ""}

    def _list(self) -> None:
        self._listing.set()


def _user(meta: Mapping[str, Any], quality: str | None) -> Properties:
    user = {"seq": str(meta["seq"]), "boot": str(meta["boot"]), "ts": meta["ts"]}
    if quality is not None:
        user["q"] = quality
    return Properties(user=user, content_type=JSON)
