"""The set-top boxes of the home: what is known of each is kept with its source, and judged by the dated rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from gateway.errors import SchemaViolation, Unknown
from gateway.home.boxes.fact import FACTS, KIND, Fact, Source, activation_day, believed, box_facts, others, says_something
from gateway.home.registry import Registry
from gateway.home.twin import Twin
from gateway.profile.reference import Reference
from gateway.profile.set_top_box_rules import SHANGHAI, BoxExcess, BoxJudgement, BoxRules, age_of
from gateway.storage.box_facts import BoxFactRecord, BoxFactTable
from gateway.thing.clock import Clock
from gateway.thing.value import Quality, Value

LONGEST_ORIGIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box: the word that counts for each fact, words that say otherwise, and what follows. `age` in whole years, None: not known."""

    device: str
    facts: Mapping[str, Fact]
    otherwise: tuple[Fact, ...]
    judgement: BoxJudgement
    replace: bool
    age: int | None
    slow: tuple[BoxExcess, ...]


class Boxes:
    """Every box of the home. What people and lists say is on disk before it is believed."""

    def __init__(self, registry: Registry, store: BoxFactTable, clock: Clock, reference: Callable[[], Reference] = Reference) -> None:
        self._registry = registry
        self._store = store
        self._clock = clock
        self._reference = reference
        self._kept: dict[str, dict[tuple[str, str], BoxFactRecord]] = {}

    @cached_property
    def rules(self) -> BoxRules:
        """The rules, read when somebody first asks: most homes never do."""
        return self._reference().set_top_box_rules

    async def load(self) -> None:
        """Bring back what is remembered."""
        self._kept.clear()
        for record in await self._store.all():
            self._take(record)

    def all(self) -> tuple[Box, ...]:
        """Return every box, those that break a rule first, then those to be replaced, the oldest first."""
        boxes = [self.box(twin.id) for twin in self._registry.twins() if twin.description.kind == KIND]
        return tuple(sorted(boxes, key=lambda box: (box.judgement.verdict != "fails", not box.replace, -(box.age or 0), box.device)))

    def box(self, device: str) -> Box:
        """Return one box; raise Unknown where there is no such device, or it is none."""
        twin = self._twin(device)
        words = tuple(self._words(twin))
        best = believed(words)
        facts = box_facts(best)
        return Box(
            device=device,
            facts=best,
            otherwise=others(words, best),
            judgement=self.rules.judge(facts),
            replace=self.rules.to_replace(facts),
            age=age_of(facts.first_activated, self.today()),
            slow=self.rules.slow(_measured(twin), facts),
        )

    def today(self) -> date:
        """Return what day it is in Asia/Shanghai."""
        return datetime.fromtimestamp(self._clock.now(), UTC).astimezone(SHANGHAI).date()

    async def tell(self, source: Source, facts: Mapping[str, Mapping[str, Value]], origins: Mapping[str, str]) -> None:
        """Take what the owner or a list says, device to fact to value; all of it or nothing, and on disk when this returns.

        `origins`: by device, who says it. Raise Unknown or SchemaViolation (naming the fact) where something of it cannot be.
        """
        now = self._clock.now()
        records = [
            BoxFactRecord(device=device, fact=name, source=source, value=value, origin=origins.get(device, "")[:LONGEST_ORIGIN], at=now)
            for device, values in facts.items()
            for name, value in self._checked(device, values).items()
        ]
        changed = [record for record in records if not self._known(record)]
        await self._store.put(changed)
        for record in changed:
            self._take(record)

    async def untell(self, device: str, names: Iterable[str]) -> None:
        """Take back what the owner said of these facts."""
        device, gone = self._twin(device).id, tuple(names)
        for name in gone:
            _check_name(name)
        await self._store.remove(device, gone, Source.OWNER)
        for name in gone:
            self._kept.get(device, {}).pop((name, Source.OWNER), None)

    def forget(self, device: str) -> None:
        """Drop what is known of a device that was removed; storage has dropped it with the device."""
        self._kept.pop(device, None)

    def _take(self, record: BoxFactRecord) -> None:
        self._kept.setdefault(record.device, {})[record.fact, record.source] = record

    def _known(self, record: BoxFactRecord) -> bool:
        before = self._kept.get(record.device, {}).get((record.fact, record.source))
        return before is not None and (before.value, before.origin) == (record.value, record.origin)

    def _twin(self, device: str) -> Twin:
        twin = self._registry.twin(device)
        if twin.description.kind != KIND:
            raise Unknown(f"{device} is no set-top box but a {twin.description.kind}")
        return twin

    def _words(self, twin: Twin) -> Iterable[Fact]:
        for name in FACTS:
            value = twin.values.get(name)
            quality = twin.quality.get(name, Quality.GOOD)
            if says_something(name, value) and quality is not Quality.INVALID:
                source = Source.ASSUMED if quality is Quality.ASSUMED else Source.WIRE
                yield Fact(name=name, value=value, source=source, quality=quality.value, origin="the box itself")
        for record in self._kept.get(twin.id, {}).values():
            source = Source(record.source)
            yield Fact(name=record.fact, value=record.value, source=source, quality="assumed", origin=record.origin, at=record.at)

    def _checked(self, device: str, values: Mapping[str, Value]) -> dict[str, Value]:
        instance = self._twin(device).instance
        checked: dict[str, Value] = {}
        for name, value in values.items():
            _check_name(name)
            kept = activation_day(value, self.today()) if name == "firstActivated" else value
            instance.check_value(name, kept)
            if not says_something(name, kept):
                raise SchemaViolation("an empty list of standards says nothing: leave it out, or take back what was said", property=name)
            checked[name] = kept
        return checked


def _check_name(name: str) -> None:
    if name not in FACTS:
        raise Unknown(f"{name!r} is none of {', '.join(FACTS)}", property=name)


def _measured(twin: Twin) -> dict[str, Value]:
    """Return what the box really said: of a value that is assumed no limit is missed."""
    return {name: value for name, value in twin.values.items() if twin.quality.get(name) not in (Quality.ASSUMED, Quality.INVALID)}
