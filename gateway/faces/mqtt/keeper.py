"""Keeps our own broker to what the register of clients says: who comes in is let in, who is put out is cut off at once.

    somebody came in, or changed  ->  the broker is told, over its control topic
    somebody was put out          ->  the broker is told, and the connections end; then a new revocation list
    the first owner came, the last one went, or there is a new authority  ->  the broker starts again, behind other doors

A certificate that runs out while its client is connected counts as put out.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from gateway.errors import SchemaViolation, SetupError, StorageFailed
from gateway.faces.mqtt.doors import Wanted, needs_papers, papers_of
from gateway.faces.mqtt.rules import identity
from gateway.protocol.broker.plan import Doors, Identity
from gateway.protocol.broker.private import PrivateBroker
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.trust.access import Access
from gateway.trust.authority import Authority
from gateway.trust.client import Client

_log = Log()

LOOK_AGAIN: Final = 86400.0
"""Seconds after which the hub's own certificate is looked at again."""
_LIST_STEP: Final = 1.0
"""Two revocation lists of one second look alike to the broker: the second waits so long."""
_LIST_TRIES: Final = 3

PasswordOf = Callable[[Client], str | None]


class Rights:
    """What the broker has to know, made from the register, the authority and the settings."""

    def __init__(self, wanted: Wanted, access: Access, authority: Authority, gateway: str, password_of: PasswordOf) -> None:
        self.access = access
        self.wanted = wanted
        self._authority = authority
        self._gateway = gateway
        self._password_of = password_of

    async def doors(self) -> Doors:
        """Return the doors that there should be now; ExtraMissing, StorageDamaged or ConfigurationInvalid."""
        papers = await papers_of(self.wanted, self._authority, self._revoked()) if needs_papers(self.wanted, self.access) else None
        return self.wanted.doors(open=self.access.open, papers=papers)

    async def fit(self, doors: Doors) -> bool:
        """Return whether these doors are still the right ones, and vouched for by the authority there is now."""
        if bool(doors.open) != self.access.open or (doors.papers is not None) != needs_papers(self.wanted, self.access):
            return False
        return doors.papers is None or doors.papers.authority == await self._authority.certificate()

    async def revocation_list(self) -> bytes:
        """Return the list of certificates that open nothing any more."""
        return await self._authority.revocation_list(self._revoked())

    def identities(self) -> tuple[Identity, ...]:
        """Return everybody who may come in now."""
        return tuple(self.of(self.access.clients.valid()))

    def of(self, clients: Iterable[Client]) -> Iterable[Identity]:
        """Return what these may do; whoever has an id or a root that cannot be is left out."""
        for client in clients:
            try:
                yield identity(client, self._gateway, self._password_of(client) if client.means == "password" else None)
            except SchemaViolation as error:
                _log.warning("client has no rights on MQTT", client=client.id, error=str(error))

    def _revoked(self) -> tuple[str, ...]:
        return tuple(client.serial for client in self.access.clients.all() if client.revoked is not None and client.serial)


class Keeper:
    """Follows the register while `follow` runs. `on_doors`: called when the broker is behind other doors than before."""

    def __init__(self, broker: PrivateBroker, rights: Rights, clock: Clock, on_doors: Callable[[], None]) -> None:
        self._broker = broker
        self._rights = rights
        self._doors = broker.doors
        self._clock = clock
        self._on_doors = on_doors
        self._changing = asyncio.Lock()
        self._woken = asyncio.Event()
        self._outdated = False
        self.stopped = False
        """Whether the broker is on its way out: what changes then, its next start reads from the register."""
        self._inside = {client.id: client for client in rights.access.clients.valid()}

    async def begin(self) -> None:
        """See to it that the broker is behind the right doors."""
        async with self._changing:
            if not await self._rights.fit(self._doors):
                await self._reopen(await self._rights.doors())

    async def take(self, client: Client) -> None:
        """Act on one client that came, changed or was put out; what the register says is so at the broker when this returns."""
        if self.stopped:
            return
        async with self._changing:
            if client.valid(self._clock.now()):
                self._inside[client.id] = client
            else:
                self._inside.pop(client.id, None)
                self._outdated = self._outdated or bool(client.serial)
            try:
                await self._tell(client)
            except (SetupError, StorageFailed) as error:
                _log.error("broker not as it should be", client=client.id, error=str(error))
        self._woken.set()

    async def follow(self) -> None:
        """Put out whoever's time is over, bring revocation lists after, look at our own papers; until cancelled."""
        while True:
            await self._wait()
            try:
                for client in self._expired():
                    await self.take(client)
                if self._outdated:
                    self._outdated = False
                    await self._bring_list()
                elif self._doors.papers is not None:
                    await self._look()
            except (SetupError, StorageFailed) as error:
                _log.error("broker not as it should be", error=str(error))

    async def _tell(self, client: Client) -> None:
        if not await self._rights.fit(self._doors):
            await self._reopen(await self._rights.doors())
        elif client.id in self._inside:
            await self._broker.admit(self._rights.of((client,)))
        else:
            await self._broker.expel((client.id,))

    async def _reopen(self, doors: Doors) -> None:
        self._doors, self._outdated = doors, False
        await self._broker.reopen(doors, self._rights.identities())
        self._on_doors()

    async def _bring_list(self) -> None:
        """Give the broker the newest list; a clock that was set back makes it look old, and only a new start helps then."""
        for _ in range(_LIST_TRIES):
            if await self._broker.revoke(await self._rights.revocation_list()):
                return
            await self._clock.sleep(_LIST_STEP)
        async with self._changing:
            await self._reopen(await self._rights.doors())

    async def _look(self) -> None:
        """Start the broker again when the hub's own certificate is another: it nears its end, or is for other addresses."""
        async with self._changing:
            doors = await self._rights.doors()
            if doors.papers is None or self._doors.papers is None or doors.papers.certificate != self._doors.papers.certificate:
                await self._reopen(doors)

    def _expired(self) -> list[Client]:
        now = self._clock.now()
        return [client for client in self._inside.values() if not client.valid(now)]

    async def _wait(self) -> None:
        """Return when something changed, somebody's time is over, or a day has passed."""
        ends = (client.expires - self._clock.now() for client in self._inside.values() if client.expires is not None)
        waiting = asyncio.create_task(self._woken.wait(), name="mqtt keeper: change")
        sleeping = asyncio.create_task(self._clock.sleep(max(0.0, min((*ends, LOOK_AGAIN)))), name="mqtt keeper: time")
        try:
            await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            sleeping.cancel()
        self._woken.clear()


@asynccontextmanager
async def kept(broker: PrivateBroker, rights: Rights, clock: Clock, on_doors: Callable[[], None]) -> AsyncIterator[Keeper]:
    """Keep a broker that runs to the register for as long as the context lives."""
    keeper = Keeper(broker, rights, clock, on_doors)
    await keeper.begin()
    rights.access.clients.on_change(keeper.take)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(keeper.follow(), name="mqtt keeper")
        try:
            yield keeper
        finally:
            keeper.stopped = True
            following.cancel()
