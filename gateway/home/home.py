"""The home: every device as a digital twin, every command's life, and the one change stream all faces read.

async with Home(...) as home:                       sessions report into it (it is a driver `Sink`)
    run = await home.submit(command)                a command in; acks come out of the run and of the stream
    async with home.subscribe() as changes:         a Snapshot, then numbered changes
        async for change in changes: ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Self

from gateway.home.run import Run
from gateway.home.subscription import Subscription
from gateway.home.twin import Twin
from gateway.profile.library import Library
from gateway.profile.thing_description import Forms
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.clock import Clock
from gateway.thing.command import Command
from gateway.thing.description import Description
from gateway.thing.principal import Principal
from gateway.thing.report import Report
from gateway.thing.session import Session
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True)
class ThingDescription:
    """`document`: the TD 1.1; `body`: its RFC 8785 form, the bytes every face sends; `hash`: SHA-256 of `body` in hex."""

    document: dict[str, Any]
    body: bytes
    hash: str


class Home:
    """One home. Everything synchronous here is cheap; everything that is stored is awaited."""

    def __init__(
        self,
        *,
        identifier: str,
        boot: int,
        store: StateStore,
        history: HistoryStore,
        library: Library,
        clock: Clock,
        random: Random,
        forms: Callable[[str], Forms],
    ) -> None:
        self.identifier = identifier
        self.boot = boot

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    async def attach(self, description: Description, session: Session) -> None:
        """Take the device into the home (or back into it); raise CommandError when its description breaks the profile."""

    def report(self, report: Report) -> None:
        """Take one report; never blocks, never raises for bad values."""

    def detach(self, device: str, reason: str) -> None:
        """Mark the device offline with `reason`."""

    def devices(self) -> tuple[str, ...]:
        """Return the ids of every device, online or not."""

    def twin(self, device: str) -> Twin:
        """Return the device's twin; raise Unknown."""

    def document(self, device: str) -> dict[str, Any]:
        """Return the public state with `$`, shared: do not modify."""

    def read(self, device: str, name: str, principal: Principal) -> Value:
        """Return one property's value, a private one only to owner, service and factory; raise Unknown or Forbidden."""

    def thing_description(self, device: str) -> ThingDescription:
        """Return the Thing Description with the gateway's forms."""

    async def submit(self, command: Command) -> Run:
        """Take a command; returns with its first ack given. A refusal is an ack, never an exception."""

    def run(self, device: str, id: str) -> Run:
        """Return the run of a command that is open or ended within 10 minutes; raise Unknown."""

    def subscribe(self, devices: frozenset[str] | None = None) -> Subscription:
        """Return a reader of the change stream: `async with` it, then iterate."""

    async def rename(self, device: str, name: str) -> None:
        """Give the device a name (1 to 64 characters; empty: back to its own title)."""

    async def place(self, device: str, room: str) -> None:
        """Put the device in a room (empty: in none)."""

    async def tag(self, device: str, tags: Iterable[str]) -> None:
        """Replace the device's tags."""

    async def forget(self, device: str) -> None:
        """Remove the device, its labels, its open commands and its history."""

    def inventory(self) -> list[dict[str, Any]]:
        """Return one plain record a device: id, kind, name, room, tags, availability, since, reason, maturity, title, problem."""

    async def history(self, device: str, name: str | None, since: float, limit: int) -> list[dict[str, Value]]:
        """Return up to `limit` changes since `since` (seconds since the epoch), oldest first: at, property, value."""
