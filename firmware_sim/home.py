"""Several units in one process: they start together, are ready together and end together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import Refusal, SetupMistake
from firmware_sim.unit import Unit


class Home:
    """The running units by id."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = {unit.appliance.identifier: unit for unit in units}
        if len(self.units) < len(units):
            raise SetupMistake("two units have the same id: give each its own --id, or another seed")

    def unit(self, identifier: str) -> Unit:
        """Return a unit; Refusal `unknown`."""
        if identifier not in self.units:
            raise Refusal("unknown", f"there is no unit {identifier!r}; there are {', '.join(self.units)}")
        return self.units[identifier]


@asynccontextmanager
async def running_home(plans: Sequence[UnitPlan], *, speed: float = 1.0, state: Path | None = None) -> AsyncIterator[Home]:
    """Start the units, yield once all their wires answer, and end them with the context. SetupMistake when one cannot start."""
    home = Home([Unit(plan, speed=speed, state=state) for plan in plans])
    try:
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(unit.live(), name=f"unit {name}") for name, unit in home.units.items()]
            for unit in home.units.values():
                await unit.ready.wait()
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
