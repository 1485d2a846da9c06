"""The home: every device as a digital twin, every command's life, and the one change stream all faces read.

    async with Home(...) as home:                       sessions report into it (it is a driver `Sink`)
        run = await home.submit(command)                a command in; acks come out of the run and of the stream
        async with home.subscribe() as changes:         a Snapshot, then numbered changes
            async for change in changes: ...

This facade only joins the parts: `registry` (which devices), `twin` and `merge` (state), `links` (what hangs on what), `commands` and
`docket` (what is asked), `subscription` (who listens). `boxes`: what is known of set-top boxes.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from gateway.errors import CommandError, Forbidden, HulianError, StateConflict, StorageFailed, Unknown
from gateway.home import staleness
from gateway.home.admission import may_read
from gateway.home.boxes.boxes import Boxes
from gateway.home.certificates.claims import CLAIMS, Claims, empty_shelf
from gateway.home.change import AvailabilityChanged, Described, EventRaised, Removed, StateChanged
from gateway.home.commands import Commands
from gateway.home.complaints import Complaints
from gateway.home.confirmation import Confirmations
from gateway.home.docket import Docket
from gateway.home.expected import AwaitedLink, Expected
from gateway.home.herald import Herald, public
from gateway.home.links.hanging import Hanging
from gateway.home.links.linking import Audit
from gateway.home.links.memory import granted
from gateway.home.merge import age, merge
from gateway.home.papers import Papers, ThingDescription
from gateway.home.recovery import recover
from gateway.home.registry import Registry, checked_name, checked_tags
from gateway.home.replacement.names import Names
from gateway.home.replacement.replacing import Replacing
from gateway.home.run import Run
from gateway.home.subscription import Stream, Subscription
from gateway.home.twin import Twin
from gateway.profile.library import Library
from gateway.profile.thing_description import Forms
from gateway.storage.devices import DeviceRecord
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.ack import Ack
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.clock import Clock
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.log import Log
from gateway.thing.principal import LOCAL, Principal
from gateway.thing.report import Event, Report
from gateway.thing.session import Session
from gateway.thing.value import Value
from gateway.trust.certificate.shelf import Shelf

_log = Log()

TICK_SECONDS = 0.5
HOUSEKEEPING_SECONDS = 300.0
FUTURE_SECONDS = 60.0
"""How far ahead of ours a device's clock may be before its time of measuring is not believed."""


