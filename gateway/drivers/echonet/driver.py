"""The driver record for ECHONET Lite: an open standard, nothing to pair, no key, and nobody is kept out.

A node is known by its identification number, never by its address; whoever is found at the address of a known one is asked who it is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.echonet.frame import NODE
from gateway.drivers.echonet.identity import ASKED, facts_of
from gateway.drivers.echonet.mapping import FOLDER, class_of
from gateway.drivers.echonet.plug import GROUP, PORT
from gateway.drivers.echonet.refusal import refusal, usable
from gateway.drivers.echonet.search import NAME, search
from gateway.drivers.echonet.session import NodeSession
from gateway.drivers.echonet.talk import conversation
from gateway.drivers.parts.known import address_of, candidate_of
from gateway.drivers.parts.sheet import kind_names
from gateway.drivers.spi import Candidate, Context, Driver, Registration, Sighting
from gateway.errors import DeviceFailure, Offline


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the node a sighting is of, None when it is of something else or cannot be used."""
    if sighting.service != NAME or sighting.gone or refusal(sighting.facts) is not None:
        return None
    known = [of for code in usable(sighting.facts) if (of := class_of(code)) is not None]
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    return candidate_of(sighting, sighting.facts["id"], known[0].title + more, known[0].kind)


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[NodeSession]:
    """Ask the node who it is and what it holds, and carry it; raise DeviceFailure, Offline, TimedOut, PortTaken or OSError."""
    address = address_of(registration)
    async with conversation(address, context.clock, context.random) as talk:
        facts = facts_of(await talk.get(NODE, ASKED))
        if facts.get("id") != registration.key:
            raise Offline(f"another unit answers at {address}: it is looked for anew")
        if (why := await asyncio.to_thread(refusal, facts)) is not None:  # its mapping may have to be read from the disk
            raise DeviceFailure(why)
        objects = [int(code, 16) for code in facts["objects"].split()]
        session = NodeSession(talk, objects, registration.key, facts, context)
        await session.begin()
        yield session


DRIVER = Driver(
    name=NAME,
    title="ECHONET Lite",
    kinds=kind_names(FOLDER),
    recognise=recognise,
    open=open_session,
    search=search,
    listens=(f"udp answers and announcements of appliances on port {PORT}, and of the group {GROUP}",),
    clear="ECHONET Lite",
)
