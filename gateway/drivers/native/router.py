"""One set of subscriptions for all native appliances of a broker, and one dict look-up for each message.

The state of 1,000 appliances comes through here: no task, no queue and no text processing beyond cutting the id out of
the topic. An appliance that joins after the subscriptions were made asks for what the broker keeps of it once more.
"""

import asyncio
from typing import Protocol
from weakref import WeakKeyDictionary

from gateway.drivers.parts.link_watch import LinkWatch
from gateway.protocol.mqtt import Message, MqttClient

_LEAD = len("hulian/1/")


class Inlet(Protocol):
    """Where one appliance's messages go."""

    def td(self, payload: bytes) -> None:
        """Take a Thing Description."""
        ...

    def avail(self, payload: bytes) -> None:
        """Take an availability."""
        ...

    def state(self, payload: bytes) -> None:
        """Take a state."""
        ...

    def event(self, name: str, payload: bytes) -> None:
        """Take an event."""
        ...

    def ack(self, payload: bytes) -> None:
        """Take an ack."""
        ...

    def link(self, up: bool) -> None:
        """Take notice that the link to the broker went up or down."""
        ...


class Router:
    """Routes messages by appliance id; `join` and `leave` are all a session does with it."""

    def __init__(self, client: MqttClient, gateway: str) -> None:
        self.client = client
        self.gateway = gateway
        self._inlets: dict[str, Inlet] = {}
        self._answer = f"/c/{gateway}/ack"
        self._started = self._subscribed = False
        self._lock = asyncio.Lock()
        self._link = LinkWatch(client, self._turned)
        self._filters = {
            "hulian/1/+/self/avail": self._avail,
            "hulian/1/+/self/s": self._state,
            "hulian/1/+/self/e/+": self._event,
            f"hulian/1/+{self._answer}": self._ack,
            "hulian/1/+/self/td": self._td,
        }
        self._by_tail = {"avail": self._avail, "s": self._state, "td": self._td}

    async def join(self, device: str, inlet: Inlet) -> None:
        """Send everything `device` says to `inlet`, what the broker keeps of it first."""
        late, self._started = self._started, True
        self._inlets[device] = inlet
        async with self._lock:
            if not self._subscribed:
                self._link.begin()
                for topic, handler in self._filters.items():
                    await self.client.subscribe(topic, handler)
                self._subscribed = True
        if late:
            await self._ask_again(device)

    async def leave(self, device: str, inlet: Inlet) -> None:
        """Forget `device`; the last one to leave ends the subscriptions."""
        if self._inlets.get(device) is inlet:
            del self._inlets[device]
        async with self._lock:
            if self._inlets or not self._subscribed:
                return
            self._started = self._subscribed = False
            self._link.end()
            for topic, handler in self._filters.items():
                await self.client.unsubscribe(topic, handler)

    async def _ask_again(self, device: str) -> None:
        topic = f"hulian/1/{device}/self/+"
        await self.client.subscribe(topic, self._any)
        await self.client.unsubscribe(topic, self._any)

    def _any(self, message: Message) -> None:
        handler = self._by_tail.get(message.topic.rpartition("/")[2])
        if handler is not None:
            handler(message)

    def _state(self, message: Message) -> None:
        inlet = self._inlets.get(message.topic[_LEAD:-7])
        if inlet is not None:
            inlet.state(message.payload)

    def _avail(self, message: Message) -> None:
        inlet = self._inlets.get(message.topic[_LEAD:-11])
        if inlet is not None and message.payload:
            inlet.avail(message.payload)

    def _td(self, message: Message) -> None:
        inlet = self._inlets.get(message.topic[_LEAD:-8])
        if inlet is not None and message.payload:
            inlet.td(message.payload)

    def _event(self, message: Message) -> None:
        device, _, name = message.topic[_LEAD:].partition("/self/e/")
        inlet = self._inlets.get(device)
        if inlet is not None and not message.retain:
            inlet.event(name, message.payload)

    def _ack(self, message: Message) -> None:
        inlet = self._inlets.get(message.topic[_LEAD : -len(self._answer)])
        if inlet is not None:
            inlet.ack(message.payload)

    def _turned(self, up: bool) -> None:
        for inlet in tuple(self._inlets.values()):
            inlet.link(up)


_ROUTERS: "WeakKeyDictionary[MqttClient, Router]" = WeakKeyDictionary()


def router_of(client: MqttClient, gateway: str) -> Router:
    """Return the one router of `client`."""
    router = _ROUTERS.get(client)
    if router is None or router.gateway != gateway:
        router = _ROUTERS[client] = Router(client, gateway)
    return router
