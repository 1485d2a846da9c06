"""The contract on a virtual air conditioner: behind a Broadlink transmitter, and really there in the room, where it obeys the light.

What is tried is the whole way: the driver's datagrams, the transmitter, the light with its jitter, the appliance. There is no way back.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.home import running_home
from firmware_sim.plan import UnitPlan
from gateway.drivers.spi import Candidate, Context
from gateway.drivers.table import load
from gateway.thing.clock import SystemClock
from tests.drivers.contract import DriverContract
from tests.drivers.contract_bench import Bench, find, pair
from tests.drivers.kit import LIBRARY, stages, write
from tests.kit.addresses import address
from tests.kit.kept import MemoryKept

THING = "ac-behind"
NO_KEY = "a transmitter lets in whoever asks"
SILENT = "nothing answers over infrared: what is switched at the appliance nobody is told"
DATAGRAMS = "a wire of datagrams has no pieces and no connections"
UNTOLD = {
    "roomTemperature": "nothing measures it",
    "operatingState": "what it really does nobody knows",
}


class Behind(Bench):
    """`room`: the appliance that obeys the light; the transmitter is `unit`."""

    room: Appliance

    @property
    def appliance(self) -> Appliance:
        return self.room

    async def found(self) -> Candidate:
        return replace(await super().found(), kind=None)  # what is found is the transmitter, and not what it speaks for


@asynccontextmanager
async def behind(wire: str, facts: Mapping[str, Any]) -> AsyncIterator[Behind]:
    driver, clock, kept, where = load("broadlink"), SystemClock(), MemoryKept(), address()
    context = Context(gateway="gw-test", clock=clock, random=Random(1), library=LIBRARY, kept=kept)
    plans = [
        UnitPlan(kind="ir-remote", wire=wire, id="transmitter", address=where, room="room", facts=facts),
        UnitPlan(kind="air-conditioner", wire="ir", id="appliance", address=address(), room="room", facts={"misses": 0.0}),
    ]
    async with running_home(plans) as home:
        (candidate,) = await find(driver, context, where)
        registration = await pair(driver, candidate, {})
        things = [{"id": THING, "kind": "air-conditioner", "codes": "climate-8", "title": ""}]
        await kept.put("broadlink", registration.key, {"version": 1, "things": things})
        async with driver.open(registration, context) as session:
            await stages(session, write(THING, "power", True))  # before that nothing is known of it
        bench = Behind(driver=driver, context=context, clock=clock, unit=home.unit("transmitter"), registration=registration, only=THING)
        bench.room = home.unit("appliance").physical
        yield bench


class TestVirtualAirConditioner(DriverContract):
    driver = "broadlink"
    wire = "broadlink"
    kind = "air-conditioner"
    lacks = {
        "key": NO_KEY,
        "wrong key": NO_KEY,
        "connections": DATAGRAMS,
        "pieces": DATAGRAMS,
        "by hand": SILENT,
        "push": SILENT,
        "unplugged and back": "an appliance without power looks the same over infrared; its transmitter's own power is tried apart",
        "gone in the middle": "nothing tells whether an unanswered transmission was made: what it would have changed is told as stale",
    }
    untold = UNTOLD
    judges = ("broadlink",)

    @pytest.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        async with behind(self.wire, {"quirks": ["cold"]}) as bench:
            yield bench
