"""The driver record for Gree units on the LAN: no cloud, no credential, nothing to pair.

A unit is known by the address of its radio, never by where it stands on the network. Its key is asked for at each opening and kept nowhere.
Any number of programs may speak with a unit at the same time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.gree.binding import meet, versions_of
from gateway.drivers.gree.letter import PORT, Tongue
from gateway.drivers.gree.mapping import FOLDER
from gateway.drivers.gree.refusal import kind_for, refusal
from gateway.drivers.gree.search import NAME, facts_of, search
from gateway.drivers.gree.unit import GreeUnit
from gateway.drivers.parts.exchange import exchange
from gateway.drivers.parts.known import address_of, candidate_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Candidate, Context, Driver, Registration, Sighting
from gateway.errors import DeviceFailure


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of a unit that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    kind = kind_for(sighting.facts)
    if kind is None:
        return None
    return candidate_of(sighting, sighting.facts["mac"], kind.title, kind.kind)


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Meet the unit, learn what it has, and carry it; raise DeviceFailure, Offline, TimedOut, OSError or ExtraMissing."""
    facts = {**registration.facts, "mac": registration.key}
    kind = await asyncio.to_thread(kind_for, facts)  # it may have to be read from the disk
    if kind is None or refusal(facts) is not None:
        raise DeviceFailure(refusal(facts) or "this unit cannot be used")
    address, tongue = address_of(registration), Tongue(registration.key)
    async with exchange(address, registration.port or PORT, tongue.read, context.clock, context.random) as talk:
        card = await meet(talk, tongue, versions_of(context.clock))
        unit = GreeUnit(talk, tongue, kind, facts | (facts_of(card.body) if card else {}), context.random)
        known = honest(unit.describe, context.library, unit.words, together(kind))
        yield await opened(unit, kind, known, context.clock)


DRIVER = Driver(
    name=NAME,
    title="Gree on the LAN (protocol versions 1 and 2)",
    kinds=kind_names(FOLDER),
    recognise=recognise,
    open=open_session,
    search=search,
    listens=(f"udp answers to a search on port {PORT}",),
    clear="Gree's LAN protocol",  # enciphered with a key that every unit tells to whoever asks
)
