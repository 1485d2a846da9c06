"""One MQTT connection of an appliance: opened with its last will, cut without a goodbye when the power goes.

MQTT 5 is tried first. A broker that only knows 3.1.1 either says so, closes the connection, or (some) never answers; so the attempt ends
after three seconds and the next one speaks 3.1.1. What worked is remembered until it fails.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware_sim.credentials import read_credentials
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.thing import usual_port

V5, V311 = aiomqtt.ProtocolVersion.V5, aiomqtt.ProtocolVersion.V311
_VERSIONS = {"5": (V5,), "3.1.1": (V311,), "auto": (V5, V311)}

CONNECT_PATIENCE = 3.0
KEEPALIVE = 20
_IN_FLIGHT = 20
_WAITING = 256
_QUIET = logging.getLogger("firmware_sim.mqtt")
_QUIET.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and how to log in; `client`: the name to connect as instead of the appliance's id."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    client: str | None = None
    tls: ssl.SSLContext | None = None

    @classmethod
    def parse(cls, url: str, folder: Path | None = None) -> Self:
        """Read `mqtt://user:password@host:port`, or `mqtts://` with what is in the folder; SetupMistake when it is something else."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise SetupMistake(f"{url!r} is no broker: write mqtt://host:port, or mqtts://host:port with --credentials")
        if (parts.scheme == "mqtts") != (folder is not None):
            raise SetupMistake(f"{url}: mqtts:// and --credentials go together, for only a certificate says who comes")
        username, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        plain = cls(parts.hostname, parts.port or usual_port(parts.scheme), username, password)
        if folder is None:
            return plain
        known = read_credentials(folder)
        return replace(plain, client=known.client, tls=known.tls())

    @property
    def local(self) -> bool:
        """Return whether it is on this machine."""
        return self.host == "localhost" or self.host.startswith("127.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to publish at QoS 1; the members after `retain` travel on MQTT 5 only."""

    topic: str
    payload: bytes
    retain: bool = False
    content_type: str = "application/json"
    correlation: bytes | None = None
    facts: tuple[tuple[str, str], ...] = ()

    def properties(self) -> Properties:
        """Return the MQTT 5 properties."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if self.payload:
            properties.ContentType = self.content_type
            properties.PayloadFormatIndicator = 1
        if self.correlation is not None:
            properties.CorrelationData = self.correlation
        if self.facts:
            properties.UserProperty = list(self.facts)
        return properties


def versions_to_try(asked: str) -> list[aiomqtt.ProtocolVersion]:
    """Return the versions to try in turn for `auto`, `5` or `3.1.1`; SetupMistake for anything else."""
    if asked not in _VERSIONS:
        raise SetupMistake(f"mqtt_version is one of {', '.join(_VERSIONS)}, not {asked!r}")
    return list(_VERSIONS[asked])


class Link:
    """A connection that is up. `messages()` ends with MqttError when it falls."""

    def __init__(self, client: aiomqtt.Client, version: aiomqtt.ProtocolVersion) -> None:
        self._client = client
        self.version = version

    async def publish(self, message: Message) -> None:
        """Return when the broker has it; MqttError when the link falls first."""
        properties = message.properties() if self.version == V5 else None
        await self._client.publish(message.topic, message.payload, qos=1, retain=message.retain, properties=properties)

    async def subscribe(self, *filters: str) -> None:
        """Ask for commands: on MQTT 5 without our own echoes, and with the retain flag as the sender set it."""
        options = SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True)
        if self.version == V5:
            await self._client.subscribe([(name, options) for name in filters])
        else:
            await self._client.subscribe([(name, 1) for name in filters])

    def messages(self) -> AsyncIterator[aiomqtt.Message]:
        """Yield what arrives."""
        return aiter(self._client.messages)

    def cut(self) -> None:
        """Tear the connection off, so that the broker speaks the last will."""
        wire = self._client._client.socket()  # noqa: SLF001 - the library has no way to leave without a goodbye
        if isinstance(wire, socket.socket):
            wire.shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def connected(
    broker: Broker, version: aiomqtt.ProtocolVersion, *, identifier: str, will: Message, source: str
) -> AsyncIterator[Link]:
    """Open a connection from the IPv4 address `source`; MqttError when the broker cannot be reached or refuses."""
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        identifier=broker.client or identifier,
        tls_context=broker.tls,
        logger=_QUIET,
        protocol=version,
        will=aiomqtt.Will(will.topic, will.payload, qos=1, retain=will.retain),
        clean_session=None if version == V5 else True,
        timeout=CONNECT_PATIENCE,
        keepalive=KEEPALIVE,
        bind_address=source if broker.local == source.startswith("127.") else "",
        max_queued_incoming_messages=_WAITING,
        max_inflight_messages=_IN_FLIGHT,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )
    client.pending_calls_threshold = 4 * _IN_FLIGHT
    async with AsyncExitStack() as stack:
        stack.callback(client._client._sock_close)  # noqa: SLF001 - a failed attempt leaves its socket open otherwise
        await _to_its_end(client.__aenter__())
        stack.push_async_exit(client)
        client.timeout = 10.0
        yield Link(client, version)


async def _to_its_end(opening: Coroutine[Any, Any, object]) -> None:
    """Wait for it, also when we are given up meanwhile: the library connects on a thread that nothing stops, and then sets up tasks."""
    task = asyncio.create_task(opening)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
