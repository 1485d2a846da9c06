"""The search: who is there is asked of the group from each interface, and one by one where told to; announcements are heard as well.

A node that answers the whole question is found at once. One that answers a part of it, or only announced itself, is asked on its own, by
no more than a few questions at the same time. The sockets are those of the sessions, for answers come to port 3610 whoever asked.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from gateway.drivers.echonet.frame import GET, GOT, NODE, TOLD, TOLD_SURELY, Frame
from gateway.drivers.echonet.identity import ASKED, facts_of
from gateway.drivers.echonet.plug import GROUP, PORT, Plug, local_address, numeric, shared_plug
from gateway.drivers.echonet.refusal import refusal
from gateway.drivers.echonet.talk import talking
from gateway.drivers.parts.search import ROUNDS
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import SearchContext, Sighting, host_and_port
from gateway.errors import PortTaken, TimedOut

NAME = "echonet"
_WAITING = 1024
_AT_ONCE = 16
_TRIES = 2


class Search:
    """One search: its plugs, the nodes it heard of."""

    def __init__(self, where: SearchContext) -> None:
        self._where = where
        self._plugs: dict[str, Plug] = {}
        self._asks: list[tuple[Plug, str]] = []
        self._told: asyncio.Queue[tuple[str, str, dict[int, bytes]]] = asyncio.Queue(_WAITING)
        self._warm = False
        self._known: set[str] = set()
        self._keys: dict[str, str] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the plugs: one for each interface, and those from which the hosts of the list are reached."""
        stack.push_async_callback(self._stop)
        for interface in self._where.interfaces:
            if ipaddress.ip_address(interface).version == 4:  # noqa: PLR2004 - IPv4
                await self._add(stack, interface, GROUP)
        for host in dict.fromkeys(host_and_port(named)[0] for named in self._where.unicast):  # every node has the one port
            if (address := await self._resolved(host)) is not None:
                await self._add(stack, None, address)

    def ask(self) -> None:
        """Ask for everything that makes a node known."""
        for plug, address in self._asks:
            question = Frame(number=plug.number(), service=GET, target=NODE, properties=tuple((code, b"") for code in ASKED))
            plug.send(question, address)

    async def listen(self, seconds: float) -> AsyncIterator[Sighting]:
        """Yield what was found within the time."""
        clock = self._where.context.clock
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            try:
                address, interface, told = await within(clock, left, self._told.get(), "the ECHONET Lite search")
            except TimedOut:
                return
            if not self._warm:
                self._warm = True
                await asyncio.to_thread(refusal, facts_of(told))  # the first has the mapping data read
            if (sighting := self._sighting(address, interface, told)) is not None:
                yield sighting

    async def _add(self, stack: AsyncExitStack, interface: str | None, address: str) -> None:
        local = interface or address
        try:
            local = interface or local_address(address)
            if local not in self._plugs:
                plug = self._plugs[local] = await stack.enter_async_context(shared_plug(local))
                stack.enter_context(plug.watching(lambda frame, sender: self._heard(plug, local, frame, sender)))
        except (OSError, PortTaken) as error:
            self._where.dropped(local, f"cannot ask from this address: {error}")
            return
        self._asks.append((self._plugs[local], address))
        self._where.asked(local if address == GROUP else address, f"ECHONET Lite search, UDP {PORT}, to {address}")

    async def _resolved(self, host: str) -> str | None:
        try:
            return await numeric(host)
        except OSError as error:
            self._where.dropped(host, f"cannot be asked: {error}")
            return None

    def _heard(self, plug: Plug, interface: str, frame: Frame, sender: str) -> None:
        """Take an answer that says it all, or have the sender asked."""
        if frame.source != NODE or sender in self._known:
            return
        told = dict(frame.properties)
        if frame.service in (TOLD, TOLD_SURELY) and not follows(interface):
            return
        if frame.service == GOT and told.keys() >= set(ASKED):
            self._tell(sender, interface, told)
        elif sender not in self._asking and len(self._asking) < _WAITING:
            self._asking[sender] = asyncio.create_task(self._ask_on(plug, interface, sender), name=f"echonet search: {sender}")

    async def _ask_on(self, plug: Plug, interface: str, address: str) -> None:
        context = self._where.context
        async with self._gate, talking(plug, address, context.clock, context.random) as talk:
            try:
                told = await talk.get(NODE, ASKED, tries=_TRIES)
            except TimedOut:
                self._asking.pop(address, None)
                return
        self._tell(address, interface, told)

    def _tell(self, address: str, interface: str, told: dict[int, bytes]) -> None:
        if address not in self._known and not self._told.full():
            self._known.add(address)
            self._told.put_nowait((address, interface, told))

    def _sighting(self, address: str, interface: str, told: dict[int, bytes]) -> Sighting | None:
        facts = facts_of(told)
        if (why := refusal(facts)) is not None:
            self._where.dropped(address, why)
        key = facts.get("id", "")
        if key and self._keys.setdefault(key, address) != address:
            self._where.dropped(address, f"it says it is the same unit as the one at {self._keys[key]}")
            return None
        return Sighting(
            source="broadcast",
            service=NAME,
            name=facts.get("model") or key or address,
            address=address,
            port=PORT,
            facts=facts,
            interface=interface,
            at=self._where.context.clock.now(),
        )

    async def _stop(self) -> None:
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)


def follows(interface: str) -> bool:
    """Return whether who announces itself there is asked: on loopback that is whoever simulates on this machine, and for somebody else."""
    return not ipaddress.ip_address(interface).is_loopback


async def search(where: SearchContext) -> AsyncIterator[Sighting]:
    """Yield each node that answers or announces itself, once; those that cannot be used are `dropped` with the reason too."""
    async with AsyncExitStack() as stack:
        searching = Search(where)
        await searching.open(stack)
        for seconds in ROUNDS:
            searching.ask()
            async for sighting in searching.listen(seconds):
                yield sighting
