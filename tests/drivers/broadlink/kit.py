"""A room with a transmitter, what only its remote reaches, and a session of the driver with it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.home import Home, running_home
from firmware_sim.plan import UnitPlan
from gateway.drivers.broadlink import DRIVER
from gateway.drivers.parts.virtual.session import RemoteSession
from gateway.drivers.spi import Context, Registration
from gateway.thing.clock import SystemClock
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.drivers.contract_bench import find, pair
from tests.drivers.kit import LIBRARY, invoke, stages
from tests.kit.addresses import address
from tests.kit.kept import MemoryKept


@dataclass(kw_only=True)
class Room:
    """`kept`: what the hub keeps."""

    home: Home
    context: Context
    clock: SystemClock
    kept: MemoryKept
    registration: Registration

    @property
    def eye(self) -> Appliance:
        return self.home.unit("eye").appliance

    def real(self, kind: str) -> Mapping[str, Any]:
        """Return how an appliance in the room really stands."""
        return self.home.unit(kind).physical.values()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[RemoteSession]:
        async with DRIVER.open(self.registration, self.context) as session:
            assert isinstance(session, RemoteSession)
            yield session

    def press(self, remote: str, key: str = "", **shown: Any) -> None:
        """Press a key of a handheld remote in the room."""
        self.eye.touch({"press": {"remote": remote} | ({"key": key} if key else {}) | ({"set": shown} if shown else {})})


@asynccontextmanager
async def room(*kinds: str, **facts: Any) -> AsyncIterator[Room]:
    where, clock, kept = address(), SystemClock(), MemoryKept()
    context = Context(gateway="gw-test", clock=clock, random=Random(1), library=LIBRARY, kept=kept)
    plans = [UnitPlan(kind="ir-remote", wire="broadlink", id="eye", address=where, room="room", facts=facts)]
    plans += [UnitPlan(kind=kind, wire="ir", id=kind, address=address(), room="room", facts={"misses": 0.0}) for kind in kinds]
    async with running_home(plans) as home:
        (candidate,) = await find(DRIVER, context, where)
        registration = await pair(DRIVER, candidate, {})
        yield Room(home=home, context=context, clock=clock, kept=kept, registration=registration)


def own(session: RemoteSession) -> str:
    """Return the id of the transmitter itself."""
    return session.describe()[0].id


async def learned(room: Room, session: RemoteSession, press: Mapping[str, Any], **named: str) -> list[Progress]:
    """Learn a key that is pressed once the transmitter listens; return the stages."""
    task = asyncio.create_task(stages(session, invoke(own(session), "learn", dict(named) or None)))
    await listening(room, session)
    room.eye.touch({"press": dict(press)})
    return await task


async def listening(room: Room, session: RemoteSession) -> None:
    """Return once the transmitter listens; from then on time runs faster."""
    while session._doing == "idle":
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    asyncio.get_running_loop().call_later(0.02, room.clock.advance, 1.0)


def told(session: RemoteSession) -> list[Report]:
    """Return what it has said since the last time."""
    reports = []
    while not session._reports.empty():
        report = session._reports.get_nowait()
        assert report is not None
        reports.append(report)
    return reports
