"""The CoAP socket of one appliance: one UDP socket on its own IPv4 address, with aiocoap above it for messages, tokens and retransmission.

aiocoap's own transports do not fit a street of appliances in one process: `udp6` binds a dual-stack socket and learns its address from the
kernel's packet information, `simplesocketserver` shares the port with whoever asks (SO_REUSEPORT), hides the port it got and cannot lose a
datagram. So this is a message interface of our own: plain asyncio datagrams, the guard before decoding, and the bad network on both ways.
"""

import asyncio
import logging
import time
from typing import Any, Protocol

import structlog
from aiocoap import Context, Message
from aiocoap.error import UnparsableMessage
from aiocoap.interfaces import EndpointAddress, MessageInterface
from aiocoap.messagemanager import MessageManager
from aiocoap.pipe import Pipe
from aiocoap.tokenmanager import TokenManager

from firmware_sim.network import Network
from firmware_sim.wires.coap_guard import acceptable
from firmware_sim.wires.coap_pace import Pace, is_request

log = structlog.get_logger()

_LOGGER = "firmware_sim.coap"
logging.getLogger(_LOGGER).setLevel(logging.ERROR)
_LOG_EVERY = 60.0


class Site(Protocol):
    """What answers requests."""

    async def render_to_pipe(self, pipe: Pipe) -> None:
        """Put responses into the pipe; cancelled when the peer loses interest."""
        ...


class Peer(EndpointAddress):  # type: ignore[misc] # aiocoap is untyped
    """Who sent a datagram."""

    scheme = "coap"
    is_multicast = False
    is_multicast_locally = False
    hostinfo = hostinfo_local = uri_base = uri_base_local = ""

    def __init__(self, address: tuple[str, int], local: str) -> None:
        self.address = address
        self.hostinfo_local = local
        self.hostinfo = f"{address[0]}:{address[1]}"
        self.uri_base = f"coap://{self.hostinfo}"
        self.uri_base_local = f"coap://{local}"

    @property
    def blockwise_key(self) -> tuple[str, int]:
        """Return what blocks of one request have in common."""
        return self.address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Peer) and other.address == self.address

    def __hash__(self) -> int:
        return hash(self.address)


class Endpoint(asyncio.DatagramProtocol, MessageInterface):  # type: ignore[misc] # aiocoap is untyped
    """An open socket whose requests `site` answers; close it with `close()`."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._transport: asyncio.DatagramTransport | None = None
        self._manager: MessageManager | None = None
        self._context: Context | None = None
        self._closed = asyncio.Event()
        self._local = ""
        self._quiet_until = 0.0
        self.dropped = 0
        self.pace = Pace(time.monotonic)

    async def open(self, port: int, site: Site) -> int:
        """Bind and answer; return the port. OSError when the address or port cannot be had."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self._network.address, port))
        self._transport = transport
        host, bound = transport.get_extra_info("sockname")
        self._local = f"{host}:{bound}"
        self._context = Context(loop=loop, serversite=site, loggername=_LOGGER)
        tokens = TokenManager(self._context)
        self._manager = MessageManager(tokens)
        self._manager.message_interface = self
        tokens.token_interface = self._manager
        self._context.request_interfaces.append(tokens)
        return int(bound)

    async def close(self) -> None:
        """End every exchange and free the port."""
        if self._context is not None:
            await self._context.shutdown()
        if self._transport is not None:
            await self._closed.wait()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take a datagram from the network, if the bad network lets it through."""
        if self._network.drops():
            return
        if not acceptable(data):
            self._drop(addr)
        elif is_request(data) and not self.pace.allows(addr):
            self._emit(self.pace.refusal(data), addr)
        elif self._network.delay > 0:
            asyncio.get_running_loop().call_later(self._network.delay, self._dispatch, data, addr)
        else:
            self._dispatch(data, addr)

    def _dispatch(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._manager is None or self._network.mute:
            return
        try:
            message = Message.decode(data, remote=Peer(addr, self._local))
        except UnparsableMessage:
            self._drop(addr)
            return
        self._manager.dispatch_message(message)

    def _drop(self, addr: tuple[str, int]) -> None:
        self.dropped += 1
        now = asyncio.get_running_loop().time()
        if now >= self._quiet_until:
            self._quiet_until = now + _LOG_EVERY
            log.warning("unreadable CoAP datagrams", peer=addr[0], dropped=self.dropped)

    def send(self, message: Message) -> None:
        """Give a message to the network."""
        if self._network.drops():
            return
        data, address = message.encode(), message.remote.address
        if self._network.delay > 0:
            asyncio.get_running_loop().call_later(self._network.delay, self._emit, data, address)
        else:
            self._emit(data, address)

    def _emit(self, data: bytes, address: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing() and not self._network.mute:
            self._transport.sendto(data, address)

    async def shutdown(self) -> None:
        """Let the socket go; the library calls this when its side is done."""
        self._manager = None
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Note that the port is free."""
        self._closed.set()

    async def recognize_remote(self, remote: Any) -> bool:
        """Return whether a peer is one of ours."""
        return isinstance(remote, Peer)

    async def determine_remote(self, message: Message) -> None:
        """Answer that this socket never asks anybody anything."""
