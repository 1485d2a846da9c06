"""A session with a unit that announces itself, for as long as it announces the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.mqttdiscovery.announcement import Entity
from gateway.drivers.mqttdiscovery.device import Device, device_of
from gateway.drivers.mqttdiscovery.ear import Ear, ear_of, entities_in
from gateway.drivers.mqttdiscovery.group import Group
from gateway.drivers.mqttdiscovery.line import Asks, Line, PlayedLine, TappedLine, anonymous
from gateway.drivers.mqttdiscovery.line import entities_of as recorded
from gateway.drivers.mqttdiscovery.pins import parted
from gateway.drivers.mqttdiscovery.watch import NAME, ROOT
from gateway.drivers.mqttdiscovery.wire import DiscoveredDevice
from gateway.drivers.parts.selfdescribed.carried import Naming
from gateway.drivers.parts.selfdescribed.portrait import made_ready, portrait
from gateway.drivers.parts.selfdescribed.session import AskedSelfDescribedSession
from gateway.drivers.parts.tap import tap
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import Context, Registration
from gateway.errors import DeviceFailure, Offline, TimedOut, WireError
from gateway.thing.session import Session

_PREFIX = "mqtt"
_INTERVAL = 60.0
_PATIENCE, _QUIET = 4.0, 0.5
"""Seconds to wait for a first announcement, and without another one after which a device is complete."""
_BACK = "it took back its announcement"
_NEVER = "it has not announced itself on the hub's broker: its firmware has to keep its announcements there (retain), or to be started anew"


class _Watcher:
    """Waits for one device's announcements, and notices when they are others than those it was opened with."""

    def __init__(self, key: str, roots: frozenset[str]) -> None:
        self.wire: DiscoveredDevice | None = None
        self.stirred = asyncio.Event()
        self.entities: tuple[tuple[Entity, ...], Asks] = ((), ())
        self._key = key
        self.roots = roots
        self._ear: Ear | None = None

    def attached(self, ear: Ear) -> None:
        """Look at this ear from now on."""
        self._ear = ear

    def changed(self, group: Group) -> None:
        """Take notice of a change of any device."""
        if self._ear is None or (found := self._ear.book.group(self._key)) not in (group, None):
            return
        self.stirred.set()
        wire = self.wire
        if wire is not None and not wire.closed.done():
            if found is None or not found.pieces:
                wire.closed.set_exception(ConnectionResetError(_BACK))
            elif entities_in(found, self.roots) != self.entities:
                wire.closed.set_exception(ConnectionResetError("it announced itself anew"))

    def link(self, up: bool) -> None:
        """Take notice of the link to the broker."""
        if self.wire is not None:
            self.wire.link(up)


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[Session]:
    """Open a unit by its announcements; raise Offline where there are none, DeviceFailure where they cannot be used."""
    await made_ready(context.library)
    async with _found(registration, context) as (line, device, watcher):
        wire = DiscoveredDevice(line, device, context.clock)
        session = AskedSelfDescribedSession(
            wire,
            portrait(device.claim, context.library),
            Naming(driver=NAME, key=registration.key, prefix=_PREFIX, title=device.claim.title, identity=device.identity),
            context.library,
            context.clock,
            interval=_INTERVAL,
        )
        async with wire.life():
            watcher.wire = wire
            await session.begin()
            yield session


@asynccontextmanager
async def _found(registration: Registration, context: Context) -> AsyncIterator[tuple[Line, Device, _Watcher]]:
    """Lend the way to a device and what it is: through the broker, or out of a recording."""
    beside = tap()
    roots = parted(registration.facts.get(ROOT, ""))
    watcher = _Watcher(registration.key, roots)
    if beside is not None and not beside.live:
        played = PlayedLine(beside)
        yield played, device_of(*recorded(await played.announced())), watcher
        return
    if context.mqtt is None:
        raise Offline("the hub has no broker")
    async with ear_of(context.mqtt).joined(watcher.changed, linked=watcher.link, pin=(registration.key, roots) if roots else None) as ear:
        watcher.attached(ear)
        device = await _announced(ear, registration, watcher, context)
        if beside is None:
            yield context.mqtt, device, watcher
            return
        announced, called = anonymous(*watcher.entities)
        beside.heard(announced)
        yield TappedLine(context.mqtt, beside, called), device, watcher


async def _announced(ear: Ear, registration: Registration, watcher: _Watcher, context: Context) -> Device:
    """Return the device once its announcements have come."""
    patience = _PATIENCE
    while True:
        watcher.stirred.clear()
        try:
            await within(context.clock, _QUIET if ear.book.group(registration.key) else patience, watcher.stirred.wait(), "an announcement")
        except TimedOut:
            break
    group = ear.book.group(registration.key)
    if group is None:
        raise Offline(_BACK if registration.key in ear.gone else _NEVER)
    try:
        watcher.entities = entities_in(group, watcher.roots)
        return device_of(*watcher.entities)
    except WireError as error:
        raise DeviceFailure(f"what it announces cannot be used: {error}") from error
