"""A session with a box, and its pairing: a code from the screen once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from gateway.drivers.androidtv.conversation import paired
from gateway.drivers.androidtv.line import line_to
from gateway.drivers.androidtv.mapping import kind_of, model_kind
from gateway.drivers.androidtv.pairing import NEED, Pairing, pairing_of
from gateway.drivers.androidtv.search import PORT
from gateway.drivers.androidtv.unit import BoxUnit
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.tap import tap
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Ask, Candidate, Context, Registration

DEFAULT: Final = "set-top-box"
"""What a box is whose pairing was brought in from elsewhere and whose model tells nothing."""


async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
    """Have the box show a code, ask for it, and for the kind where its model does not tell; raise DeviceFailure, Offline, TimedOut."""
    return {NEED: (await paired(candidate, ask)).text()}


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSession]:
    """Connect under the pairing, and carry the box; raise Unauthenticated, Offline, TimedOut, OSError or ExtraMissing."""
    pairing = _kept(registration)
    async with line_to(address_of(registration), registration.port or PORT, pairing, context.clock) as line:
        name = f"{line.shown.get('manufacturer', '')} {line.shown.get('model', '')}"
        kind = await asyncio.to_thread(kind_of, pairing.kind or model_kind(name) or DEFAULT)  # it may have to be read from the disk
        unit = BoxUnit(line, kind, registration.key, context.clock)
        known = honest(unit.describe, context.library, unit.words, together(kind))
        yield await opened(unit, kind, known, context.clock)


def _kept(registration: Registration) -> Pairing:
    """Return the pairing in the registration; none where a recording is played, which has no secrets."""
    if (beside := tap()) is not None and not beside.live:
        return Pairing(certificate="", key="")
    return pairing_of(registration.credentials.get(NEED, ""))
