"""A session with a unit: meet it, learn what it has, and carry it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.gree.binding import meet, versions_of
from gateway.drivers.gree.letter import PORT, Tongue
from gateway.drivers.gree.refusal import kind_for, refusal
from gateway.drivers.gree.search import facts_of
from gateway.drivers.gree.unit import GreeUnit
from gateway.drivers.parts.exchange import exchange
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Context, Registration
from gateway.errors import DeviceFailure


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
