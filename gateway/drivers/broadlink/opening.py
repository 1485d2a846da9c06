"""A session with a transmitter and all it speaks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.broadlink.line import line_to
from gateway.drivers.broadlink.models import model_of
from gateway.drivers.broadlink.packet import Admission
from gateway.drivers.broadlink.search import NAME, PORT, number_of, refusal
from gateway.drivers.broadlink.transmitter import BroadlinkTransmitter
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.virtual.keeping import keeping
from gateway.drivers.parts.virtual.session import RemoteSession
from gateway.drivers.spi import Context, Registration
from gateway.errors import DeviceFailure


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
