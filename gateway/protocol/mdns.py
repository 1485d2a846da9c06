"""mDNS: saying what is here, and hearing who else is. The only module that knows the zeroconf library."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Self

from gateway.thing.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one instance says now. `service` as asked for, `instance` without the type, `server` a host name.

    `txt`: keys in lower case, first value of a repeated key, bytes that are no UTF-8 replaced.
    `gone`: it said goodbye or its records ran out. `interface`: the local address it was heard on.
    """

    service: str
    instance: str
    server: str = ""
    addresses: tuple[str, ...] = ()
    port: int = 0
    txt: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the doctor: at `at` (seconds since the epoch), on `interface`, `what` about `subject`."""

    at: float
    interface: str
    what: str
    subject: str


class Announcer:
    """Announces services on chosen interfaces (local IPv4 addresses); `async with` is its life, leaving says goodbye."""

    def __init__(self, interfaces: Sequence[str]) -> None:
        self._interfaces = tuple(interfaces)

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError

    async def announce(
        self,
        service_type: str,
        instance: str,
        port: int,
        txt: Mapping[str, str],
        *,
        server: str,
        addresses: Sequence[str],
        subtypes: Sequence[str] = (),
    ) -> None:
        """Announce `instance`; probing takes about a second."""
        raise NotImplementedError

    async def update_txt(self, service_type: str, instance: str, txt: Mapping[str, str]) -> None:
        """Say other TXT values for `instance`."""
        raise NotImplementedError

    async def withdraw(self, service_type: str, instance: str) -> None:
        """Say goodbye for `instance`."""
        raise NotImplementedError


class Browser:
    """Listens for `services` on chosen interfaces and calls `on_sighting` with each change; `async with` is its life."""

    def __init__(
        self,
        interfaces: Sequence[str],
        services: Sequence[str],
        on_sighting: Callable[[Answer], None],
        *,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self._interfaces = tuple(interfaces)
        self._services = tuple(services)
        self._on_sighting = on_sighting
        self._clock = clock
        self._random = random
        self.counts: Counter[str] = Counter()
        self.notes: deque[Note] = deque(maxlen=256)

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError
