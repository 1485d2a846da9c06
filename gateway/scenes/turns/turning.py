"""One device after the other: the dearest first, each only once there is room for it, and none that does not answer keeps the others back.

Who is to be switched off goes first, for that makes room. Then, at each turn, the dearest that can be reached, has the volts it starts at,
and fits in under the line's limit. What was switched on is counted with its full draw from then on, whatever it says. Who finds no room
until the deadline is left as it is, and told why.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from gateway.scenes.asking import LOOK, Asking
from gateway.scenes.house import House, heard, is_so, meant
from gateway.scenes.plan import Turns
from gateway.scenes.power import line_limit, shown
from gateway.scenes.report import Line, Outcome, Report
from gateway.scenes.turns.draws import SWITCH, loads_of, refresh
from gateway.scenes.turns.priority import priority
from gateway.scenes.turns.room import Load, first_that_fits, no_room
from gateway.scenes.turns.volts import volts_at
from gateway.thing.clock import Clock

STARTS_AT: Final = "minStartVoltage"
PATIENCE: Final = 10.0
"""Seconds for which the next waits until the last has answered."""


class Turning:
    """The turns of one part of a run. `limit`: watts that somebody said; where nobody did it is the home's own."""

    def __init__(self, part: Turns, lines: Sequence[Line], report: Report, house: House, asking: Asking, clock: Clock) -> None:
        self._part = part
        self._report = report
        self._house = house
        self._asking = asking
        self._clock = clock
        self._lines = {line.device: [each for each in lines if each.device == line.device] for line in lines}
        self._loads: dict[str, Load] = {}
        self._held: set[str] = set()
        self._order: list[dict[str, Any]] = []
        self._limit: float | None = None

    async def run(self, limit: float | None) -> None:
        """Do it all; every line has ended when this returns."""
        self._began = self._clock.monotonic()
        said = self._part.limit if self._part.limit is not None else limit
        self._limit = said if said is not None else line_limit(self._house)
        self._loads = await loads_of(self._house, self._limit)
        self._report.power["limit"] = self._limit
        self._order = self._report.power.setdefault("order", [])
        order = priority(self._part.step.first, self._part.step.last)
        by_themselves = [device for device in meant(self._part.step.select, self._house) if self._comes_back(device)]
        for device in sorted(by_themselves, key=lambda device: order.rank(self._house.twin(device))):
            self._note(device, "comes back by itself: its room is kept")
        waiting = sorted(self._lines, key=lambda device: order.rank(self._house.twin(device)))
        async with asyncio.TaskGroup() as group:
            waiting = await self._without_more(waiting, group)
            await self._with_more(waiting, group)

    async def _without_more(self, waiting: Sequence[str], group: asyncio.TaskGroup) -> list[str]:
        """Ask whoever draws no more by it; return the others."""
        left = []
        for device in waiting:
            if self._draws_more(device):
                left.append(device)
            else:
                self._note(device, "draws no more")
                group.create_task(self._ask(device), name=f"{self._report.id} {device}")
        return left

    async def _with_more(self, waiting: list[str], group: asyncio.TaskGroup) -> None:
        due = self._clock.monotonic() + self._part.step.patience
        while waiting:
            self._settle()
            following = first_that_fits(self._loads, self._held, [each for each in waiting if not self._why_not(each)], self._limit)
            if following is not None:
                waiting.remove(following)
                await self._its_turn(following, group, last=not waiting)
            elif self._clock.monotonic() >= due:
                return self._left_out(waiting)
            else:
                await self._clock.sleep(LOOK)
        return None

    async def _its_turn(self, device: str, group: asyncio.TaskGroup, *, last: bool) -> None:
        self._note(device, "is switched on")
        self._held.add(device)
        asked = group.create_task(self._ask(device), name=f"{self._report.id} {device}")
        await self._clock.sleep(min(self._part.step.spacing, LOOK) if last else self._part.step.spacing)
        due = self._clock.monotonic() + PATIENCE
        while not asked.done() and self._clock.monotonic() < due:
            await self._clock.sleep(LOOK)

    async def _ask(self, device: str) -> None:
        for line in self._lines[device]:
            await self._asking.ask(line)

    def _settle(self) -> None:
        """Look how everybody is; let go who was refused and shows that it is off, so that nobody waits for it in vain."""
        refresh(self._loads, self._house)
        for device in tuple(self._held):
            refused = any(line.outcome is Outcome.FAILED for line in self._lines[device])
            if refused and device in self._loads and not self._loads[device].on and not self._loads[device].shown:
                self._held.discard(device)

    def _draws_more(self, device: str) -> bool:
        """Return whether a device may draw more by what it is asked for, than it does."""
        if device not in self._loads:
            return False
        switched = [line.asked[SWITCH] for line in self._lines[device] if SWITCH in line.asked]
        if not switched:
            return True
        return switched[-1] is True and not all(is_so(self._house.twin(device), line.asked) for line in self._lines[device])

    def _comes_back(self, device: str) -> bool:
        """Return whether a device is meant, has no switch, and draws as it likes."""
        return device not in self._lines and device in self._loads and self._loads[device].on and self._loads[device].cycles

    def _why_not(self, device: str) -> str:
        """Return why a device cannot have its turn yet, leaving room aside; "" where it can."""
        if device not in self._house.devices():
            return ""
        twin = self._house.twin(device)
        if not heard(twin):
            return twin.availability.reason or "it cannot be reached"
        needed, volts = shown(twin, STARTS_AT), volts_at(twin, self._house)
        if needed is not None and volts is not None and volts < needed:
            return f"it starts at {needed:g} V, and there are {volts:.0f} V"
        return ""

    def _left_out(self, waiting: Sequence[str]) -> None:
        """Say of everybody who had no turn why."""
        for device in waiting:
            why = self._why_not(device)
            unheard = bool(why) and not heard(self._house.twin(device))
            for line in self._lines[device]:
                line.end(Outcome.UNREACHABLE if unheard else Outcome.NOT_TRIED, why or self._no_room(device))
            self._order.append(self._entry(device) | {"leftOut": why or self._no_room(device)})

    def _no_room(self, device: str) -> str:
        return no_room(self._loads, self._held, device, self._limit or 0.0)

    def _note(self, device: str, what: str) -> None:
        self._order.append(self._entry(device) | {"what": what})

    def _entry(self, device: str) -> dict[str, Any]:
        load = self._loads.get(device)
        told: dict[str, Any] = {"device": device, "at": round(self._clock.monotonic() - self._began, 1)}
        return told if load is None else told | {"watts": round(load.most), "basis": load.basis, "surge": round(load.surge)}
