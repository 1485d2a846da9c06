"""What faces are lent of the things that touch more than one room: `app` makes them, whoever talks with people uses them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from gateway.thing.principal import Principal


class Replacement(Protocol):
    """Another appliance in the place of one."""

    def plan(self, old: str, new: str, *, force: bool) -> dict[str, Any]:
        """Return what a replacement would mean; raise Unknown, StateConflict for one that makes no sense."""
        ...

    async def replace(self, old: str, new: str, by: str, *, force: bool) -> dict[str, Any]:
        """Do it; raise likewise, and StorageFailed."""
        ...

    async def take_back(self, device: str, by: str) -> dict[str, Any]:
        """Undo the last one of a device; raise likewise."""
        ...


class Describing(Protocol):
    """A home as a document."""

    def text(self) -> str:
        """Return the home as YAML."""
        ...

    async def take(self, text: str, by: Principal, *, dry_run: bool) -> dict[str, Any]:
        """Become like a described home; raise SchemaViolation with `findings`."""
        ...


class Arranging(Protocol):
    """What is arranged for a whole home at once."""

    async def bulk(self, text: str, name: str, *, dry_run: bool, wait: float, tell: Callable[[int, int, str], None]) -> dict[str, Any]:
        """Take in what a list names; raise TooLarge, BadSyntax, SchemaViolation with `findings`."""
        ...

    async def handover(self, language: str) -> str:
        """Return the hand-over sheet as HTML; raise BadSyntax, SetupError."""
        ...


class Signed(Protocol):
    """A certificate that was signed."""

    def document(self) -> dict[str, Any]:
        """Return `number`, `key` (the public one it is signed with) and `until` (seconds since the epoch)."""
        ...


class Trial(Protocol):
    """A conformance run in a process of its own."""

    id: str

    def document(self) -> dict[str, Any]:
        """Return how it stands."""
        ...

    def report(self, form: str) -> Path | None:
        """Return the file of its report, capsules or certificate in a form, None while there is none."""
        ...

    async def sign(self) -> Signed:
        """Sign its certificate, once; raise StateConflict where there can be none, ExtraMissing, SetupError."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...


class Trials(Protocol):
    """Starts conformance runs and keeps the last few."""

    async def start(self, wish: Mapping[str, Any]) -> Trial:
        """Begin one; raise StateConflict while another goes on, BadSyntax, Unknown."""
        ...

    async def offers(self, kind: str, wire: str) -> dict[str, dict[str, Any]]:
        """Return the bad twins that can be simulated of a kind over a wire, with what is wrong with each; raise Unknown."""
        ...

    def all(self) -> tuple[Trial, ...]:
        """Return those there are, the newest last."""
        ...

    def find(self, id: str) -> Trial:
        """Return one; raise Unknown."""
        ...
