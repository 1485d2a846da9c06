"""Which devices the home has, what people call them and where they stand; kept in storage before it is believed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from gateway.errors import CommandError, HulianError, SchemaViolation, SetupError, Unknown
from gateway.home.expected import Awaited
from gateway.home.twin import Label, Twin, fits
from gateway.profile.instance import Instance
from gateway.profile.library import Library
from gateway.storage.devices import DeviceRecord, DeviceTable
from gateway.storage.history import Sample
from gateway.thing.description import Description
from gateway.thing.identifier import check_identifier
from gateway.thing.log import Log
from gateway.thing.value import Quality, Value

_log = Log()

UNSEEN = "not seen since the gateway started"
REPLACED = "another appliance has taken its place and was not heard yet"
NAME_LENGTH = 64
TAGS = 16


class Registry:
    """The twins by id, and those whose description breaks the profile with the reason. `awaited`: what a new one is called."""

    def __init__(self, library: Library, store: DeviceTable, boot: int, awaited: Callable[[str], Awaited] = lambda _: Awaited()) -> None:
        self._awaited = awaited
        self._library = library
        self._store = store
        self._boot = boot
        self._twins: dict[str, Twin] = {}
        self._refused: dict[str, tuple[DeviceRecord, str]] = {}
        self._forgotten: dict[str, int] = {}

    def devices(self) -> tuple[str, ...]:
        """Return the ids of all devices."""
        return tuple(self._twins)

    def twins(self) -> Iterable[Twin]:
        """Return every twin."""
        return self._twins.values()

    def get(self, device: str) -> Twin | None:
        """Return a twin, or None."""
        return self._twins.get(device)

    def twin(self, device: str) -> Twin:
        """Return a twin; raise Unknown."""
        twin = self._twins.get(device)
        if twin is None:
            raise Unknown(f"no device {device} in this home")
        return twin

    async def load(self, now: float) -> None:
        """Bring back every device of the last boot, offline until its session attaches it."""
        for record in await self._store.all():
            device = record.description.id
            try:
                instance = self._instance(record.description)
            except HulianError as error:
                self._refuse(record, error)
                continue
            label = Label(record.name, record.room, record.tags)
            twin = Twin(instance, label, self._boot, since=now, reason=UNSEEN)
            twin.last_seen = record.seen
            self._twins[device] = twin

    def seed(self, samples: Iterable[Sample], since: Mapping[str, float]) -> None:
        """Fill the twins with the last values known, all stale; `since`: what is older, another appliance has said."""
        for sample in samples:
            twin = self._twins.get(sample.device)
            if twin is not None and sample.at >= since.get(sample.device, 0.0) and fits(twin.instance, sample.property, sample.value):
                twin.values[sample.property] = sample.value
                twin.quality[sample.property] = Quality.STALE

    async def take(self, description: Description, now: float) -> tuple[Twin, bool]:
        """Return the device's twin and whether its description is news; raise CommandError when it breaks the profile."""
        twin = self._twins.get(description.id)
        if twin is not None and _alike(twin.description, description):
            return twin, False
        record = self._record(description)
        try:
            check_identifier(description.id)
            instance = self._instance(description)
        except (CommandError, SetupError) as error:
            self._refuse(record, error)
            if isinstance(error, CommandError):
                raise
            raise SchemaViolation(str(error)) from error
        await self._store.save(record)
        self._refused.pop(description.id, None)
        twin = self._twins.get(description.id)
        if twin is None:
            label = Label(record.name, record.room, record.tags)
            seq = self._forgotten.pop(description.id, 0)
            self._twins[description.id] = twin = Twin(instance, label, self._boot, since=now, reason=UNSEEN, seq=seq)
        else:
            twin.redescribe(instance)
        return twin, True

    async def label(self, device: str, **changes: Any) -> None:
        """Change name, room or tags of a device; on disk when this returns."""
        twin = self.twin(device)
        record = replace(self._record(twin.description), **changes)
        await self._store.save(record)
        twin.label = Label(record.name, record.room, record.tags)

    async def seen(self) -> None:
        """Store when each device was last heard (called at a quiet moment, not for every report)."""
        await self._store.seen({twin.id: twin.last_seen for twin in self._twins.values() if twin.last_seen is not None})

    async def remove(self, device: str) -> None:
        """Remove a device; should it come back in this boot, its version goes on from where it was."""
        if device not in self._twins and device not in self._refused:
            raise Unknown(f"no device {device} in this home")
        await self._store.remove(device)
        self.leave(device)

    def record(self, device: str) -> DeviceRecord:
        """Return a device as it is kept; raise Unknown."""
        return self._record(self.twin(device).description)

    def instance(self, description: Description) -> Instance:
        """Return what a description amounts to; raise a CommandError or SetupError for one that breaks its profile."""
        return self._instance(description)

    def become(self, record: DeviceRecord, now: float, values: Mapping[str, Value]) -> Twin:
        """Let another appliance be this device, as it is kept already: nothing the last one said is left. `values`: its own, stale."""
        device, label = record.description.id, Label(record.name, record.room, record.tags)
        before = self._twins.get(device)
        seq = before.seq if before is not None else self._forgotten.pop(device, 0)
        twin = Twin(self._instance(record.description), label, self._boot, since=now, reason=REPLACED, seq=seq)
        twin.last_seen = record.seen
        twin.values = {name: value for name, value in values.items() if fits(twin.instance, name, value)}
        twin.quality = dict.fromkeys(twin.values, Quality.STALE)
        self._refused.pop(device, None)
        self._twins[device] = twin
        return twin

    def leave(self, device: str) -> None:
        """Let go of a device that is kept no more."""
        self._refused.pop(device, None)
        twin = self._twins.pop(device, None)
        if twin is not None:
            self._forgotten[device] = twin.seq

    def inventory(self) -> list[dict[str, Any]]:
        """Return one plain record a device, the refused ones with their `problem`."""
        rows = [_row(twin) for twin in self._twins.values()]
        for device, (record, problem) in self._refused.items():
            mine = next((row for row in rows if row["id"] == device), None)
            if mine is not None:
                mine["problem"] = problem
            else:
                rows.append(_refused_row(record, problem))
        return rows

    def _instance(self, description: Description) -> Instance:
        return self._library.model(description.kind, description.major).instance(description)

    def _record(self, description: Description) -> DeviceRecord:
        twin = self._twins.get(description.id)
        if twin is not None:
            return DeviceRecord(description=description, name=twin.label.name, room=twin.room, tags=twin.tags, seen=twin.last_seen)
        refused = self._refused.get(description.id)
        if refused is not None:
            return replace(refused[0], description=description)
        label = self._awaited(description.id)
        return DeviceRecord(description=description, name=label.name, room=label.room, tags=label.tags)

    def _refuse(self, record: DeviceRecord, error: HulianError) -> None:
        device, problem = record.description.id, str(error)
        if self._refused.get(device, (None, ""))[1] != problem:
            _log.error("device does not fit its profile", device=device, kind=record.description.kind, reason=problem)
        self._refused[device] = (record, problem)


