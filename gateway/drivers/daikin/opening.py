"""A session with an adapter: who it is, what it can, and the unit made of that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.daikin.mapping import kind_of
from gateway.drivers.daikin.search import HTTP, refusal
from gateway.drivers.daikin.talk import talk_with
from gateway.drivers.daikin.unit import DaikinUnit
from gateway.drivers.parts.evidence import Evidence
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Context, Registration
from gateway.errors import DeviceFailure


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