class Home:
    """One home. Everything synchronous here is cheap; everything that is stored is awaited.

    `forms(device)`: how the device is reached through this gateway, for its Thing Description. `audit`: writes down who linked what.
    `links`: what hangs on what. `shelf`: who may sign certificates, and what was withdrawn; `claims`: what those of each device are worth.
    `names`: which unit is which device; `replacing`: another one in its place; `expected`: what those that are
    still to come are called.
    """

    def __init__(
        self,
        *,
        identifier: str,
        boot: int,
        store: StateStore,
        history: HistoryStore,
        library: Library,
        clock: Clock,
        forms: Callable[[str], Forms],
        audit: Audit | None = None,
        shelf: Callable[[], Shelf] = empty_shelf,
    ) -> None:
        self.identifier = identifier
        self.boot = boot
        self._store = store
        self._history = history
        self._clock = clock
        self.expected = Expected(store)
        self._registry = Registry(library, store.devices, boot, self.expected.label)
        self._stream = Stream(self._registry.devices)
        self.links = Hanging(
            self._registry,
            store.links,
            clock,
            library=library,
            house=self,
            submit=self.submit,
            audit=audit,
            show=self._show,
            described=self._described,
        )
        self._papers = Papers(forms, self.links.documents)
        self.claims = Claims(self.submit, clock, shelf, self._start)
        self.boxes = Boxes(self._registry, store.box_facts, clock)
        self._complaints = Complaints(clock)
        self._herald = Herald(self._stream, clock)
        self._docket = Docket(self._herald, clock, self._changed)
        self._commands = Commands(
            docket=self._docket,
            herald=self._herald,
            store=store.commands,
            confirmations=Confirmations(clock),
            clock=clock,
            twin=self._registry.get,
            start=self._start,
            handing=self.links.handing,
        )
        self.names = Names(store.identities)
        self.replacing = Replacing(self._registry, self.links, self.names, store.replacements, clock, self._exchanged)
        self._running: set[asyncio.Task[None]] = set()
        self._unheard_since = clock.now()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._remember_seen)
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._stop)
            await self._registry.load(self._clock.now())
            await self.names.load()
            await self.expected.load()
            await self.replacing.load()
            self._registry.seed(await self._history.last_values(), self.replacing.since())
            await self.links.load()
            await self.boxes.load()
            self._unheard_since = await recover(self._commands, self._registry, self._store.commands, self._herald, self._clock)
            self._start(self._tick(), "home ticks")
            self._start(self._keep_house(), "home housekeeping")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    # -- what sessions say (the driver `Sink`)

    async def attach(self, description: Description, session: Session) -> None:
        """Take the device into the home (or back into it); raise CommandError when its description breaks the profile."""
        description, kept = granted(description)
        twin, news = await self._registry.take(description, self._clock.now())
        self.links.adopt(twin, kept)
        if news:
            await self._expect_no_longer(twin.id)
            self.links.arrived(twin.id)
            self._publish(twin, set(), self._clock.now())
        twin.identify()
        carries = self.links.session(twin.session, session, kept)
        if carries is None:
            return
        twin.session = carries
        twin.silent_since = self._clock.monotonic()
        self._set_availability(twin, Availability(AvailabilityState.ONLINE, self._clock.now()))
        self._docket.attached(twin)

    def report(self, report: Report) -> None:
        """Take one report; never blocks, never raises for bad values (they are dropped and logged once)."""
        twin = self._registry.get(report.device)
        if twin is None or twin.session is None:
            self._complaints.say(report.device, "", "a report of a device that no session carries")
            return
        if report.availability is not None:
            self._set_availability(twin, report.availability)
        if report.values or report.pending is not None or report.complete:
            self._merge(twin, self.links.lay(twin, report))
        for event in report.events:
            self._raise_event(twin, event, report)

    def detach(self, device: str, reason: str) -> None:
        """Mark the device offline with `reason`: the session that carried it is gone until attached again."""
        twin = self._registry.get(device)
        if twin is not None:
            twin.session = None
            before = twin.availability  # of one that is offline already only the reason is better known
            since = before.since if before.state is AvailabilityState.OFFLINE and before.reason else self._clock.now()
            self._set_availability(twin, Availability(AvailabilityState.OFFLINE, since, reason))

    # -- what is

    def devices(self) -> tuple[str, ...]:
        """Return the ids of every device, online or not."""
        return self._registry.devices()

    def twin(self, device: str) -> Twin:
        """Return the device's twin; raise Unknown."""
        return self._registry.twin(device)

    def document(self, device: str) -> dict[str, Any]:
        """Return the public state with `$`, shared: do not modify. Raise Unknown."""
        return self._registry.twin(device).document()

    def read(self, device: str, name: str, principal: Principal) -> Value:
        """Return one property's value, a private one only to owner, service and factory; raise Unknown or Forbidden."""
        twin = self._registry.twin(device)
        known = twin.instance.properties.get(name)
        if known is None:
            raise Unknown(f"{device} has no property {name}", property=name)
        if not may_read(principal.role, private=known.private):
            raise Forbidden(f"{name} is private", property=name)
        if name not in twin.values:
            raise Unknown(f"{device} has not said its {name} yet", property=name)
        return twin.values[name]

    def thing_description(self, device: str) -> ThingDescription:
        """Return the Thing Description with the gateway's forms; raise Unknown."""
        return self._papers.of(self._registry.twin(device))

    def inventory(self) -> list[dict[str, Any]]:
        """Return one plain record a device: id, kind, name, room, tags, availability, since, reason, maturity, title, problem."""
        return self._registry.inventory()

    async def history(self, device: str, name: str | None, since: float, limit: int) -> list[dict[str, Value]]:
        """Return the newest `limit` changes since `since` (seconds since the epoch), oldest first: at, property, value."""
        self._registry.twin(device)
        samples = await self._history.query(device, name, since, limit)
        return [{"at": sample.at, "property": sample.property, "value": sample.value} for sample in samples]

    # -- what is asked

    async def submit(self, command: Command) -> Run:
        """Take a command; returns with its first ack given. A refusal is an ack, never an exception."""
        return await self._commands.submit(command)

    def run(self, device: str, id: str) -> Run:
        """Return the run of a command that is open or ended within 10 minutes; raise Unknown."""
        return self._commands.runs.find(device, id)

    def unheard(self) -> tuple[Ack, ...]:
        """Return the terminal acks that came before anybody could hear them: just before the last boot ended, and since."""
        return self._commands.runs.ends(self._unheard_since)

    def told(self, device: str, id: str) -> Ack:
        """Return a run's newest ack as everybody may see it: without the token that only whoever asked got. Raise Unknown."""
        return public(self.run(device, id).last)

    def disown(self, principal: str, why: CommandError) -> None:
        """Let a client have no say any more in what it asked for before: its tokens are void, and what no appliance has got yet fails."""
        self._commands.disown(principal, why)

    def subscribe(self, devices: frozenset[str] | None = None, *, states: bool = True, after: int | None = None) -> Subscription:
        """Return a reader of the change stream: `async with` it, then iterate. `states` False: all but changes of state.

        `after`: the number of the change it has seen last, for a reader that comes again.
        """
        return self._stream.subscribe(devices, states=states, after=after)

    @property
    def edition(self) -> str:
        """Return what is another text whenever any Thing Description of this home has become another."""
        return f"{self.boot}-{self._stream.described}"

    def remember(self, count: int) -> None:
        """Keep the newest changes from now on, for readers that come again."""
        self._stream.remember(count)

    # -- what people arrange

    async def rename(self, device: str, name: str) -> None:
        """Give the device a name of at most 64 characters (empty: back to its own title)."""
        await self._registry.label(device, name=checked_name(name))
        self._described(self._registry.twin(device))

    async def place(self, device: str, room: str) -> None:
        """Put the device in a room (empty: in none)."""
        await self._registry.label(device, room=checked_name(room))
        self._described(self._registry.twin(device))

    async def tag(self, device: str, tags: Iterable[str]) -> None:
        """Replace the device's tags."""
        await self._registry.label(device, tags=checked_tags(tags))
        self._described(self._registry.twin(device))

    async def forget(self, device: str) -> None:
        """Remove the device, its labels, its links and its history; its open commands fail."""
        twin = self._registry.get(device)
        await self._registry.remove(device)
        self.links.forget(device)
        self.boxes.forget(device)
        self.replacing.forget(device)
        self.claims.forget(device)
        self._papers.outdated(device)
        self._complaints.forget(device)
        if twin is not None:
            twin.session = None
            for errand in self._docket.of(device):
                self._docket.fail(errand, Unknown("the device was removed from the home"))
            self._stream.publish(Removed(self._stream.next(), device))
        await self._history.forget(device)
        if self._registry.get(self.names.own(device)) is None:
            await self.names.let_go(device)

    async def _expect_no_longer(self, device: str) -> None:
        """Let a device that has come be what it was awaited as; links that can be made now are, without anybody waiting for them."""
        due = self.expected.due(self._registry.devices()) if self.expected.links else ()
        await self.expected.come(device, due)
        if due:
            self._start(self._link_awaited(due), "links awaited")

    async def expect_links(self) -> None:
        """Make the awaited links both ends of which are here."""
        due = self.expected.due(self._registry.devices())
        await self.expected.come("", due)
        await self._link_awaited(due)

    async def _link_awaited(self, due: tuple[AwaitedLink, ...]) -> None:
        for link in due:
            try:
                await self.links.link(link.source, link.relation, link.target, LOCAL, confirmed=True)
            except HulianError as error:
                _log.warning("an awaited link cannot be made", source=link.source, other=link.target, reason=str(error))

    async def _exchanged(self, records: tuple[DeviceRecord, ...], kept: str, other: str) -> None:
        """Show two devices as what they are from now on; `other` is none any more where no record is of it."""
        said = {one: dict(twin.values) for one, its in ((kept, other), (other, kept)) if (twin := self._registry.get(its)) is not None}
        for device in (kept, other):
            self.claims.forget(device)
            self._complaints.forget(device)
            for errand in self._docket.of(device):
                self._docket.fail(errand, StateConflict("another appliance has taken the place of this one"))
        now = self._clock.now()
        twins = [self._registry.become(record, now, said.get(record.description.id, {})) for record in records]
        if other not in {twin.id for twin in twins}:
            self._registry.leave(other)
            self._papers.outdated(other)
            self._stream.publish(Removed(self._stream.next(), other))
        await self.links.again()
        await self.boxes.load()
        for twin in twins:
            self._described(twin)
            self._publish(twin, set(twin.values) - twin.private, now)
            self._stream.publish(AvailabilityChanged(self._stream.next(), twin.id, twin.availability))

    # -- inside

    def _merge(self, twin: Twin, report: Report) -> None:
        now = self._clock.now()
        at = now if report.at is None or report.at > now + FUTURE_SECONDS else report.at
        twin.last_seen = now
        if twin.silent_since is not None and report.values:
            twin.silent_since = None
            self._docket.poke(twin.id)
        self._take_in(twin, report, at)
        if CLAIMS in report.values:
            self.claims.hear(twin)

    def _take_in(self, twin: Twin, report: Report, at: float) -> None:
        changed, fresh = merge(twin, report, self._clock.monotonic(), self._complaints)
        self.links.hear(twin, fresh)
        for name in fresh:
            self._history.record(twin.id, name, twin.values[name], at)
        if not twin.awaited:
            if changed:
                self._publish(twin, changed, at)
            return
        finished, freed = self._docket.evidence(twin, report)
        changed |= freed - twin.private
        if changed:
            self._publish(twin, changed, at)
        for errand in finished:
            self._docket.completed(errand)

    def _raise_event(self, twin: Twin, event: Event, report: Report) -> None:
        try:
            twin.instance.check_event(event.name, event.data)
        except CommandError as error:
            self._complaints.say(twin.id, event.name, error)
            return
        at = self._clock.now() if report.at is None else report.at
        self._stream.publish(EventRaised(self._stream.next(), twin.id, event, twin.version, at))

    def _set_availability(self, twin: Twin, availability: Availability) -> None:
        before = twin.availability
        if (before.state, before.reason) == (availability.state, availability.reason):
            return
        twin.availability = availability
        self._stream.publish(AvailabilityChanged(self._stream.next(), twin.id, availability))
        if availability.state in {AvailabilityState.OFFLINE, AvailabilityState.STALE}:
            self._lost(twin)
        else:
            self._docket.poke(twin.id)

    def _lost(self, twin: Twin) -> None:
        """Believe nothing of a device that cannot be reached any more, and let its commands know."""
        changed = age(twin, list(twin.values)) | (twin.held.keys() - twin.private)
        twin.held = {}
        twin.refreshed.clear()
        if changed:
            self._publish(twin, changed, self._clock.now())
        if not twin.online:
            self._docket.unreachable(twin)

    def _changed(self, twin: Twin, names: Iterable[str]) -> None:
        public = set(names) - twin.private
        if public:
            self._publish(twin, public, self._clock.now())

    def _publish(self, twin: Twin, changed: set[str], at: float) -> None:
        twin.moved(at)
        self._stream.publish(StateChanged(self._stream.next(), twin.id, frozenset(changed), twin.document(), twin.version, at))

    def readdressed(self) -> None:
        """Have every Thing Description made anew: the gateway is reached elsewhere now."""
        for twin in self._registry.twins():
            self._described(twin)

    def _show(self, twin: Twin, report: Report) -> None:
        """Take in what the device did not say by itself."""
        self._take_in(twin, report, self._clock.now())

    def _described(self, twin: Twin) -> None:
        self._papers.outdated(twin.id)
        self._stream.publish(Described(self._stream.next(), twin.id))

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK_SECONDS)
            monotonic = self._clock.monotonic()
            for twin in self._registry.twins():
                self._changed(twin, staleness.sweep(twin, monotonic))
            await self.links.tick()
            self._commands.sweep()

    async def _keep_house(self) -> None:
        while True:
            await self._clock.sleep(HOUSEKEEPING_SECONDS)
            await self._commands.prune()
            await self._remember_seen()

    async def _remember_seen(self) -> None:
        try:
            await self._registry.seen()
        except StorageFailed as error:
            _log.error("when devices were seen is not stored", reason=str(error))

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._tasks.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _stop(self) -> None:
        """End everything that runs, then everyone who waits."""
        self._commands.stop()
        for task in self._running:
            task.cancel()
        self._stream.close()


__all__ = ["Home", "ThingDescription"]
