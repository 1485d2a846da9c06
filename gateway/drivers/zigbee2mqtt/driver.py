"""What the hub does with devices behind Zigbee2MQTT: hear of them, recognise them, and keep a conversation with each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

from gateway.drivers.parts.beside import beside
from gateway.drivers.parts.known import candidate_of
from gateway.drivers.parts.later import imported, opening
from gateway.drivers.spi import Candidate, Driver, Sighting, WatchContext
from gateway.drivers.zigbee2mqtt.bridge import Bridge
from gateway.drivers.zigbee2mqtt.listing import Listed
from gateway.drivers.zigbee2mqtt.naming import BASE, facts_of, title_of
from gateway.drivers.zigbee2mqtt.naming import DRIVER as NAME
from gateway.drivers.zigbee2mqtt.room import Room, client_of, room_of
from gateway.errors import CommandError

_LOOKS = "gateway.drivers.zigbee2mqtt.look"
"""What a device will be is found out by the largest part of this driver: not before a bridge lists one."""


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the device of a sighting of ours."""
    if sighting.service != NAME or "ieee" not in sighting.facts:
        return None
    facts = {name: fact for name, fact in sighting.facts.items() if name not in ("ieee", "kind")}
    found = candidate_of(sighting, sighting.facts["ieee"], sighting.name, sighting.facts.get("kind", ""))
    return Candidate(driver=NAME, key=found.key, title=found.title, kind=found.kind or None, facts=facts)


@asynccontextmanager
async def watch(wanted: WatchContext) -> AsyncIterator[None]:
    """Hear of every device that a bridge on the broker lists, for as long as the context lives."""
    client = client_of(wanted.context)
    room = room_of(client)
    watcher = _Watcher(room, wanted)
    wanted.asked("broker", "<base>/bridge/devices of every Zigbee2MQTT")
    async with beside(watcher.tell(), "zigbee2mqtt inbox"):
        try:
            await room.watch(watcher)
            yield
        finally:
            await room.leave(watcher)


class _Watcher:
    """Tells discovery of devices, one after the other: what a model is takes a moment to find out, and a list has hundreds."""

    def __init__(self, room: Room, wanted: WatchContext) -> None:
        self._room = room
        self._wanted = wanted
        self._kinds: dict[bytes, str] = {}
        self._waiting: dict[str, tuple[Bridge, Listed]] = {}
        self._news = asyncio.Event()
        self._look: ModuleType

    async def tell(self) -> None:
        """Tell of whoever waits, with a breath of the loop in between."""
        while True:
            await self._news.wait()
            self._news.clear()
            self._look = await imported(_LOOKS)
            await self._look.made_ready(self._wanted.context.library)
            while self._waiting:
                self._see(*self._waiting.pop(next(iter(self._waiting))))
                await asyncio.sleep(0)

    def listed(self, bridge: Bridge, device: Listed) -> None:
        """Take notice of a device."""
        self._waiting[device.ieee] = bridge, device
        self._news.set()

    def _see(self, bridge: Bridge, device: Listed) -> None:
        there, listed = self._room.place(device.ieee)
        if there is not bridge or listed != device:
            return  # it was listed anew meanwhile, or is gone
        known = self._wanted.known(device.ieee)
        facts = {"ieee": device.ieee, **facts_of(bridge, device, "" if known else self._kind(device))}
        if known:
            del facts[BASE]  # it stays that of the bridge it was taken in from
        self._wanted.see(Sighting(source="broker", service=NAME, name=title_of(device), facts=facts))

    def gone(self, device: Listed) -> None:
        """Take notice that nobody lists it any more."""
        self._wanted.see(Sighting(source="broker", service=NAME, name=title_of(device), facts={"ieee": device.ieee}, gone=True))

    def refused(self, base: str, why: str) -> None:
        """Take notice of what cannot be used."""
        self._wanted.dropped("broker", f"{base}: {why}"[:300])

    def _kind(self, device: Listed) -> str:
        """Return the kind a device will be of, the same for all of a model."""
        if device.definition not in self._kinds:
            if len(self._kinds) > len(self._room.definitions):
                self._kinds = {digest: kind for digest, kind in self._kinds.items() if digest in self._room.definitions}
            self._kinds[device.definition] = self._found(device)
        return self._kinds[device.definition]

    def _found(self, device: Listed) -> str:
        try:
            kind: str = self._look.kind_of(self._room.definition(device), self._wanted.context.library)
        except CommandError as error:
            self.refused(title_of(device), str(error))
            return ""
        return kind


DRIVER = Driver(
    name=NAME,
    title="Devices behind Zigbee2MQTT",
    kinds=("*",),
    recognise=recognise,
    open=opening("gateway.drivers.zigbee2mqtt.opening"),
    watch=watch,
)
