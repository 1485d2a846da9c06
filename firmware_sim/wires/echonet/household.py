"""Which appliances share a node: units of one home with the same address stand behind one adapter, as objects of one node.

The node's socket goes through the network of the first of them that is there; when that one goes, the next one's takes over. Whoever joins
or leaves makes the node announce its objects anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from firmware_sim.network import Network
from firmware_sim.wires.datagrams import Datagrams, Peer
from firmware_sim.wires.echonet.fault import Unreadable
from firmware_sim.wires.echonet.frame import Frame, decode, encode
from firmware_sim.wires.echonet.instance import Instance
from firmware_sim.wires.echonet.node import Node
from firmware_sim.wires.echonet.profile_object import ProfileObject

PORT = 3610
EVERYBODY = "224.0.23.0"
_MOST_INSTANCES = 127
log = structlog.get_logger()


class Household:
    """One node with its socket. `unread` counts datagrams it could not read. `to_source`: answers go where the question came from."""

    def __init__(self, node: Node, place: tuple[str, int], *, hears_everybody: bool, to_source: bool, quiet: bool) -> None:
        self.node = node
        self.unread = 0
        self._place = place
        self._hears_everybody = hears_everybody
        self._to_source = to_source
        self._quiet = quiet
        self._members: list[tuple[Network, Sequence[Instance]]] = []
        self._door: Datagrams | None = None
        self._turn = asyncio.Lock()
        self.tenants = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._door.port if self._door is not None else self._place[1]

    def free(self, kind: int) -> int:
        """Return the next free object of a class; OSError when there are 127 already."""
        for number in range(1, _MOST_INSTANCES + 1):
            if (code := kind << 8 | number) not in self.node.instances:
                return code
        raise OSError(f"a node has no room for another {kind:#06x}")

    async def join(self, network: Network, make: Sequence[Callable[[], Instance]]) -> Sequence[Instance]:
        """Take an appliance in and return its objects; OSError when the address or port is taken."""
        async with self._turn:
            if self._door is None:
                self._door = await self._opened(network)
            instances = []
            for each in make:
                instances.append(each())
                self.node.add(instances[-1])
            self._members.append((network, instances))
            self.announce(self.node.listing())
        return instances

    async def leave(self, network: Network) -> None:
        """Let an appliance go."""
        async with self._turn:
            first = self._members[0][0] is network
            for _, instances in (member for member in self._members if member[0] is network):
                for instance in instances:
                    self.node.remove(instance.code)
            self._members = [member for member in self._members if member[0] is not network]
            if first:
                await self._hand_over()
            if self._members:
                self.announce(self.node.listing())

    def announce(self, frame: Frame) -> None:
        """Tell everybody, unless this node never says anything unasked."""
        if self._door is not None and not self._quiet:
            self._door.say(encode(frame), (EVERYBODY, PORT))

    async def _hand_over(self) -> None:
        if self._door is not None:
            await self._door.__aexit__(None, None, None)
        self._door = await self._opened(self._members[0][0]) if self._members else None

    async def _opened(self, network: Network) -> Datagrams:
        everybody = (EVERYBODY,) if self._hears_everybody else ()
        door = Datagrams(network, self._place[1], self._heard, everybody=everybody, at=(PORT,))
        return await door.__aenter__()

    def _heard(self, data: bytes, peer: Peer) -> None:
        try:
            asked = decode(data)
        except Unreadable as fault:
            self.unread += 1
            log.debug("echonet frame not understood", reason=str(fault))
            return
        for answer, everybody in self.node.answers(asked):
            where = (EVERYBODY, PORT) if everybody else peer if self._to_source else (peer[0], PORT)
            if self._door is not None:
                self._door.say(encode(answer), where)


_HOUSEHOLDS: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, int], Household]]" = WeakKeyDictionary()


@asynccontextmanager
async def household(place: tuple[str, int], identifier: str, kind: str, facts: Mapping[str, Any]) -> AsyncIterator[Household]:
    """Share the node at a place, made from what its first member's facts say; port 0 is always a node of its own."""
    known = _HOUSEHOLDS.setdefault(asyncio.get_running_loop(), {})
    home = known.get(place) if place[1] else None
    if home is None:
        home = known[place] = _made(place, identifier, kind, facts)
    home.tenants += 1
    try:
        yield home
    finally:
        home.tenants -= 1
        if not home.tenants and known.get(place) is home:
            del known[place]


def _made(place: tuple[str, int], identifier: str, kind: str, facts: Mapping[str, Any]) -> Household:
    quirks: Collection[str] = frozenset(facts.get("quirks", ()))
    node = Node(ProfileObject(identifier, kind, nameless="nameless" in quirks), most=facts.get("most"), deaf="deaf" in quirks)
    return Household(node, place, hears_everybody=bool(facts.get("broadcast")), to_source="to-source" in quirks, quiet="quiet" in quirks)
