"""A simulated Xiaomi device: found and spoken to over UDP 54321, in the newer dialect (MIoT) or the older one, as its model has it.

`options.facts`, all optional: `model` (see `miio/models`), `did` (its number), `token` (32 hex digits), `mac`, `broadcast` (true: also hear
broadcasts), `provisioned` (false: it belongs to nobody yet and tells its token to everybody), `most` (properties in one request), `quirks`:

    subnet   hears nobody outside its own network of 256 addresses, as newer devices do
    busy     says `user ack timeout` to every other request of a method
    deaf     says yes to what it does not do
    zeros    hides its token as 00.. instead of FF..

What was sealed with another token, what is too old and what was said before is met with silence.
"""

import asyncio
import ipaddress
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.datagrams import Datagrams, Peer, broadcast_of
from firmware_sim.wires.miio.board import Board
from firmware_sim.wires.miio.calls import Calls, read_request, write_answer
from firmware_sim.wires.miio.fault import Unreadable
from firmware_sim.wires.miio.identity import identity_of
from firmware_sim.wires.miio.packet import HELLO, HIDDEN, Packet, introduction, open_packet, seal
from firmware_sim.wires.miio.sheet import sheet_for
from firmware_sim.wires.miio.stamps import Stamps

PORT = 54321
QUIRKS = frozenset({"subnet", "busy", "deaf", "zeros"})

log = structlog.get_logger()


class Wire:
    """The wire of one device; `unread` counts datagrams it kept silent about, `account` is what its owner's account tells."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        facts = options.facts
        self.quirks = frozenset(facts.get("quirks", ()))
        self.identity = identity_of(appliance.identifier, facts)
        self.account = {"did": self.identity.device, "token": self.identity.token.hex()}
        self.sheet = sheet_for(appliance.kind, facts.get("model"))
        self.unread = 0
        self._calls = self._made_calls(appliance, network, facts)
        self._hidden = self._token_shown(facts)
        self._own = ipaddress.IPv4Network(f"{network.address}/24", strict=False)
        everybody = (broadcast_of(network.address),) if facts.get("broadcast") else ()
        self._door = Datagrams(network, PORT if options.port is None else options.port, self._heard, everybody=everybody, at=(PORT,))
        self._stamps = Stamps(0.0)

    @property
    def port(self) -> int | None:
        """The UDP port it listens on."""
        return self._door.port

    async def __aenter__(self) -> Self:
        self._stamps = Stamps(asyncio.get_running_loop().time())
        await self._door.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._door.__aexit__(kind, error, trace)

    def _made_calls(self, appliance: Appliance, network: Network, facts: Mapping[str, Any]) -> Calls:
        board = Board(appliance, self.sheet, deaf="deaf" in self.quirks)
        most = int(facts.get("most", self.sheet.most))
        return Calls(board, self.sheet, self.identity, address=network.address, most=most, busy="busy" in self.quirks)

    def _token_shown(self, facts: Mapping[str, Any]) -> bytes:
        """Return what stands in its introduction where the token would."""
        if facts.get("provisioned") is False:
            return self.identity.token
        return bytes(len(HIDDEN)) if "zeros" in self.quirks else HIDDEN

    def _heard(self, data: bytes, peer: Peer) -> None:
        if "subnet" in self.quirks and ipaddress.IPv4Address(peer[0]) not in self._own:
            return
        at = asyncio.get_running_loop().time()
        if data == HELLO:
            self._door.say(introduction(self.identity.device, self._stamps.now(at), self._hidden), peer)
            return
        try:
            self._obey(data, peer, at)
        except Unreadable as fault:
            self.unread += 1
            log.debug("miio datagram not understood", reason=str(fault))

    def _obey(self, data: bytes, peer: Peer, at: float) -> None:
        packet = open_packet(data, self.identity.token)
        request = read_request(packet.payload)
        if packet.device != self.identity.device or not self._stamps.takes(packet.stamp, at):
            raise Unreadable("for another device, or too old")
        if not self._stamps.fresh(peer, request["id"]):
            raise Unreadable("said before")
        answer = write_answer(self._calls.answer(request, self._stamps.now(at)))
        self._door.say(seal(Packet(self.identity.device, self._stamps.now(at), answer), self.identity.token), peer)
