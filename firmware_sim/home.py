"""Several units in one process: they start together, are ready together, share mains and air, and end together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from firmware_sim.appliance import LOOK, Appliance
from firmware_sim.joints import Joints
from firmware_sim.mains import MainsPlan
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.supply import Supply
from firmware_sim.unit import Unit

CONNECTING = 16
"""Units that connect to a broker at the same time; a whole building at once needs much memory for what all have to say."""


class Home:
    """The running units by id, and their mains."""

    def __init__(self, units: Sequence[Unit], *, mains: MainsPlan | None = None, speed: float = 1.0) -> None:
        self.units = {unit.appliance.identifier: unit for unit in units}
        if len(self.units) < len(units):
            raise SetupMistake("two units have the same id: give each its own --id, or another seed")
        self.internet = True
        self._joints = Joints(self.units)
        self.supply = Supply(mains or MainsPlan(), self._joints.roots, speed=speed, before_change=self._catch_up)
        if mains is not None:
            for unit in units:
                unit.physical.model.time_of_day = mains.clock
            self.supply.begin()

    @property
    def roots(self) -> tuple[Appliance, ...]:
        """The appliances plugged into the wall."""
        return self._joints.roots

    def unit(self, identifier: str) -> Unit:
        """Return a unit; Refusal `unknown`."""
        if identifier not in self.units:
            raise Refusal("unknown", f"there is no unit {identifier!r}; there are {', '.join(self.units)}")
        return self.units[identifier]

    def reach(self, internet: bool) -> None:
        """Have the internet, or lose it: the line of the home is one, whatever the units are."""
        self.internet = internet
        self._catch_up()
        for unit in self.units.values():
            unit.network.reach(internet)

    async def advance(self, seconds: float, unit: Unit | None = None) -> None:
        """Let time pass for the whole home, mains included, or for one unit and what hangs on the same cord, which the mains leave alone.

        All go side by side in steps of at most half a minute, with a breath of the event loop in between, so that their wires can speak.
        """
        moved = self._joints.in_order(self.units if unit is None else self._joints.circuit(unit.appliance.identifier))
        self.supply.catch_up()
        left = seconds
        while left > 0:
            piece = min(LOOK, left)
            if unit is None:
                piece = max(0.001, min(piece, self.supply.next_change - self.supply.at))
            for name in moved:
                self.units[name].advance(piece)
                await asyncio.sleep(0)
            if unit is None:
                self.supply.skip(piece)
            left -= piece

    def _catch_up(self) -> None:
        for name in self._joints.in_order(self.units):
            self.units[name].catch_up()


@asynccontextmanager
async def running_home(
    plans: Sequence[UnitPlan],
    *,
    speed: float = 1.0,
    state: Path | None = None,
    mains: MainsPlan | None = None,
    make: Callable[..., Unit] = Unit,
) -> AsyncIterator[Home]:
    """Start the units, yield once all their wires answer, and end them with the context. SetupMistake when one cannot start.

    `mains`: what their supply does over time; None: it is steady and left to whoever asks for a cut. `make`: how a unit is built.
    """
    gate = asyncio.Semaphore(CONNECTING)
    home = Home([make(plan, speed=speed, state=state, gate=gate) for plan in plans], mains=mains, speed=speed)
    try:
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(unit.live(), name=f"unit {name}") for name, unit in home.units.items()]
            for unit in home.units.values():
                await unit.ready.wait()
            lives.append(group.create_task(home.supply.live(), name="mains"))
            yield home
            for life in lives:
                life.cancel()
    except BaseExceptionGroup as group:
        raise _single(group) from None


def _single(error: BaseException) -> BaseException:
    """Take an error out of the groups around it, unless it has company; of mistakes in the setup the first is enough."""
    while isinstance(error, BaseExceptionGroup) and (len(error.exceptions) == 1 or error.split(SetupMistake)[1] is None):
        error = error.exceptions[0]
    return error
