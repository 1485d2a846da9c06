"""Sees devices that are announced: once a device has been quiet for a moment, for its entities come one after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

from gateway.drivers.mqttdiscovery.belonging import key_of
from gateway.drivers.mqttdiscovery.ear import FILTERS, ear_of
from gateway.drivers.mqttdiscovery.group import Group
from gateway.drivers.mqttdiscovery.pins import joined
from gateway.drivers.parts.beside import beside
from gateway.drivers.parts.later import imported
from gateway.drivers.parts.text import shown
from gateway.drivers.spi import Candidate, Sighting, WatchContext
from gateway.errors import HulianError

NAME = "mqttdiscovery"
SOURCE = "broker"
_LOOK = 0.25
"""Seconds between two looks at who has become quiet."""
_QUIET, _PATIENT = 0.75, 5.0
"""Seconds without another announcement after which a device is complete, and after which it is shown all the same."""
_AT_ONCE = 32
"""Devices looked at before others get their turn."""
_REASONS = 4
_LOOKS = "gateway.drivers.mqttdiscovery.look"
"""What a device will be is found out by the largest part of this driver: not before one announces itself."""
ROOT = "root_name"
"""The fact of a registration that says where the unit spoke when it was taken in; what speaks elsewhere is another's."""


class _Settling:
    """Who has changed, since when and until when."""

    def __init__(self, lent: WatchContext) -> None:
        self._lent = lent
        self._waiting: dict[int, tuple[Group, float, float]] = {}
        self._look: ModuleType

    def changed(self, group: Group) -> None:
        """Take notice of a change."""
        now = self._lent.context.clock.monotonic()
        _, since, _ = self._waiting.get(id(group), (group, now, now))
        self._waiting[id(group)] = (group, since, now)

    async def run(self) -> None:
        """Show who has become quiet, until cancelled."""
        clock = self._lent.context.clock
        while True:
            await clock.sleep(_LOOK)
            now = clock.monotonic()
            due = [key for key, (_, since, last) in self._waiting.items() if now - last >= _QUIET or now - since >= _PATIENT]
            if due:
                self._look = await imported(_LOOKS)
                await self._look.made_ready(self._lent.context.library)
            for count, key in enumerate(due, start=1):
                self._show(self._waiting.pop(key)[0])
                if count % _AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _show(self, group: Group) -> None:
        if not group.pieces:
            self._lent.see(Sighting(source=SOURCE, service=NAME, name=group.key, gone=True))
            return
        known = next((key_of(name) for name in sorted(group.names) if self._lent.known(key_of(name))), "")
        try:
            facts, left_out = self._look.look(group, self._lent.context.library)
        except HulianError as error:
            self._lent.dropped(SOURCE, f"{shown(group.key)}: {error}")
            return
        for reason in left_out[:_REASONS]:
            self._lent.dropped(SOURCE, f"{shown(group.key)}: left out: {reason}")
        self._lent.see(
            Sighting(source=SOURCE, service=NAME, name=known or group.key, facts=facts if known else facts | {ROOT: joined(group.roots)})
        )


@asynccontextmanager
async def watch(lent: WatchContext) -> AsyncIterator[None]:
    """Listen to announcements for as long as the context lives."""
    client = lent.context.mqtt
    if client is None:
        yield
        return
    settling = _Settling(lent)
    lent.asked(SOURCE, ", ".join(FILTERS))
    async with ear_of(client).joined(settling.changed, lambda who, why: lent.dropped(SOURCE, f"{shown(who, 96)}: {why}")) as ear:
        for group in ear.book.groups():
            settling.changed(group)
        async with beside(settling.run(), "mqttdiscovery settling"):
            yield


def recognise(sighting: Sighting) -> Candidate | None:
    """Return the device behind a sighting of ours."""
    if sighting.service != NAME or sighting.gone:
        return None
    kind, title = (sighting.facts.get(name, "") for name in ("kind", "title"))
    root = sighting.facts.get(ROOT, "")
    return Candidate(
        driver=NAME,
        key=sighting.name,
        title=title or sighting.name,
        kind=kind or None,
        facts={ROOT: root} if root else {},
    )
