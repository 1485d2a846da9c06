"""The driver record for Daikin adapters on the LAN: no cloud, no credential, nothing to pair.

A unit is known by the MAC of its adapter, never by where it stands on the network.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.daikin.mapping import FOLDER, kind_of
from gateway.drivers.daikin.search import HTTP, NAME, UDP, refusal, search
from gateway.drivers.daikin.talk import talk_with
from gateway.drivers.daikin.unit import DaikinUnit
from gateway.drivers.parts.evidence import Evidence
from gateway.drivers.parts.known import address_of, candidate_of
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Candidate, Context, Driver, Registration, Sighting
from gateway.errors import DeviceFailure


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of an adapter that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    kind = kind_of()
    return candidate_of(sighting, sighting.facts["mac"], f"{kind.title} {sighting.name}".strip(), kind.kind)


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Ask who it is and what it can, and carry it; raise DeviceFailure, Offline or TimedOut."""
    if (reason := refusal(registration.facts)) is not None:
        raise DeviceFailure(reason)
    kind, address = kind_of(), address_of(registration)
    async with talk_with(address, registration.port or HTTP, context.clock, context.random) as talk:
        unit = DaikinUnit(talk, kind, registration.key)
        known = honest(unit.describe, context.library, unit.words, together(kind))
        session = AskedSession(unit, kind, Evidence(kind, known, context.clock))
        await session.begin()
        yield session


DRIVER = Driver(
    name=NAME,
    title="Daikin adapters on the LAN (plain HTTP)",
    kinds=kind_names(FOLDER),
    recognise=recognise,
    open=open_session,
    search=search,
    listens=(f"udp answers to a search on port {UDP}",),
    clear="Daikin's HTTP",
)
