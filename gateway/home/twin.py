"""The digital twin of one device: what it last said, how far that can be believed, and what is awaited from it.

Values change only by `merge`, that is by what a device reported. A write under way stands in `awaited` until evidence
decides it. The public document is built once per change and shared by every reader: nobody may modify it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.thing.availability import Availability, AvailabilityState
from gateway.thing.command import Version
from gateway.thing.description import Description
from gateway.thing.session import Session
from gateway.thing.timestamp import iso
from gateway.thing.value import Quality, State, Value

IDENTITY = "identity"


@dataclass(slots=True)
class Label:
    """What people call a device, and where they put it."""

    name: str = ""
    room: str = ""
    tags: tuple[str, ...] = ()


class Warden(Protocol):
    """What the home knows beyond the device's own word, and judges a command by."""

    def states(self, twin: "Twin", written: Mapping[str, Value]) -> Iterable[State]:
        """Return every state a command must be judged in, the first is the device's own."""
        ...

    def forbid(self, twin: "Twin", written: Mapping[str, Value]) -> None:
        """Raise the CommandError the home has against a write."""
        ...

    def ask(self, twin: "Twin", written: Mapping[str, Value], action: str) -> None:
        """Raise NeedsConfirmation where the home wants a person to agree; `action`: "" for a write."""
        ...


class Twin:
    """One device of the home. Read its attributes freely; only the home changes them.

    `quality` holds what is not good. `held`: what the appliance itself holds back, property to the time until which (None:
    unknown). `awaited`: writes under way, property to the deadline. `private`: names that never stand in the public state.
    `silent_since`: monotonic second of its attaching, None once it has said a value. `watched`: property to the seconds
    after which it is stale; `refreshed`: monotonic second of its last report. `warden`: what the home knows of what hangs on it.
    """

    __slots__ = (
        "_document",
        "availability",
        "awaited",
        "boot",
        "description",
        "held",
        "instance",
        "label",
        "last_seen",
        "private",
        "quality",
        "refreshed",
        "seq",
        "session",
        "silent_since",
        "stale_due",
        "timestamp",
        "values",
        "warden",
        "watched",
    )

    def __init__(self, instance: Instance, label: Label, boot: int, *, since: float, reason: str, seq: int = 0) -> None:
        self.instance = instance
        self.description: Description = instance.description
        self.label = label
        self.boot = boot
        self.seq = seq
        self.session: Session | None = None
        self.silent_since: float | None = None
        self.availability = Availability(AvailabilityState.OFFLINE, since, reason)
        self.values: dict[str, Value] = {}
        self.quality: dict[str, Quality] = {}
        self.held: dict[str, str | None] = {}
        self.awaited: dict[str, str | None] = {}
        self.refreshed: dict[str, float] = {}
        self.stale_due = 0.0
        self.last_seen: float | None = None
        self.timestamp = since
        self.warden: Warden | None = None
        self.private = instance.shape.private
        self.watched = instance.shape.watched
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

    @property
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
        self.private = instance.shape.private
        self.watched = instance.shape.watched
        for name in [name for name, value in self.values.items() if not fits(instance, name, value)]:
            del self.values[name]
            self.quality.pop(name, None)
        for mapping in (self.held, self.awaited, self.refreshed):
            for name in mapping.keys() - instance.properties.keys():
                del mapping[name]
        self._document = None

    def identify(self) -> None:
        """Take the maker and model the description names for the private property `identity`, until the device says its own."""
        if self.description.identity and fits(self.instance, IDENTITY, identity := dict(self.description.identity)):
            self.values[IDENTITY] = identity
            self.quality.pop(IDENTITY, None)

    def _build(self) -> dict[str, Any]:
        body = self.values.copy()
        meta: dict[str, Any] = {"boot": self.boot, "seq": self.seq, "ts": iso(self.timestamp)}
        private = self.private
        for name in private:
            body.pop(name, None)
        if self.quality and (shown := {name: grade.value for name, grade in self.quality.items() if name not in private}):
            meta["q"] = shown
        if (self.held or self.awaited) and (waits := {name: until for name, until in self.pending.items() if name not in private}):
            meta["pending"] = waits
        body["$"] = meta
        return body


def fits(instance: Instance, name: str, value: Value) -> bool:
    """Return whether the profile knows this property and allows this value."""
    try:
        instance.check_value(name, value)
    except CommandError:
        return False
    return True
