"""A conversation with one device behind Zigbee2MQTT."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.drivers.parts.selfdescribed.carried import Naming
from gateway.drivers.parts.selfdescribed.portrait import made_ready, portrait
from gateway.drivers.parts.selfdescribed.session import AskedSelfDescribedSession
from gateway.drivers.parts.tap import tap
from gateway.drivers.parts.waiting import within
from gateway.drivers.spi import Context, Registration
from gateway.drivers.zigbee2mqtt.exposes import exposed
from gateway.drivers.zigbee2mqtt.line import BrokerLine, Line
from gateway.drivers.zigbee2mqtt.listing import Listed
from gateway.drivers.zigbee2mqtt.naming import BASE, PREFIX, title_of
from gateway.drivers.zigbee2mqtt.naming import DRIVER as NAME
from gateway.drivers.zigbee2mqtt.room import client_of, room_of
from gateway.drivers.zigbee2mqtt.taps import PlayedLine, TappedLine
from gateway.drivers.zigbee2mqtt.unit import Zigbee2mqttUnit
from gateway.errors import Offline, TimedOut
from gateway.thing.session import Session

INTERVAL = 270.0
"""Seconds between two questions to a device that can be asked and does not sleep; whatever changes it tells by itself."""
LISTED = 5.0
"""Seconds to wait for the list a device stands in."""


@asynccontextmanager
async def open_session(registration: Registration, context: Context) -> AsyncIterator[Session]:
    """Open the conversation with a device; raise Offline when no bridge lists it."""
    await made_ready(context.library)
    async with _line(registration.key, registration.facts.get(BASE, ""), context) as line:
        device = await _listed(line, context)
        known = exposed(line.definition(device))
        unit = Zigbee2mqttUnit(line, known, device, context.clock)
        session = AskedSelfDescribedSession(
            unit, portrait(known.claim, context.library), naming_of(device), context.library, context.clock, interval=INTERVAL
        )
        await session.begin()
        yield session


@asynccontextmanager
async def _line(ieee: str, home: str, context: Context) -> AsyncIterator[Line]:
    """Lend the way to a device: through the broker, or out of a recording."""
    beside = tap()
    if beside is not None and not beside.live:
        yield PlayedLine(ieee, beside)
        return
    async with BrokerLine(room_of(client_of(context)), ieee, home) as line:
        yield line if beside is None else TappedLine(line, beside)


async def _listed(line: Line, context: Context) -> Listed:
    """Return the device's row; raise Offline when no bridge has one."""
    try:
        return await within(context.clock, LISTED, line.listed(), "a list of devices")
    except TimedOut as error:
        bridges = ", ".join(sorted(room_of(context.mqtt).bridges)) if context.mqtt is not None else ""
        raise Offline(f"no Zigbee2MQTT on this broker lists {line.ieee}; bridges there: {bridges or 'none'}") from error


def naming_of(device: Listed) -> Naming:
    """Return who the device is in this home."""
    identity = {"maker": device.maker, "model": device.model, "serial": device.ieee, "firmware": device.firmware}
    return Naming(driver=NAME, key=device.ieee, prefix=PREFIX, title=title_of(device), identity=identity)
