"""The MQTT client every room uses: one link that is kept up, what hears on it, and what is sent over it.

While the owner is inside `async with`, one task connects, subscribes again, calls `on_up`, and waits for the end of the
connection; then it backs off (full jitter, up to 30 s) and starts anew. What was to be published while the link was down is
given up, for `on_up` publishes what is true then; only what says that something has happened asks to be kept. A keepalive
of 10 s finds a half-open link within about 20 s.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Final, Literal, Self

from gateway.errors import BadSyntax, BrokerUnavailable, Forbidden, HulianError, LinkDown, RateExceeded, TooLarge
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.connection import LARGEST, REFUSAL, ConnectFailed, Connection, Wanted
from gateway.protocol.mqtt.connector import Connector, Version
from gateway.protocol.mqtt.matching import Matcher, check_filter
from gateway.protocol.mqtt.message import NO_PROPERTIES, Handler, Message, Properties, Will
from gateway.protocol.mqtt.outbox import Outbox, Outgoing
from gateway.protocol.restraint import Sparsely
from gateway.thing.clock import Clock
from gateway.thing.log import Log

__all__ = ["MqttClient", "Version"]

_log = Log()

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_SPREAD = 5.0
"""Seconds over which links that use TLS come back at least: a thousand of them to one broker are then 200 handshakes in a second."""
_STEADY = 10.0
"""Seconds a link must have been up before its loss starts the back-off from the beginning."""
_FLUSH_SECONDS: Final = 2.0
_OVERHEAD = 4096
_LONGEST_TOPIC = 2048
_QUOTA = 0x97


class MqttClient:
    """A supervised link to one broker; `async with` is its only lifetime.

    `will`: published by the broker when we vanish, and also when the owner's block ends with an error.
    `on_up`: awaited after every connect, when subscriptions stand again; cancelled when the link falls meanwhile. It is
    awaited again when `publish_soon` had to drop something and the queue has drained since.
    `keepalive`: seconds.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        version: Version = "auto",
        will: Will | None = None,
        clock: Clock,
        random: Random,
        on_up: Callable[[], Awaitable[None]] | None = None,
        keepalive: int = 10,
    ) -> None:
        self._connector = Connector(address, client_id=client_id, version=version, will=will, keepalive=keepalive)
        self._client_id = client_id
        self._spread = _SPREAD if address.tls else 0.0
        self._clock = clock
        self._random = random
        self._on_up = on_up
        self._full, self._unfit, self._untaken = (Sparsely(_log, clock) for _ in range(3))
        self._matcher = Matcher()
        self._filters: dict[str, Wanted] = {}
        self._outbox = Outbox()
        self._connection: Connection | None = None
        self._changed = asyncio.Event()
        self._refused = False
        self._leaving = False
        self._defect: BaseException | None = None
        self.connected = False
        """Whether the link is up now and subscriptions stand."""
        self.trouble = f"not connected to {address.url} yet"
        """Why the link is down and what to do; empty while it is up."""

    async def __aenter__(self) -> Self:
        """Start connecting; return at once."""
        await self._connector.prepare()
        self._group = await asyncio.TaskGroup().__aenter__()
        self._keeper = self._group.create_task(self._keep_up(), name=f"mqtt-{self._client_id}")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give what is on its way two seconds, and leave; after an error of the owner without a word, so that the will speaks."""
        cancelled = isinstance(error, asyncio.CancelledError)
        try:
            if self._connection is not None and (error is None or cancelled):
                await self._leave(self._connection)
        finally:
            if self._defect is None:
                self._keeper.cancel()
            await self._group.__aexit__(*((kind, error, trace) if cancelled else (None, None, None)))

    @property
    def version(self) -> Literal["5", "3.1.1"] | None:
        """Return the version spoken (last); None before the first connect."""
        return self._connector.spoken

    @property
    def discarded(self) -> int:
        """Return how many messages nobody waits for did not get to the broker, as far as we know."""
        return self._outbox.discarded

    async def wait_connected(self, patience: float | None = None) -> None:
        """Return once up; BrokerUnavailable when the broker refuses us (we go on trying), or after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while not self.connected:
                    if self._refused:
                        raise BrokerUnavailable(self.trouble)
                    await self._changed.wait()
        except TimeoutError as error:
            raise BrokerUnavailable(self.trouble) from error

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, properties: Properties | None = None
    ) -> None:
        """Publish in order and return once the broker has it (QoS 0: once it is on the wire).

        Waits while the queue is long. LinkDown; TooLarge over 256 KiB; Forbidden or RateExceeded when an MQTT 5 broker says no.
        """
        _check(topic, payload)
        while not self._outbox.has_room:
            await self._outbox.room()
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if not self._outbox.put(Outgoing(topic, payload, qos, retain, properties or NO_PROPERTIES, done)):
            raise LinkDown(self.trouble or "the queue to the broker is full")
        code = await done
        if code >= REFUSAL:
            raise (
                RateExceeded("the broker's quota is used up") if code == _QUOTA else Forbidden(f"the broker refuses {topic} (0x{code:02x})")
            )

    def publish_soon(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        properties: Properties | None = None,
        keep: bool = False,
    ) -> None:
        """Publish in order, without waiting and without raising.

        Down: discarded and counted; with `keep` (at most 1,000) sent once the link is up again. Long queue (1,000): a retained
        topic's waiting message takes the new payload. Full (20,000): dropped and counted, and `on_up` is awaited again when the
        queue has drained. What cannot be published (a wildcard in the topic, over 256 KiB) is dropped, counted and logged.
        """
        try:
            _check(topic, payload)
        except HulianError as error:
            self._outbox.discarded += 1
            self._unfit.warning("mqtt message not publishable", topic=topic[:100], error=str(error))
            return
        outgoing = Outgoing(topic, payload, qos, retain, properties or NO_PROPERTIES, None, keep=keep)
        if not self._outbox.put(outgoing) and self._outbox.open:
            self._full.warning("mqtt queue is full", client=self._client_id)

    async def subscribe(self, filter: str, handler: Handler, *, qos: int = 1, retain_as_published: bool = False) -> None:
        """Call `handler` for every message that matches `filter`, now and after every reconnect; Forbidden when the broker refuses.

        Returns when the broker has confirmed, or at once while the link is down. A message that matches several filters
        is handed to each of their handlers, and brokers may send it once for every filter: do not let filters overlap.
        `retain_as_published`: a broker clears the retain flag of what it forwards live; over MQTT 5 it is asked not to.
        """
        check_filter(filter)
        self._matcher.add(filter, handler)
        known = self._filters.get(filter, Wanted(qos=0))
        wanted = self._filters[filter] = Wanted(max(qos, known.qos), retain_as_published or known.retain_as_published)
        if self._connection is None:
            return
        with suppress(LinkDown):
            if code := (await self._connection.subscribe_all([(filter, wanted)])).get(filter):
                self._matcher.remove(filter, handler)
                self._filters.pop(filter, None)
                raise Forbidden(f"the broker refuses a subscription to {filter} (0x{code:02x})")

    async def unsubscribe(self, filter: str, handler: Handler | None = None) -> None:
        """Forget `handler` of `filter`, or all of them."""
        if self._matcher.remove(filter, handler) or self._filters.pop(filter, None) is None or self._connection is None:
            return
        with suppress(LinkDown):
            await self._connection.unsubscribe_all([filter])

    async def _keep_up(self) -> None:
        attempt = 0
        while True:
            try:
                connection = await self._connector.connect(self._deliver, self._outbox.confirmed)
            except ConnectFailed as failure:
                self._down(str(failure), refused=failure.lasting)
            else:
                begun = self._clock.monotonic()
                await self._live(connection)
                attempt = 0 if self._clock.monotonic() - begun >= _STEADY else attempt
            attempt += 1
            longest = min(_LONGEST_DELAY, max(self._spread, _FIRST_DELAY * 2 ** min(attempt, 10)))
            await self._clock.sleep(self._random.uniform(0, longest))

    async def _live(self, connection: Connection) -> None:
        """See one connection through, from subscribing to its end."""
        self._connection = connection
        self._outbox.opened(connection.send, connection.receive_maximum)
        try:
            with suppress(LinkDown):
                await self._subscribe_again(connection)
                self._up()
                async with asyncio.TaskGroup() as group:
                    filling = group.create_task(self._fill(), name=f"mqtt-{self._client_id}-on-up")
                    await connection.ended()
                    filling.cancel()
            ended = await connection.ended()
            self._defect = ended.defect
        finally:
            self._connection, self.connected = None, False
            self._outbox.closed("the link to the broker is down")
            await connection.drop()
        if self._defect is not None:
            raise self._defect
        self._down(f"the connection to {self._connector.address.url} is lost ({ended.reason}): connecting again", lost=True)

    async def _subscribe_again(self, connection: Connection) -> None:
        for name, code in (await connection.subscribe_all(self._filters.items())).items():
            _log.warning("mqtt subscription refused", filter=name, code=code)

    async def _fill(self) -> None:
        """Let the owner publish what is true now: after the connect, and after each overflow."""
        while self._on_up is not None:
            try:
                await self._on_up()
            except LinkDown:
                return
            except HulianError as error:
                _log.warning("mqtt on_up failed", client=self._client_id, error=str(error))
            await self._outbox.overflowed()

    async def _leave(self, connection: Connection) -> None:
        self._leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_SECONDS):
                await self._outbox.drained()
        await connection.close()

    def _deliver(self, message: Message) -> None:
        """Hand one message to its handlers (hot path)."""
        for handler in self._matcher.handlers(message.topic):
            try:
                handler(message)
            except HulianError as error:
                self._untaken.warning("mqtt message not taken", topic=message.topic[:100], error=str(error))

    def _up(self) -> None:
        self.connected, self.trouble, self._refused = True, "", False
        self._announce()
        _log.info("mqtt link up", broker=self._connector.address.url, version=self.version)

    def _down(self, trouble: str, *, refused: bool = False, lost: bool = False) -> None:
        """Note why the link is down. A loss alone is no reason to worry anybody: that it cannot be had back is."""
        if trouble != self.trouble and not self._leaving:
            (_log.info if lost else _log.warning)("mqtt link down", trouble=trouble)
        self.trouble, self._refused = trouble, refused
        self._announce()

    def _announce(self) -> None:
        """Wake whoever waits for a change of the link."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _check(topic: str, payload: bytes) -> None:
    if not 0 < len(topic) <= _LONGEST_TOPIC or "+" in topic or "#" in topic or "\0" in topic or not _encodes(topic):
        raise BadSyntax(f"{topic[:100]!r} is no topic to publish to")
    if len(payload) > LARGEST - _OVERHEAD:
        raise TooLarge(f"{len(payload)} bytes, at most {LARGEST - _OVERHEAD} are published")


def _encodes(topic: str) -> bool:
    """Return whether the text has a UTF-8 form: half a surrogate pair has none."""
    return topic.isascii() or not any("\ud800" <= character <= "\udfff" for character in topic)
