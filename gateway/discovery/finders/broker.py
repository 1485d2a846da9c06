"""Sees native appliances on the hub's broker: what they keep there of themselves, and whether they are there.

What the broker keeps outlives the appliance, so one is only seen once its `avail` says that it is not offline.
"""

from collections.abc import Callable

import orjson

from gateway.discovery.doctor import BROKER, Doctor
from gateway.drivers.spi import Context, Sighting
from gateway.protocol.mqtt import Message, MqttClient

FILTERS = ("hulian/1/+/self/avail", "hulian/1/+/self/td")
"""The small ones first: mosquitto leaves out retained messages of QoS 0 for a client that megabytes of descriptions wait for."""
_LEAD = len("hulian/1/")
_MOST = 4096
_TD_LIMIT = 256 * 1024


class BrokerFinder:
    """Listens on the shared MQTT client. `known(id)`: nothing needs to be read about an appliance that is accepted already."""

    def __init__(
        self, client: MqttClient, see: Callable[[Sighting], None], known: Callable[[str], bool], *, doctor: Doctor, context: Context
    ) -> None:
        self._client = client
        self._see = see
        self._known = known
        self._doctor = doctor
        self._context = context
        self._facts: dict[str, dict[str, str]] = {}
        self._there: dict[str, bool] = {}

    async def begin(self) -> None:
        """Subscribe; the client remembers it over reconnects."""
        self._doctor.asked(BROKER, " and ".join(FILTERS))
        for topic, handler in zip(FILTERS, (self._avail, self._td), strict=True):
            await self._client.subscribe(topic, handler)

    async def end(self) -> None:
        """Take back the subscriptions."""
        for topic, handler in zip(FILTERS, (self._avail, self._td), strict=True):
            await self._client.unsubscribe(topic, handler)

    def _td(self, message: Message) -> None:
        device = message.topic[_LEAD : -len("/self/td")]
        if not message.payload:
            self._facts.pop(device, None)
            return
        if device == self._context.gateway or self._known(device) or self._full(device):
            return
        facts = _facts_of(message.payload)
        if facts is None:
            self._doctor.dropped(BROKER, device, "its description is not a JSON object of a usable size")
            return
        self._facts[device] = facts
        self._tell(device)

    def _avail(self, message: Message) -> None:
        device = message.topic[_LEAD : -len("/self/avail")]
        if device == self._context.gateway or self._known(device) or self._full(device):
            return
        self._there[device] = _state_of(message.payload) not in ("", "offline")
        self._tell(device)

    def _tell(self, device: str) -> None:
        facts = self._facts.get(device)
        if facts is None:
            return
        there = self._there.get(device)
        if there is None:
            self._doctor.answered(BROKER, device, "described, but it has not said yet whether it is there")
            return
        if not there:
            self._doctor.dropped(BROKER, device, "offline: what the broker keeps of it may be old")
            return
        self._see(
            Sighting(
                source="broker",
                service="native",
                name=device,
                facts={"id": device, **facts},
                interface=BROKER,
                at=self._context.clock.now(),
            )
        )

    def _full(self, device: str) -> bool:
        return len(self._facts) + len(self._there) >= _MOST and device not in self._facts and device not in self._there


def _facts_of(payload: bytes) -> dict[str, str] | None:
    if len(payload) > _TD_LIMIT:
        return None
    try:
        td = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(td, dict):
        return None
    return {"k": str(td.get("hl:kind", ""))[:64], "title": str(td.get("title", ""))[:128]}


def _state_of(payload: bytes) -> str:
    try:
        said = orjson.loads(payload) if payload else None
    except orjson.JSONDecodeError:
        return ""
    return str(said.get("state", "")) if isinstance(said, dict) else ""
