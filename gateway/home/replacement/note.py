"""What is kept of a replacement, so that it can be taken back: how the old device was, and what carried it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.storage.devices import DeviceRecord, description_of, description_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`at`: seconds since the epoch. `old`: the device as it was, under its id; `new`: the other one as it was, under its own.

    `aside`: the registration of the old one's unit, as it is stored, None where it carries others too or was not known.
    """

    at: float
    old: DeviceRecord
    new: DeviceRecord
    aside: Mapping[str, Any] | None

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"at": self.at, "old": _plain(self.old), "new": _plain(self.new), "aside": None if self.aside is None else dict(self.aside)}


def note_of(document: Mapping[str, Any]) -> Note:
    """Return what `document()` made."""
    return Note(at=document["at"], old=_record(document["old"]), new=_record(document["new"]), aside=document["aside"])


def _plain(record: DeviceRecord) -> dict[str, Any]:
    named = {"name": record.name, "room": record.room, "tags": list(record.tags), "seen": record.seen}
    return {"description": description_text(record.description), **named}


def _record(document: Mapping[str, Any]) -> DeviceRecord:
    return DeviceRecord(**{**document, "description": description_of(document["description"]), "tags": tuple(document["tags"])})
