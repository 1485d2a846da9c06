"""What the register of clients says is so at the broker, at once: who is in, who is out, and which doors there are."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.errors import ExtraMissing, LinkDown
from gateway.faces.mqtt.broker import Broker, existing_broker, own_broker
from gateway.faces.mqtt.doors import Wanted
from gateway.faces.mqtt.keeper import Rights
from gateway.faces.mqtt.passwords import forgetting, let_in, passwords_in, tasmota_roots
from gateway.faces.mqtt.promise import Level
from gateway.protocol.broker.plan import Door
from gateway.protocol.broker.private import PrivateBroker
from gateway.protocol.mqtt import BrokerAddress
from gateway.protocol.mqtt.connection import ConnectFailed
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Role
from gateway.trust.access import Access
from gateway.trust.authority import Authority
from gateway.trust.bundle import new_request
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.journal import Entry, Journal
from gateway.trust.vault import AUTHORITY, CLIENTS, Vault, open_vault
from tests.kit.brokers import needs_mosquitto
from tests.kit.papers import self_signed
from tests.kit.peers import NOT_AUTHORISED, Peer, peer
from tests.protocol.kit import until

GATEWAY = "hub-test"
ROOT = f"hulian/1/{GATEWAY}"
HOST = "127.0.22.2"


@dataclass
class Kept:
    broker: Broker
    clients: Clients
    vault: Vault
    authority: Authority
    folder: Path
    clock: SystemClock
    journal: Journal
    moves: list[str] = field(default_factory=list)

    async def let_in(self, name: str, role: Role, **more: Any) -> tuple[Client, Path]:
        """Let one in as pairing does, with a certificate of the home; return it and its files."""
        key, request = new_request(name)
        id = self.clients.new_id(name)  # noqa: A001
        issued = await self.authority.issue(id, request)
        files = self.folder / id
        files.mkdir()
        (files / "client.pem").write_bytes(issued.certificate)
        (files / "client.key").write_bytes(key)
        (files / "authority.pem").write_bytes(await self.authority.certificate())
        return await self.clients.add(name, role, LOCAL, id=id, serial=issued.serial, key=issued.key, **more), files

    def tls(self, files: Path | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=(files or next(self.folder.glob("*-*"))) / "authority.pem")
        if files is not None:
            context.load_cert_chain(files / "client.pem", files / "client.key")
        return context

    @asynccontextmanager
    async def connected(self, files: Path, **more: Any) -> AsyncIterator[Peer]:
        assert self.broker.private is not None
        port = self.broker.private.doors.certificates.port
        async with peer(BrokerAddress(HOST, port, tls=True), self.tls(files), **more) as one:
            yield one


@asynccontextmanager
async def kept(folder: Path, *, kind: Any = "mosquitto", **more: Any) -> AsyncIterator[Kept]:
    clock = SystemClock()
    folder.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(StateStore(folder / "state.db"))
        vault = await open_vault(folder, store.secrets)
        clients = Clients(store.clients, clock, Random(1))
        await clients.load()
        authority = Authority(vault.compartment(AUTHORITY), GATEWAY, clock)
        usual: dict[str, Any] = {"loopback": Door(("127.0.0.1",), 0), "lan": (HOST,), "mqtts_port": 0, "plain_port": 0}
        wanted = Wanted(**usual | more)
        keys = vault.compartment(CLIENTS)
        clients.on_change(forgetting(keys))
        rights = Rights(wanted, Access(clients, clock), authority, GATEWAY, passwords_in(keys))
        journal = Journal(store.journal, clock)
        broker = await stack.enter_async_context(own_broker(rights, folder / "broker", clock, kind=kind, journal=journal))
        house = Kept(broker, clients, vault, authority, folder, clock, journal)
        broker.on_doors.append(lambda: house.moves.append(broker.address.url))
        yield house


@needs_mosquitto
async def test_with_the_first_owner_the_open_door_closes_and_who_stood_in_it_is_cut(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        assert house.broker.address.url.startswith("mqtt://127.0.0.1:")
        assert [line.level for line in house.broker.promises(owned=False)] == [Level.RISK]
        open_door = house.broker.address
        async with peer(open_door) as anybody:
            assert await anybody.publish(f"{ROOT}/light-1/p/power/set", b"true") in (0, 0x10)
            _, files = await house.let_in("Anna", Role.OWNER)
            assert await anybody.cut()
        with pytest.raises(LinkDown):
            async with peer(open_door):
                pytest.fail("it came in")
        assert house.moves == [f"mqtts://{HOST}:{house.broker.doors.certificates.port}"]
        assert {line.level for line in house.broker.promises(owned=True)} == {Level.KEPT}
        async with house.connected(files) as anna:
            assert await anna.publish(f"{ROOT}/light-1/p/power/set", b"true") in (0, 0x10)


@needs_mosquitto
async def test_roles_are_kept_to_and_who_is_put_out_is_deaf_within_five_seconds(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        _, owner = await house.let_in("Anna", Role.OWNER)
        viewer, files = await house.let_in("Vera", Role.VIEWER)
        async with peer(house.broker.own) as gateway, house.connected(files) as vera, house.connected(owner) as anna:
            await vera.subscribe("#")
            assert await vera.publish(f"{ROOT}/light-1/p/power/set", b"true") == NOT_AUTHORISED
            assert await anna.publish(f"{ROOT}/c/{viewer.id}/rpc") == NOT_AUTHORISED
            await gateway.publish(f"{ROOT}/light-1/s", b"{}")
            await until(lambda: f"{ROOT}/light-1/s" in vera.topics())
            begun = house.clock.monotonic()
            await house.clients.revoke(viewer.id)
            await vera.cut()
            assert house.clock.monotonic() - begun < 5
            assert await anna.publish(f"{ROOT}/light-1/p/power/set", b"true") in (0, 0x10)
        await refused(house, files)


@needs_mosquitto
async def test_who_may_do_less_is_cut_and_comes_back_with_less(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        await house.let_in("Anna", Role.OWNER)
        user, files = await house.let_in("Uma", Role.USER)
        async with house.connected(files) as uma:
            assert await uma.publish(f"{ROOT}/light-1/p/power/set", b"true") in (0, 0x10)
            await house.clients.lower(user.id, Role.VIEWER)
            await uma.cut()
        async with peer(house.broker.own) as gateway, house.connected(files) as uma:
            await uma.subscribe("#")
            assert await uma.publish(f"{ROOT}/light-1/p/power/set", b"true") == NOT_AUTHORISED
            await gateway.publish(f"{ROOT}/light-1/s", b"{}")
            await until(lambda: f"{ROOT}/light-1/s" in uma.topics())


async def refused(house: Kept, files: Path) -> None:
    """Return once no handshake lets these files in: the revocation list follows within a second or two."""
    async with asyncio.timeout(5):
        while True:
            try:
                async with house.connected(files) as one:
                    assert await one.publish(f"{ROOT}/light-1/p/power/set") == NOT_AUTHORISED
            except ConnectFailed:
                return
            await asyncio.sleep(0.05)


@needs_mosquitto
async def test_who_is_refused_at_the_handshake_is_in_the_security_journal(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        _, files = await house.let_in("Anna", Role.OWNER)
        card = self_signed(tmp_path / "rogue", "anna")
        context = ssl.create_default_context(cafile=files / "authority.pem")
        context.load_cert_chain(card.certificate, card.key)
        with pytest.raises(ConnectFailed):
            async with peer(BrokerAddress(HOST, house.broker.doors.certificates.port, tls=True), context):
                pytest.fail("it came in")
        entries: tuple[Entry, ...] = ()
        async with asyncio.timeout(5):
            while not entries:
                await asyncio.sleep(0.02)
                entries = await house.journal.newest(10)
    assert [(entry.what, entry.result) for entry in entries] == [("mqtt handshake", "refused")]
    assert "certificate" in entries[0].detail["why"]


@needs_mosquitto
async def test_two_put_out_within_a_second_are_both_on_the_list(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        await house.let_in("Anna", Role.OWNER)
        one, other = await house.let_in("Vera", Role.VIEWER), await house.let_in("Viktor", Role.VIEWER)
        for client, files in (one, other):
            await house.clients.revoke(client.id)
            await refused(house, files)


@needs_mosquitto
async def test_one_whose_time_is_over_is_cut_off(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        await house.let_in("Anna", Role.OWNER)
        _, files = await house.let_in("Guest", Role.VIEWER, expires=house.clock.now() + 1.0)
        async with house.connected(files) as guest:
            await guest.cut()


@needs_mosquitto
async def test_it_is_so_again_after_a_start_and_nothing_is_open_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kept(tmp_path) as house:
        _, owner = await house.let_in("Anna", Role.OWNER)
        viewer, files = await house.let_in("Vera", Role.VIEWER)
        await house.clients.revoke(viewer.id)
    monkeypatch.delattr(PrivateBroker, "reopen")
    async with kept(tmp_path) as house:
        assert not house.broker.doors.open
        async with house.connected(owner) as anna:
            assert await anna.publish(f"{ROOT}/light-1/p/power/set") in (0, 0x10)
        with pytest.raises(ConnectFailed):
            async with house.connected(files):
                pytest.fail("it came in")


@needs_mosquitto
async def test_after_a_change_of_owner_no_old_certificate_opens_anything(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        _, old = await house.let_in("Anna", Role.OWNER)
        async with house.connected(old) as anna:
            await house.clients.clear()
            await anna.cut()
        assert house.broker.address.url.startswith("mqtt://127.0.0.1:")
        await house.authority.renew()
        _, new = await house.let_in("Nora", Role.OWNER)
        async with house.connected(new) as nora:
            assert await nora.publish(f"{ROOT}/light-1/p/power/set") in (0, 0x10)
        with pytest.raises(LinkDown):
            async with house.connected(old):
                pytest.fail("it came in")


@needs_mosquitto
async def test_a_new_authority_is_shown_and_asked_for_with_the_next_change(tmp_path: Path) -> None:
    async with kept(tmp_path) as house:
        _, old = await house.let_in("Anna", Role.OWNER)
        await house.authority.renew()
        _, new = await house.let_in("Nora", Role.OWNER)
        async with house.connected(new) as nora:
            assert await nora.publish(f"{ROOT}/light-1/p/power/set") in (0, 0x10)
        with pytest.raises(LinkDown):
            async with house.connected(old):
                pytest.fail("it came in")


@needs_mosquitto
async def test_an_appliance_without_certificates_has_a_password_and_its_own_topics(tmp_path: Path) -> None:
    async with kept(tmp_path, passwords_port=0, plain=("127.0.22.3",)) as house:
        keys = house.vault.compartment(CLIENTS)
        assert not house.broker.doors.passwords
        await house.let_in("Anna", Role.OWNER)
        lamp, password = await let_in(house.clients, keys, GATEWAY, "Lamp", tasmota_roots("lamp"), LOCAL)
        for door, tls in ((house.broker.doors.passwords, True), (house.broker.doors.plain, False)):
            address = BrokerAddress(door.hosts[0], door.port, lamp.id, password, tls=tls)
            async with peer(address, house.tls(None) if tls else None) as speaking:
                assert await speaking.publish("tele/lamp/STATE") in (0, 0x10)
                assert await speaking.publish("tele/kettle/STATE") == NOT_AUTHORISED
                assert await speaking.publish(f"{ROOT}/light-1/p/power/set") == NOT_AUTHORISED
        assert password.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert {line.subject for line in house.broker.promises(owned=True) if line.level is Level.RISK} == {"mqtt-plain", "mqtt-passwords"}
        await house.clients.revoke(lamp.id)
        assert keys.get(f"{lamp.id}/mqtt") is None
        with pytest.raises(ConnectFailed):
            async with peer(address):
                pytest.fail("it came in")


async def test_the_broker_from_pypi_serves_nobody_but_us_once_there_is_an_owner(tmp_path: Path) -> None:
    async with kept(tmp_path, kind="amqtt", lan=()) as house:
        async with peer(house.broker.address, version="3.1.1") as anybody:
            await house.let_in("Anna", Role.OWNER)
            assert await anybody.cut(10)
        with pytest.raises(LinkDown):
            async with peer(house.broker.address, version="3.1.1"):
                pytest.fail("it came in")
        async with peer(house.broker.own, version="3.1.1") as own:
            await own.publish("a")
        assert [line.level for line in house.broker.promises(owned=True)] == [Level.RISK]


async def test_the_broker_from_pypi_does_not_go_on_the_lan(tmp_path: Path) -> None:
    with pytest.raises(ExtraMissing, match="mosquitto"):
        async with kept(tmp_path, kind="amqtt"):
            pytest.fail("it should not have started")


def test_on_a_broker_that_is_not_ours_it_is_said_what_is_not_promised() -> None:
    lines = existing_broker(BrokerAddress("broker.local"), "auto").promises(owned=True)
    assert {line.level for line in lines} == {Level.NOT_OURS, Level.RISK}
    assert any("revoke" in line.text for line in lines)
    encrypted = existing_broker(BrokerAddress("broker.local", tls=True), "auto").promises(owned=True)
    assert {line.level for line in encrypted} == {Level.NOT_OURS}
