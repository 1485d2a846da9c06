"""Keeps a driver listening on the hub's broker, for units that announce themselves there; one that stops is begun again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from gateway.discovery.doctor import BROKER, Doctor
from gateway.discovery.guarded import outcome
from gateway.discovery.pace import Pace
from gateway.drivers.spi import Context, Driver, Sighting, WatchContext
from gateway.thing.log import Log


class WatchFinder:
    """One driver's ear on the broker. `known(key)`: nothing needs to be read about a unit that is accepted or ignored."""

    def __init__(
        self,
        driver: Driver,
        see: Callable[[Sighting], None],
        known: Callable[[str], bool],
        *,
        doctor: Doctor,
        context: Context,
        pace: Pace,
    ) -> None:
        self._driver = driver
        self._see = see
        self._known = known
        self._doctor = doctor
        self._context = context
        self._pace = pace
        self._log = Log(driver=driver.name)

    async def run(self) -> None:
        """Listen until cancelled; a driver that fails at it is noted and begun again."""
        failures = 0
        while True:
            error = await outcome(self._watch(), f"watch {self._driver.name}")
            failures += 1
            why = f"{type(error).__name__}: {error}"
            self._log.warning("discovery.watch_failed", why=why)
            self._doctor.dropped(BROKER, self._driver.name, why)
            await self._context.clock.sleep(self._pace.pause(failures, self._context.random))

    async def _watch(self) -> None:
        if self._driver.watch is None:
            return
        name = self._driver.name
        lent = WatchContext(
            context=self._context,
            see=self._take,
            known=self._known,
            asked=lambda where, what: self._doctor.asked(where, f"{name}: {what}"),
            dropped=lambda where, why: self._doctor.dropped(where, name, why),
        )
        async with self._driver.watch(lent):
            await asyncio.Event().wait()

    def _take(self, sighting: Sighting) -> None:
        self._see(sighting if sighting.at else replace(sighting, at=self._context.clock.now()))
