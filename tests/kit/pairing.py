"""A hub that can be paired with, without wires or disk; and a client's side of both ways in, step by step."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gateway.thing.principal import LOCAL, Role
from gateway.trust.access import Access
from gateway.trust.authority import Authority
from gateway.trust.clients import Clients
from gateway.trust.edhoc import Initiator
from gateway.trust.enrolment import Enrolment
from gateway.trust.invitation import read_invitation
from gateway.trust.journal import Journal
from gateway.trust.keys import Keys
from gateway.trust.pairing import HubKey, Pairing
from gateway.trust.pin import PinRun
from gateway.trust.request import made
from gateway.trust.texts import data_of, text_of
from gateway.trust.vault import CLIENTS, Vault
from gateway.trust.window import COMPARTMENT, PairingWindow
from tests.home.kit import HandClock
from tests.kit.secrets import MemorySecrets

GATEWAY = "hub-7f3k2m"
PHONE, STRANGER = "192.0.2.7", "192.0.2.66"


class MemoryTable:
    """Documents by key."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    async def all(self) -> dict[str, dict[str, Any]]:
        return dict(self.rows)

    async def put(self, key: str, document: Mapping[str, Any]) -> None:
        self.rows[key] = dict(document)

    async def remove(self, key: str) -> None:
        self.rows.pop(key, None)


class MemoryJournal:
    """Entries in memory."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    async def append(self, at: float, document: Mapping[str, Any], lot: str) -> None:  # noqa: ARG002 - the protocol's
        self.entries.append(dict(document))

    async def newest(self, limit: int) -> tuple[dict[str, Any], ...]:
        return tuple(self.entries[-limit:])

    @property
    def told(self) -> list[str]:
        return [entry["what"] for entry in self.entries]


class SlowSecrets(MemorySecrets):
    """A disk, during whose every write others have their turn."""

    async def put(self, compartment: str, name: str, sealed: bytes) -> None:
        await asyncio.sleep(0)
        await super().put(compartment, name, sealed)

    async def remove(self, compartment: str, name: str) -> None:
        await asyncio.sleep(0)
        await super().remove(compartment, name)


@dataclass
class Disk:
    """What survives the hub: hand it to the next one."""

    secrets: MemorySecrets = field(default_factory=SlowSecrets)
    clients: MemoryTable = field(default_factory=MemoryTable)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    clock: HandClock = field(default_factory=HandClock)


@dataclass
class Hub:
    pairing: Pairing
    clients: Clients
    access: Access
    disk: Disk

    @property
    def window(self) -> PairingWindow:
        return self.pairing.window

    async def open(self, role: Role = Role.USER, **wish: Any) -> dict[str, Any]:
        return self.pairing.offer(await self.pairing.arrange({"role": role.value, **wish}, LOCAL))


@asynccontextmanager
async def a_hub(disk: Disk | None = None) -> AsyncIterator[Hub]:
    disk = disk or Disk()
    vault = Vault(bytes(32), disk.secrets)
    await vault.load()
    clients = Clients(disk.clients, disk.clock, Random(1))
    await clients.load()
    access, journal = Access(clients, disk.clock), Journal(disk.journal, disk.clock)
    authority = Authority(vault.compartment("authority"), GATEWAY, disk.clock)
    keys = Keys(vault.compartment(CLIENTS), clients, disk.clock)
    await keys.load()
    enrolment = Enrolment(
        clients, authority, keys, vault.compartment(CLIENTS), gateway=GATEWAY, reach=lambda: {"coap": ["coap://192.0.2.1"]}
    )
    async with PairingWindow(vault.compartment(COMPARTMENT), access, journal, disk.clock) as window:
        pairing = Pairing(
            window,
            enrolment,
            journal,
            disk.clock,
            key=HubKey(vault.compartment(COMPARTMENT)),
            gateway=GATEWAY,
            addresses=lambda: (("192.0.2.1", 5683),),
        )
        yield Hub(pairing, clients, access, disk)


def wish(name: str = "phone", **more: Any) -> dict[str, Any]:
    """Return what stands in the sealed message of a client with a fresh key."""
    return {"name": name, "request": made("x")[1].decode(), **more}


async def begin_pin(hub: Hub, pin: str, host: str = PHONE) -> tuple[Any, bytes]:
    """Return the client's keys and the session."""
    run = PinRun(pin, "client")
    answer = await hub.pairing.message({"do": "pin", "share": text_of(run.share)}, host)
    session = data_of(answer, "session")
    return run.finish(data_of(answer, "share"), session, answer["gateway"]), session


async def prove(hub: Hub, keys: Any, session: bytes, host: str = PHONE) -> None:
    answer = await hub.pairing.message({"do": "prove", "session": text_of(session), "proof": text_of(keys.proof)}, host)
    keys.check(data_of(answer, "proof"))


async def by_pin(hub: Hub, pin: str, document: Mapping[str, Any] | None = None, host: str = PHONE) -> dict[str, Any]:
    keys, session = await begin_pin(hub, pin, host)
    await prove(hub, keys, session, host)
    return await enrol(hub, keys.channel(), session, document or wish(), host)


async def begin_qr(hub: Hub, qr: str, host: str = PHONE) -> tuple[Any, bytes]:
    """Return the client's line and the session."""
    invitation = read_invitation(qr)
    run = Initiator(invitation.key, invitation.gateway)
    third = run.follow(await hub.pairing.exchange(run.opening, host))
    return run.conclude(await hub.pairing.exchange(third, host)), run.connection


async def by_qr(hub: Hub, qr: str, document: Mapping[str, Any] | None = None, host: str = PHONE) -> dict[str, Any]:
    channel, session = await begin_qr(hub, qr, host)
    asked = {**(document or wish()), "code": text_of(read_invitation(qr).code)}
    return await enrol(hub, channel, session, asked, host)


async def enrol(hub: Hub, channel: Any, session: bytes, document: Mapping[str, Any], host: str = PHONE) -> dict[str, Any]:
    message = {"do": "enrol", "session": text_of(session), "sealed": text_of(channel.seal(dict(document)))}
    answer = await hub.pairing.message(message, host)
    opened: dict[str, Any] = channel.open(data_of(answer, "sealed"))
    return opened
