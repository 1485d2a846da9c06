"""What becomes of an appliance at its end: its item in the waste catalogue, and the hazards its handover has to state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class WasteItem:
    """One item of the catalogue; `quantity` is what its limit is about (unit as in the data), None where it has no limit."""

    number: int
    kinds: frozenset[str]
    titles: Mapping[str, str]
    quantity: str | None
    maximum: float | None
    unit: str | None
    source: str

    def takes(self, kind: str, facts: Mapping[str, Any]) -> bool:
        """Return whether an appliance belongs here; one whose `facts` do not say how big it is does."""
        if kind not in self.kinds:
            return False
        size = facts.get(self.quantity) if self.quantity else None
        return size is None or self.maximum is None or size <= self.maximum


@dataclass(frozen=True, kw_only=True, slots=True)
class Hazard:
    """A kind of hazardous part; `must` names the kinds whose handover states it always, `may` those that state it where they have it."""

    id: str
    titles: Mapping[str, str]
    unit: str
    must: frozenset[str]
    may: frozenset[str]


def missing_hazards(hazards: tuple[Hazard, ...], kind: str, stated: frozenset[str]) -> tuple[str, ...]:
    """Return the hazards that a handover of `kind` must state and does not."""
    return tuple(each.id for each in hazards if kind in each.must and each.id not in stated)
