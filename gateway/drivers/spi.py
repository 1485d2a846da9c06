"""What a driver is: a record of functions, not a base class.

A finder in `discovery` makes a Sighting; a driver's `recognise` turns it into a Candidate or declines; the person (or a
rule) accepts it, `pair` gets what it needs (asking the person when it must), and the Registration is stored. From then
on the supervisor keeps `open(registration, context)` alive: it enters the context manager, hands the Session to the
home's sink, reads `reports()`, paces `refresh()` of sessions that must be polled, and opens again after a failure.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from random import Random
from re import Pattern
from typing import Any, NamedTuple, Protocol, runtime_checkable

from gateway.profile.library import Library
from gateway.protocol.coap.sealing import PeerKeys
from gateway.protocol.mqtt import MqttClient
from gateway.thing.clock import Clock
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Session
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Something answered: where it was seen and what it said about itself.

    `source`: mdns, broadcast, broker or manual. `service`: the mDNS type, or the driver's name for its own search.
    `name`: the instance name. `facts`: TXT keys (lower case) or what the driver's search decoded.
    `interface`: the local address it was heard on. `at`: seconds since the epoch. `gone`: a goodbye.
    """

    source: str
    service: str
    name: str
    address: str = ""
    port: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    interface: str = ""
    at: float = 0.0
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A unit some driver can talk to. `key` is its identity for that driver: never an address.

    `needs`: names of what `pair` will ask for; empty when it can be accepted without a question.
    """

    driver: str
    key: str
    title: str
    kind: str | None = None
    address: str = ""
    port: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An accepted unit, as stored. `address` and `port` are only where it was last seen."""

    driver: str
    key: str
    address: str = ""
    port: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


class Kept(Protocol):
    """What drivers keep of their units from one session to the next: one JSON object a unit, nothing secret."""

    async def of(self, driver: str, key: str) -> Mapping[str, Any]:
        """Return what is kept of a unit, an empty object when there is nothing."""
        ...

    async def put(self, driver: str, key: str, document: Mapping[str, Any]) -> None:
        """Keep it; on disk when this returns. An empty object is forgotten."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a driver is lent: time, chance, the profiles, and the hub's MQTT link for wires that live on the broker.

    `keys`: those of appliances that were let in, by device id; one that has, or had, a key is never asked in clear.
    `kept`: what it may keep of its units; None: nothing outlives the session.
    """

    gateway: str
    clock: Clock
    random: Random
    library: Library
    mqtt: MqttClient | None = None
    keys: PeerKeys | None = None
    kept: Kept | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchContext:
    """What a driver's own search may use: local addresses to ask from, and addresses to ask directly.

    `unicast`: hosts, or `host:port`, to ask one by one (a manual list, or loopback units that no broadcast reaches).
    `asked` and `dropped` are for the doctor: call them with what was sent where, and why an answer was not used.
    """

    interfaces: tuple[str, ...]
    unicast: tuple[str, ...]
    context: Context
    asked: Callable[[str, str], None]
    dropped: Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchContext:
    """What a driver that listens on the hub's broker is lent, where announcements come by themselves and nobody is asked.

    `see`: take a sighting. `known(key)`: nothing needs to be read about this unit, it is accepted or ignored.
    """

    context: Context
    see: Callable[[Sighting], None]
    known: Callable[[str], bool]
    asked: Callable[[str, str], None]
    dropped: Callable[[str, str], None]


Ask = Callable[[str, str], Awaitable[str]]
"""Ask the person: (name of the need, question) to the answer."""


@runtime_checkable
class Polled(Protocol):
    """A session that says nothing by itself: the supervisor calls `refresh` every `interval` seconds."""

    interval: float

    async def refresh(self) -> None:
        """Ask the unit; what it says comes out of `reports()`. Raise TimedOut or OSError when it does not answer."""
        ...


@runtime_checkable
class Pushed(Protocol):
    """A session that calls `deliver` itself, for wires that carry very many messages; its `reports()` is not read."""

    def push(self, deliver: Callable[[Report], None]) -> None:
        """Call `deliver` with every report from now on, beginning with what is known already; it never blocks or raises."""
        ...

    async def changed(self) -> None:
        """Return when `describe()` has something new to say; raise like `reports()` when the session is over."""
        ...


@runtime_checkable
class Believer(Protocol):
    """A session that only assumes things of some devices, and takes what others truly read of them."""

    def believe(self, device: str, values: Mapping[str, Value]) -> bool:
        """Take true values of a device; return whether it says anything of one of ours. It never blocks."""
        ...


@runtime_checkable
class Remote(Protocol):
    """A session whose transmitter speaks for appliances without a network."""

    def things(self) -> tuple[Mapping[str, Value], ...]:
        """Return each: id, kind, codes, title, and the keys that were learned for it."""
        ...

    async def add(self, kind: str, codes: str, title: str) -> str:
        """Speak for one more; return its id. Raise a CommandError for a kind or codes there are not, or one too many."""
        ...

    async def remove(self, thing: str) -> None:
        """Speak for it no longer, and forget what was learned for it; raise Unknown."""
        ...


class Sink(Protocol):
    """Where sessions' words go; the home is one."""

    async def attach(self, description: Description, session: Session) -> None:
        """Take the device into the home (or back into it); raise CommandError when its description breaks the profile."""
        ...

    def report(self, report: Report) -> None:
        """Take one report; never blocks, never raises for bad values (they are dropped and logged once)."""
        ...

    def detach(self, device: str, reason: str) -> None:
        """Mark the device offline with `reason`: the session that carried it is gone until attached again."""
        ...


class Secret(NamedTuple):
    """What a credential looks like: the whole text matches `form`; `says` completes "it is ...". `optional`: not every unit asks for it."""

    form: Pattern[str]
    says: str
    optional: bool = False


class Driver(NamedTuple):
    """One wire. `services`: mDNS types it knows (each ends in `.local.`). `listens`: sockets that hear the LAN, for the doctor.

    `clear`: what it speaks, with a unit that has an address of its own, without a secret of that unit's; "" when it never does.
    `keyed`: it asks a unit whose key is in `Context.keys` under that key. `secrets`: tells what its units ask for, as the table of drivers
    reads it from `credentials.yaml`. `watch`: entered as long as there is a broker, for what announces itself there.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    recognise: Callable[[Sighting], Candidate | None]
    open: Callable[[Registration, Context], AbstractAsyncContextManager[Session]]
    services: tuple[str, ...] = ()
    search: Callable[[SearchContext], AsyncIterator[Sighting]] | None = None
    watch: Callable[[WatchContext], AbstractAsyncContextManager[None]] | None = None
    pair: Callable[[Candidate, Ask], Awaitable[Mapping[str, str]]] | None = None
    listens: tuple[str, ...] = ()
    clear: str = ""
    keyed: bool = False
    secrets: Callable[[], Mapping[str, Secret]] = dict


def host_and_port(named: str) -> tuple[str, int]:
    """Return what stands in `SearchContext.unicast`: `host` or `host:port` (IPv4 or a name); port 0: the driver's own."""
    host, _, port = named.rpartition(":")
    return (host, int(port)) if host and port.isascii() and port.isdigit() else (named, 0)


def registration_of(candidate: Candidate, credentials: Mapping[str, str] | None = None) -> Registration:
    """Return the registration of an accepted candidate."""
    return Registration(
        driver=candidate.driver,
        key=candidate.key,
        address=candidate.address,
        port=candidate.port,
        facts=candidate.facts,
        credentials=credentials or {},
    )
