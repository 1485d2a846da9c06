"""A simulated Broadlink transmitter (RM mini 3, RM pro+, RM4 mini, RM4 pro), found over and spoken to on UDP 80.

Where this program may not have port 80 it takes a free one, and the search's answer tells it in two bytes that are zero on real ones; the
search is heard on port 80 of the broadcast address and on the port it has. It sends what it is given into the air of its room, and what it
hears while it learns it gives back as it heard it: it knows no appliance and no encoding.

`options.facts`, all optional: `model` (a number in `broadlink/models.yaml`, usually 0x649b, an RM4 pro), `mac` (12 hexadecimal digits),
`name`, `locked` (true: the owner has locked it in the maker's app: it says so, and lets nobody in), `temperature` and `humidity` (what its
sensor feels), `broadcast` (true, or the broadcast address of its network: it hears that too), `quirks`: see `broadlink/transmitter.py`.
"""

import contextlib
from random import Random
from types import TracebackType
from typing import Self

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.refusal import SetupMistake
from firmware_sim.wire import WireOptions
from firmware_sim.wires.broadlink import packet
from firmware_sim.wires.broadlink.identity import identity_of
from firmware_sim.wires.broadlink.receiver import Receiver
from firmware_sim.wires.broadlink.transmitter import QUIRKS, Transmitter
from firmware_sim.wires.datagrams import Datagrams, Peer, broadcast_of

PORT = 80


class Wire:
    """The wire of one transmitter; `transmitter` has what it counted."""

    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        facts = options.facts
        quirks = frozenset(facts.get("quirks", ()))
        if strange := sorted(quirks - QUIRKS):
            raise SetupMistake(f"facts: quirks of a Broadlink transmitter are {', '.join(sorted(QUIRKS))}, not {', '.join(strange)}")
        identity = identity_of(appliance.identifier, facts)
        self._boot = Random(f"broadlink:{appliance.identifier}:{appliance.boot}")  # noqa: S311 - keys of a made-up unit
        self._receiver = Receiver(appliance, appliance.clock.now)
        self.transmitter = Transmitter(identity, appliance, self._receiver, quirks, facts, self._boot)
        self._network = network
        self._asked_port = options.port
        self._everybody = _everybody(network.address, facts.get("broadcast"))
        self._door = self._door_at(PORT if options.port is None else options.port)
        self._stack = contextlib.AsyncExitStack()

    @property
    def port(self) -> int | None:
        """The UDP port it listens on."""
        return self._door.port

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await self._open_door(stack)
            self._receiver.plug_in()
            stack.callback(self._receiver.unplug)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    async def _open_door(self, stack: contextlib.AsyncExitStack) -> None:
        try:
            await stack.enter_async_context(self._door)
        except PermissionError:
            if self._asked_port is not None:
                raise
            self._door = self._door_at(0)
            await stack.enter_async_context(self._door)

    def _door_at(self, port: int) -> Datagrams:
        return Datagrams(self._network, port, self._heard, everybody=self._everybody if port == PORT else (), at=(PORT,))

    def _heard(self, data: bytes, peer: Peer) -> None:
        if packet.is_hello(data):
            told = 0 if self._door.port == PORT else self._door.port
            self._door.say(self.transmitter.introduction(self._network.address, told), peer)
        elif (answer := self.transmitter.reply(data)) is not None:
            self._door.say(answer, peer)


def _everybody(address: str, told: object) -> tuple[str, ...]:
    """Return the broadcast addresses it hears."""
    if not told:
        return ()
    return (broadcast_of(address), told) if isinstance(told, str) else (broadcast_of(address),)
