"""The links of the home: kept in storage before they are believed, and read from the sources that say themselves what hangs on them.

A native plug has a place for what it feeds, and what it says there is the link: the gateway only reads it, and has it written when a
person links it. A vendor's plug has no such place. There the gateway remembers the link and fills `feeds` and `feedsKind` in, so that a
client sees no difference; what is written there never reaches the plug. So there is one truth about each link, and nothing to keep in step.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from gateway.errors import RateExceeded, SchemaViolation
from gateway.home.links.graph import Graph
from gateway.home.links.relation import FEEDS, NOTHING, PROPERTIES, RELATIONS, Relation, Tie
from gateway.home.registry import Registry
from gateway.home.twin import Twin, fits
from gateway.storage.links import LinkRecord, LinkTable
from gateway.thing.clock import Clock
from gateway.thing.identifier import derived_identifier
from gateway.thing.report import Report
from gateway.thing.value import Value

LIMIT = 4096
"""Links the gateway remembers in all."""


class Links:
    """Every link. `changed(devices)` is called after a link of these came or went."""

    def __init__(self, registry: Registry, store: LinkTable, clock: Clock, changed: Callable[[Iterable[str]], None]) -> None:
        self.graph = Graph()
        self._registry = registry
        self._store = store
        self._clock = clock
        self._changed = changed
        self._records: dict[tuple[str, str, str], LinkRecord] = {}
        self._kept: dict[str, frozenset[str]] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Bring back what is remembered, and what sources said last."""
        for record in await self._store.all():
            self._take(record)
        remembered = {(record.source, RELATIONS[record.relation].property) for record in self._records.values()}
        for twin in self._registry.twins():
            self.hear(twin, [name for name in PROPERTIES.keys() & twin.values.keys() if (twin.id, name) not in remembered])

    async def again(self) -> None:
        """Read everything anew, as after a start."""
        async with self._lock:
            records = await self._store.all()
            self.graph, self._records = Graph(), {}
            for record in records:
                self._take(record)
        for twin in self._registry.twins():
            self.hear(twin, [name for name in PROPERTIES.keys() & twin.values.keys() if not self.keeps(twin.id, name)])

    # -- what is

    def of(self, device: str) -> tuple[Tie, ...]:
        """Return the links one end of which is this device, and whose other end is in this home."""
        return tuple(tie for tie in self.graph.of(device) if self._here(tie))

    def all(self) -> tuple[Tie, ...]:
        """Return every link between two devices of this home."""
        return tuple(tie for tie in self.graph if self._here(tie))

    def feeder(self, device: str) -> str | None:
        """Return the plug an appliance hangs on, None when nobody said."""
        return next((tie.source for tie in self.graph.sources(device, FEEDS) if self._here(tie)), None)

    def keeps(self, device: str, name: str) -> bool:
        """Return whether the gateway remembers this property in the device's place."""
        return name in self._kept.get(device, ())

    def kind(self, source: str, target: str) -> str:
        """Return what kind a source shows its target to be: what the home knows, as far as the source's profile has a word for it."""
        twin, fed = self._registry.get(source), self._registry.get(target)
        if twin is None or fed is None:
            return NOTHING
        kind = fed.description.kind
        return kind if fits(twin.instance, FEEDS.kind_property, kind) else NOTHING

    def word(self, source: str) -> str:
        """Return the kind of what hangs on a source without a place in this home, as somebody said it; NOTHING when nobody did."""
        record = self._records.get((source, FEEDS.word, ""))
        return NOTHING if record is None else record.kind

    def made(self, device: str) -> bool:
        """Return whether a device is a thing the gateway made for the plug it hangs on."""
        twin = self._registry.get(device)
        sources = self.graph.sources(device, FEEDS)
        return twin is not None and any(device == made_identifier(twin.description.kind, tie.source) for tie in sources)

    # -- properties the gateway remembers

    def keep(self, device: str, names: frozenset[str]) -> None:
        """Remember these properties from now on in the device's place."""
        before = self._kept.get(device, frozenset())
        if names == before:
            return
        if names:
            self._kept[device] = names
        else:
            del self._kept[device]
        for name in names & PROPERTIES.keys():
            self._tell(device, PROPERTIES[name], ())

    def kept(self, device: str) -> dict[str, Value]:
        """Return the values of what the gateway remembers in the device's place."""
        names = self._kept.get(device)
        if not names:
            return {}
        fed = [tie.target for tie in self.graph.targets(device, FEEDS)]
        values: dict[str, Value] = {
            FEEDS.property: fed[0] if fed else "",
            FEEDS.kind_property: self.kind(device, fed[0]) if fed else self.word(device),
        }
        return {name: values[name] for name in names}

    def fill(self, report: Report) -> Report:
        """Return a report with what the gateway remembers in it, instead of what the device may say there."""
        if not report.values or report.device not in self._kept:
            return report
        kept = self.kept(report.device)
        quality = {name: grade for name, grade in report.quality.items() if name not in kept}
        return replace(report, values={**report.values, **kept}, quality=quality)

    # -- what sources say themselves

    def hear(self, twin: Twin, names: Iterable[str]) -> None:
        """Take note of what a source says it is linked to, where these of its properties changed."""
        for name in names:
            relation = PROPERTIES.get(name)
            if relation is not None and not self.keeps(twin.id, name):
                self._tell(twin.id, relation, targets_in(twin.values.get(name)))

    def _tell(self, source: str, relation: Relation, targets: Iterable[str]) -> None:
        before = {tie.target: tie for tie in self.graph.targets(source, relation) if tie.told}
        after = dict.fromkeys(targets)
        for target in before.keys() - after.keys():
            self.graph.drop(before[target])
        for target in after:
            if target not in before:
                self.graph.add(Tie(source=source, relation=relation, target=target, told=True))
        if before.keys() != after.keys():
            self._changed({source, *(before.keys() ^ after.keys())})

    # -- what the gateway remembers

    async def make(self, source: str, relation: Relation, targets: Iterable[str], by: str, *, word: str = NOTHING) -> None:
        """Tie a source to these targets and no others; raise StateConflict, SchemaViolation, RateExceeded, Unknown or StorageFailed.

        `word`: the kind of what hangs there without a place in this home, where there are no targets.
        """
        async with self._lock:
            wanted = tuple(dict.fromkeys(targets))
            if len(wanted) > relation.most:
                raise SchemaViolation(f"{source} {relation.word} at most {relation.most} of this home")
            for target in wanted:
                self._registry.twin(target)
                self.graph.check(source, relation, target)
            mine = [record for (device, name, _), record in self._records.items() if (device, name) == (source, relation.word)]
            gone = [record for record in mine if record.target not in wanted or not record.target]
            new = [target for target in wanted if (source, relation.word, target) not in self._records]
            kinds = dict.fromkeys(new, "") | ({"": word} if not wanted and word != NOTHING else {})
            if len(self._records) - len(gone) + len(kinds) > LIMIT:
                raise RateExceeded(f"the gateway remembers {LIMIT} links; `hulian unlink` some first")
            now = self._clock.now()
            records = [
                LinkRecord(source=source, relation=relation.word, target=target, kind=kind, by=by, made=now)
                for target, kind in kinds.items()
            ]
            await self._store.change(gone, records)
            for record in gone:
                self._drop(record)
            for record in records:
                self._take(record)
        if gone or records:
            self._changed({source, *(record.target for record in (*gone, *records) if record.target)})

    def forget(self, device: str) -> None:
        """Let go of every link of a device that was removed, from storage as well."""
        others = {end for tie in self.graph.of(device) for end in (tie.source, tie.target)} - {device}
        self._kept.pop(device, None)
        for record in [record for record in self._records.values() if device in {record.source, record.target}]:
            self._drop(record)
        for tie in self.graph.of(device):
            if tie.source == device:  # what others still say of it is theirs to say
                self.graph.drop(tie)
        self._changed(others)

    def _take(self, record: LinkRecord) -> None:
        self._records[record.source, record.relation, record.target] = record
        if record.target:
            relation = RELATIONS[record.relation]
            self.graph.add(Tie(source=record.source, relation=relation, target=record.target, by=record.by, made=record.made))

    def _drop(self, record: LinkRecord) -> None:
        del self._records[record.source, record.relation, record.target]
        for tie in self.graph.targets(record.source, RELATIONS[record.relation]):
            if tie.target == record.target and not tie.told:
                self.graph.drop(tie)

    def _here(self, tie: Tie) -> bool:
        return self._registry.get(tie.source) is not None and self._registry.get(tie.target) is not None


def made_identifier(kind: str, plug: str) -> str:
    """Return the id of the thing of this kind that is made for a plug."""
    return derived_identifier(kind, "hangs on", plug)


def targets_in(value: Value) -> tuple[str, ...]:
    """Return the ids in a value of `feeds` or `bindsTo`."""
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(each for each in listed if isinstance(each, str) and each)
