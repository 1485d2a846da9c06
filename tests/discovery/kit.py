"""What the discovery tests share: a store in memory, a driver that recognises what we say, and a home that remembers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gateway.discovery import Discovery, InboxEntry, Pace
from gateway.discovery.credentials import Credentials
from gateway.drivers.spi import Ask, Candidate, Context, Driver, Registration, SearchContext, Sighting
from gateway.errors import StorageFailed
from gateway.profile.library import Library
from gateway.protocol.mqtt import MqttClient
from gateway.thing.clock import SystemClock
from gateway.thing.session import Session
from gateway.trust.vault import Vault
from tests.kit.secrets import MemorySecrets

QUICK = Pace(first=0.05, longest=0.2, search=2.0, interfaces=0.05, pair=1.0, save=0.05, seen=0.0)


@dataclass
class Row:
    document: Mapping[str, Any]


class MemoryTable:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}
        self.full = False

    async def all(self) -> tuple[Row, ...]:
        return tuple(self.rows.values())

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        if self.full:
            raise StorageFailed("database or disk is full")
        self.rows[driver, key] = Row(dict(document))

    async def remove(self, driver: str, key: str) -> None:
        self.rows.pop((driver, key), None)


class MemoryStore:
    def __init__(self) -> None:
        self.registrations = MemoryTable()
        self.inbox = MemoryTable()


@dataclass
class Home:
    """What the supervisor would be told."""

    store: MemoryStore = field(default_factory=MemoryStore)
    credentials: Credentials = field(default_factory=lambda: Credentials(Vault(bytes(32), MemorySecrets())))
    adopted: list[Registration] = field(default_factory=list)
    moves: list[tuple[str, str, int]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    changes: list[InboxEntry] = field(default_factory=list)
    stored_when_adopted: list[bool] = field(default_factory=list)

    def adopt(self, registration: Registration) -> None:
        self.adopted.append(registration)
        self.stored_when_adopted.append((registration.driver, registration.key) in self.store.registrations.rows)

    def moved(self, driver: str, key: str, address: str, port: int, facts: Mapping[str, str]) -> None:  # noqa: ARG002 - the supervisor's signature
        self.moves.append((key, address, port))

    async def drop(self, driver: str, key: str) -> None:
        self.dropped.append(f"{driver}:{key}")


def sighting(key: str, address: str = "127.0.0.5", *, at: float = 0.0, **facts: str) -> Sighting:
    return Sighting(
        source="mdns",
        service="_test._udp.local.",
        name=key,
        address=address,
        port=7,
        facts={"id": key, **facts},
        interface="127.0.0.1",
        at=at or SystemClock().now(),
    )


def recognise(seen: Sighting) -> Candidate | None:
    if "explode" in seen.facts:
        raise ZeroDivisionError("a mistake in the driver")
    if "id" not in seen.facts:
        return None
    needs = ("code",) if "needs" in seen.facts else ()
    return Candidate(
        driver="test",
        key=seen.facts["id"],
        title=seen.facts.get("title", seen.facts["id"]),
        kind=seen.facts.get("k"),
        address=seen.address,
        port=seen.port,
        facts={key: value for key, value in seen.facts.items() if key == "h"},
        needs=needs,
    )


@asynccontextmanager
async def no_session(registration: Registration, context: Context) -> AsyncIterator[Session]:  # noqa: ARG001 - never opened here
    raise AssertionError("discovery opens nothing")
    yield


Search = Callable[[SearchContext], AsyncIterator[Sighting]]
Pair = Callable[[Candidate, Ask], Awaitable[Mapping[str, str]]]


def driver(*, search: Search | None = None, pair: Pair | None = None, services: tuple[str, ...] = ()) -> Driver:
    return Driver(
        name="test",
        title="Test",
        kinds=("plug",),
        recognise=recognise,
        open=no_session,
        services=services,
        search=search,
        pair=pair,
        listens=("UDP 9999",),
    )


@asynccontextmanager
async def discovering(
    home: Home,
    *drivers: Driver,
    mqtt: MqttClient | None = None,
    interfaces: Callable[[], tuple[str, ...]] = lambda: ("127.0.0.1",),
    pace: Pace = QUICK,
    **more: Any,
) -> AsyncIterator[Discovery]:
    context = Context(gateway="gw-test", clock=SystemClock(), random=Random(1), library=Library(), mqtt=mqtt)
    async with Discovery(
        context=context,
        drivers=drivers or (driver(),),
        store=home.store,
        credentials=home.credentials,
        adopt=home.adopt,
        moved=home.moved,
        dropped=home.drop,
        interfaces=interfaces,
        on_change=home.changes.append,
        pace=pace,
        **more,
    ) as discovery:
        yield discovery
