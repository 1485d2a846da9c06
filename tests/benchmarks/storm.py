"""Everybody comes back at once: clients with certificates after the broker was killed, and how fast they ask to be let in."""

import argparse
import asyncio
import logging
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from gateway.protocol.broker.plan import Door, Doors, Identity
from gateway.protocol.broker.private import PrivateBroker, private_broker
from gateway.protocol.mqtt import BrokerAddress, MqttClient, connector
from gateway.protocol.mqtt.connection import Connection
from gateway.protocol.mqtt.connection import connect as plain_connect
from gateway.thing.clock import SystemClock
from tests.kit.papers import HomeAuthority

HOST = "127.0.22.9"


class Together(Random):
    """No jitter: everybody waits as long as is allowed, and so comes at the same moment."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002 - of Random
        return b


@dataclass
class Storm:
    """What was seen.

    `first`: seconds until all were connected the first time; `back`: after the kill; `down`: how long the broker was away of
    those. `peak`, `tries`: connects begun in the busiest second, and altogether, after the kill.
    """

    count: int
    first: float = 0.0
    back: float = 0.0
    down: float = 0.0
    peak: int = 0
    tries: int = 0

    def line(self, kind: str) -> str:
        return (
            f"{self.count} clients, {kind}: first {self.first:.1f} s; all back {self.back:.1f} s after kill -9 "
            f"(broker away {self.down:.2f} s); {self.tries} connects begun, at most {self.peak} in a second"
        )


@dataclass
class Tries:
    """When connects were begun."""

    at: list[float] = field(default_factory=list)

    def peak(self) -> int:
        """Return how many were begun in the busiest second."""
        most, start = 0, 0
        for end, moment in enumerate(self.at):
            while self.at[start] <= moment - 1:
                start += 1
            most = max(most, end - start + 1)
        return most


@asynccontextmanager
async def counted() -> AsyncIterator[Tries]:
    """Count the connects begun by our clients."""
    tries = Tries()

    async def connect(*told: Any) -> Connection:
        tries.at.append(time.monotonic())
        return await plain_connect(*told)

    with patch.object(connector, "connect", connect):
        yield tries


async def storm(count: int, folder: Path, *, jitter: bool = True) -> Storm:
    """Let `count` clients in, kill the broker, and measure until all are back."""
    home, clock, measured = HomeAuthority(folder / "home"), SystemClock(), Storm(count)
    names = [f"client-{number}" for number in range(count)]
    people = [Identity(name=name, publish=(f"c/{name}/#",), receive=(f"c/{name}/#",), subscribe=("c/#",)) for name in names]
    doors = Doors(certificates=Door((HOST,), 0), papers=home.papers(HOST))
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(private_broker("127.0.0.1", 0, folder / "broker", clock, doors=doors, identities=people))
        tries = await stack.enter_async_context(counted())
        address = BrokerAddress(HOST, broker.doors.certificates.port, tls=True, authority=home.file)
        begun = time.monotonic()
        clients = [await stack.enter_async_context(_client(address, home, name, clock, jitter=jitter)) for name in names]
        await _all_up(clients)
        measured.first = time.monotonic() - begun
        await asyncio.sleep(12)  # so that the back-off begins anew
        tries.at.clear()
        begun = time.monotonic()
        await _kill(broker)
        measured.down = time.monotonic() - begun
        await _all_up(clients)
        measured.back = time.monotonic() - begun
        measured.peak, measured.tries = tries.peak(), len(tries.at)
        assert Counter(client.connected for client in clients) == {True: count}
    return measured


def _client(address: BrokerAddress, home: HomeAuthority, name: str, clock: SystemClock, *, jitter: bool) -> MqttClient:
    card = home.card(name)
    own = replace(address, certificate=card.certificate, key=card.key)
    random = Random(name) if jitter else Together()
    return MqttClient(own, client_id=name, version="5", clock=clock, random=random, keepalive=60)


async def _kill(broker: PrivateBroker) -> None:
    old = broker.pid
    os.kill(old, signal.SIGKILL)
    while broker.pid in {0, old}:
        await asyncio.sleep(0.01)


async def _all_up(clients: list[MqttClient]) -> None:
    await asyncio.sleep(0.5)
    while not all(client.connected for client in clients):
        await asyncio.sleep(0.05)


def main() -> None:
    """Run it with and without jitter and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    count = parser.parse_args().count
    logging.disable()
    for kind, jitter in (("full jitter", True), ("no jitter", False)):
        with tempfile.TemporaryDirectory(prefix="hulian-storm-") as folder:
            print(asyncio.run(storm(count, Path(folder), jitter=jitter)).line(kind), flush=True)


if __name__ == "__main__":
    main()
