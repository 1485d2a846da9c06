"""Runs a driver's own search again and again: often at first and while a unit is away, else rarely, at once when a person asks."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from gateway.discovery.doctor import Doctor
from gateway.discovery.guarded import outcome
from gateway.discovery.pace import Pace
from gateway.drivers.spi import Context, Driver, SearchContext, Sighting
from gateway.thing.log import Log

MOST_NAMED = 1024
"""Hosts that are asked because somebody named them since the start."""


class SearchFinder:
    """One driver's search. `unicast`: hosts to ask one by one, besides what the driver broadcasts on `interfaces`.

    `away`: for how many seconds the unit it lost last has had no session; None when it has lost none.
    """

    def __init__(
        self,
        driver: Driver,
        interfaces: Callable[[], tuple[str, ...]],
        unicast: tuple[str, ...],
        see: Callable[[Sighting], None],
        away: Callable[[], float | None],
        *,
        doctor: Doctor,
        context: Context,
        pace: Pace,
    ) -> None:
        self._driver = driver
        self._interfaces = interfaces
        self._unicast = unicast
        self._named: tuple[str, ...] = ()
        self._see = see
        self._away = away
        self._doctor = doctor
        self._context = context
        self._pace = pace
        self._anew = asyncio.Event()
        self._rounds = 0
        self._log = Log(driver=driver.name)

    @property
    def driver(self) -> str:
        """Return whose search it is."""
        return self._driver.name

    def ask(self) -> None:
        """Search now, and often again for a while."""
        self._rounds = 0
        self._anew.set()

    def also(self, host: str) -> None:
        """Ask this host from now on, too; the one that was named longest ago is let go of where there are too many."""
        if host not in self._unicast:
            self._named = (*self._named, host)[-MOST_NAMED:]
            self._anew.set()

    async def run(self) -> None:
        """Search until cancelled; a search that fails is noted and tried again later."""
        while True:
            self._anew.clear()
            self._rounds += 1
            error = await outcome(self._search(), f"search {self._driver.name}")
            if error is not None:
                self._log.warning("discovery.search_failed", why=f"{type(error).__name__}: {error}")
                self._doctor.dropped(self._driver.name, "the search itself", f"{type(error).__name__}: {error}")
            await self._pause()

    async def _search(self) -> None:
        if self._driver.search is None:
            return
        name = self._driver.name
        wanted = SearchContext(
            interfaces=self._interfaces(),
            unicast=tuple(dict.fromkeys((*self._unicast, *self._named))),
            context=self._context,
            asked=lambda where, what: self._doctor.asked(where, f"{name}: {what}"),
            dropped=lambda where, why: self._doctor.dropped(where, name, why),
        )
        async with asyncio.timeout(self._pace.search):
            async for sighting in self._driver.search(wanted):
                self._see(sighting if sighting.at else replace(sighting, at=self._context.clock.now()))

    async def _pause(self) -> None:
        clock = self._context.clock
        usual, began = self._pace.pause(self._rounds, self._context.random), clock.monotonic()
        while (left := began + self._pace.shortened(usual, self._away()) - clock.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._pace.look)):
                    await self._anew.wait()
                    return
