"""A session with a unit, and its token and key being asked for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from gateway.drivers.midea.channel import secrets_of
from gateway.drivers.midea.connection import Address, connect
from gateway.drivers.midea.line import line_to
from gateway.drivers.midea.refusal import KEYED, mapping_for, number_of, refusal
from gateway.drivers.midea.reply import TCP_PORT
from gateway.drivers.midea.sharing import Sharing
from gateway.drivers.midea.unit import MideaUnit
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.withholding import honest
from gateway.drivers.spi import Ask, Candidate, Context, Registration
from gateway.errors import DeviceFailure, Offline, TimedOut
from gateway.thing.clock import SystemClock

_SHARING = Sharing()


async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
    """Ask for token and key, and try them at once; a unit that is away, or busy with somebody else, is paired all the same.

    Raises Unauthenticated when they are no such thing, or not this unit's.
    """
    if not candidate.needs:
        return {}
    unit = f"the Midea unit {candidate.key} at {candidate.address}"
    told = {name: (await ask(name, f"the {name} of {unit}")).strip() for name in candidate.needs}
    secrets = secrets_of(told)
    with suppress(Offline, TimedOut, OSError):
        async with line_to(candidate.address, candidate.port or TCP_PORT, secrets, SystemClock(), lambda _: None):
            pass
    return told


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Connect, learn what the unit is, and carry it; raise DeviceFailure, Unauthenticated, Offline, TimedOut, OSError or ExtraMissing."""
    facts = {**registration.facts, "id": registration.key}
    if registration.credentials:
        facts["version"] = KEYED  # whoever says otherwise on the LAN: a unit whose key is known is never spoken to in clear
    mapping = await asyncio.to_thread(mapping_for, facts)  # it may have to be read from the disk
    if mapping is None or refusal(facts) is not None:
        raise DeviceFailure(refusal(facts) or "this unit cannot be used")
    host = address_of(registration)
    device = number_of(registration.key)
    secrets = secrets_of(registration.credentials) if facts["version"] == KEYED else None
    address = Address(host=host, port=registration.port or TCP_PORT, device=device, secrets=secrets)
    async with connect(address, context.clock, context.random, _SHARING) as connection:
        unit = MideaUnit(connection, mapping, device, facts)
        known = honest(unit.describe, context.library, mapping.commands_for, mapping.takes)
        yield await opened(unit, mapping, known, context.clock)
