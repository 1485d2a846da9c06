"""What drivers that misbehave cost the others: the time a command takes to its evidence, beside units that hang, throw, flood or block.

A simulated unit in a process of its own is commanded over its wire, by turns with nobody else there and beside some whose driver is wrong
in one way; so both meet the same machine, and the ratio of the medians is what counts.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.spi import Driver, Registration
from gateway.drivers.supervisor import Supervisor
from gateway.drivers.table import load
from gateway.thing.ack import AckState
from gateway.thing.report import Report
from tests.drivers.contract_bench import find, pair
from tests.drivers.kit import RecordingSink, context, stages, until, write
from tests.drivers.twins import Floods, Healthy, ThrowsInReports, Workshop
from tests.kit.addresses import address

WIRE = {"driver": "gree", "wire": "gree"}
UNITS = 5
"""Misbehaving units at the same time."""


class Blocks(Healthy):
    """Keeps the loop for 5 ms, four times a second, as a driver does that works on a long answer in one go; five of them, a tenth of it."""

    async def reports(self) -> AsyncIterator[Report]:
        while True:
            time.sleep(0.005)  # noqa: ASYNC251 - that is what is wrong
            await asyncio.sleep(0.25)
            yield Report(device=self.device, values={"power": True})


class Hangs(Healthy):
    """Never says anything, and never answers."""

    async def reports(self) -> AsyncIterator[Report]:
        await asyncio.Event().wait()
        yield Report(device=self.device)


WRONG: dict[str, type[Healthy]] = {"hang": Hangs, "throw": ThrowsInReports, "flood": Floods, "block": Blocks}


@asynccontextmanager
async def simulator(where: str) -> AsyncIterator[None]:
    """Run one appliance in a process of its own."""
    arguments = ["air-conditioner", "--wire", WIRE["wire"], "--address", where, "--id", "ac-1"]
    process = subprocess.Popen([sys.executable, "-m", "firmware_sim.cli", *arguments], stdout=subprocess.PIPE)  # noqa: ASYNC220 - once
    assert process.stdout is not None
    try:
        await asyncio.to_thread(process.stdout.readline)
        yield
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def measure_isolation(commands: int, turns: int = 4) -> dict[str, float]:
    """Return, for each way to be wrong, how many times as long a command takes; `commands` a turn, each way `turns` times."""
    where = address()
    async with simulator(where):
        return {name: await _ratio(where, wrong, commands, turns) for name, wrong in WRONG.items()}


async def _ratio(where: str, wrong: type[Healthy], commands: int, turns: int) -> float:
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(turns):
        alone += await _commanded(where, None, commands)
        beside += await _commanded(where, wrong, commands)
    return statistics.median(beside) / statistics.median(alone)


async def _commanded(where: str, wrong: type[Healthy] | None, commands: int) -> list[float]:
    """Return the seconds of each command, `UNITS` of the `wrong` beside the unit that is commanded."""
    sink, workshop, lent = RecordingSink(), Workshop(), context()
    own = load(WIRE["driver"])
    (candidate,) = await find(own, lent, where)

    def drivers(name: str) -> Driver:
        return own if name == own.name else workshop.load(name)

    async with Supervisor(sink, lent, drivers) as supervisor:
        supervisor.add(await pair(own, candidate, {}))
        await until(lambda: any(report.complete for report in sink.reports), "a complete report")
        device = sink.attached[0]
        for number in range(UNITS if wrong else 0):
            workshop.kinds[f"wrong-{number}"] = wrong or Healthy
            supervisor.add(Registration(driver="twin", key=f"wrong-{number}"))
        await asyncio.sleep(0.3)
        return [await _timed(sink, device, turn % 2 == 0) for turn in range(commands)]


async def _timed(sink: RecordingSink, device: str, value: bool) -> float:
    await asyncio.sleep(0.01)
    before, began = len(sink.reports), time.perf_counter()
    done = await stages(sink.sessions[device], write(device, "eco", value))
    assert done[-1].state is AckState.COMPLETED
    while not any(report.device == device and report.values.get("eco") is value for report in sink.reports[before:]):
        await asyncio.sleep(0)
    return time.perf_counter() - began
