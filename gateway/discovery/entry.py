"""One unit in the inbox: what it is, where it was seen, and what was decided about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.drivers.spi import Candidate, Registration


class EntryState(StrEnum):
    """What was decided."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address a unit was seen at; times in seconds since the epoch; `interface` is the local address it was heard on."""

    address: str
    port: int
    source: str
    interface: str
    first_seen: float
    last_seen: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """One unit. `key` is its identity for `driver`; `address` and `port` are where it is taken to be.

    `needs`: what accepting it will ask for. `doubt`: why one identity may be two units, empty mostly.
    """

    driver: str
    key: str
    title: str
    kind: str | None
    state: EntryState
    first_seen: float
    last_seen: float
    address: str = ""
    port: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    doubt: str = ""

    @property
    def name(self) -> str:
        """Return `driver:key`, the name commands use for it."""
        return f"{self.driver}:{self.key}"

    def candidate(self) -> Candidate:
        """Return what a driver pairs with."""
        return Candidate(
            driver=self.driver,
            key=self.key,
            title=self.title,
            kind=self.kind,
            address=self.address,
            port=self.port,
            facts=self.facts,
            needs=self.needs,
        )

    def document(self) -> dict[str, Any]:
        """Return it as plain data, for the store and for a person; places are not stored."""
        return {
            "driver": self.driver,
            "key": self.key,
            "title": self.title,
            "kind": self.kind,
            "state": self.state.value,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "address": self.address,
            "port": self.port,
            "facts": dict(self.facts),
            "needs": list(self.needs),
        }


def entry_from(document: Mapping[str, Any]) -> InboxEntry:
    """Return what `document()` made."""
    fields = dict(document)
    return InboxEntry(**fields | {"state": EntryState(fields["state"]), "needs": tuple(fields["needs"])})


def registration_document(registration: Registration) -> dict[str, Any]:
    """Return a registration as plain data for the store, without its credentials: they are in the vault."""
    return {
        "driver": registration.driver,
        "key": registration.key,
        "address": registration.address,
        "port": registration.port,
        "facts": dict(registration.facts),
    }


def registration_from(document: Mapping[str, Any], credentials: Mapping[str, str]) -> Registration:
    """Return what `registration_document` made, with its credentials."""
    return Registration(**{**document, "credentials": credentials})


def plain(entries: Iterable[InboxEntry]) -> list[dict[str, Any]]:
    """Return entries as plain data, with the places each was seen at."""
    return [
        entry.document()
        | {"doubt": entry.doubt}
        | {
            "places": [
                {"address": at.address, "port": at.port, "interface": at.interface, "last_seen": at.last_seen} for at in entry.places
            ]
        }
        for entry in entries
    ]
