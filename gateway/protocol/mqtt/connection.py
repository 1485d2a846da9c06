"""One connection to a broker: our own client side of MQTT 3.1.1 and 5 on an asyncio transport.

Everything that arrives in one read is handed on at once, without a task or a queue; everything that is sent in one turn of
the loop leaves in one write. Messages and confirmations go to two plain functions. A session never outlives its
connection: what was not confirmed is the owner's to say again. What the broker sends is not trusted: a packet that cannot
be read costs the connection and nothing else.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar, cast

from gateway.errors import LinkDown
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.dial import dial
from gateway.protocol.mqtt.message import NO_PROPERTIES, Message, Properties, Will
from gateway.protocol.mqtt.packets import (
    CONNACK,
    DISCONNECT,
    GOODBYE,
    PING,
    PINGRESP,
    PUBACK,
    PUBLISH,
    SUBACK,
    UNSUBACK,
    connect_packet,
    publish_packet,
    read_ack,
    read_codes,
    read_connack,
    read_publish,
    subscribe_packet,
    unsubscribe_packet,
)
from gateway.protocol.mqtt.properties import (
    MAXIMUM_PACKET,
    MAXIMUM_QOS,
    RECEIVE_MAXIMUM,
    RETAIN_AVAILABLE,
    SERVER_KEEP_ALIVE,
    Malformed,
    packed,
)
from gateway.protocol.mqtt.reasons import ADVICE, NO_VERSION, REFUSAL, TOO_LARGE, words
from gateway.protocol.mqtt.splitter import SKIPPED, Splitter
from gateway.thing.log import Log

__all__ = ["LARGEST", "REFUSAL", "TAKEN", "ConnectFailed", "Connection", "Ended", "Opening", "Wanted", "connect"]

T = TypeVar("T")
_log = Log()

LARGEST = 256 * 1024
"""Bytes of a whole packet that we send at most."""
TAKEN = 4 * 1024 * 1024
"""Bytes of a whole packet that we take: the broker is asked (MQTT 5) to send none above it, and we pass by what is larger. A bridge tells
of all its devices in one message, some ten thousand bytes for each."""
CLOSING_SECONDS = 2.0

_PER_SUBSCRIBE = 100
_PULSE = 0.75
"""Part of the keepalive after which we ask whether the broker is there; it has as long again to say anything at all."""
_LONGER = 6
"""A subscription may bring thousands of retained messages before its answer; what is dead the keepalive finds sooner."""
_HIGHEST = 65535
_ANY_SIZE = 1 << 30


class ConnectFailed(LinkDown):
    """No connection. `lasting`: it will stay so until a person acts. `unspoken`: perhaps only the MQTT version is not known there."""

    def __init__(self, text: str, *, lasting: bool = False, unspoken: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting
        self.unspoken = unspoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How to introduce ourselves. `keepalive` and `patience` (for the answer) in seconds."""

    address: BrokerAddress
    client_id: str
    version: Literal["5", "3.1.1"]
    will: Will | None
    keepalive: int
    patience: float
    context: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to subscribe to one filter. `retain_as_published` (MQTT 5): also what is live now comes with the flag its sender set."""

    qos: int = 1
    retain_as_published: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a connection is over; `defect`: an error of our own program that came out of a message handler."""

    reason: str
    defect: BaseException | None = None


async def connect(opening: Opening, on_message: Callable[[Message], None], on_confirmed: Callable[[int, int], None]) -> "Connection":
    """Return an open connection; ConnectFailed otherwise. `on_confirmed` gets packet id and reason code of what was sent."""
    connection = Connection(opening, on_message, on_confirmed)
    try:
        await dial(opening.address, opening.context, connection)
    except LinkDown as error:
        raise ConnectFailed(str(error), lasting=isinstance(error.__cause__, ssl.SSLError)) from error
    try:
        await connection.open()
    except BaseException:
        await connection.drop()
        raise
    return connection


