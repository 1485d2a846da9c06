"""A whole simulated home on a real wire, its mains in the test's hand, and a look at what is truly drawn from the wall."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from firmware_sim.home import Home as Wall
from firmware_sim.home import running_home
from firmware_sim.home_file import read_home
from firmware_sim.mains import MainsPlan
from gateway.drivers.native import DRIVER
from gateway.drivers.spi import Context
from gateway.drivers.supervisor import Supervisor
from gateway.profile.library import Library
from gateway.scenes.builtin.built_in import text_of
from gateway.thing.value import Value
from tests.drivers.contract_bench import LIMITS
from tests.drivers.kit import until
from tests.kit.addresses import address
from tests.scenes.kit import WIRE, Stage, is_heard, registration_of, staged

QUICK = {"PT15S": "PT6S", "spacing: PT5S": "spacing: PT0.4S", "deadline: PT5M": "deadline: PT8S", "PT4M": "PT3S"}
QUICK_SHED = {"for: PT10S": "for: PT0.5S", "well: PT2M": "well: PT3S", "spacing: PT10S": "spacing: PT0.5S"}
"""What a person waits for with patience and a test does not."""
STARTING = 5.0
"""How many times its running power a motor draws as it starts: the simulator's compressors have no such second, so it is added here."""
LOOK = 0.02


@cache
def every_kind() -> Library:
    """Return the library of all kinds: the scenes that come along name many."""
    return Library()


@dataclass
class Dwelling:
    """A home; `drawn`: the most that was truly drawn from the wall while anybody looked, starts of compressors among it."""

    stage: Stage
    wall: Wall
    drawn: float = 0.0
    starts: dict[str, int] = field(default_factory=dict)

    @property
    def home(self) -> Any:
        return self.stage.home

    def truth(self, device: str) -> dict[str, Any]:
        return self.wall.unit(device).appliance.truth()

    def set(self, device: str, **values: Value) -> None:
        """Press buttons at an appliance."""
        self.wall.unit(device).appliance.touch(values)

    async def cut(self, seconds: float) -> None:
        """Cut the mains of the whole home for a while, at least until the hub misses all that have no battery."""
        self.wall.supply.override(0.0)
        await asyncio.sleep(seconds)
        await until(lambda: not any(map(self._unnoticed, self.wall.units)), "everybody is missed", 60)
        self.wall.supply.override(220.0)

    def _unnoticed(self, device: str) -> bool:
        """Return whether a unit has no power and the hub does not know it yet."""
        return not self.wall.unit(device).network.powered and self.home.twin(device).online

    async def heard(self) -> None:
        """Wait until the hub has heard everybody, and shows everybody's switch as it is."""
        await until(lambda: all(is_heard(self.home, device) for device in self.wall.units), "everybody is heard", 60)
        await until(self._same, "the hub shows every switch as it is", 60)

    def look(self) -> None:
        """Look at the wall once."""
        self.drawn = max(self.drawn, self.wall.supply.watts + self._starting())

    async def watch(self) -> None:
        """Look at the wall again and again until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK)

    async def later(self, seconds: float) -> None:
        """Let physical time pass, with a look every ten seconds of it."""
        for _ in range(int(seconds / 10)):
            await self.wall.advance(10)
            self.look()

    def _starting(self) -> float:
        """Return the extra watts of motors that have started since the last look."""
        extra = 0.0
        for name, unit in self.wall.units.items():
            motor = getattr(unit.appliance.model, "compressor", None)
            if unit.appliance.kind == "refrigerator" and motor is not None:
                if motor.starts > self.starts.get(name, motor.starts):
                    extra += (STARTING - 1) * unit.appliance.model.watts
                self.starts[name] = motor.starts
        return extra

    def _same(self) -> bool:
        return all(
            self.home.twin(device).values.get("power") == unit.appliance.values().get("power") for device, unit in self.wall.units.items()
        )


@asynccontextmanager
async def dwelling(folder: Path, name: str, seed: int) -> AsyncIterator[Dwelling]:
    """Run one of the simulator's homes, every appliance with a seed of its own, and a hub that has heard them all."""
    plans = [replace(plan, address=address(), port=5683, seed=(plan.seed or 0) + 100 * seed) for plan in read_home(name, rewire=WIRE).units]
    library = every_kind()
    async with staged(folder, library=library) as stage, running_home(plans, mains=MainsPlan()) as wall:
        lent = Context(gateway="gw-test", clock=stage.clock, random=Random(seed), library=library)
        async with Supervisor(stage.home, lent, lambda _: DRIVER, limits=LIMITS) as supervisor:
            for unit in wall.units.values():
                supervisor.add(registration_of(unit))
            found = Dwelling(stage, wall)
            await found.heard()
            yield found


def built_in(name: str) -> str:
    """Return a scene that comes along, as impatient as a test."""
    text = text_of(name)
    for patient, quick in {**QUICK, **QUICK_SHED}.items():
        text = text.replace(patient, quick)
    return text
