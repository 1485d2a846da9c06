"""The broker a gateway speaks on: somebody else's, or one of our own that is kept to the register of clients."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from gateway.errors import ExtraMissing, StorageFailed
from gateway.faces.mqtt.keeper import Rights, kept
from gateway.faces.mqtt.promise import Promise, what_is_promised
from gateway.protocol.broker.plan import Doors
from gateway.protocol.broker.private import Kind, PrivateBroker, private_broker, usual_kind
from gateway.protocol.mqtt import BrokerAddress
from gateway.protocol.mqtt.connector import Version
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.trust.journal import Journal

_log = Log()
_REFUSALS_WAITING = 16


@dataclass(eq=False, slots=True)
class Broker:
    """Where MQTT is spoken. `own`: where our links go; `version`: what our clients try; `private`: None where the broker is not ours.

    `on_doors`: called when others find it elsewhere than before.
    """

    own: BrokerAddress
    kind: Literal["existing", "mosquitto", "amqtt"]
    version: Version
    private: PrivateBroker | None = None
    lan: tuple[str, ...] = ()
    on_doors: list[Callable[[], None]] = field(default_factory=list)

    @property
    def address(self) -> BrokerAddress:
        """Return where others find it now."""
        if self.private is None:
            return self.own
        certificates = self.private.doors.certificates
        if self.private.doors.open or not certificates:
            return self.private.address
        host = next((host for host in certificates.hosts if host in self.lan), certificates.hosts[0])
        return BrokerAddress(host, certificates.port, tls=True)

    @property
    def doors(self) -> Doors:
        """Return the doors of a broker of our own; none of another's."""
        return Doors() if self.private is None else self.private.doors

    def promises(self, *, owned: bool) -> tuple[Promise, ...]:
        """Return what holds on it, for `hulian doctor`."""
        return what_is_promised(self.kind, owned=owned, doors=self.doors, encrypted=self.own.tls)

    def moved(self) -> None:
        """Say that others find it elsewhere."""
        for listener in self.on_doors:
            listener()


def existing_broker(address: BrokerAddress, version: Version) -> Broker:
    """Return a broker that somebody else keeps."""
    return Broker(address, "existing", version)


@asynccontextmanager
async def own_broker(
    rights: Rights,
    folder: Path,
    clock: Clock,
    *,
    kind: Kind | None = None,
    running: PrivateBroker | None = None,
    journal: Journal | None = None,
) -> AsyncIterator[Broker]:
    """Run a broker of our own for as long as the context lives, or take one that is `running` already, and keep it to the register.

    Raise PortTaken, BrokerUnavailable, ConfigurationInvalid, StorageDamaged, or ExtraMissing: the LAN needs mosquitto, and `trust`.
    """
    chosen = running.kind if running is not None else kind or usual_kind()
    if chosen == "amqtt":
        if rights.wanted.lan:
            raise ExtraMissing("MQTT on the LAN needs mosquitto with its dynamic security plugin: apt install mosquitto")
        rights.wanted = replace(rights.wanted, tls=False)
    async with AsyncExitStack() as stack:
        private = running
        if private is None:
            loopback, doors = rights.wanted.loopback, await rights.doors()
            private = private_broker(
                loopback.hosts[0], loopback.port, folder, clock, kind=chosen, doors=doors, identities=rights.identities()
            )
            await stack.enter_async_context(private)
        broker = Broker(private.own, private.kind, private.version, private, rights.wanted.lan)
        await stack.enter_async_context(kept(private, rights, clock, broker.moved))
        if journal is not None:
            await stack.enter_async_context(_refusals(private, journal))
        yield broker


@asynccontextmanager
async def _refusals(private: PrivateBroker, journal: Journal) -> AsyncIterator[None]:
    """Write down who is refused at a handshake."""
    waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_REFUSALS_WAITING)

    def hear(reason: str, source: str) -> None:
        with suppress(asyncio.QueueFull):
            waiting.put_nowait((reason, source))

    async def write() -> None:
        while True:
            why, source = await waiting.get()
            try:
                await journal.record("mqtt handshake", source=source, result="refused", why=why)
            except StorageFailed as error:
                _log.error("security journal not written", error=str(error))

    private.on_refusal = hear
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write(), name="mqtt: refusals")
        try:
            yield
        finally:
            writing.cancel()
