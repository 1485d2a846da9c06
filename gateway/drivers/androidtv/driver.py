"""The driver record for televisions and set-top boxes with Google's remote service: no cloud, a code from the screen once.

A box is known by the address of its Bluetooth radio, which it announces and which stands in its certificate, never by where it is on the
network. What the vault keeps of a pairing is the hub's certificate for that box alone (`pairing`).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from gateway.drivers.androidtv.conversation import paired
from gateway.drivers.androidtv.line import line_to
from gateway.drivers.androidtv.mapping import FOLDER, kind_of, model_kind
from gateway.drivers.androidtv.pairing import NEED, Pairing, pairing_of
from gateway.drivers.androidtv.search import NAME, PORT, SERVICE, recognise, search
from gateway.drivers.androidtv.unit import BoxUnit
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.session import AskedSession, opened
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.parts.tap import tap
from gateway.drivers.parts.withholding import honest, together
from gateway.drivers.spi import Ask, Candidate, Context, Driver, Registration

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


DRIVER = Driver(
    name=NAME,
    title="Android TV and Google TV (remote service, version 2)",
    kinds=kind_names(FOLDER),
    recognise=recognise,
    open=open_session,
    services=(SERVICE,),
    search=search,
    pair=pair,
)
