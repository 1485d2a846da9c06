"""The way between one device and the broker: its two topics under the name it has now, and two topics to tell and ask it."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from gateway.drivers.zigbee2mqtt.bridge import Bridge
from gateway.drivers.zigbee2mqtt.listing import Listed
from gateway.drivers.zigbee2mqtt.room import Room
from gateway.errors import Forbidden, LinkDown, Offline
from gateway.protocol.mqtt import Message
from gateway.thing.log import Log

_log = Log(driver="zigbee2mqtt")


class Inlet(Protocol):
    """Who is told what is heard of a device."""

    def state(self, payload: bytes, *, retained: bool) -> None:
        """Take a state."""
        ...

    def availability(self, payload: bytes) -> None:
        """Take whether the bridge reaches the device."""
        ...

    def placed(self, bridge: Bridge | None, device: Listed | None, *, up: bool) -> None:
        """Take notice of where the device is listed now, and whether the broker is reached."""
        ...


class Line(Protocol):
    """What a unit needs of its way to the bridge."""

    ieee: str

    async def listed(self) -> Listed:
        """Return the device's row once there is one."""
        ...

    def definition(self, device: Listed) -> Mapping[str, Any]:
        """Return what Zigbee2MQTT knows about its model."""
        ...

    async def listen(self, inlet: Inlet) -> None:
        """Hand on what is heard from now on, what the broker keeps first."""
        ...

    async def send(self, verb: str, payload: bytes) -> None:
        """Tell (`set`) or ask (`get`) the device; raise Offline."""
        ...


class BrokerLine:
    """The line of a device on the hub's broker; `home`: the bridge it was taken in from. `async with` is its lifetime."""

    def __init__(self, room: Room, ieee: str, home: str = "") -> None:
        self.ieee = ieee
        self._home = home
        self._room = room
        self._inlet: Inlet | None = None
        self._topic = ""
        self._lock = asyncio.Lock()
        self._ended = False
        self._found = asyncio.Event()
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Begin to look where the device is."""
        self._follower = asyncio.create_task(self._follow(), name=f"zigbee2mqtt {self.ieee} topics")
        await self._room.follow(self.ieee, self, self._home)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Hear nothing any more."""
        self._ended = True
        self._follower.cancel()
        await asyncio.wait({self._follower})
        await self._room.leave(self)
        await self._move()

    async def listed(self) -> Listed:
        """Return the device's row once there is one."""
        while (device := self._room.place(self.ieee)[1]) is None:
            self._found.clear()
            await self._found.wait()
        return device

    def definition(self, device: Listed) -> Mapping[str, Any]:
        """Return what Zigbee2MQTT knows about its model."""
        return self._room.definition(device)

    async def listen(self, inlet: Inlet) -> None:
        """Hand on what is heard from now on."""
        self._inlet = inlet
        bridge, device = self._room.place(self.ieee)
        inlet.placed(bridge, device, up=self._room.up)
        await self._move()

    async def send(self, verb: str, payload: bytes) -> None:
        """Publish for the device; raise Offline when the broker or the bridge cannot be had."""
        bridge, _ = self._room.place(self.ieee)
        if bridge is None:
            raise Offline("no Zigbee2MQTT on this broker lists it")
        try:
            await self._room.client.publish(f"{bridge.base}/{self.ieee}/{verb}", payload)
        except LinkDown as error:
            raise Offline("the link to the broker is down") from error

    def placed(self, bridge: Bridge | None, device: Listed | None, *, up: bool) -> None:
        """Follow the device to its new name, and hand on where it is."""
        self._found.set()
        if self._inlet is None:
            return
        self._inlet.placed(bridge, device, up=up)
        self._moved.set()

    def _wanted(self) -> str:
        bridge, device = self._room.place(self.ieee)
        return "" if bridge is None or device is None or self._ended else f"{bridge.base}/{device.name}"

    async def _follow(self) -> None:
        """Listen where the device is, whenever it has another name or another bridge."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self._move()
            except Offline as error:
                _log.warning("zigbee2mqtt.not_heard", key=self.ieee, why=str(error))

    async def _move(self) -> None:
        """Listen to the topics of the present name, and to those of an earlier one no more."""
        async with self._lock:
            wanted, client = self._wanted(), self._room.client
            if wanted == self._topic:
                return
            old, self._topic = self._topic, wanted
            if old:
                await client.unsubscribe(old, self._state)
                await client.unsubscribe(f"{old}/availability", self._availability)
            if wanted:
                try:
                    await client.subscribe(f"{wanted}/availability", self._availability)
                    await client.subscribe(wanted, self._state)
                except Forbidden as error:
                    raise Offline(f"the broker does not let the hub hear {wanted}") from error

    def _state(self, message: Message) -> None:
        if self._inlet is not None and message.topic == self._topic:
            self._inlet.state(message.payload, retained=message.retain)

    def _availability(self, message: Message) -> None:
        if self._inlet is not None and message.topic == f"{self._topic}/availability":
            self._inlet.availability(message.payload)
