"""The measuring of one run: every believable value from the change stream, until the last aim is due and judged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.home.change import AvailabilityChanged, Snapshot, StateChanged
from gateway.home.subscription import Subscription
from gateway.scenes.effects.effect import Aimed, Effect
from gateway.scenes.effects.measured import GRACE, Verdict
from gateway.scenes.effects.silence import lacks, silence
from gateway.scenes.house import House, reachable
from gateway.thing.clock import Clock
from gateway.thing.value import Value

LOOK: Final = 0.5
"""Seconds between two looks for readings that are late."""
EVERY: Final = 60.0
"""Seconds between two times the curve is written down: so much of it a power cut may cost."""


class Measuring:
    """Measures one effect; `ended`: when the run ended, `keep` writes the report down."""

    def __init__(self, effect: Effect, ended: float, house: House, clock: Clock, keep: Callable[[], Awaitable[None]]) -> None:
        self._effect = effect
        self._ended = ended
        self._house = house
        self._clock = clock
        self._keep = keep

    async def run(self) -> None:
        """Measure until everything is judged; what devices do raises nothing."""
        devices = frozenset(device for aimed in self._open() for device in aimed.target.devices)
        async with self._house.subscribe(devices) as changes, asyncio.TaskGroup() as group:
            keeping = [group.create_task(self._write_down(), name="effect: write down")]
            due = [group.create_task(self._due(aimed), name=f"effect: {aimed.target.property}") for aimed in self._open()]
            keeping.append(group.create_task(self._listen(changes), name="effect: listen"))
            if due:
                await asyncio.wait(due)
            for task in keeping:
                task.cancel()
        await self._keep()

    def _open(self) -> list[Aimed]:
        return [aimed for aimed in self._effect.aims if aimed.verdict is Verdict.OPEN]

    async def _listen(self, changes: Subscription) -> None:
        async for change in changes:
            if isinstance(change, Snapshot):
                for device in change.devices:
                    self._take(device, None)
            elif isinstance(change, StateChanged):
                self._take(change.device, change.changed)
            elif isinstance(change, AvailabilityChanged):
                self._take(change.device, None)

    def _take(self, device: str, changed: frozenset[str] | None) -> None:
        """Take what a device shows of what is measured; `changed`: only of these, None: of all."""
        for aimed in self._open():
            name = aimed.target.property
            if (changed is None or name in changed) and not self._silence(device, name):
                self._add(aimed, device, self._house.twin(device).values[name])

    def _add(self, aimed: Aimed, device: str, value: Value) -> None:
        for measured in aimed.devices:
            if measured.device == device:
                measured.take(self._passed(), value, aimed.target.limits)

    def _passed(self) -> float:
        return max(0.0, self._clock.now() - self._ended)

    async def _due(self, aimed: Aimed) -> None:
        """Judge one aim when it is due, and readings from after that have come or do not come."""
        due = self._ended + aimed.target.after + aimed.target.hold
        await self._clock.sleep(max(0.0, due - self._clock.now()))
        await self._fresh(aimed, max(due, self._clock.now()))
        for measured in aimed.devices:
            measured.judge(aimed.target, self._silence(measured.device, aimed.target.property))
        aimed.conclude()
        await self._keep()

    async def _fresh(self, aimed: Aimed, moment: float) -> None:
        until = self._clock.monotonic() + GRACE
        while self._clock.monotonic() < until and any(self._is_late(each.device, aimed, moment) for each in aimed.devices):
            await self._clock.sleep(LOOK)

    def _is_late(self, device: str, aimed: Aimed, moment: float) -> bool:
        """Return whether a device that can be measured has said nothing since."""
        if device not in self._house.devices():
            return False
        twin = self._house.twin(device)
        return not lacks(twin, aimed.target.property) and reachable(twin) and (twin.last_seen or 0.0) < moment

    def _silence(self, device: str, name: str) -> str:
        """Return why a device shows nothing now that can be believed, "" where it does."""
        return silence(self._house, device, name, self._clock.now())

    async def _write_down(self) -> None:
        while True:
            await self._clock.sleep(EVERY)
            await self._keep()
