"""Putting another appliance in the place of one, and taking that back: what is lost is said before, and a kill leaves one or the other."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gateway.errors import StateConflict, Unknown
from gateway.home.links.hanging import Hanging
from gateway.home.links.relation import Tie
from gateway.home.registry import Registry
from gateway.home.replacement.capabilities import Lack, common, gains, lacks
from gateway.home.replacement.names import Names
from gateway.home.replacement.note import Note, note_of
from gateway.home.twin import Label, Twin
from gateway.storage.devices import DeviceRecord
from gateway.storage.identities import Exchange
from gateway.storage.links import LinkRecord
from gateway.thing.clock import Clock


class Notes(Protocol):
    """Where notes are kept, by the id that stayed."""

    async def all(self) -> dict[str, dict[str, Any]]:
        """Return every note."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a replacement means: `stand_in` is how the new one will be seen, under the id, the name and the room of the old one."""

    old: Twin
    new: Twin
    stand_in: Twin
    lacks: tuple[Lack, ...]
    gains: tuple[str, ...]
    links: tuple[Tie, ...]
    """Links of the new one under its own id: they go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What carries the old one: its registration as it is stored, and its entry in the inbox as it is to be shown."""

    aside: Mapping[str, Any] | None = None
    inbox: tuple[Mapping[str, Any], ...] = ()
    stays: bool = False
    """The old one stays in the home, under the id the new one gives up: its unit carries others too."""


Exchanged = Callable[[tuple[DeviceRecord, ...], str, str], Awaitable[None]]
"""Have the home show these devices as they are now; the ids that changed places, the second none any more where no record is of it."""


class Replacing:
    """All of it that is the home's."""

    def __init__(self, registry: Registry, links: Hanging, names: Names, notes: Notes, clock: Clock, exchanged: Exchanged) -> None:
        self._registry = registry
        self._links = links
        self._names = names
        self._table = notes
        self._clock = clock
        self._exchanged = exchanged
        self._notes: dict[str, Note] = {}

    async def load(self) -> None:
        """Bring back what is remembered."""
        self._notes = {device: note_of(document) for device, document in (await self._table.all()).items()}

    def since(self) -> dict[str, float]:
        """Return since when another appliance is these devices, in seconds since the epoch."""
        return {device: note.at for device, note in self._notes.items()}

    def note(self, device: str) -> Note:
        """Return what was noted when a device was replaced; raise Unknown."""
        if device not in self._notes:
            raise Unknown(f"{device} stands in nobody's place, so there is nothing to take back")
        return self._notes[device]

    def forget(self, device: str) -> None:
        """Drop what was noted of a device that was removed; storage has dropped it with the device."""
        self._notes.pop(device, None)

    def compare(self, old: str, new: str, *, force: bool) -> Comparison:
        """Return what a replacement would mean; raise Unknown, or StateConflict for one that makes no sense."""
        before, after = self._registry.twin(old), self._registry.twin(new)
        if old == new:
            raise StateConflict(f"{old} cannot take its own place: name two devices")
        if not common(before.instance, after.instance):
            raise StateConflict(f"{_said(after)} cannot stand in for {_said(before)}: it can do nothing of what that one is asked for")
        if not force:
            _check_reach(before, after)
        description = replace(after.description, id=old)
        label = Label(before.label.name, before.room, before.tags)
        stand_in = Twin(self._registry.instance(description), label, before.boot, since=self._clock.now(), reason="")
        return Comparison(
            old=before,
            new=after,
            stand_in=stand_in,
            lacks=lacks(before.instance, after.instance),
            gains=gains(before.instance, after.instance),
            links=self._links.of(new),
        )

    async def replace(self, comparison: Comparison, unit: Unit) -> Note:
        """Put the new one in the place of the old one; all of it is on disk when this returns. Raise StorageFailed, StateConflict."""
        old, new = self._registry.record(comparison.old.id), self._registry.record(comparison.new.id)
        note = Note(at=self._clock.now(), old=old, new=new, aside=unit.aside)
        records = [replace(old, description=replace(new.description, id=old.description.id), seen=new.seen)]
        if unit.stays:
            records.append(replace(new, description=replace(old.description, id=new.description.id), seen=old.seen))
        aside = None if unit.aside is None else (str(unit.aside["driver"]), str(unit.aside["key"]))
        told = [tie for tie in self._links.of(comparison.old.id) if tie.told and tie.source == comparison.old.id]
        await self._exchange(note, records, aside=aside, inbox=unit.inbox, note=note.document(), new=tuple(map(_remembered, told)))
        self._notes[comparison.old.id] = note
        return note

    async def take_back(self, device: str, inbox: tuple[Mapping[str, Any], ...]) -> Note:
        """Have the old one in its place again, the new one under its own id; raise Unknown, StateConflict, StorageFailed."""
        note = self.note(device)
        own = note.new.description.id
        if self._registry.get(own) is not None:
            raise StateConflict(f"the one before is in this home again, as {own}: `hulian replace {device} {own}` gives it its place back")
        present = self._registry.record(device)
        records = [
            replace(present, description=note.old.description, seen=note.old.seen),
            replace(note.new, description=replace(present.description, id=own), seen=present.seen),
        ]
        await self._exchange(note, records, back=note.aside, inbox=inbox, note=None)
        del self._notes[device]
        return note

    async def _exchange(self, about: Note, records: Iterable[DeviceRecord], **more: Any) -> None:
        kept, other = about.old.description.id, about.new.description.id
        rows = tuple(records)
        await self._names.exchange(Exchange(kept=self._names.identity(kept), other=self._names.identity(other), records=rows, **more))
        await self._exchanged(rows, kept, other)


def _check_reach(old: Twin, new: Twin) -> None:
    if old.online:
        raise StateConflict(f"{_said(old)} still answers: switch it off, or ask for another one in its place all the same (--force)")
    if not new.online:
        raise StateConflict(f"{_said(new)} is not there ({new.availability.reason}): switch it on first, or ask all the same (--force)")


def _said(twin: Twin) -> str:
    return f"{twin.name} ({twin.id}, {twin.description.kind})"


def _remembered(tie: Tie) -> LinkRecord:
    """Return a link that the old one told of itself, as the hub remembers it from now on."""
    return LinkRecord(source=tie.source, relation=tie.relation.word, target=tie.target, by=tie.by, made=tie.made or 0.0)
