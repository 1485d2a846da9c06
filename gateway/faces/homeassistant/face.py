"""The Home Assistant face: discovery messages on a link of its own, published again whenever Home Assistant is born.

Switched off it only clears what earlier lives have published, if anything.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from gateway.faces.homeassistant.choice import Discovery
from gateway.faces.homeassistant.kept import Kept
from gateway.home.home import Home
from gateway.protocol.mqtt import BrokerAddress
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.storage.documents import DocumentTable
from gateway.thing.clock import Clock


@asynccontextmanager
async def homeassistant_face(
    home: Home,
    address: BrokerAddress,
    table: DocumentTable,
    discovery: Discovery,
    *,
    version: MqttVersion,
    clock: Clock,
    random: Random,
) -> AsyncIterator[None]:
    """Show the home to Home Assistant for as long as the context lives; `table`: where what is retained is written down."""
    kept = Kept(table)
    await kept.load()
    if discovery.mode == "off" and not kept.devices():
        yield
        return
    from gateway.faces.homeassistant.showing import showing  # noqa: PLC0415 - 17 modules, and most homes have no Home Assistant

    async with showing(home, address, kept, discovery, version=version, clock=clock, random=random):
        yield
