"""The driver record for Broadlink transmitters: found and spoken to over UDP 80, known by their MAC, and nobody's cloud.

What a transmitter has learned and the appliances it speaks for are kept by the hub under the same MAC.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.broadlink.line import line_to
from gateway.drivers.broadlink.models import model_of
from gateway.drivers.broadlink.packet import Admission
from gateway.drivers.broadlink.search import NAME, PORT, number_of, refusal, search
from gateway.drivers.broadlink.transmitter import BroadlinkTransmitter
from gateway.drivers.parts.known import address_of, candidate_of
from gateway.drivers.parts.virtual.keeping import keeping
from gateway.drivers.parts.virtual.session import RemoteSession
from gateway.drivers.spi import Candidate, Context, Driver, Registration, Sighting
from gateway.errors import DeviceFailure


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the unit a sighting is of, None when it is of something else or of a unit that cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    model = model_of(number_of(sighting.facts))
    return candidate_of(sighting, sighting.facts["mac"], f"Infrared transmitter {model.name} {sighting.name}".strip(), "ir-remote")


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[RemoteSession]:
    """Be let in and carry the transmitter with all it speaks for; raise DeviceFailure, Offline or TimedOut."""
    if (reason := refusal(registration.facts)) is not None:
        raise DeviceFailure(reason)
    number, address = number_of(registration.facts), address_of(registration)
    model, we = model_of(number), Admission(mac=bytes.fromhex(registration.key), model=number)
    book, keep = await keeping(context.kept, NAME, registration.key)
    async with line_to(address, registration.port or PORT, model, we, context.clock, context.random) as line:
        transmitter = BroadlinkTransmitter(line, model, registration.key)
        await transmitter.begin()
        yield RemoteSession(transmitter, book, keep, context)


DRIVER = Driver(
    name=NAME,
    title="Broadlink infrared transmitters on the LAN",
    kinds=("air-conditioner", "fan", "ir-remote", "set-top-box", "uhd-tv"),
    recognise=recognise,
    open=open_session,
    search=search,
    listens=(f"udp answers to a search on port {PORT}",),
    clear="Broadlink's protocol, whose first key everybody knows",
)
