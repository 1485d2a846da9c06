"""One connection to a broker, over aiomqtt: the only file that knows aiomqtt and paho.

Another codec would offer the same: `connect`, then `send`, `subscribe`, `unsubscribe`, `close` and `ended`, with every
message and every confirmation handed to two plain functions. aiomqtt connects, subscribes and reads; its queue of messages
and its waiting for each confirmation are left out, because a hop through both costs more than everything else together.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.errors import LinkDown
from gateway.protocol.mqtt.address import BrokerAddress
from gateway.protocol.mqtt.dial import BufferedSocket, dial
from gateway.protocol.mqtt.message import NO_PROPERTIES, Message, Properties, Will
from gateway.protocol.mqtt.properties import Packed, unpacked

T = TypeVar("T")

LARGEST = 256 * 1024
"""Bytes of a whole packet: the broker is asked (MQTT 5) to send none above it, and we send none."""
REFUSAL = 0x80
"""Reason codes from here on mean no."""
CLOSING_SECONDS = 2.0

_BAD_VERSION, _NO_VERSION, _ID_REFUSED, _BAD_CREDENTIALS, _NOT_ALLOWED, _BANNED = 0x01, 0x84, 0x85, 0x86, 0x87, 0x8A
_ADVICE = {
    _BAD_VERSION: "it does not speak this version of MQTT",
    _NO_VERSION: "it does not speak this version of MQTT",
    _ID_REFUSED: "it refuses our client id",
    _BAD_CREDENTIALS: "user name or password are wrong: correct them in the broker's address",
    _NOT_ALLOWED: "it does not let us in: give user name and password in the broker's address, or let this user in at the broker",
    _BANNED: "it has banned this client",
}
_UNSPECIFIED = 0x80
_PER_SUBSCRIBE = 100


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
    try:
        dialled = await dial(opening.address, opening.context)
    except LinkDown as error:
        raise ConnectFailed(str(error), lasting=isinstance(error.__cause__, ssl.SSLError)) from error
    connection = Connection(opening, dialled, on_message, on_confirmed)
    try:
        await connection.open()
    except BaseException:
        await connection.drop()
        raise
    return connection


class Connection(aiomqtt.Client):
    """aiomqtt's client on a socket that is connected already, with our functions in place of its queues."""

    def __init__(
        self, opening: Opening, dialled: BufferedSocket, on_message: Callable[[Message], None], on_confirmed: Callable[[int, int], None]
    ) -> None:
        five = opening.version == "5"
        super().__init__(
            opening.address.host,
            opening.address.port,
            username=opening.address.username,
            password=opening.address.password,
            identifier=opening.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311,
            will=_will(opening.will, five=five) if opening.will else None,
            clean_session=None if five else True,
            clean_start=True if five else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=_introduction(opening.will) if five else None,
            timeout=opening.patience,
            keepalive=opening.keepalive,
            max_inflight_messages=0,
        )
        self._five = five
        self._url = opening.address.url
        self._deliver = on_message
        self._confirm = on_confirmed
        self._handling = False
        self._writing = False
        self._ended: asyncio.Future[Ended] = self._loop.create_future()
        self._disconnected.add_done_callback(self._broken)
        self._client.disable_logger()
        self._client._create_socket = lambda: dialled  # type: ignore[method-assign] # noqa: SLF001 - paho would block the loop to connect
        self.receive_maximum = 65535
        """How many unconfirmed messages the broker takes at once."""

    async def open(self) -> None:
        """Say CONNECT and wait for the answer; ConnectFailed."""
        self._client_connect()
        try:
            await self._wait_for(self._connected, None)
        except aiomqtt.MqttCodeError as error:
            code = error.rc.value if isinstance(error.rc, ReasonCode) else error.rc
            advice = _ADVICE.get(code or 0, f"it says: {error}")
            raise ConnectFailed(
                f"the broker at {self._url} refuses: {advice}", lasting=code in _ADVICE, unspoken=code in (_BAD_VERSION, _NO_VERSION)
            ) from error
        except aiomqtt.MqttError as error:
            raise ConnectFailed(f"{self._url} takes the connection but does not answer as an MQTT broker", unspoken=True) from error

    def send(self, topic: str, payload: bytes, qos: int, retain: bool, properties: Properties) -> int:
        """Put a message on the wire behind those before it; return its packet id. LinkDown when the connection is over."""
        extra = cast("PahoProperties", Packed(properties)) if self._five and properties is not NO_PROPERTIES else None
        info = self._client.publish(topic, payload, qos, retain, extra)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise LinkDown(f"the connection to {self._url} is over")
        return info.mid

    async def subscribe_all(self, filters: Iterable[tuple[str, Wanted]]) -> dict[str, int]:
        """Subscribe to each filter; return the refused ones with their reason codes. LinkDown."""
        wanted = [*filters]
        refused: dict[str, int] = {}
        for start in range(0, len(wanted), _PER_SUBSCRIBE):
            part = wanted[start : start + _PER_SUBSCRIBE]
            topics = [(name, self._options(how)) for name, how in part]
            codes = await self._answered(self.subscribe(cast("Any", topics)))
            values = [code.value if isinstance(code, ReasonCode) else code for code in codes]
            refused |= {name: code for (name, _), code in zip(part, values, strict=True) if code >= REFUSAL}
        return refused

    def _options(self, how: Wanted) -> SubscribeOptions | int:
        return SubscribeOptions(qos=how.qos, retainAsPublished=how.retain_as_published) if self._five else how.qos

    async def unsubscribe_all(self, filters: list[str]) -> None:
        """Unsubscribe. LinkDown."""
        await self._answered(self.unsubscribe(filters))

    async def ended(self) -> Ended:
        """Return why, once the connection is over."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Say DISCONNECT (the will stays silent) and hang up."""
        if self._client.disconnect() == paho.MQTT_ERR_SUCCESS:
            await asyncio.wait({self._ended}, timeout=CLOSING_SECONDS)
        await self.drop()

    async def drop(self) -> None:
        """Hang up without a word: the broker publishes the will."""
        self._client._sock_close()  # noqa: SLF001 - paho offers no way out that does not need the broker
        self._end(Ended("hung up"))
        if self._misc_task is not None:
            self._misc_task.cancel()
            await asyncio.wait({self._misc_task})

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - aiomqtt's signature
        """Wait for the broker; asyncio.wait_for of Python 3.11 would lose a cancellation that comes together with the answer."""
        try:
            async with asyncio.timeout(self.timeout if timeout is None else timeout):
                return await fut
        except TimeoutError as error:
            raise aiomqtt.MqttError("no answer") from error

    async def _answered(self, question: Any) -> Any:
        try:
            return await question
        except aiomqtt.MqttError as error:
            raise LinkDown(f"the connection to {self._url} is over") from error

    def _end(self, ended: Ended) -> None:
        """Settle everything that waits for this connection."""
        if not self._ended.done():
            self._ended.set_result(ended)
        answers: tuple[asyncio.Future[Any], ...] = (self._connected, *self._pending_subscribes.values())
        for answer in answers:
            if not answer.done():
                answer.set_exception(aiomqtt.MqttError(ended.reason))
        for event in self._pending_unsubscribes.values():
            event.set()

    def _broken(self, disconnected: "asyncio.Future[None]") -> None:
        """Take an error that came up while reading or writing."""
        error = disconnected.exception()
        self._end(Ended(f"reading failed: {error!r}", error if self._handling else None))

    def _on_connect(
        self,
        client: paho.Client,
        userdata: Any,
        flags: paho.ConnectFlags,
        reason_code: ReasonCode,
        properties: PahoProperties | None = None,
    ) -> None:
        self.receive_maximum = getattr(properties, "ReceiveMaximum", self.receive_maximum)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ARG002
        flags: paho.DisconnectFlags,
        reason_code: ReasonCode,
        properties: PahoProperties | None = None,  # noqa: ARG002
    ) -> None:
        told = flags.is_disconnect_packet_from_server or reason_code.value != _UNSPECIFIED
        self._end(Ended(str(reason_code) if told else "it hung up"))

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:  # noqa: ARG002
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        properties = unpacked(message.properties) if self._five else NO_PROPERTIES
        self._handling = True
        self._deliver(Message(topic, bytes(message.payload), message.retain, message.qos, properties))
        self._handling = False

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        """Write at the end of this turn of the loop, so that what is published in one turn leaves together."""
        self._loop.call_soon(self._write)

    def _on_socket_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        if self._writing:
            self._writing = False
            self._loop.remove_writer(sock.fileno())

    def _write(self) -> None:
        if self._ended.done():
            return
        self._client.loop_write()
        if self._client.want_write() and not self._writing and (opened := self._client.socket()) is not None:
            self._writing = True
            self._loop.add_writer(opened.fileno(), self._write)

    def _on_publish(self, client: paho.Client, userdata: Any, mid: int, reason_code: ReasonCode, properties: PahoProperties) -> None:  # noqa: ARG002
        self._confirm(mid, reason_code.value)


def _will(will: Will, *, five: bool) -> aiomqtt.Will:
    properties = None
    if five and will.delay:
        properties = PahoProperties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        properties.WillDelayInterval = will.delay
    return aiomqtt.Will(will.topic, will.payload, 1, will.retain, properties)


def _introduction(will: Will | None) -> PahoProperties:
    """Return the CONNECT properties: a delayed will needs a session that outlives the connection as long."""
    properties = PahoProperties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = LARGEST
    if will and will.delay:
        properties.SessionExpiryInterval = will.delay
    return properties
