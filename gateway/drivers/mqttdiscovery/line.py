"""The way to a device: the hub's link to its broker, the same with a tap, or what a recording has.

A recording has neither the names nor the topics of a device, for people put the names of their rooms and children there: topics are
numbered, and of the device only maker, model and version are kept.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.mqttdiscovery.device import shortened
from gateway.drivers.parts.body import read, written
from gateway.drivers.parts.tap import Tap
from gateway.protocol.mqtt import Message
from gateway.protocol.mqtt.message import Handler

_KEPT = frozenset({"manufacturer", "model", "sw_version", "hw_version"})
_LEFT_OUT = frozenset(
    {"dev", "device", "o", "origin", "unique_id", "object_id", "default_entity_id", "entity_picture", "json_attributes_topic"}
)


class Line(Protocol):
    """What a device needs of a link to the broker; `MqttClient` is one."""

    async def subscribe(self, filter: str, handler: Handler) -> None:
        """Call `handler` for every message of a topic."""
        ...

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:
        """Forget it again."""
        ...

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish; raise LinkDown."""
        ...


@dataclass(frozen=True, slots=True)
class Announced:
    """What the device was announced as: its entities as JSON, and what it is asked with."""

    entities: str
    asks: str = "[]"


@dataclass(frozen=True, slots=True)
class Told:
    """What a topic said; `retained`: the broker had kept it."""

    topic: str
    body: Any
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What was published on a topic."""

    topic: str
    body: Any


Asks = tuple[tuple[str, str], ...]


def anonymous(entities: Iterable[Entity], asks: Asks) -> tuple[Announced, Mapping[str, str]]:
    """Return what is announced without whose it is, and what each topic is called instead."""
    called: dict[str, str] = {topic: f"ask/{number}" for number, (topic, _) in enumerate(asks)}
    rows = []
    for entity in shortened(entities):
        options = {name: _plain(name, value, called) for name, value in entity.options.items() if name not in _LEFT_OUT}
        about = {name: value for name, value in entity.device.items() if name in _KEPT}
        rows.append({"component": entity.component, "path": entity.path, "options": options, "device": about, "origin": entity.origin})
    kept = [(called[topic], payload) for topic, payload in asks]
    return Announced(orjson.dumps(rows).decode(), orjson.dumps(kept).decode()), called


def _plain(name: str, value: Any, called: dict[str, str]) -> Any:
    if isinstance(value, list) and name == "availability":
        return [{key: _plain(key, inside, called) for key, inside in each.items()} for each in value if isinstance(each, dict)]
    if not name.endswith("topic"):
        return value
    if isinstance(value, list):
        return [_plain(name, each, called) for each in value]
    return called.setdefault(value, f"topic/{len(called)}") if isinstance(value, str) else value


def entities_of(announced: Announced) -> tuple[tuple[Entity, ...], Asks]:
    """Return what a recording has of an announcement."""
    rows = orjson.loads(announced.entities)
    asks = tuple((str(topic), str(payload)) for topic, payload in orjson.loads(announced.asks))
    return tuple(Entity(topic="", **row) for row in rows), asks


class TappedLine:
    """A link that tells what passes."""

    def __init__(self, line: Line, tap: Tap, called: Mapping[str, str]) -> None:
        self._line = line
        self._tap = tap
        self._called = called
        self._handlers: dict[str, Handler] = {}

    async def subscribe(self, filter: str, handler: Handler) -> None:
        """Call `handler` for every message of a topic, and tell it."""

        def tell(message: Message) -> None:
            self._tap.heard(Told(self._called.get(message.topic, ""), read(message.payload), message.retain))
            handler(message)

        self._handlers[filter] = tell
        await self._line.subscribe(filter, tell)

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:  # noqa: ARG002 - there is one
        """Forget it again."""
        await self._line.unsubscribe(filter, self._handlers.pop(filter, None))

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish, and tell it; raise LinkDown."""
        self._tap.said(Said(self._called.get(topic, ""), read(payload)))
        await self._line.publish(topic, payload, qos=qos, retain=retain)


class PlayedLine:
    """Stands in for the link: it says what a recording has."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._announced: asyncio.Future[Announced] = asyncio.get_running_loop().create_future()
        self._handlers: dict[str, Handler] = {}
        self._waiting: list[Told] = []
        tap.listen(self._take, lambda _: None)

    async def announced(self) -> Announced:
        """Return the announcement once the recording comes to it."""
        return await self._announced

    async def subscribe(self, filter: str, handler: Handler) -> None:
        """Hand on what the recording has of a topic."""
        self._handlers[filter] = handler
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            self._tell(told)

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:  # noqa: ARG002 - there is one
        """Forget it again."""
        self._handlers.pop(filter, None)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:  # noqa: ARG002 - as it was
        """Compare what is said with what was."""
        self._tap.said(Said(topic, read(payload)))

    def _take(self, message: Any) -> None:
        if isinstance(message, Announced):
            if not self._announced.done():
                self._announced.set_result(message)
        else:
            self._tell(message)

    def _tell(self, told: Told) -> None:
        handler = self._handlers.get(told.topic)
        if handler is None:
            self._waiting.append(told)
        else:
            handler(Message(told.topic, written(told.body), told.retained))
