"""A session with a node: who it is, what it holds, and the units made of that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.echonet.frame import NODE
from gateway.drivers.echonet.identity import ASKED, facts_of
from gateway.drivers.echonet.refusal import refusal
from gateway.drivers.echonet.session import NodeSession
from gateway.drivers.echonet.talk import conversation
from gateway.drivers.parts.known import address_of
from gateway.drivers.spi import Context, Registration
from gateway.errors import DeviceFailure, Offline


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
