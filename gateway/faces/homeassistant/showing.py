"""Discovery messages on a link of their own, published again whenever Home Assistant is born."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from gateway.errors import Forbidden, HulianError
from gateway.faces.homeassistant.announcer import Announcer
from gateway.faces.homeassistant.choice import Discovery
from gateway.faces.homeassistant.kept import Kept
from gateway.home.home import Home
from gateway.protocol.mqtt import BrokerAddress, Message, MqttClient
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.thing.clock import Clock
from gateway.thing.log import Log

_log = Log()

BORN = b"online"
JITTER = (1.0, 5.0)
"""Seconds after a birth message, so that many gateways do not all speak at once and Home Assistant has subscribed."""


@asynccontextmanager
async def showing(
    home: Home,
    address: BrokerAddress,
    kept: Kept,
    discovery: Discovery,
    *,
    version: MqttVersion,
    clock: Clock,
    random: Random,
) -> AsyncIterator[None]:
    """Publish discovery for as long as the context lives; switched off, only clear what is kept."""
    up, born = asyncio.Event(), asyncio.Event()

    async def on_up() -> None:
        up.set()

    def on_status(message: Message) -> None:
        if message.payload == BORN and not message.retain:
            born.set()

    client = MqttClient(
        address, client_id=f"hulian-{home.identifier}-homeassistant", version=version, clock=clock, random=random, on_up=on_up
    )
    announcer = Announcer(home, client, kept, discovery)
    async with client, asyncio.TaskGroup() as tasks:
        if discovery.mode == "off":
            running = [tasks.create_task(_clear(announcer, up), name="homeassistant face: clearing")]
        else:
            try:
                await client.subscribe(f"{discovery.prefix}/status", on_status)
            except Forbidden as error:
                _log.warning("births of Home Assistant are not heard", reason=str(error))
            running = [
                tasks.create_task(announcer.follow(), name="homeassistant face: changes"),
                tasks.create_task(announcer.publish_due(), name="homeassistant face: messages"),
                tasks.create_task(_refill(announcer, up), name="homeassistant face: refill"),
                tasks.create_task(_greet(announcer, born, clock, random), name="homeassistant face: births"),
            ]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


async def _refill(announcer: Announcer, up: asyncio.Event) -> None:
    while True:
        await up.wait()
        up.clear()
        announcer.publish_everything()


async def _greet(announcer: Announcer, born: asyncio.Event, clock: Clock, random: Random) -> None:
    while True:
        await born.wait()
        await clock.sleep(random.uniform(*JITTER))
        born.clear()
        announcer.publish_everything()


async def _clear(announcer: Announcer, up: asyncio.Event) -> None:
    while True:
        await up.wait()
        up.clear()
        try:
            await announcer.clear_everything()
        except HulianError as error:
            _log.warning("discovery not cleared yet", reason=str(error))
            continue
        return
