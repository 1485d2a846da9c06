"""A session with a node, and its key being asked for."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from gateway.drivers.esphome.library import Secrets, load
from gateway.drivers.esphome.link import PORT, linked
from gateway.drivers.esphome.node import Node
from gateway.drivers.esphome.roster import Roster, roster_of
from gateway.drivers.esphome.search import KEY, NAME, PASSWORD
from gateway.drivers.parts.known import address_of
from gateway.drivers.parts.selfdescribed.carried import Naming
from gateway.drivers.parts.selfdescribed.portrait import portrait, prepare
from gateway.drivers.parts.selfdescribed.session import AskedSelfDescribedSession
from gateway.drivers.spi import Ask, Candidate, Context, Registration
from gateway.errors import Offline, TimedOut, Unauthenticated
from gateway.profile.library import Library
from gateway.thing.clock import SystemClock

INTERVAL = 30.0
"""Seconds between two questions for everything; what changes is told at once."""
_LENGTH = 32


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[AskedSelfDescribedSession]:
    """Connect, learn what the node has, and carry it; raise Unauthenticated, DeviceFailure, Offline, TimedOut, OSError or ExtraMissing."""
    clock, address = context.clock, address_of(registration)
    await asyncio.to_thread(_made_ready, context.library)  # the first time it takes a second, in which no node is kept waiting
    async with linked(address, registration.port or PORT, secrets_of(registration.credentials), registration.key, clock) as link:
        roster = await roster_of(link, clock)
        if roster.mac != registration.key:
            raise Offline("another node lives at this address now")
        drawn = await asyncio.to_thread(portrait, roster.claim(), context.library)
        session = AskedSelfDescribedSession(
            Node(link, roster, clock), drawn, _naming(registration.key, roster), context.library, clock, interval=INTERVAL
        )
        await session.begin()
        yield session


def _made_ready(library: Library) -> None:
    load()
    prepare(library)


async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:
    """Ask for the key and try it, as far as the node is there; raise Unauthenticated when it is none, or not this node's."""
    if KEY not in candidate.needs:
        return {}
    key = _key((await ask(KEY, f"the encryption key of the ESPHome node at {candidate.address}")).strip())
    try:
        async with linked(candidate.address, candidate.port, Secrets(key=key), candidate.key, SystemClock()):
            return {KEY: key}
    except (Offline, TimedOut, OSError):
        return {KEY: key}  # it is away: what it says of the key is heard when it is back


def secrets_of(credentials: Mapping[str, str]) -> Secrets:
    """Return what opens a node; raise Unauthenticated for a key that cannot be one."""
    key = credentials.get(KEY, "")
    return Secrets(key=_key(key) if key else "", password=credentials.get(PASSWORD, ""))


def _key(text: str) -> str:
    try:
        length = len(base64.b64decode(text, validate=True))
    except binascii.Error:
        length = 0
    if length != _LENGTH:
        raise Unauthenticated("an ESPHome key is 44 characters of base64 (32 bytes), as `hulian guide esphome` tells")
    return text


def _naming(key: str, roster: Roster) -> Naming:
    return Naming(driver=NAME, key=key, prefix=NAME, title=roster.title, identity=roster.identity())
