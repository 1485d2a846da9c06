"""An appliance without its wires: what it reports, what it accepts, what it does. (Signatures are settled; the bodies arrive next.)"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware_sim.invocation import Invocation
from firmware_sim.notice import Notice, Raised


class Forms(Protocol):
    """What a wire offers for each part of a Thing Description (lists of W3C form objects)."""

    def thing(self) -> list[dict[str, Any]]:
        """Forms for the whole state."""
        ...

    def property(self, name: str, *, read_only: bool, private: bool, numeric: bool) -> list[dict[str, Any]]:
        """Forms for one property."""
        ...

    def action(self, name: str, *, long: bool) -> list[dict[str, Any]]:
        """Forms for one action."""
        ...

    def event(self, name: str) -> list[dict[str, Any]]:
        """Forms for one event."""
        ...


class Appliance:
    """One simulated appliance; everything is synchronous and belongs to the event loop's thread."""

    identifier: str
    kind: str
    title: str
    features: tuple[str, ...]
    boot: int
    seq: int
    powered: bool

    @property
    def timestamp(self) -> str:
        """When the state last moved, UTC with milliseconds and Z."""
        raise NotImplementedError

    def values(self) -> dict[str, Any]:
        """Return every reported value, private ones included."""
        raise NotImplementedError

    def pending(self) -> dict[str, str | None]:
        """Return the properties that wait for something, with the time it is expected."""
        raise NotImplementedError

    def quality(self) -> dict[str, str]:
        """Return the qualities that are not good."""
        raise NotImplementedError

    def document(self) -> dict[str, Any]:
        """Return the public state with its `$`."""
        raise NotImplementedError

    def is_private(self, name: str) -> bool:
        """Whether a property is never in the public state; Refusal `unknown` when there is no such property."""
        raise NotImplementedError

    def schema(self, name: str) -> dict[str, Any]:
        """Return a property's schema as this appliance exposes it (narrowed by its features)."""
        raise NotImplementedError

    def write(self, values: Mapping[str, Any], *, confirmed: bool = False) -> None:
        """Write all or nothing; raises Refusal."""
        raise NotImplementedError

    def invoke(self, action: str, input: Any = None, *, confirmed: bool = False, id: str | None = None) -> Invocation:
        """Start an action; `id` names the run (made up when None). Raises Refusal."""
        raise NotImplementedError

    def invocation(self, id: str) -> Invocation:
        """Return a run that is active or ended within the last ten minutes; Refusal `unknown` otherwise."""
        raise NotImplementedError

    def cancel(self, id: str) -> None:
        """Cancel a run; Refusal `unknown`, or `state-conflict` when it cannot be cancelled any more."""
        raise NotImplementedError

    def events(self, name: str) -> tuple[Raised, ...]:
        """Return the last 32 events of that name, oldest first; Refusal `unknown`."""
        raise NotImplementedError

    def listen(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call `callback` for every notice from now on; return what ends it."""
        raise NotImplementedError

    def thing_description(self, forms: Forms, *, security: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the Thing Description with the forms of the wires."""
        raise NotImplementedError

    def truth(self) -> dict[str, Any]:
        """Return the unrounded physical truth."""
        raise NotImplementedError

    def touch(self, values: Mapping[str, Any]) -> None:
        """Do at the appliance what a person does there: press its buttons, open its doors, change its surroundings."""
        raise NotImplementedError

    def mains(self, state: str, volts: float | None = None) -> None:
        """Set the mains: `on`, `sag` or `off`."""
        raise NotImplementedError

    def raise_fault(self, code: str) -> None:
        """Let a fault happen."""
        raise NotImplementedError

    def clear_fault(self, code: str) -> None:
        """Repair it."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let physical time pass at once."""
        raise NotImplementedError
