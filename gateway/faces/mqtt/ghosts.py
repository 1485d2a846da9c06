"""Retained topics of an earlier life that nobody owns any more are cleared, so that no ghost device stays on the broker.

Topics of commands are left to `commands`, which refuses and clears what is retained there, and the clients' branches to them.
"""

import asyncio
from random import Random

from gateway.errors import LinkDown
from gateway.faces.mqtt.publisher import Publisher
from gateway.home.home import Home
from gateway.protocol.mqtt import BrokerAddress, Message, MqttClient
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.protocol.topics import GatewayTopics, parse_command
from gateway.thing.clock import Clock

QUIET = 1.0
"""Seconds without another retained message after which the broker has told all it keeps."""
MOST = 100_000


async def clear_ghosts(
    home: Home, address: BrokerAddress, client: MqttClient, publisher: Publisher, *, version: MqttVersion, clock: Clock, random: Random
) -> None:
    """Ask the broker, on a link of its own, what it keeps under this gateway's root, and clear what is not ours."""
    prefix = GatewayTopics(home.identifier).prefix
    kept: set[str] = set()
    heard = asyncio.Event()

    def see(message: Message) -> None:
        if message.retain and message.payload and len(kept) < MOST:
            kept.add(message.topic)
            heard.set()

    async with MqttClient(address, client_id=f"hulian-{home.identifier}-sweep", version=version, clock=clock, random=random) as sweep:
        await sweep.subscribe(f"{prefix}/#", see)
        try:
            while True:
                async with asyncio.timeout(QUIET):
                    await heard.wait()
                heard.clear()
        except TimeoutError:
            pass
    for topic in sorted(kept - publisher.owned()):
        if not topic.startswith(f"{prefix}/c/") and parse_command(topic, home.identifier) is None:
            try:
                await client.publish(topic, b"", retain=True)
            except LinkDown:
                return
