"""A native appliance on MQTT: `hulian/1/{id}/self/...` on the broker it is told, in MQTT 5 where the broker knows it and 3.1.1 otherwise.

After every connect it says everything that counts: its Thing Description, every public property, the whole state, the runs of long
actions, the terminal acks nobody heard, and last that it is online. From then on each change publishes the properties that moved and then
the state. Its last will says `offline`; a power cut or a silent network tears the connection off, so that the broker speaks the will. It
comes back by itself, with full jitter; after a power cut a fresh wire does.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random
from types import TracebackType
from typing import Any, Self

import aiomqtt
import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.notice import Changed, Notice, Raised
from firmware_sim.wire import WireOptions
from firmware_sim.wires.desk import desk_of
from firmware_sim.wires.ledger import KEPT, is_terminal
from firmware_sim.wires.mqtt_inbox import Inbox, Reply, ack_message
from firmware_sim.wires.mqtt_link import V311, Broker, Link, Message, connected, versions_to_try
from firmware_sim.wires.mqtt_said import Sayings
from firmware_sim.wires.order import Run
from firmware_sim.wires.outbox import Outbox
from firmware_sim.wires.thing import describe
from firmware_sim.wires.topics import Topics

log = structlog.get_logger()

PUT_OUT = "if the hub is up, it does not know these keys: revoked, or of another home"
START_PATIENCE = 6.0
_GOODBYE_PATIENCE = 5.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0


class Wire:
    """The MQTT wire of one unit. `options.facts["mqtt_version"]` may be `auto` (default), `5` or `3.1.1`."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self._appliance = appliance
        self._network = network
        self._options = options
        self._topics = Topics(appliance.identifier)
        self._sayings = Sayings(appliance)
        self._desk = desk_of(appliance)
        self._versions = versions_to_try(str(options.facts.get("mqtt_version", "auto")))
        self._random = Random(appliance.identifier)  # noqa: S311 - jitter is no secret
        self._outbox: Outbox | None = None
        self._stirred = asyncio.Event()
        self._up = asyncio.Event()
        self._broker = None if options.broker is None else Broker.parse(options.broker, options.credentials)
        self._closing = False
        self._dark = False
        self._came_down = False
        self._trouble = "no answer"
        self._clearings: dict[str, asyncio.TimerHandle] = {}
        self._stack = AsyncExitStack()
        self._group = asyncio.TaskGroup()
        self._life: asyncio.Task[None] | None = None

    @property
    def port(self) -> int | None:
        """An MQTT client listens nowhere."""
        return None

    async def __aenter__(self) -> Self:
        """Connect; when the broker is not there yet, go on trying and return after a few seconds."""
        if self._broker is None:
            log.warning("native appliance has no broker", unit=self._appliance.identifier)
            return self
        await self._stack.enter_async_context(self._group)
        self._stack.callback(self._appliance.listen(self._noticed))
        self._stack.callback(self._desk.ledger.listen(self._acked))
        self._stack.callback(self._network.listen(self._heard))
        self._life = self._group.create_task(self._live(self._broker), name=f"mqtt {self._appliance.identifier}")
        try:
            async with asyncio.timeout(START_PATIENCE):
                await self._up.wait()
        except TimeoutError:
            log.warning("no broker yet, trying on", unit=self._appliance.identifier, broker=self._options.broker, reason=self._trouble)
        except asyncio.CancelledError:  # another unit of the home cannot start; a client library may swallow the one cancellation there is
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Say goodbye if the network lets us, and close."""
        self._closing = True
        self._stirred.set()
        if self._life is not None:
            if self._outbox is not None:
                await asyncio.wait({self._life}, timeout=_GOODBYE_PATIENCE)
            self._life.cancel()
        for timer in self._clearings.values():
            timer.cancel()
        await self._stack.aclose()

    async def _live(self, broker: Broker) -> None:
        """Connect, talk, and after each fall wait a while that doubles, drawn from nothing to its whole length."""
        pause, tried = _SHORTEST_PAUSE, 0
        while not self._closing:
            await self._stir(lambda: not self._network.mute and not self._dark)
            if await self._session(broker):
                pause, tried = _SHORTEST_PAUSE, 0
            else:
                self._versions.append(self._versions.pop(0))
                tried += 1
                pause = min(2 * pause, _LONGEST_PAUSE)
            if not self._closing and tried % len(self._versions) == 0:
                await asyncio.sleep(self._random.uniform(0, pause))

    async def _session(self, broker: Broker) -> bool:
        """Hold one connection for as long as it lasts; return whether it ever stood."""
        stood = False
        appliance = self._appliance.identifier
        will = self._sayings.will()
        try:
            async with connected(broker, self._versions[0], identifier=appliance, will=will, source=self._network.address) as link:
                stood = True
                await self._converse(link)
        except (aiomqtt.MqttError, OSError) as error:
            log.info("no broker", unit=appliance, version=self._versions[0].name, reason=str(error))
            self._fell(stood, str(error) or "it hung up")
        return stood

    def _fell(self, stood: bool, reason: str) -> None:
        """Warn once when a connection that stood does not come back: the broker is away, or has put us out."""
        self._trouble = reason if self._options.credentials is None else f"{reason}; {PUT_OUT}"
        if stood:
            self._came_down = True
        elif self._came_down and self._options.credentials is not None and not self._closing:
            self._came_down = False
            log.warning("no broker any more, trying on", unit=self._appliance.identifier, broker=self._options.broker, reason=self._trouble)

    async def _converse(self, link: Link) -> None:
        outbox = Outbox()
        inbox = Inbox(self._appliance, self._desk, echoes=link.version == V311, send=self._put, now=time.time)
        tasks = [
            asyncio.create_task(self._hear(link, inbox), name="mqtt in"),
            asyncio.create_task(self._say(link, outbox), name="mqtt out"),
            asyncio.create_task(self._stir(lambda: self._closing or self._network.mute or outbox.overflow), name="mqtt end"),
        ]
        self._outbox = outbox
        try:
            await link.subscribe(*self._topics.commands, self._topics.runs)
            self._announce(outbox)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._outbox = None
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            if not self._network.goodbye:
                link.cut()
        for end in ends:
            if isinstance(end, Exception):
                raise end
        if self._closing and self._network.goodbye:
            await link.publish(self._sayings.availability("offline", "switched off"))

    async def _hear(self, link: Link, inbox: Inbox) -> None:
        loop = asyncio.get_running_loop()
        async for message in link.messages():
            if self._network.delay > 0:
                loop.call_later(self._network.delay, self._receive, inbox, message)
            else:
                self._receive(inbox, message)

    def _receive(self, inbox: Inbox, message: aiomqtt.Message) -> None:
        if self._outbox is not None and not self._network.mute:
            inbox.receive(message)

    async def _say(self, link: Link, outbox: Outbox) -> None:
        while self._outbox is outbox and not self._network.mute:  # asked anew each time: `wait_for` may swallow a cancellation
            batch = await outbox.take()
            if self._network.mute:
                return
            messages = [
                message for entry in batch for message in ([entry.message] if entry.message else self._sayings.state(outbox.moved()))
            ]
            await asyncio.gather(*(link.publish(message) for message in messages))
            for entry in batch:
                if entry.sent is not None:
                    entry.sent()

    def _heard(self) -> None:
        self._dark = self._dark or not self._network.powered
        self._stirred.set()

    async def _stir(self, condition: Callable[[], bool]) -> None:
        """Return once `condition` holds; it is asked again whenever the network or our own end stirs."""
        while not condition():
            self._stirred.clear()
            await self._stirred.wait()

    def _put(self, message: Message, sent: Callable[[], None] | None = None) -> None:
        if self._outbox is not None:
            self._outbox.put(message, delay=self._network.delay, sent=sent)
            if self._outbox.overflow:
                self._stirred.set()

    def _announce(self, outbox: Outbox) -> None:
        """Say everything a newcomer must know; `online` comes last, so that whoever sees it finds the rest."""
        thing = describe(self._appliance, self._network, self._options)
        self._put(self._sayings.description(thing))
        outbox.put_state(tuple(self._appliance.document()), delay=self._network.delay)
        for run in self._desk.ledger.runs():
            if run.long:
                self._keep_run(run)
            if run.ended is not None and not run.told:
                self._tell(run, run.last)
        self._put(self._sayings.availability("online"), self._up.set)

    def _noticed(self, notice: Notice) -> None:
        match notice:
            case Changed(names) if self._outbox is not None:
                self._outbox.put_state(names, delay=self._network.delay)
            case Raised():
                self._put(self._sayings.event(notice))

    def _acked(self, run: Run, ack: dict[str, Any]) -> None:
        self._tell(run, ack)
        if run.long:
            self._keep_run(run)

    def _tell(self, run: Run, ack: dict[str, Any]) -> None:
        sent = (lambda: setattr(run, "told", True)) if is_terminal(run) else None
        if isinstance(run.reply, Reply):
            self._put(ack_message(run.reply, ack))
        self._put(self._sayings.ack(ack), sent)

    def _keep_run(self, run: Run) -> None:
        """Keep the last ack of a long action at the broker, until ten minutes after its end."""
        said = self._sayings.run(run)
        topic = said.topic
        self._put(said)
        if run.ended is not None and topic not in self._clearings:
            left = max(0.0, run.ended + KEPT - time.time())
            self._clearings[topic] = asyncio.get_running_loop().call_later(left, self._clear, topic)

    def _clear(self, topic: str) -> None:
        del self._clearings[topic]
        self._put(Message(topic=topic, payload=b"", retain=True))
