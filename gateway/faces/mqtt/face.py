"""The MQTT face: one supervised link, one reader of the change stream, one lane for what each client asks.

Everything retained is a cache the gateway refills: after each (re)connect all devices are published again, and what an
earlier life left on the broker and nobody owns any more is cleared. Retained topics carry state, never commands.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from gateway.faces.mqtt.commands import Commands
from gateway.faces.mqtt.ghosts import clear_ghosts
from gateway.faces.mqtt.goodbyes import goodbyes
from gateway.faces.mqtt.publisher import Publisher
from gateway.faces.mqtt.scenes import HubEnvelopes, SceneTopics
from gateway.faces.mqtt.senders import Senders
from gateway.home.home import Home
from gateway.protocol.mqtt import BrokerAddress, MqttClient, Will
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.protocol.payload import json_bytes
from gateway.protocol.topics import GatewayTopics
from gateway.scenes.desk import SceneDesk
from gateway.thing.clock import Clock
from gateway.thing.timestamp import iso
from gateway.trust.access import Access

GONE = {"state": "offline", "reason": "the gateway is not connected"}


@asynccontextmanager
async def mqtt_face(
    home: Home,
    access: Access,
    address: BrokerAddress,
    *,
    bound: bool,
    version: MqttVersion,
    clock: Clock,
    random: Random,
    scenes: SceneDesk | None = None,
) -> AsyncIterator[MqttClient]:
    """Show the home on a broker for as long as the context lives; yields the link.

    `bound`: the broker lets a client write only under a branch that carries its own name. `scenes`: those of the home.
    """
    topics = GatewayTopics(home.identifier)
    came_up = asyncio.Event()

    async def on_up() -> None:
        came_up.set()

    will = Will(topics.avail, json_bytes(GONE), retain=True)
    client = MqttClient(address, client_id=f"hulian-{home.identifier}", version=version, will=will, clock=clock, random=random, on_up=on_up)
    publisher = Publisher(home, client, clock, None if scenes is None else SceneTopics(scenes, home.identifier, client))
    if bound:
        access.clients.on_change(goodbyes(client, clock))
    async with client, asyncio.TaskGroup() as tasks:
        hub = None if scenes is None else HubEnvelopes(scenes, clock)
        commands = Commands(home, Senders(access, bound=bound), client, clock, tasks, hub)
        running = [
            tasks.create_task(publisher.follow(), name="mqtt face: changes"),
            tasks.create_task(publisher.list_devices(), name="mqtt face: list"),
            tasks.create_task(publisher.sweep_runs(), name="mqtt face: old runs"),
            tasks.create_task(_refill(home, address, client, publisher, came_up, version, clock, random), name="mqtt face: refill"),
        ]
        for command_filter in topics.command_filters:
            await client.subscribe(command_filter, commands.take, retain_as_published=True)
        try:
            yield client
        finally:
            commands.stop()
            for task in running:
                task.cancel()
            if client.connected:
                farewell = {**GONE, "reason": "the gateway was stopped", "since": iso(clock.now())}
                await client.publish(topics.avail, json_bytes(farewell), retain=True)


async def _refill(
    home: Home,
    address: BrokerAddress,
    client: MqttClient,
    publisher: Publisher,
    came_up: asyncio.Event,
    version: MqttVersion,
    clock: Clock,
    random: Random,
) -> None:
    while True:
        await came_up.wait()
        came_up.clear()
        await publisher.publish_everything()
        await clear_ghosts(home, address, client, publisher, version=version, clock=clock, random=random)
