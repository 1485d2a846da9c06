"""What hangs on what, for the home: links, what they protect, what the gateway remembers for a unit, and what a plug's power proves."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.errors import HulianError
from gateway.home.links.evidence import Evidence
from gateway.home.links.feeding import Feeding
from gateway.home.links.inferred import House, Inferred
from gateway.home.links.linking import Audit, Linking, Submit
from gateway.home.links.links import Links
from gateway.home.links.memory import Remembering
from gateway.home.links.relation import FEEDS, PROPERTIES, Tie
from gateway.home.registry import Registry
from gateway.home.twin import Twin
from gateway.profile.library import Library
from gateway.storage.links import LinkTable
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal
from gateway.thing.report import Report
from gateway.thing.session import Session
from gateway.thing.value import Value


class Hanging:
    """All about links. `show(twin, report)`: take this into the twin; `described(twin)`: its Thing Description is another now."""

    def __init__(
        self,
        registry: Registry,
        store: LinkTable,
        clock: Clock,
        *,
        library: Library,
        house: House,
        submit: Submit,
        audit: Audit | None,
        show: Callable[[Twin, Report], None],
        described: Callable[[Twin], None],
    ) -> None:
        self._registry = registry
        self._show = show
        self._described = described
        self._links = Links(registry, store, clock, self._changed)
        self._feeding = Feeding(self._links, registry)
        self._linking = Linking(self._links, self._feeding, registry, submit, audit)
        self._evidence = Evidence(self._links, registry, clock, show)
        self._inferred = Inferred(self._links, registry, library, house)

    # -- what people ask

    async def link(self, source: str, relation: str, target: str, principal: Principal, *, confirmed: bool = False) -> Tie:
        """Say that a device feeds, controls or charges another, which only an owner may; on disk, or shown by the device, on return.

        Raise Unknown, Forbidden, SchemaViolation, StateConflict, Offline, StorageFailed, or NeedsConfirmation unless a person `confirmed`.
        """
        return await self._linking.link(source, relation, target, principal, confirmed=confirmed)

    async def make(self, plug: str, kind: str, title: str, principal: Principal, *, confirmed: bool = False) -> Tie:
        """Make a thing for what is plugged in, whose state is guessed from the plug's power; raise as `link` does, Unknown for the kind."""
        self._linking.check_may_feed(plug, principal)
        device = await self._inferred.make(plug, kind, title)
        try:
            return await self._linking.link(plug, FEEDS.word, device, principal, confirmed=confirmed)
        except HulianError:
            await self._inferred.remove(device)
            raise

    async def unlink(
        self, source: str, relation: str, target: str | None, principal: Principal, *, confirmed: bool = False
    ) -> tuple[Tie, ...]:
        """Undo links of a device, to one other or (None) to all, and return them; raise as `link` does."""
        return await self._linking.unlink(source, relation, target, principal, confirmed=confirmed)

    def all(self) -> tuple[Tie, ...]:
        """Return every link between two devices of this home."""
        return self._links.all()

    def of(self, device: str) -> tuple[Tie, ...]:
        """Return the links of one device, first those it is the source of; raise Unknown."""
        return self._links.of(self._registry.twin(device).id)

    def feeder(self, device: str) -> str | None:
        """Return the plug a device hangs on, None where nobody said."""
        return self._links.feeder(device)

    def documents(self, device: str) -> list[dict[str, Any]]:
        """Return the links of one device as its Thing Description has them."""
        return [tie.document(device) for tie in self._links.of(device)]

    def evidence(self, device: str) -> str:
        """Return what the plug an assumed appliance hangs on proves of it, in words; "" when nothing."""
        return self._evidence.words(device)

    # -- what the home does with it

    async def load(self) -> None:
        """Bring back what is remembered, and watch over every device there is."""
        await self._links.load()
        for twin in self._registry.twins():
            twin.warden = self._feeding

    async def again(self) -> None:
        """Read anew what is remembered: devices have changed places."""
        await self._links.again()

    def adopt(self, twin: Twin, names: frozenset[str]) -> None:
        """Watch over a device, and remember these properties in its place."""
        twin.warden = self._feeding
        self._links.keep(twin.id, names)

    def arrived(self, device: str) -> None:
        """Have a device, and everything it is linked with, described anew."""
        self._changed({device, *(end for tie in self._links.of(device) for end in (tie.source, tie.target))})

    def session(self, carried: Session | None, session: Session, names: frozenset[str]) -> Session | None:
        """Return what carries a device from now on, None when that is what carries it already."""
        unit, held = (carried.unit, carried.names) if isinstance(carried, Remembering) else (carried, frozenset())
        if unit is session and held == names:
            return None
        return Remembering(session, names, self._linking.keep) if names else session

    def lay(self, twin: Twin, report: Report) -> Report:
        """Return a report with what the gateway knows better than the device."""
        return self._evidence.lay(twin, self._links.fill(report))

    def handing(self, twin: Twin, awaited: Mapping[str, Value]) -> None:
        """Let what is about to be sent count, whatever was measured before."""
        self._evidence.sending(twin, awaited)

    def hear(self, twin: Twin, fresh: Iterable[str]) -> None:
        """Take note of properties that have another value now."""
        if not PROPERTIES.keys().isdisjoint(fresh):
            self._links.hear(twin, fresh)

    def forget(self, device: str) -> None:
        """Let go of a device that was removed."""
        self._links.forget(device)
        self._evidence.forget(device)

    async def tick(self) -> None:
        """Let what plugs measure settle."""
        await self._inferred.tick()
        await self._evidence.prepare()
        self._evidence.tick()

    def _changed(self, devices: Iterable[str]) -> None:
        """Tell everybody that links of these devices came or went."""
        self._evidence.follow(ends := tuple(devices))
        for twin in filter(None, map(self._registry.get, ends)):
            self._described(twin)
            if kept := self._links.kept(twin.id):
                self._show(twin, Report(device=twin.id, values=kept))
