"""Through the door for certificates comes who was let in, and does what it may; everybody else stays outside, or is deaf and mute."""

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio

from gateway.errors import ConfigurationInvalid, LinkDown
from gateway.protocol.broker.mosquitto import MOST_MEMORY
from gateway.protocol.broker.plan import Door, Doors, Identity
from gateway.protocol.broker.private import PrivateBroker, private_broker
from gateway.protocol.mqtt import BrokerAddress, Will
from gateway.protocol.mqtt.connection import ConnectFailed
from tests.kit.brokers import needs_mosquitto, signalled
from tests.kit.papers import Card, HomeAuthority, self_signed, trusting
from tests.kit.peers import NOT_AUTHORISED, peer
from tests.protocol.kit import HastyClock, until

HOST = "127.0.22.1"
pytestmark = [needs_mosquitto, pytest.mark.asyncio(loop_scope="module")]
VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])
Version = Literal["5", "3.1.1"]


def person(name: str, *more: str, password: str | None = None) -> Identity:
    """One who hears `news` and has a branch of its own."""
    branch = f"c/{name}/#"
    return Identity(
        name=name, publish=(branch, *more), receive=(branch, "news/#"), subscribe=("c/#", "news/#"), literal=("#",), password=password
    )


@dataclass
class House:
    broker: PrivateBroker
    home: HomeAuthority
    rogue: HomeAuthority

    def tls(self, card: Card | None) -> ssl.SSLContext:
        return trusting(self.home.file, card)

    def of(self, name: str) -> ssl.SSLContext:
        return self.tls(self.home.card(name))

    @property
    def lan(self) -> BrokerAddress:
        return BrokerAddress(HOST, self.broker.doors.certificates.port, tls=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("doors")
    home, rogue = HomeAuthority(folder / "home"), HomeAuthority(folder / "rogue")
    revoked = home.card("robbed")
    doors = Doors(
        certificates=Door((HOST, "127.0.0.1"), 0),
        passwords=Door((HOST,), 0),
        plain=Door((HOST,), 0),
        papers=home.papers(HOST, [revoked.serial]),
    )
    people = (person("anna"), person("bert", "switch"), person("robbed"), person("kettle", password="steam"))
    async with private_broker("127.0.0.1", 0, folder / "broker", HastyClock(), kind="mosquitto", doors=doors, identities=people) as broker:
        yield House(broker, home, rogue)


BAD = {
    "no certificate": lambda _: None,
    "a foreign authority of the same name": lambda house: house.rogue.card("anna"),
    "self-signed": lambda house: self_signed(house.home.folder, "anna"),
    "run out": lambda house: house.home.card("anna", begins=-3, ends=-1),
    "not yet valid": lambda house: house.home.card("anna", begins=1),
    "revoked": lambda house: house.home.card("robbed"),
    "a server's": lambda house: house.home.card("anna", server=True),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_certificate_ends_at_the_handshake(house: House, bad: object) -> None:
    assert callable(bad)
    with pytest.raises((ConnectFailed, LinkDown)):
        async with peer(house.lan, house.tls(bad(house))):
            pytest.fail("it came in")


@pytest.mark.parametrize("host", [HOST, "127.0.0.1"])
@VERSIONS
async def test_a_good_one_opens_every_address(house: House, host: str, version: Version) -> None:
    async with peer(BrokerAddress(host, house.lan.port, tls=True), house.of("anna"), version=version) as anna:
        assert await anna.subscribe("c/anna/#") == {}
        assert await anna.publish("c/anna/x") in (0, 0x10)
        await until(lambda: anna.topics() == {"c/anna/x"})


@pytest.mark.parametrize(
    ("version", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1_1, "DEFAULT:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256"),
        (ssl.TLSVersion.TLSv1_2, "NULL:@SECLEVEL=0"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*TLSv1_1.*:DeprecationWarning")
async def test_old_and_weak_tls_is_refused(house: House, version: ssl.TLSVersion, ciphers: str) -> None:
    context = ssl.create_default_context(cafile=house.home.file)
    card = house.home.card("anna")
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(card.certificate, card.key)
    with pytest.raises(ConnectFailed):
        async with peer(house.lan, context):
            pytest.fail("it came in")


async def test_a_key_that_is_too_short_is_refused(house: House) -> None:
    context = ssl.create_default_context(cafile=house.home.file)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    card = house.home.short("anna")
    context.load_cert_chain(card.certificate, card.key)
    with pytest.raises(ConnectFailed):
        async with peer(house.lan, context):
            pytest.fail("it came in")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_no_session_is_resumed_so_that_every_handshake_shows_its_certificate(house: House, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=house.home.file)
    card = house.home.card("anna")
    context.load_cert_chain(card.certificate, card.key)
    context.minimum_version = context.maximum_version = version
    assert not await asyncio.to_thread(_resumes, context, house.lan)


def _resumes(context: ssl.SSLContext, address: BrokerAddress) -> bool:
    import socket  # noqa: PLC0415

    session = None
    for _ in range(2):
        with socket.create_connection((address.host, address.port)) as plain:
            wrapped = context.wrap_socket(plain, server_hostname=address.host, session=session)
            wrapped.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x")
            wrapped.recv(100)
            session, reused = wrapped.session, wrapped.session_reused
            wrapped.close()
    return bool(reused)


@pytest.mark.parametrize("name", ["stranger", "../x", "+/#", "$SYS", "$CONTROL", "gateway", "controller", "anybody", "#", "x" * 64])
async def test_a_name_nobody_let_in_may_do_nothing(house: House, name: str) -> None:
    with suppress(ConnectFailed):
        async with peer(house.lan, house.of(name)) as stranger:
            assert len(await stranger.subscribe("#", "news/#", "c/#", "$SYS/#", "$CONTROL/#", "$share/g/#")) == 6
            assert await stranger.publish("c/stranger/x") == NOT_AUTHORISED
            assert await stranger.publish("$CONTROL/dynamic-security/v1", b'{"commands":[{"command":"listClients"}]}') == NOT_AUTHORISED
            async with peer(house.lan, house.of("bert")) as bert:
                await bert.publish("news/1")
            assert stranger.heard == []


async def test_a_zero_byte_does_not_end_a_name(house: House) -> None:
    card = house.home.card("anna-is-not-me", raw=b"anna\0is-not-me")
    with suppress(ConnectFailed, LinkDown, ssl.SSLError):
        async with peer(house.lan, house.tls(card)) as trick:
            assert await trick.publish("c/anna/x") == NOT_AUTHORISED


@VERSIONS
async def test_what_is_not_allowed_reaches_nobody(house: House, version: Version) -> None:
    async with peer(house.broker.own, id="listener") as all_hearing, peer(house.lan, house.of("anna"), version=version) as anna:
        await all_hearing.subscribe("#")
        for topic in ("c/bert/rpc", "switch", "news/x", "c/anna", "other"):
            code = await anna.publish(topic)
            assert code == NOT_AUTHORISED or version == "3.1.1" or topic == "c/anna"
        await anna.publish("c/anna/end")
        await until(lambda: "c/anna/end" in all_hearing.topics())
        assert all_hearing.topics() <= {"c/anna", "c/anna/end"}


async def test_a_wide_filter_hears_only_what_is_allowed(house: House) -> None:
    async with peer(house.broker.own, id="sayer") as gateway, peer(house.lan, house.of("anna")) as anna:
        await gateway.publish("c/bert/kept", retain=True)
        await gateway.publish("news/kept", retain=True)
        await anna.subscribe("#", "c/#")
        for topic in ("c/bert/ack", "secret", "news/1", "c/anna/ack"):
            await gateway.publish(topic)
        await until(lambda: "c/anna/ack" in anna.topics())
        assert anna.topics() == {"news/kept", "news/1", "c/anna/ack"}
        for topic in ("c/bert/kept", "news/kept"):
            await gateway.publish(topic, b"", retain=True)


async def test_a_shared_subscription_takes_nothing_from_others(house: House) -> None:
    async with peer(house.broker.own, id="hears") as gateway, peer(house.lan, house.of("anna")) as anna:
        await gateway.subscribe("c/+/rpc")
        refused = await anna.subscribe("$share/g/c/+/rpc", "$share/g/#", "$share/g/news/#", "$SYS/#", "$CONTROL/#")
        assert len(refused) == 5
        async with peer(house.lan, house.of("bert")) as bert:
            for _ in range(5):
                await bert.publish("c/bert/rpc")
        await until(lambda: len(gateway.heard) == 5)
        assert anna.heard == []


@VERSIONS
async def test_a_will_speaks_only_where_its_owner_may(house: House, version: Version) -> None:
    async with peer(house.broker.own, id="hears") as gateway:
        await gateway.subscribe("#")
        for topic in ("c/bert/rpc", "c/anna/will"):
            will = Will(topic, b"gone")
            async with peer(house.lan, house.of("anna"), version=version, will=will, rude=True):
                pass
        await until(lambda: "c/anna/will" in gateway.topics())
        assert "c/bert/rpc" not in gateway.topics()
        await gateway.publish("c/anna/will", b"", retain=True)


async def test_a_session_taken_over_brings_nothing_with_it_and_its_owner_comes_back(house: House) -> None:
    async with peer(house.broker.own, id="says") as gateway:
        async with peer(house.lan, house.of("anna"), id="phone") as anna:
            await anna.subscribe("c/anna/#", "news/#")
            async with peer(house.lan, house.of("bert"), id="phone") as bert:
                assert await anna.cut()
                await gateway.publish("c/anna/ack")
                await bert.subscribe("#")
                await gateway.publish("news/end")
                await until(lambda: "news/end" in bert.topics())
                assert bert.topics() == {"news/end"}
        async with peer(house.lan, house.of("anna"), id="phone") as anna:
            assert await anna.publish("c/anna/x") in (0, 0x10)


async def test_nobody_takes_over_the_gateways_own_session(house: House) -> None:
    own = house.broker.own
    assert len(own.suffix) > 30
    async with peer(own, id=f"hulian-hub{own.suffix}") as gateway, peer(house.lan, house.of("anna"), id="hulian-hub"):
        assert await gateway.publish("news/still", b"x") in (0, 0x10)


async def test_not_even_our_own_links_reach_the_control_of_the_broker(house: House) -> None:
    async with peer(house.broker.own) as gateway:
        assert set(await gateway.subscribe("$CONTROL/#", "$SYS/#", "#")) == {"$CONTROL/#", "$SYS/#"}
        assert await gateway.publish("$CONTROL/dynamic-security/v1", b'{"commands":[{"command":"listClients"}]}') == NOT_AUTHORISED


async def test_somebody_let_in_while_it_runs_is_in_at_once_and_out_at_once(house: House) -> None:
    card = house.home.card("carl")
    await house.broker.admit([person("carl")])
    async with peer(house.lan, house.tls(card)) as carl, peer(house.lan, house.of("bert")) as bert:
        assert await carl.publish("c/carl/x") in (0, 0x10)
        begun = asyncio.get_running_loop().time()
        await house.broker.expel(["carl"])
        assert await carl.cut()
        assert asyncio.get_running_loop().time() - begun < 5
        assert await bert.publish("c/bert/x") in (0, 0x10)
    async with peer(house.lan, house.tls(card)) as carl:
        assert await carl.publish("c/carl/x") == NOT_AUTHORISED
    assert await house.broker.revoke(house.home.revocations([card.serial, house.home.card("robbed").serial]))
    with pytest.raises(ConnectFailed):
        async with peer(house.lan, house.tls(card)):
            pytest.fail("it came in")
    async with peer(house.lan, house.of("anna")) as anna:
        assert await anna.publish("c/anna/x") in (0, 0x10)


async def test_a_list_that_looks_no_newer_is_said_to_be_none(house: House) -> None:
    robbed = house.home.card("robbed").serial
    newest = house.home.revocations([robbed])
    assert await house.broker.revoke(newest)
    assert await house.broker.revoke(newest)
    house.home.lists -= 1
    assert not await house.broker.revoke(house.home.revocations([robbed, 7]))


async def test_other_rights_cut_the_connection_and_hold_after_it(house: House) -> None:
    await house.broker.admit([person("dora")])
    async with peer(house.lan, house.of("dora")) as dora:
        assert await dora.publish("switch") == NOT_AUTHORISED
        await house.broker.admit([person("dora")])
        assert await dora.publish("c/dora/x") in (0, 0x10)
        await house.broker.admit([person("dora", "switch")])
        await dora.cut()
    async with peer(house.lan, house.of("dora")) as dora:
        assert await dora.publish("switch") in (0, 0x10)
    await house.broker.expel(["dora"])


@pytest.mark.parametrize("door", ["passwords", "plain"])
async def test_an_appliance_with_a_password_is_itself_only(house: House, door: str) -> None:
    port = getattr(house.broker.doors, door).port
    context = house.tls(None) if door == "passwords" else None
    address = BrokerAddress(HOST, port, "kettle", "steam", tls=door == "passwords")
    async with peer(address, context) as kettle:
        assert await kettle.publish("c/kettle/x") in (0, 0x10)
        assert await kettle.publish("c/anna/x") == NOT_AUTHORISED
    for username, password in (("kettle", "water"), ("kettle", None), (None, None), ("anna", ""), ("gateway", ""), ("stranger", "x")):
        with pytest.raises(ConnectFailed):
            async with peer(BrokerAddress(HOST, port, username, password, tls=door == "passwords"), context):
                pytest.fail("it came in")


async def test_with_nothing_open_nobody_comes_in_without_a_key(house: House) -> None:
    with pytest.raises(LinkDown):
        await asyncio.wait_for(_greeting(house.broker.address), 5)


async def _greeting(address: BrokerAddress) -> None:
    async with peer(address):
        pytest.fail("it came in")


@pytest.mark.parametrize("damage", [b"", b'{"clients": [', None])
async def test_its_files_lost_or_half_written_are_made_anew(house: House, damage: bytes | None) -> None:
    folder = house.broker.own.socket
    assert folder is not None
    for name in ("rights.json", "revoked.pem", "server.key", "authority.pem"):
        (folder.parent / name).unlink()
        if damage is not None:
            (folder.parent / name).write_bytes(damage)
    old = house.broker.pid
    os.kill(old, signal.SIGKILL)
    await until(lambda: house.broker.pid not in (0, old))
    async with asyncio.timeout(10):
        while True:
            with suppress(LinkDown):
                async with peer(house.lan, house.of("anna")) as anna:
                    assert await anna.publish("c/anna/x") in (0, 0x10)
                    return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("turns", [0, 1, 5, 20, 60])
async def test_other_doors_asked_for_while_it_is_down_or_coming_up_are_what_comes(house: House, turns: int) -> None:
    broker = house.broker
    people = (person("anna"), person("bert", "switch"), person("kettle", password="steam"))
    closed = broker.doors
    signalled(broker, signal.SIGKILL)
    for _ in range(turns):
        await asyncio.sleep(0.005)
    await broker.reopen(replace(closed, open=Door(("127.0.0.1",), 0)), people)
    assert broker.doors.open
    async with peer(broker.address) as anybody:
        assert await anybody.publish("switch") in (0, 0x10)
        assert await anybody.publish("$CONTROL/dynamic-security/v1", b'{"commands":[{"command":"listClients"}]}') == NOT_AUTHORISED
        await broker.reopen(closed, people)
        assert await anybody.cut()
    with pytest.raises(LinkDown):
        async with peer(broker.address):
            pytest.fail("it came in")


async def test_its_files_are_for_its_own_eyes(house: House) -> None:
    socket = house.broker.own.socket
    assert socket is not None
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o077 for path in socket.parent.rglob("*") if path.is_file()}
    assert modes
    assert {name for name, mode in modes.items() if mode and name != "rights.json"} == set()


async def test_a_link_in_place_of_its_folder_or_in_it_gives_nothing_away(tmp_path: Path) -> None:
    mine, precious = tmp_path / "mine", tmp_path / "mine" / "precious"
    mine.mkdir(mode=0o755)
    precious.write_text("mine")
    before = [(path.stat().st_uid, path.stat().st_mode) for path in (mine, precious)]
    (tmp_path / "broker").symlink_to(mine)
    with pytest.raises(ConfigurationInvalid, match="is a link"):
        async with private_broker("127.0.0.1", 0, tmp_path / "broker", HastyClock(), kind="mosquitto"):
            pytest.fail("it started")
    (tmp_path / "broker").unlink()
    (tmp_path / "broker").mkdir(mode=0o700)
    (tmp_path / "broker" / "link").symlink_to(precious)
    async with private_broker("127.0.0.1", 0, tmp_path / "broker", HastyClock(), kind="mosquitto"):
        pass
    assert [(path.stat().st_uid, path.stat().st_mode) for path in (mine, precious)] == before
    assert [path.name for path in mine.iterdir()] == ["precious"]


@pytest.mark.long
async def test_a_broker_that_does_not_obey_is_killed_so_that_who_is_out_stays_out(house: House) -> None:
    await house.broker.admit([person("emil")])
    async with peer(house.lan, house.of("emil")) as emil:
        signalled(house.broker, signal.SIGSTOP)
        await house.broker.expel(["emil"])
        await emil.cut()
    async with asyncio.timeout(20):
        while True:
            with suppress(LinkDown):
                async with peer(house.lan, house.of("emil")) as emil:
                    assert await emil.publish("c/emil/x") == NOT_AUTHORISED
                    return
            await asyncio.sleep(0.05)


@pytest.mark.long
async def test_who_leaves_with_the_broker_what_it_can_takes_no_more_than_the_broker_may(house: House) -> None:
    pid = house.broker.pid
    body, left = os.urandom(200_000), 2 * MOST_MEMORY // 200_000
    with suppress(LinkDown):
        async with peer(house.lan, house.of("bert")) as bert:
            for number in range(left):
                assert await bert.publish(f"c/bert/{number}", body, retain=True) != NOT_AUTHORISED
    status = Path(f"/proc/{pid}/status")
    held = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
    assert all(int(line.split()[1]) * 1024 < 1.25 * MOST_MEMORY for line in held)
    await until(lambda: house.broker.pid != 0)
    async with asyncio.timeout(20):
        while True:
            with suppress(LinkDown, ConnectFailed):
                async with peer(house.broker.own):
                    return
            await asyncio.sleep(0.1)
