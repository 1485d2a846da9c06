"""A simulated device that announces itself over MQTT, as firmwares do that Home Assistant finds: on the broker it is told and nowhere else.

`options.facts`, all optional: `firmware` (`device`: one announcement in Home Assistant's newer form; `entities`: one for each entity;
`short`: the same in short words; `tasmota`: like Tasmota), `node` (its name in topics), `root` (the first level of its topics), `prefix`
(`homeassistant`), `mac`, `mqtt_version`, `quirks`:

forgets-announcement   the broker does not keep what it announces: who comes later hears nothing
slow-announcement      a second passes between two announcements
silent-will            it has no last will: who waits for its availability waits for ever
ignores-set            what is set is taken and nothing is done
"""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from random import Random
from types import TracebackType
from typing import Self

import aiomqtt
import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.notice import Changed, Notice
from firmware_sim.wire import WireOptions
from firmware_sim.wires.mqtt_link import Broker, Link, Message, connected, versions_to_try
from firmware_sim.wires.mqttdiscovery.firmwares import firmware

log = structlog.get_logger()
_PATIENCE = 6.0
_SHORTEST, _LONGEST = 0.25, 30.0
_BETWEEN = 1.0


class Wire:
    """The wire of one device."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self._appliance = appliance
        self._network = network
        self._quirks = frozenset(options.facts.get("quirks", ()))
        self._firmware = firmware(appliance, options.facts)
        self._broker = None if options.broker is None else Broker.parse(options.broker, options.credentials)
        self._versions = versions_to_try(str(options.facts.get("mqtt_version", "auto")))
        self._random = Random(appliance.identifier)  # noqa: S311 - jitter is no secret
        self._stack = AsyncExitStack()
        self._group = asyncio.TaskGroup()
        self._up, self._stirred, self._moved = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._closing = False
        self._life: asyncio.Task[None] | None = None

    @property
    def port(self) -> int | None:
        """A client of a broker listens nowhere."""
        return None

    async def __aenter__(self) -> Self:
        """Connect; when the broker is not there yet, go on trying and return after a few seconds."""
        if self._broker is None:
            log.warning("the device has no broker", unit=self._appliance.identifier)
            return self
        await self._stack.enter_async_context(self._group)
        self._stack.callback(self._appliance.listen(self._noticed))
        self._stack.callback(self._network.listen(self._stirred.set))
        self._life = self._group.create_task(self._live(self._broker), name=f"mqtt {self._appliance.identifier}")
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._up.wait()
        except TimeoutError:
            log.warning("no broker yet, trying on", unit=self._appliance.identifier)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Say goodbye if the network lets us, and close."""
        self._closing = True
        self._stirred.set()
        if self._life is not None:
            await asyncio.wait({self._life}, timeout=_PATIENCE)
            self._life.cancel()
        await self._stack.aclose()

    async def _live(self, broker: Broker) -> None:
        pause = _SHORTEST
        while not self._closing:
            if self._network.mute:
                self._stirred.clear()
                await self._stirred.wait()
                continue
            if await self._session(broker):
                pause = _SHORTEST
            else:
                self._versions.append(self._versions.pop(0))
                pause = min(2 * pause, _LONGEST)
            if not self._closing and not self._network.mute:
                await asyncio.sleep(self._random.uniform(0, pause))

    async def _session(self, broker: Broker) -> bool:
        """Hold one connection for as long as it lasts; return whether it ever stood."""
        topic, _, away = self._firmware.status
        will = Message(topic="simulated/nobody" if "silent-will" in self._quirks else topic, payload=away, retain=True)
        stood = False
        try:
            async with connected(
                broker, self._versions[0], identifier=self._appliance.identifier, will=will, source=self._network.address
            ) as link:
                stood = True
                await self._converse(link)
        except (aiomqtt.MqttError, OSError) as error:
            log.info("no broker", unit=self._appliance.identifier, reason=str(error))
        return stood

    async def _converse(self, link: Link) -> None:
        topic, _, away = self._firmware.status
        await link.subscribe(*self._firmware.commands)
        tasks = [
            asyncio.create_task(work, name=name)
            for work, name in ((self._hear(link), "in"), (self._tell(link), "out"), (self._end(), "end"))
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            if not self._network.goodbye:
                link.cut()
        for end in ends:
            if isinstance(end, Exception):
                raise end
        if self._closing and self._network.goodbye:
            await link.publish(Message(topic=topic, payload=away, retain=True))

    async def _tell(self, link: Link) -> None:
        """Announce, say that it is there and what it shows, and then each change."""
        topic, there, _ = self._firmware.status
        for message in self._firmware.announcement():
            await link.publish(message)
            if "slow-announcement" in self._quirks:
                await asyncio.sleep(_BETWEEN)
        await link.publish(Message(topic=topic, payload=there, retain=True))
        while True:
            self._moved.clear()
            await self._say(link, self._firmware.state())
            self._up.set()
            await self._moved.wait()

    async def _hear(self, link: Link) -> None:
        async for message in link.messages():
            payload = message.payload if isinstance(message.payload, bytes) else b""
            if self._network.delay > 0:
                await asyncio.sleep(self._network.delay)
            if self._network.mute or message.retain or "ignores-set" in self._quirks:
                continue
            await self._say(link, self._firmware.hear(str(message.topic), payload.decode(errors="replace")))

    async def _say(self, link: Link, messages: Iterable[Message]) -> None:
        for message in messages:
            if self._network.delay > 0:
                await asyncio.sleep(self._network.delay)
            if not self._network.mute:
                await link.publish(message)

    async def _end(self) -> None:
        while not (self._closing or self._network.mute):
            self._stirred.clear()
            await self._stirred.wait()

    def _noticed(self, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self._moved.set()
