"""A broker in memory that stands in for the hub's link: what is kept, who has subscribed, what was published."""

import json
from typing import Any

from gateway.protocol.mqtt import Handler, Message
from gateway.protocol.mqtt.matching import Matcher


class SmallBroker:
    """The part of `MqttClient` a driver uses. A message reaches handlers at once."""

    def __init__(self) -> None:
        self.connected = True
        self.kept: dict[str, bytes] = {}
        self.published: list[tuple[str, Any]] = []
        self.filters: list[str] = []
        self._matcher = Matcher()

    def say(self, topic: str, content: Any, *, retain: bool = True) -> None:
        """Publish as somebody else."""
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        if retain:
            self.kept[topic] = payload
            if not payload:
                del self.kept[topic]
        for handler in self._matcher.handlers(topic):
            handler(Message(topic, payload))

    async def publish(self, topic: str, payload: bytes) -> None:
        self.published.append((topic, json.loads(payload)))

    async def subscribe(self, filter: str, handler: Handler) -> None:
        self._matcher.add(filter, handler)
        self.filters.append(filter)
        only = Matcher()
        only.add(filter, handler)
        for topic, payload in tuple(self.kept.items()):
            for each in only.handlers(topic):
                each(Message(topic, payload, retain=True))

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:
        self._matcher.remove(filter, handler)
        self.filters.remove(filter)


def row(ieee: str = "0x00158d0000000001", name: str = "lamp", **more: Any) -> dict[str, Any]:
    """Return a row of a list of devices."""
    definition = {"model": "M1", "vendor": "Maker", "description": "A lamp", "exposes": [switch()]}
    return {"ieee_address": ieee, "friendly_name": name, "type": "Router", "power_source": "Mains", "definition": definition, **more}


def switch(name: str = "state", **more: Any) -> dict[str, Any]:
    leaf = {"type": "binary", "name": name, "property": name, "access": 7, "value_on": "ON", "value_off": "OFF", **more}
    return {"type": "switch", "features": [leaf]}


def numeric(name: str, access: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "numeric", "name": name, "property": name, "access": access, **more}
