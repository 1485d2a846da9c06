"""The owner of all finders and of the inbox.

Starting it first adopts every stored registration, then looks around. Sightings from all finders go through one bounded
queue, so that a storm of announcements neither blocks a finder nor loses the order of what happened to one unit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

from gateway.discovery.credentials import Credentials
from gateway.discovery.desk import Desk
from gateway.discovery.doctor import Doctor
from gateway.discovery.effects import Effects, Given
from gateway.discovery.entry import EntryState, InboxEntry
from gateway.discovery.finders.broker import BrokerFinder
from gateway.discovery.finders.mdns import MdnsFinder
from gateway.discovery.finders.search import SearchFinder
from gateway.discovery.finders.watch import WatchFinder
from gateway.discovery.guarded import outcome
from gateway.discovery.manual import parse_manual
from gateway.discovery.pace import Pace
from gateway.discovery.rules import Rules
from gateway.discovery.store import DiscoveryStore
from gateway.drivers.spi import Context, Driver, Registration, Sighting
from gateway.errors import HulianError
from gateway.protocol.mqtt import MqttClient
from gateway.thing.log import Log

_WAITING = 4096


class Discovery:
    """Finds units and keeps the inbox; `async with` is its life.

    `adopt`, `moved`, `dropped`: the supervisor's `add`, `moved` and `remove`. `interfaces`: the local addresses to
    listen and ask on, looked up again and again. `rules`: what is accepted without asking. `manual`: units a person
    named, as `driver://host:port` or as mappings. `unicast`: hosts every driver's search asks one by one.
    `on_change`: told of every entry that is new, changed or gone. `away`: the supervisor's: registered units without a
    session (driver and key), and for how many seconds; they are searched for. `reached`: the supervisor's: the address and
    port at which a unit answers, which nobody's word is taken against.
    """

    def __init__(
        self,
        *,
        context: Context,
        drivers: Iterable[Driver],
        store: DiscoveryStore,
        credentials: Credentials,
        adopt: Callable[[Registration], None],
        moved: Callable[[str, str, str, int, Mapping[str, str]], None],
        dropped: Callable[[str, str], Awaitable[None]],
        interfaces: Callable[[], tuple[str, ...]],
        rules: Iterable[str] = (),
        manual: Iterable[str | Mapping[str, Any]] = (),
        unicast: Iterable[str] = (),
        on_change: Callable[[InboxEntry], None] | None = None,
        away: Callable[[], Mapping[tuple[str, str], float]] = dict,
        reached: Callable[[str, str], tuple[str, int] | None] = lambda _driver, _key: None,
        pace: Pace | None = None,
    ) -> None:
        self._context = context
        self._drivers = {driver.name: driver for driver in drivers}
        self._interfaces = interfaces
        self._asked, self._named = parse_manual(manual)
        self._unicast = tuple(unicast)
        self._pace = pace or Pace()
        sockets = [(driver.name, socket) for driver in self._drivers.values() for socket in driver.listens]
        self._doctor = Doctor(context.clock, [("mDNS", "UDP 5353, multicast"), *sockets])
        self._desk = Desk(
            context,
            self._drivers,
            store,
            credentials=credentials,
            effects=Effects(adopt=adopt, moved=moved, dropped=dropped, changed=on_change or (lambda _: None), away=away, reached=reached),
            doctor=self._doctor,
            rules=Rules(rules),
            wanted=self._asked,
            pace=self._pace,
        )
        self._away = away
        self._queue: asyncio.Queue[Sighting] = asyncio.Queue(_WAITING)
        self._mdns: MdnsFinder | None = None
        self._searches: list[SearchFinder] = []
        self._broker: BrokerFinder | None = None
        self._overlooked: set[str] = set()
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = Log()

    async def __aenter__(self) -> Self:
        await self._desk.recall(self._named)
        await self._group.__aenter__()
        self._start("inbox", self._take_sightings())
        self._start("store", self._save())
        self._start_mdns()
        self._start_searches()
        if self._context.mqtt is not None:
            await self._start_broker(self._context.mqtt)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)
        if self._broker is not None:
            await self._broker.end()
        await self._desk.end()
        await self._desk.save()

    def title(self, driver: str) -> str:
        """Return what people call a driver's wire; its name when it is gone."""
        return self._drivers[driver].title if driver in self._drivers else driver

    def asks(self) -> dict[str, dict[str, str]]:
        """Return what units of each driver may ask for, and what it looks like."""
        return {name: {what: secret.says for what, secret in driver.secrets().items()} for name, driver in self._drivers.items()}

    def inbox(self) -> tuple[InboxEntry, ...]:
        """Return every unit that was seen or is registered, the first seen first."""
        return self._desk.inbox.entries()

    def missing(self, entry: InboxEntry) -> tuple[str, ...]:
        """Return what a unit will ask for and the vault has no answer to."""
        return self._desk.missing(entry)

    def needs(self, driver: str, key: str) -> tuple[str, ...]:
        """Return the names of what a unit asks for, as far as it was seen."""
        entry = self._desk.inbox.get(driver, key)
        return () if entry is None else entry.needs

    def registrations(self) -> tuple[Registration, ...]:
        """Return every registration, credentials included."""
        return tuple(self._desk.registrations.values())

    async def accept(self, name: str, answers: Mapping[str, str] | None = None) -> Registration:
        """Accept the unit `driver:key` (or its key alone) with answers to what its driver needs to know.

        Raise Unknown, StateConflict (accepted already), SchemaViolation whose `property` names a missing answer, or
        what pairing failed with.
        """
        return await self._desk.accept(name, answers or {})

    async def give(self, driver: str, key: str, credentials: Mapping[str, str]) -> Given:
        """Keep the credentials of a unit, in the home, waiting or not seen yet; return what came of it. Raise Unknown, ExtraMissing.

        SchemaViolation says what the driver's units ask for, where these cannot be it.
        """
        return await self._desk.give(driver, key, credentials)

    async def ignore(self, name: str) -> None:
        """Do not show the unit again; one that was accepted is let go of first. Raise Unknown."""
        await self._desk.ignore(name)

    async def forget(self, name: str) -> None:
        """Remove the unit from inbox and registrations; when it is seen again it is new. Raise Unknown."""
        await self._desk.forget(name)

    def is_registered(self, driver: str, key: str) -> bool:
        """Return whether a unit is in the home."""
        return (driver, key) in self._desk.registrations

    def to_put_aside(self, driver: str, key: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return a unit's registration and its entry as ignored, as they are stored; None where it is not registered."""
        return self._desk.to_put_aside(driver, key)

    def put_aside(self, driver: str, key: str) -> None:
        """Believe that a unit is registered no more, which is stored already; its secrets are kept."""
        self._desk.put_aside(driver, key)

    def as_accepted(self, document: Mapping[str, Any]) -> tuple[dict[str, Any]]:
        """Return the entry of a unit that is to be registered again, as it is stored."""
        return (self._desk.as_accepted(document),)

    def bring_back(self, document: Mapping[str, Any]) -> None:
        """Believe that a unit is registered again, which is stored already, and keep its session."""
        self._desk.bring_back(document)

    def ask(self) -> None:
        """Look around now, and often again for a while."""
        if self._mdns is not None:
            self._mdns.ask()
        for search in self._searches:
            search.ask()

    def ask_at(self, host: str, driver: str = "") -> None:
        """Ask one host too, now and at each search to come: every driver that searches does, or one."""
        for search in self._searches:
            if driver in {"", search.driver}:
                search.also(host)

    def see(self, sighting: Sighting) -> None:
        """Take a sighting from wherever; when too many wait, the doctor notes the loss."""
        if sighting.address in self._overlooked:
            return
        try:
            self._queue.put_nowait(sighting)
        except asyncio.QueueFull:
            self._doctor.dropped(sighting.interface or sighting.source, sighting.name, "too many answers at once: it will be asked again")

    @contextmanager
    def overlooking(self, address: str) -> Iterator[None]:
        """Take no sighting at an address for as long as the context lives: what is tried there is no appliance of this home."""
        self._overlooked.add(address)
        try:
            yield
        finally:
            self._overlooked.discard(address)

    def doctor(self) -> list[dict[str, Any]]:
        """Return what was asked where, who answered, and why an answer was not used: one dict a place, doubts last."""
        mdns = self._mdns.notes() if self._mdns is not None else {"counts": {}, "notes": []}
        places = [{**place, "mdns": mdns} if place["kind"] == "interface" else place for place in self._doctor.report(self._interfaces())]
        doubts = [{"unit": entry.name, "doubt": entry.doubt} for entry in self.inbox() if entry.doubt]
        return [*places, {"where": "inbox", "kind": "inbox", "doubts": doubts, "asking": self._asking(), "waiting": self._queue.qsize()}]

    def _asking(self) -> list[dict[str, Any]]:
        """Return the units that are not ignored and whose keys are missing."""
        entries = [entry for entry in self.inbox() if entry.state is not EntryState.IGNORED]
        return [{"unit": entry.name, "missing": list(missing)} for entry in entries if (missing := self.missing(entry))]

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(work, name=f"discovery {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _start_mdns(self) -> None:
        services = [service for driver in self._drivers.values() for service in driver.services]
        if services:
            self._mdns = MdnsFinder(services, self._interfaces, self.see, doctor=self._doctor, context=self._context, pace=self._pace)
            self._start("mdns", self._mdns.run())

    def _start_searches(self) -> None:
        for driver in self._drivers.values():
            if driver.search is None:
                continue
            named = [asked.where for asked in self._asked if asked.driver == driver.name]
            hosts = tuple(dict.fromkeys([*named, *self._unicast]))
            finder = SearchFinder(
                driver,
                self._interfaces,
                hosts,
                self.see,
                partial(self._lost, driver.name),
                doctor=self._doctor,
                context=self._context,
                pace=self._pace,
            )
            self._searches.append(finder)
            self._start(f"search {driver.name}", finder.run())

    def _lost(self, driver: str) -> float | None:
        return min((seconds for (name, _), seconds in self._away().items() if name == driver), default=None)

    async def _start_broker(self, client: MqttClient) -> None:
        self._broker = BrokerFinder(client, self.see, self._needs_no_reading, doctor=self._doctor, context=self._context)
        await self._broker.begin()
        for driver in self._drivers.values():
            if driver.watch is not None:
                known = partial(self._decided, driver.name)
                finder = WatchFinder(driver, self.see, known, doctor=self._doctor, context=self._context, pace=self._pace)
                self._start(f"watch {driver.name}", finder.run())

    def _decided(self, driver: str, key: str) -> bool:
        entry = self._desk.inbox.get(driver, key)
        return (driver, key) in self._desk.registrations or (entry is not None and entry.state is EntryState.IGNORED)

    def _needs_no_reading(self, device: str) -> bool:
        registration = self._desk.registrations.get(("native", device))
        if registration is not None:
            return registration.facts.get("mqtt") == "1"
        entry = self._desk.inbox.get("native", device)
        return entry is not None and entry.state is EntryState.IGNORED

    async def _take_sightings(self) -> None:
        while True:
            sighting = await self._queue.get()
            error = await outcome(self._take(sighting), f"sighting {sighting.name}")
            if error is not None:
                self._log.warning("discovery.sighting_failed", name=sighting.name, service=sighting.service, why=repr(error))
                self._doctor.dropped(sighting.interface or sighting.source, sighting.name, f"a driver failed over it: {error!r}")

    async def _take(self, sighting: Sighting) -> None:
        entry = self._desk.take(sighting)
        if entry is not None:
            self._start(f"accept {entry.name}", self._accept(entry))

    async def _accept(self, entry: InboxEntry) -> None:
        try:
            await self._desk.accept(entry.name, {})
        except HulianError as error:
            self._log.warning("discovery.not_accepted", unit=entry.name, why=str(error))

    async def _save(self) -> None:
        while True:
            await self._context.clock.sleep(self._pace.save)
            await self._desk.save()
