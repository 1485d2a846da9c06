"""A hub's trust without its disk, an appliance that was paired with it, and whoever puts itself in the appliance's place."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Self

from firmware_sim.plan import UnitPlan
from firmware_sim.unit import Unit
from gateway.drivers.spi import Context
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.sealing import PeerKeys
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Role
from gateway.trust.appliances import Appliances
from gateway.trust.bundle import bundle
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.keys import OSCORE, Keys, key_name
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.vault import CLIENTS, Vault
from tests.drivers.kit import context, until
from tests.drivers.native_bench import GATEWAY, NativeBench
from tests.kit.pairing import MemoryTable
from tests.kit.secrets import MemorySecrets

HOST = "127.0.28.1"


@dataclass
class Keeper:
    """Whom the hub let in. `lent` is what a driver gets."""

    clients: Clients
    keys: Keys
    appliances: Appliances
    vault: Vault
    contexts: Contexts
    lent: Context

    async def let_in(self, device: str, folder: Path | None = None) -> Client:
        """Let an appliance in and write down its credentials, as `hulian join` does."""
        name = self.clients.new_id(device)
        key = OscoreKey.fresh(name, self.keys.taken())
        await self.vault.compartment(CLIENTS).put(key_name(name, OSCORE), key.row())
        client = await self.clients.add(device, Role.DEVICE, LOCAL, id=name, roots=(f"hulian/1/{device}",))
        if folder is not None:
            write_folder(folder, client, key)
        return client


def write_folder(folder: Path, client: Client, key: OscoreKey) -> None:
    """Write the files of a credentials folder that speak of CoAP."""
    answer: dict[str, Any] = {"gateway": GATEWAY, "client": client.id, "name": client.name, "role": client.role.value}
    answer |= {"certificate": "", "authority": "", "psk": {"identity": client.id, "key": ""}, "oscore": key.client_document()}
    for name, content in bundle(answer, b"").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@asynccontextmanager
async def keeper(counters: MemoryTable | None = None) -> AsyncIterator[Keeper]:
    clock, vault = SystemClock(), Vault(bytes(32), MemorySecrets())
    await vault.load()
    clients = Clients(MemoryTable(), clock, Random(1))
    keys = Keys(vault.compartment(CLIENTS), clients, clock)
    appliances = Appliances(clients, keys, clock)
    async with Contexts(counters or MemoryTable(), clock) as contexts:
        lent = replace(context(GATEWAY), keys=PeerKeys(appliances, contexts))
        yield Keeper(clients, keys, appliances, vault, contexts, lent)


@asynccontextmanager
async def appliance(
    lent: Context, device: str, credentials: Path | None, *, port: int | None = 0, address: str = HOST
) -> AsyncIterator[NativeBench]:
    """Start a plug on CoAP, under the key of a folder or in clear, and stop it again."""
    plan = UnitPlan(kind="plug", wire="native-coap", address=address, port=port, id=device, credentials=credentials)
    unit = Unit(plan)
    life = asyncio.create_task(unit.live())
    try:
        await until(lambda: unit.ready.is_set() or life.done(), "the appliance is ready")
        if life.done():
            await life
        yield NativeBench(unit, lent, mqtt=False, coap=True)
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


class Tapped:
    """Passes datagrams on between a hub and an appliance and keeps all of them; without an appliance it only keeps them."""

    def __init__(self, port: int | None) -> None:
        self.port = port
        self.passed: list[bytes] = []
        self._inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._peer: Any = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for each, act in ((self._outer, self._from_hub), (self._inner, self._from_appliance)):
            each.setblocking(False)
            each.bind((HOST, 0))
            loop.add_reader(each, act)
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in (self._outer, self._inner):
            asyncio.get_running_loop().remove_reader(each)
            each.close()

    @property
    def own(self) -> int:
        return int(self._outer.getsockname()[1])

    def _from_hub(self) -> None:
        data, self._peer = self._outer.recvfrom(4096)
        self.passed.append(data)
        if self.port is not None:
            self._inner.sendto(data, (HOST, self.port))

    def _from_appliance(self) -> None:
        data = self._inner.recv(4096)
        self.passed.append(data)
        self._outer.sendto(data, self._peer)
