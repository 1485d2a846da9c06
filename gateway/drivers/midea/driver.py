"""The driver record for Midea units of protocol version 2 on the LAN: no cloud, no credential, nothing to pair.

A unit is known by its number, never by its address. Units of version 3 and of unknown types are seen and declined; `refusal` says why.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.midea.connection import connect
from gateway.drivers.midea.mapping import kinds_of
from gateway.drivers.midea.refusal import mapping_for, number_of, refusal
from gateway.drivers.midea.reply import PORTS, TCP_PORT
from gateway.drivers.midea.search import NAME, search
from gateway.drivers.midea.unit import MideaUnit
from gateway.drivers.parts.evidence import Evidence
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.spi import Candidate, Context, Driver, Registration, Sighting
from gateway.errors import DeviceFailure, Offline


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of a unit that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    mapping = mapping_for(sighting.facts)
    if mapping is None:
        return None
    return Candidate(
        driver=NAME,
        key=sighting.facts["id"],
        title=mapping.title,
        kind=mapping.kind,
        address=sighting.address,
        port=sighting.port,
        facts=sighting.facts,
    )


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Connect, learn what the unit is, and carry it; raise DeviceFailure, Offline, TimedOut, OSError or ExtraMissing."""
    facts = {**registration.facts, "id": registration.key}
    mapping = mapping_for(facts)
    if mapping is None or refusal(facts) is not None:
        raise DeviceFailure(refusal(facts) or "this unit cannot be used")
    if not registration.address:
        raise Offline("the unit has not been seen yet")
    device = number_of(registration.key)
    async with connect(registration.address, registration.port or TCP_PORT, device, context.clock) as connection:
        unit = MideaUnit(connection, mapping, device, facts)
        session = AskedSession(unit, mapping, Evidence(mapping, unit.describe, context.clock))
        await session.begin()
        yield session


DRIVER = Driver(
    name=NAME,
    title="Midea on the LAN (protocol version 2)",
    kinds=kinds_of(),
    recognise=recognise,
    open=open_session,
    search=search,
    listens=tuple(f"udp answers to a search on port {port}" for port in PORTS),
    clear="version 2 of Midea's protocol",  # enciphered with one key for all units, which everybody knows
)
