"""One ear for all bridges of a broker, whatever their base topics: shared by the search and every session of a client.

The list of devices is read once for all, and only when it changed. What a device shows comes through a subscription to its own two topics,
made by its session: of devices nobody has taken in not one message is heard.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from gateway.drivers.parts.link_watch import LinkWatch
from gateway.drivers.spi import Context
from gateway.drivers.zigbee2mqtt.bridge import DEVICES, STATE, Bridge, base_of, read_devices, read_state
from gateway.drivers.zigbee2mqtt.listing import Definitions, Listed, Refused, definition_of
from gateway.errors import Forbidden, Offline, WireError
from gateway.protocol.mqtt import Message, MqttClient
from gateway.thing.log import Log

LEVELS = 3
"""How many levels a base topic may have."""
MOST_BRIDGES = 64
_log = Log(driver="zigbee2mqtt")


class Follower(Protocol):
    """Who is told what the room hears of one device."""

    def placed(self, bridge: Bridge | None, device: Listed | None, *, up: bool) -> None:
        """Take notice of where the device is listed now (None: nowhere), and whether the broker is reached."""
        ...


class Watcher(Protocol):
    """Who is told of all devices."""

    def listed(self, bridge: Bridge, device: Listed) -> None:
        """Take notice of a device, new or changed."""
        ...

    def gone(self, device: Listed) -> None:
        """Take notice that a device is listed nowhere any more."""
        ...

    def refused(self, base: str, why: str) -> None:
        """Take notice of what a bridge said and nobody can use."""
        ...


class Room:
    """Everything that is known of the bridges on one broker."""

    def __init__(self, client: MqttClient) -> None:
        self.client = client
        self.bridges: dict[str, Bridge] = {}
        self.definitions: Definitions = {}
        self._followers: dict[str, list[Follower]] = {}
        self._homes: dict[str, str] = {}
        """Base topics of the bridges that devices were taken in from."""
        self._watchers: list[Watcher] = []
        self._lock = asyncio.Lock()
        self._open = False
        self._link = LinkWatch(client, lambda _: self._place_again(self._followers))

    @property
    def up(self) -> bool:
        """Whether the broker is reached."""
        return self._link.up

    async def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of every device there is and will be."""
        self._watchers.append(watcher)
        await self._listen()
        for bridge in tuple(self.bridges.values()):
            for device in tuple(bridge.devices.values()):
                if self.place(device.ieee)[0] is bridge:
                    watcher.listed(bridge, device)

    async def follow(self, ieee: str, follower: Follower, home: str = "") -> None:
        """Tell `follower` where its device is, now and whenever that changes; `home`: the bridge it was taken in from."""
        if home:
            self._homes[ieee] = home
        self._followers.setdefault(ieee, []).append(follower)
        await self._listen()
        follower.placed(*self.place(ieee), up=self.up)

    async def leave(self, who: Follower | Watcher) -> None:
        """Forget somebody; the last one to leave ends the subscriptions."""
        self._watchers = [each for each in self._watchers if each is not who]
        for ieee in [ieee for ieee, there in self._followers.items() if who in there]:
            left = [each for each in self._followers[ieee] if each is not who]
            if left:
                self._followers[ieee] = left
            else:
                del self._followers[ieee]
                self._homes.pop(ieee, None)
        async with self._lock:
            if self._followers or self._watchers or not self._open:
                return
            self._open = False
            self._link.end()
            for topic, handler in self._filters():
                await self.client.unsubscribe(topic, handler)
            self.bridges.clear()
            self.definitions.clear()

    def place(self, ieee: str) -> tuple[Bridge | None, Listed | None]:
        """Return the bridge that has a device, and its row there.

        Of two that claim it the one it was taken in from, whether it runs or not: with another's account nobody becomes a device. Of others
        one that runs, then the first that was heard.
        """
        having = [bridge for bridge in self.bridges.values() if ieee in bridge.devices]
        home = [bridge for bridge in having if bridge.base == self._homes.get(ieee)]
        claiming = home or having
        bridge = next((each for each in claiming if each.runs), claiming[0] if claiming else None)
        return bridge, None if bridge is None else bridge.devices[ieee]

    def definition(self, device: Listed) -> dict[str, Any]:
        """Return what Zigbee2MQTT knows about a device's model."""
        return definition_of(self.definitions[device.definition])

    async def _listen(self) -> None:
        async with self._lock:
            if self._open:
                return
            heard = [await self._subscribed(topic, handler) for topic, handler in self._filters()]
            if not any(heard):
                raise Forbidden("the broker does not let the hub hear +/bridge/devices: allow it, and the base topics of its bridges")
            self._link.begin()
            self._open = True

    async def _subscribed(self, topic: str, handler: Callable[[Message], None]) -> bool:
        """Subscribe; return whether the broker lets us: some brokers allow only the bridges they know."""
        try:
            await self.client.subscribe(topic, handler)
        except Forbidden as error:
            self._refuse(topic, str(error))
            return False
        return True

    def _filters(self) -> Iterator[tuple[str, Callable[[Message], None]]]:
        for level in range(1, LEVELS + 1):
            base = "/".join("+" * level)
            yield f"{base}{STATE}", self._state
            yield f"{base}{DEVICES}", self._devices

    def _bridge(self, base: str) -> Bridge | None:
        if base not in self.bridges and len(self.bridges) >= MOST_BRIDGES:
            self._refuse(base, f"more than {MOST_BRIDGES} bridges on one broker")
            return None
        return self.bridges.setdefault(base, Bridge(base))

    def _state(self, message: Message) -> None:
        online = read_state(message.payload)
        base = base_of(message.topic, STATE)
        if online is None and base not in self.bridges:
            return  # something else that has a topic like this
        bridge = self._bridge(base)
        if bridge is not None and bridge.online is not online:
            bridge.online = online
            self._place_again(bridge.devices)

    def _devices(self, message: Message) -> None:
        base = base_of(message.topic, DEVICES)
        digest = hash(message.payload)
        if not message.payload and base not in self.bridges:
            return
        bridge = self._bridge(base)
        if bridge is None or bridge.list_digest == digest:
            return
        try:
            devices = read_devices(message.payload, self.definitions, partial(self._leave_out, base))
        except WireError as error:
            self._refuse(base, str(error))
            return
        bridge.list_digest = digest
        before, bridge.devices = bridge.devices, devices
        self._tell(bridge, before)
        self._forget()

    def _tell(self, bridge: Bridge, old: Mapping[str, Listed]) -> None:
        for ieee, device in bridge.devices.items():
            if old.get(ieee) != device and self.place(ieee)[0] is bridge:
                for watcher in self._watchers:
                    watcher.listed(bridge, device)
            elif ieee not in old and self.place(ieee)[0] is not bridge:
                self._refuse(bridge.base, f"{device.name}: another bridge has a device with its address on the radio as well")
        for ieee, device in old.items():
            if ieee not in bridge.devices and self.place(ieee)[0] is None:
                for watcher in self._watchers:
                    watcher.gone(device)
        self._place_again({ieee for ieee in {*old, *bridge.devices} if old.get(ieee) != bridge.devices.get(ieee)})

    def _forget(self) -> None:
        """Let go of definitions no device has any more."""
        used = {device.definition for bridge in self.bridges.values() for device in bridge.devices.values()}
        for digest in self.definitions.keys() - used:
            del self.definitions[digest]

    def _place_again(self, moved: Collection[str]) -> None:
        for ieee in tuple(self._followers):
            if ieee in moved:
                for follower in tuple(self._followers.get(ieee, ())):
                    follower.placed(*self.place(ieee), up=self.up)

    def _leave_out(self, base: str, row: Refused) -> None:
        self._refuse(base, f"{row.name or 'a device'}: {row.why}")

    def _refuse(self, base: str, why: str) -> None:
        for watcher in self._watchers:
            watcher.refused(base, why)
        _log.debug("zigbee2mqtt.refused", base=base[:100], why=why)


_ROOMS: "WeakKeyDictionary[MqttClient, Room]" = WeakKeyDictionary()


def room_of(client: MqttClient) -> Room:
    """Return the one room of a client."""
    room = _ROOMS.get(client)
    if room is None:
        room = _ROOMS[client] = Room(client)
    return room


def client_of(context: Context) -> MqttClient:
    """Return the link to the hub's broker; raise Offline where it has none."""
    if context.mqtt is None:
        raise Offline("the hub has no broker: start it with one, and let Zigbee2MQTT speak to it")
    return context.mqtt
