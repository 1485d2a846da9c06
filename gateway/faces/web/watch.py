"""One reader of the change stream for all open pages: what changed is told to those who look at it, gathered over a moment.

A burst of reports of one appliance is one look for a page; pages that show other appliances hear nothing of it. What sums up the whole home
is looked at less often: among hundreds of appliances something changes all the time.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from nicegui import Event

from gateway.home.change import Acknowledged, Described, EventRaised, Removed, Snapshot
from gateway.home.home import Home
from gateway.thing.clock import Clock

GATHER_SECONDS: Final = 0.05
"""How long changes are gathered before pages look: no eye sees it, and a page looks twenty times a second at most."""
OVERLOOK_SECONDS: Final = 0.25
"""The same for what a page says of all appliances together."""


class Watch:
    """`read`, `tell`, `overlook` run as long as pages are served; a page subscribes what it shows and is forgotten when it is closed."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.arrived: Event[[]] = Event()
        """The list of appliances changed: one is new, called otherwise, or gone."""
        self.any: Event[[]] = Event()
        """Something of some appliance changed."""
        self.scenes: Event[[]] = Event()
        """A scene, or a run of one, changed."""
        self.alerts: Event[[]] = Event()
        """An alert was raised, told, or acknowledged."""
        self.taken_back: set[str] = set()
        """Calls for help that were taken back where they were made: nobody has seen these."""
        self._home = home
        self._clock = clock
        self._devices: dict[str, Event[[]]] = {}
        self._changed: dict[str, None] = {}
        self._list = False
        self._wake = asyncio.Event()
        self._news = asyncio.Event()

    def device(self, device: str, look: Callable[[], None]) -> None:
        """Have `look` called whenever something of a device changed, for as long as the page that asks is open."""
        if device not in self._home.devices():
            return
        self._devices.setdefault(device, Event()).subscribe(look)

    async def read(self) -> None:
        """Read the stream until the home closes."""
        async with self._home.subscribe() as changes:
            async for change in changes:
                if isinstance(change, Acknowledged | EventRaised):
                    continue
                if isinstance(change, Snapshot):
                    self._changed |= dict.fromkeys(change.devices)
                else:
                    self._changed[change.device] = None
                self._list = self._list or isinstance(change, Snapshot | Removed | Described)
                self._wake.set()

    async def tell(self) -> None:
        """Tell the pages what was read, without end."""
        while True:
            await self._wake.wait()
            await self._clock.sleep(GATHER_SECONDS)
            self._wake.clear()
            changed, self._changed = self._changed, {}
            for device in changed:
                if (event := self._devices.get(device)) is not None:
                    event.emit()
            self._news.set()

    async def overlook(self) -> None:
        """Tell the pages that sum up the home that something changed, without end."""
        while True:
            await self._news.wait()
            await self._clock.sleep(OVERLOOK_SECONDS)
            self._news.clear()
            listed, self._list = self._list, False
            if listed:
                self.arrived.emit()
            self.any.emit()
