"""One announced device on the broker: what its messages say by the keys of its features, and what it is asked in its own words."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress

import orjson

from gateway.drivers.mqttdiscovery.codec import hints_of
from gateway.drivers.mqttdiscovery.device import Device
from gateway.drivers.mqttdiscovery.leaf import Leaf, Sink, Source
from gateway.drivers.mqttdiscovery.line import Line
from gateway.drivers.mqttdiscovery.reach import Sign
from gateway.drivers.parts.selfdescribed.wire import Heard, Reached
from gateway.drivers.parts.waiting import within
from gateway.errors import LinkDown, Offline, ReadOnly, SchemaViolation, TimedOut, WireError
from gateway.protocol.mqtt import Message
from gateway.thing.availability import AvailabilityState
from gateway.thing.clock import Clock
from gateway.thing.value import Value

LIMIT = 64 * 1024
"""Bytes of a message that are read."""
_FIRST = 1.0
"""Seconds in which the broker hands over what it keeps of a device."""
_SILENT = "it has not said yet that it is there"
_AWAY = "it says that it is away"
_LINK_DOWN = "the link to the broker is down"


class DiscoveredDevice:
    """The wire of a device; `life` listens for as long as it lasts. `closed` is ended by whoever notices that the device is another now."""

    heard: Heard
    reached: Reached

    def __init__(self, client: Line, device: Device, clock: Clock) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.optimistic: Collection[str] = frozenset(feature.key for leaf in device.leaves if leaf.optimistic for feature in leaf.features)
        self._client = client
        self._device = device
        self._clock = clock
        self._by_topic: dict[str, list[tuple[Leaf, Source]]] = {}
        self._signs: dict[str, list[Sign]] = {}
        self._raws: dict[str, Value] = {}
        self._told: dict[Sign, bool] = {}
        self._latest: Sign | None = None
        self._known = asyncio.Event()
        self._link, self._begun = True, False
        self._said: tuple[AvailabilityState, str] | None = None
        self._falling: dict[str, asyncio.Task[None]] = {}
        for leaf in device.leaves:
            for source in leaf.sources:
                self._by_topic.setdefault(source.topic, []).append((leaf, source))
        for reach in device.reaches:
            for sign in reach.signs:
                if sign not in self._signs.setdefault(sign.topic, []):
                    self._signs[sign.topic].append(sign)
        self._needed = frozenset(feature.key for leaf in device.leaves if leaf.sources for feature in leaf.features if not feature.event)

    @asynccontextmanager
    async def life(self) -> AsyncIterator["DiscoveredDevice"]:
        """Leave no subscription and no timer behind."""
        try:
            yield self
        finally:
            for task in self._falling.values():
                task.cancel()
            for topic in self._topics():
                await self._client.unsubscribe(topic, self._heard)

    async def begin(self) -> None:
        """Listen to everything it speaks on, and wait a moment for what the broker keeps of it."""
        for topic in self._topics():
            await self._client.subscribe(topic, self._heard)
        await self._ask()
        with suppress(TimedOut):
            await within(self._clock, _FIRST, self._known.wait(), "what the broker keeps of it")
        self._begun = True
        self._judge()

    async def ask(self) -> bool:
        """Ask where its firmware takes questions; return whether all that can be told was told."""
        await self._ask()
        return self._needed <= self._raws.keys()

    async def set(self, asked: Mapping[str, Value]) -> None:
        """Say it in the device's words; what one topic takes together is said together. ReadOnly, SchemaViolation, Offline."""
        for sink, payload in self._messages(asked):
            try:
                await self._client.publish(sink.topic, payload, qos=sink.qos, retain=sink.retain)
            except LinkDown as error:
                raise Offline(_LINK_DOWN) from error

    def link(self, up: bool) -> None:
        """Take notice that the link to the broker went up or down; once it is down, reachability must be heard again."""
        self._link = up
        if not up:
            self._told.clear()
        self._judge()

    def _topics(self) -> Iterable[str]:
        return dict.fromkeys([*self._signs, *self._by_topic])

    async def _ask(self) -> None:
        for topic, payload in self._device.asks:
            try:
                await self._client.publish(topic, payload.encode())
            except LinkDown as error:
                raise Offline(_LINK_DOWN) from error

    def _messages(self, asked: Mapping[str, Value]) -> list[tuple[Sink, bytes]]:
        """Return what is published where; members of one JSON object are put together."""
        whole: dict[str, tuple[Sink, dict[str, Value]]] = {}
        alone: list[tuple[Sink, bytes]] = []
        for leaf in self._device.leaves:
            if not any(feature.key in asked for feature in leaf.features):
                continue
            if leaf.sink is None:
                raise ReadOnly(f"{leaf.feature.name} cannot be set: this device only shows it")
            value = leaf.asked({**self._raws, **asked})
            said = leaf.codec.said(value)
            if leaf.sink.member and leaf.sink.template is None:
                whole.setdefault(leaf.sink.topic, (leaf.sink, {}))[1][leaf.sink.member] = said
            else:
                alone.append((leaf.sink, _payload(leaf, said, value)))
        return [(sink, orjson.dumps(members)) for sink, members in whole.values()] + alone

    def _heard(self, message: Message) -> None:
        if len(message.payload) > LIMIT:
            return
        payload = message.payload.decode(errors="replace")
        for sign in self._signs.get(message.topic, ()):
            if (told := sign.told(payload)) is not None:
                self._told[sign], self._latest = told, sign
                self._judge()
        news: dict[str, Value] = {}
        for leaf, source in self._by_topic.get(message.topic, ()):
            if leaf.feature.event and message.retain:
                continue  # it happened once, and not now
            found = leaf.told(source, payload)
            news |= found
            if leaf.falls and found.get(leaf.feature.key) is True:
                self._fall(leaf.feature.key, leaf.falls)
        if news:
            self._tell(news)
        if not self._begun:
            self._look()

    def _tell(self, news: Mapping[str, Value]) -> None:
        self._raws |= news
        self.heard(news)

    def _fall(self, key: str, seconds: float) -> None:
        """Let a `yes` be over by itself after so long; the next one begins anew."""
        if (before := self._falling.pop(key, None)) is not None:
            before.cancel()
        self._falling[key] = asyncio.create_task(self._fallen(key, seconds), name=f"mqttdiscovery {key} falls")

    async def _fallen(self, key: str, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._falling.pop(key, None)
        self._tell({key: False})

    def _judge(self) -> None:
        """Say whether it is there, when that is another answer than before: it is as long as any of its entities is."""
        verdicts = self._verdicts()
        if not self._link:
            now = (AvailabilityState.OFFLINE, _LINK_DOWN)
        elif True in verdicts:
            now = (AvailabilityState.ONLINE, "")
        else:
            now = (AvailabilityState.OFFLINE, _AWAY if False in verdicts else _SILENT)
        if self._begun and now != self._said:
            self._said = now
            self.reached(*now)

    def _verdicts(self) -> list[bool | None]:
        return [reach.verdict(self._told, self._latest) for reach in self._device.reaches]

    def _look(self) -> None:
        """See whether all is known that there is to know at first: of what is away, that it is."""
        verdicts = self._verdicts()
        if self._needed <= self._raws.keys() if True in verdicts else False in verdicts:
            self._known.set()


def _payload(leaf: Leaf, said: Value, value: Value) -> bytes:
    if leaf.sink is None:
        raise ReadOnly(f"{leaf.feature.name} cannot be set: this device only shows it")
    try:
        return leaf.sink.payload(said, hints_of(leaf.codec, value))
    except WireError as error:
        raise SchemaViolation(f"{value!r} cannot be said to this device: {error}") from error