def checked_name(text: str) -> str:
    """Return a name, room or tag without outer blanks; raise SchemaViolation when it is too long or has control characters."""
    clean = text.strip()
    if len(clean) > NAME_LENGTH or not clean.isprintable():
        raise SchemaViolation(f"a name has at most {NAME_LENGTH} printable characters")
    return clean


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags without blanks and duplicates, in order; raise SchemaViolation for more than 16."""
    clean = tuple(dict.fromkeys(filter(None, map(checked_name, tags))))
    if len(clean) > TAGS:
        raise SchemaViolation(f"a device has at most {TAGS} tags")
    return clean


def _alike(one: Description, other: Description) -> bool:
    """Return whether two descriptions say the same, however their sequences are kept."""
    sort = orjson.OPT_SORT_KEYS
    return orjson.dumps(one, default=dict, option=sort) == orjson.dumps(other, default=dict, option=sort)


def _row(twin: Twin) -> dict[str, Any]:
    return {
        "id": twin.id,
        "kind": twin.description.kind,
        "name": twin.name,
        "room": twin.room,
        "tags": list(twin.tags),
        "availability": twin.availability.state.value,
        "since": twin.availability.since,
        "reason": twin.availability.reason,
        "maturity": twin.instance.model.maturity,
        "title": twin.description.title,
        "locality": twin.description.locality.value,
        "seen": twin.last_seen,
        "problem": None,
    }


def _refused_row(record: DeviceRecord, problem: str) -> dict[str, Any]:
    description = record.description
    return {
        "id": description.id,
        "kind": description.kind,
        "name": record.name or description.title or description.kind,
        "room": record.room,
        "tags": list(record.tags),
        "availability": "offline",
        "since": None,
        "reason": "its description breaks the profile",
        "maturity": None,
        "title": description.title,
        "locality": description.locality.value,
        "seen": record.seen,
        "problem": problem,
    }
