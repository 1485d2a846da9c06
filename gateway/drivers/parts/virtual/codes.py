"""What a remote can say of an appliance: an order of bursts for what is asked, and what may be assumed once they were sent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.drivers.parts.virtual.burst import Burst
from gateway.errors import SchemaViolation
from gateway.thing.value import Value

Terms = dict[str, dict[str, Any]]
Known = Mapping[str, Value]
"""What was sent last, or is known since."""
UNSENT = "nothing was sent to it yet, and its codes say everything at once: set power first, or all of it together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`shows`: what is assumed afterwards; `forgets`: what is not known any more; `repeatable`: it does no harm to be sent twice."""

    bursts: tuple[Burst, ...]
    shows: Mapping[str, Value] = field(default_factory=dict)
    forgets: frozenset[str] = frozenset()
    repeatable: bool = True


class Codes(Protocol):
    """The codes of one appliance."""

    kind: str
    features: tuple[str, ...]
    actions: Mapping[str, frozenset[str]]
    press_action: str
    """The action that presses a key, empty where there is none."""

    def narrowing(self, known: Collection[str]) -> Terms:
        """Return what the appliance is narrower in than its kind; `known`: the properties of which a true value is known."""
        ...

    def order(self, asked: Known, known: Known, true: Collection[str], *, turn: bool) -> Order:
        """Return what is to be sent; raise ReadOnly, SchemaViolation or StateConflict for what no code says. `true`: not only assumed."""
        ...

    def press(self, key: str, known: Known, *, turn: bool) -> Order:
        """Return what a key sends; raise SchemaViolation for a key there is no code for."""
        ...


def out_of_reach(reasons: Mapping[str, str]) -> Terms:
    """Return the narrowing of what cannot be set, with why."""
    return {name: {"readOnly": True, "hl:reason": reason} for name, reason in reasons.items()}


def not_learned(what: str, known: Collection[str]) -> SchemaViolation:
    """Return the refusal of what nobody has learned a code for."""
    return SchemaViolation(f"there is no code for {what}; there is one for {', '.join(sorted(known)) or 'nothing yet'}")
