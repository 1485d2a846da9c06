"""A simulated Gree unit: found over and spoken to on UDP 7000, in version 1 or 2 of the make's LAN protocol.

`options.facts`, all optional: `version` (1, or 2), `mac`, `name`, `mid` (its sort), `firmware` (such as `V1.60`), `module` (`V1.1`), `key`
(16 characters), `broadcast` (true: it also hears what is said to everybody; or the broadcast address of its network: it hears that too),
`quirks`, see `gree/module.py` and `gree/air_conditioner.py`, and for the link: `leaves-without-internet` (its program is V1.23, which is
off the network two and a half hours after the internet went), `closed` (nobody listens on the port: newer programs have no LAN protocol).
"""

import contextlib
from types import TracebackType
from typing import Self

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.datagrams import Datagrams, Peer, broadcast_of
from firmware_sim.wires.gree.board import board_of
from firmware_sim.wires.gree.identity import identity_of
from firmware_sim.wires.gree.module import Module

PORT = 7000
STAYS = 9000.0
"""Seconds for which a unit that needs the internet stays without it; users saw two to three hours."""
LEAVES, CLOSED = "leaves-without-internet", "closed"


class Wire:
    """The wire of one unit; `module` has what it counted."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        facts = options.facts
        quirks = frozenset(facts.get("quirks", ()))
        board = board_of(appliance, quirks)
        self.identity = identity_of(appliance.identifier, board.MID, facts, "V1.23" if LEAVES in quirks else "V1.60")
        self.module = Module(self.identity, board, _version(facts.get("version", 1)), quirks)
        self._network = network
        self._closed = CLOSED in quirks
        if LEAVES in quirks and network.leaves_after is None:
            network.leaves_after = STAYS
        port = PORT if options.port is None else options.port
        self._door = Datagrams(network, port, self._heard, everybody=_everybody(network.address, facts.get("broadcast")), at=(PORT,))
        self._stack = contextlib.AsyncExitStack()

    @property
    def port(self) -> int | None:
        """The UDP port it listens on."""
        return None if self._closed else self._door.port

    async def __aenter__(self) -> Self:
        if not self._closed:
            await self._stack.enter_async_context(self._door)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def _heard(self, data: bytes, peer: Peer) -> None:
        answer = self.module.answer(data, peer)
        if answer is not None:
            self._door.say(answer, peer)


def _everybody(address: str, told: object) -> tuple[str, ...]:
    """Return the broadcast addresses it hears."""
    if not told:
        return ()
    return (broadcast_of(address), told) if isinstance(told, str) else (broadcast_of(address),)


def _version(number: object) -> int:
    if number not in (1, 2):
        raise SetupMistake(f"facts: `version` of a Gree unit is 1 or 2, not {number!r}")
    return int(str(number))