class Connection(asyncio.Protocol):
    """From CONNECT to the end. The transport calls the lower half; the client calls the upper."""

    def __init__(self, opening: Opening, on_message: Callable[[Message], None], on_confirmed: Callable[[int, int], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._opening = opening
        self._five = opening.version == "5"
        self._url = opening.address.url
        self._deliver = on_message
        self._confirm = on_confirmed
        self._transport: asyncio.Transport | None = None
        self._splitter = Splitter(TAKEN)
        self._greeting: asyncio.Future[tuple[int, dict[int, int]] | None] = self._loop.create_future()
        self._ended: asyncio.Future[Ended] = self._loop.create_future()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[bytes | None]] = {}
        self._flying: set[int] = set()
        self._unsure: list[int] = []
        self._out: list[bytes] = []
        self._last = 0
        self._packed: tuple[Properties, bytes] = (NO_PROPERTIES, b"\x00")
        self._handling = self._paused = self._silent = self._large = False
        self._pulse: asyncio.TimerHandle | None = None
        self._offers: dict[int, int] = {}

    @property
    def receive_maximum(self) -> int:
        """Return how many unconfirmed messages the broker takes at once."""
        return self._offers.get(RECEIVE_MAXIMUM, _HIGHEST) or 1

    async def open(self) -> None:
        """Say CONNECT and wait for the answer; ConnectFailed."""
        asked = self._opening
        introduction = connect_packet(
            asked.version,
            client_id=asked.client_id,
            username=asked.address.username,
            password=asked.address.password,
            will=asked.will,
            keepalive=asked.keepalive,
            largest=TAKEN,
        )
        self._write(introduction)
        answer = await self._within(self._greeting, asked.patience)
        if answer is None:
            raise ConnectFailed(f"{self._url} takes the connection but does not answer as an MQTT broker", unspoken=True)
        code, self._offers = answer
        if code:
            advice = ADVICE.get(code, f"it says: {words(code)}")
            raise ConnectFailed(f"the broker at {self._url} refuses: {advice}", lasting=code in ADVICE, unspoken=code == NO_VERSION)
        self._beat()

    def send(self, topic: str, payload: bytes, qos: int, retain: bool, properties: Properties) -> int:
        """Put a message on the wire behind those before it; return its packet id. LinkDown when the connection is over."""
        if self._ended.done():
            raise LinkDown(f"the connection to {self._url} is over")
        identifier = self._new_identifier()
        self._flying.add(identifier)
        offers = self._offers
        if offers:
            qos, retain = min(qos, offers.get(MAXIMUM_QOS, 1)), retain and offers.get(RETAIN_AVAILABLE, 1) == 1
        packet = publish_packet(topic, payload, min(qos, 1), retain, identifier, self._extra(properties))
        if len(packet) > offers.get(MAXIMUM_PACKET, _ANY_SIZE):
            self._loop.call_soon(self._confirmed, identifier, TOO_LARGE)
            return identifier
        if not qos:
            self._unsure.append(identifier)
        self._write(packet)
        return identifier

    async def subscribe_all(self, filters: Iterable[tuple[str, Wanted]]) -> dict[str, int]:
        """Subscribe to each filter; return the refused ones with their reason codes. LinkDown."""
        wanted = [(name, how.qos, how.retain_as_published) for name, how in filters]
        refused: dict[str, int] = {}
        for start in range(0, len(wanted), _PER_SUBSCRIBE):
            part = wanted[start : start + _PER_SUBSCRIBE]
            identifier = self._new_identifier()
            codes = await self._answer(identifier, subscribe_packet(identifier, part, five=self._five))
            if len(codes) != len(part):
                self._break("it answered another question than ours")
                raise LinkDown(f"the connection to {self._url} is over")
            refused |= {name: code for (name, _, _), code in zip(part, codes, strict=True) if code >= REFUSAL}
        return refused

    async def unsubscribe_all(self, filters: list[str]) -> None:
        """Unsubscribe. LinkDown."""
        identifier = self._new_identifier()
        await self._answer(identifier, unsubscribe_packet(identifier, filters, five=self._five))

    async def ended(self) -> Ended:
        """Return why, once the connection is over."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Say DISCONNECT (the will stays silent), let the broker hang up, and hang up."""
        if not self._ended.done():
            self._write(GOODBYE)
            await asyncio.wait({self._lost}, timeout=CLOSING_SECONDS)
        await self.drop()

    async def drop(self) -> None:
        """Hang up without a word: the broker publishes the will."""
        self._break("hung up")
        if self._transport is not None:
            await asyncio.wait({self._lost}, timeout=CLOSING_SECONDS)

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what one read brought (hot path)."""
        self._silent = False
        try:
            for first, packet, start, end in self._splitter.feed(data):
                if first >> 4 == PUBLISH and self._greeting.done():
                    self._published(first, packet, start, end)
                else:
                    self._other(first, packet[start:end])
        except (Malformed, IndexError) as error:
            if self._handling:
                raise
            self._break(f"it sent what is no MQTT packet ({error})")

    def connection_lost(self, error: Exception | None) -> None:
        """Take notice of the end; an error that came out of a handler is our own defect."""
        reason = "it hung up" if error is None else f"reading failed: {error!r}"
        self._end(Ended(reason, error if self._handling else None))
        self._lost.set_result(None)

    def pause_writing(self) -> None:
        """Take notice that the broker takes no more for now: QoS 0 is not confirmed until it does."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self._paused = False
        self._confirm_unsure()

    # Packets

    def _published(self, first: int, packet: bytes, start: int, end: int) -> None:
        message, identifier = read_publish(first, packet, start, end, five=self._five)
        if message is not None:
            self._handling = True
            self._deliver(message)
            self._handling = False
        if identifier:
            self._write(b"\x40\x02" + identifier)

    def _other(self, first: int, body: bytes) -> None:
        kind = first >> 4
        if not self._greeting.done():
            if kind != CONNACK:
                raise Malformed("another answer to CONNECT than CONNACK")
            self._greeting.set_result(read_connack(body))
        elif kind == PUBACK:
            self._confirmed(*read_ack(body))
        elif kind in {SUBACK, UNSUBACK}:
            identifier, codes = read_codes(body, five=self._five)
            if (asked := self._answers.get(identifier)) is not None and not asked.done():
                asked.set_result(codes)
        elif kind == DISCONNECT and self._five:
            self._break(words(body[0] if body else 0))
        elif kind == SKIPPED:
            self._passed_by(first, body)
        elif kind != PINGRESP:
            raise Malformed(f"a packet of type {kind}")

    def _passed_by(self, flags: int, body: bytes) -> None:
        """Confirm a message that was too large, so that the broker need not keep it for us, and say so once."""
        if flags & 0x06:
            self._write(b"\x40\x02" + body[-2:])
        if not self._large:
            self._large = True
            _log.warning("mqtt message too large", topic=body[2 : 2 + int.from_bytes(body[:2], "big")][:100].decode(errors="replace"))

    def _confirmed(self, identifier: int, code: int) -> None:
        if identifier in self._flying:
            self._flying.discard(identifier)
            self._confirm(identifier, code)

    # Writing

    def _write(self, packet: bytes) -> None:
        """Let a packet leave at the end of this turn of the loop, together with the others."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(packet)

    def _flush(self) -> None:
        out, self._out = self._out, []
        if self._transport is None or self._ended.done():
            return
        self._transport.write(b"".join(out))
        if not self._paused:
            self._confirm_unsure()

    def _confirm_unsure(self) -> None:
        """Count what was sent with QoS 0 as done, now that it has left."""
        if self._unsure:
            unsure, self._unsure = self._unsure, []
            for identifier in unsure:
                self._confirmed(identifier, 0)

    def _new_identifier(self) -> int:
        identifier = self._last % _HIGHEST + 1
        while identifier in self._flying or identifier in self._answers:
            identifier = identifier % _HIGHEST + 1
        self._last = identifier
        return identifier

    def _extra(self, properties: Properties) -> bytes:
        """Return packed properties; the values of one change share theirs, so they are packed once."""
        if not self._five:
            return b""
        if self._packed[0] is not properties:
            self._packed = (properties, packed(properties))
        return self._packed[1]

    # Waiting and ending

    async def _answer(self, identifier: int, question: bytes) -> bytes:
        """Ask, and return the reason codes of the answer. LinkDown; no answer ends the connection."""
        future: asyncio.Future[bytes | None] = self._loop.create_future()
        self._answers[identifier] = future
        try:
            if not self._ended.done():
                self._write(question)
                codes = await self._within(future, _LONGER * self._opening.patience)
                if codes is not None:
                    return codes
                self._break("it does not answer")
        finally:
            del self._answers[identifier]
        raise LinkDown(f"the connection to {self._url} is over")

    async def _within(self, future: "asyncio.Future[T | None]", patience: float) -> T | None:
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            return None

    def _beat(self) -> None:
        """Ask whether the broker is there; one that has said nothing since it was last asked is not."""
        keepalive = self._offers.get(SERVER_KEEP_ALIVE, self._opening.keepalive)
        if not keepalive or self._ended.done():
            return
        if self._silent:
            self._break(f"it has been silent for {keepalive} s")
            return
        if self._pulse is not None:
            self._silent = True
            self._write(PING)
        self._pulse = self._loop.call_later(keepalive * _PULSE, self._beat)

    def _break(self, reason: str) -> None:
        self._end(Ended(reason))
        if self._transport is not None:
            self._transport.abort()

    def _end(self, ended: Ended) -> None:
        """Settle everything that waits for this connection."""
        if self._ended.done():
            return
        self._ended.set_result(ended)
        if self._pulse is not None:
            self._pulse.cancel()
        if not self._greeting.done():
            self._greeting.set_result(None)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(None)
