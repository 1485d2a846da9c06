"""The digital twin of one device: what it last said, how far that can be believed, and what is awaited from it.

Values change only by `merge`, that is by what a device reported. A write under way stands in `awaited` until evidence
decides it. The public document is built once per change and shared by every reader: nobody may modify it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.profile.instance import Instance
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.command import Version
from gateway.thing.description import Description
from gateway.thing.session import Session
from gateway.thing.timestamp import iso
from gateway.thing.value import Quality, Value


@dataclass(slots=True)
class Label:
    """What people call a device, and where they put it."""

    name: str = ""
    room: str = ""
    tags: tuple[str, ...] = ()


class Twin:
    """One device of the home. Read its attributes freely; only the home changes them."""

    __slots__ = (
        "_document",
        "_hidden",
        "availability",
        "awaited",
        "boot",
        "description",
        "held",
        "instance",
        "label",
        "last_seen",
        "quality",
        "refreshed",
        "seq",
        "session",
        "stale_due",
        "timestamp",
        "values",
    )

    def __init__(self, instance: Instance, label: Label, boot: int, *, since: float, reason: str, seq: int = 0) -> None:
        self.instance = instance
        self.description: Description = instance.description
        self.label = label
        self.boot = boot
        self.seq = seq
        self.session: Session | None = None
        self.availability = Availability(AvailabilityState.OFFLINE, since, reason)
        self.values: dict[str, Value] = {}
        self.quality: dict[str, Quality] = {}
        self.held: dict[str, str | None] = {}
        """What the appliance itself holds back: property to the time until which (None: unknown)."""
        self.awaited: dict[str, str | None] = {}
        """Writes under way: property to the deadline."""
        self.refreshed: dict[str, float] = {}
        """Monotonic second of the last report of each property whose profile sets a maxInterval."""
        self.stale_due = 0.0
        self.last_seen: float | None = None
        self.timestamp = since
        self._hidden = hidden(instance)
        self._document: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """Return the device id."""
        return self.description.id

    @property
    def name(self) -> str:
        """Return what people call it: the name given, else the title it came with, else its kind."""
        return self.label.name or self.description.title or self.description.kind

    @property
    def room(self) -> str:
        """Return the room, empty when not placed."""
        return self.label.room

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tags."""
        return self.label.tags

    @property
    def version(self) -> Version:
        """Return the version of the present state."""
        return Version(self.boot, self.seq)

    @property
    def pending(self) -> Mapping[str, str | None]:
        """Return what is awaited: writes under way, and over them what the device says it holds back."""
        return {**self.awaited, **self.held} if self.held else self.awaited

    def online(self) -> bool:
        """Return whether commands can reach it now."""
        return self.session is not None and self.availability.state is not AvailabilityState.OFFLINE

    def document(self) -> dict[str, Any]:
        """Return the public state with `$`; built once per change and shared."""
        if self._document is None:
            self._document = self._build()
        return self._document

    def moved(self, at: float) -> None:
        """Count one change of the public state at `at` (seconds since the epoch)."""
        self.seq += 1
        self.timestamp = at
        self._document = None

    def redescribe(self, instance: Instance) -> None:
        """Take a new description; values it no longer knows or allows are left behind."""
        self.instance = instance
        self.description = instance.description
        self._hidden = hidden(instance)
        for mapping in (self.values, self.quality, self.held, self.awaited, self.refreshed):
            for name in [name for name in mapping if name not in instance.properties]:
                del mapping[name]
        self._document = None

    def public(self, name: str) -> bool:
        """Return whether a property may stand in the public state."""
        return name not in self._hidden

    def _build(self) -> dict[str, Any]:
        body = self.values.copy()
        meta: dict[str, Any] = {"boot": self.boot, "seq": self.seq, "ts": iso(self.timestamp)}
        quality, pending = self.quality, self.pending
        if self._hidden:
            for name in self._hidden:
                body.pop(name, None)
            quality = {name: grade for name, grade in quality.items() if name not in self._hidden} if quality else quality
            pending = {name: until for name, until in pending.items() if name not in self._hidden} if pending else pending
        if quality:
            meta["q"] = {name: grade.value for name, grade in quality.items()}
        if pending:
            meta["pending"] = dict(pending)
        body["$"] = meta
        return body


def hidden(instance: Instance) -> frozenset[str]:
    """Return the names of private properties."""
    return frozenset(name for name, known in instance.properties.items() if known.private)
