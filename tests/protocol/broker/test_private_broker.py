"""The private broker comes up, comes back, keeps to this machine, and never outlives us."""

import asyncio
import os
import signal
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest

from gateway.errors import BrokerUnavailable, ConfigurationInvalid, ExtraMissing, PortTaken
from gateway.protocol.broker import mosquitto, private_broker
from gateway.protocol.mqtt import BrokerAddress
from tests.kit.brokers import needs_mosquitto, signalled
from tests.protocol.kit import HOST, HastyClock, client, until, unused_port

KINDS = pytest.mark.parametrize("kind", [pytest.param("mosquitto", marks=needs_mosquitto), "amqtt"])
Kind = Literal["mosquitto", "amqtt"]


def listens(address: BrokerAddress) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address.host, address.port)) == 0


def lives(pid: int) -> bool:
    """A dead child whose parent was killed may wait a while for a new parent to collect it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@KINDS
async def test_it_listens_while_its_block_lasts(kind: Kind, tmp_path: Path) -> None:
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind=kind) as broker:
        assert broker.kind == kind
        assert listens(broker.address)
        pid = broker.pid
        async with client(broker.address, version=broker.version) as link:
            await link.wait_connected(20)
            assert link.version == {"mosquitto": "5", "amqtt": "3.1.1"}[kind]
    assert not listens(broker.address)
    assert not lives(pid)


@KINDS
async def test_it_comes_back_on_the_same_port_after_each_death(kind: Kind, tmp_path: Path) -> None:
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind=kind) as broker:
        address = broker.address
        for _ in range(2):
            pid = broker.pid
            os.kill(pid, signal.SIGKILL)
            await until(lambda: broker.pid not in (pid, 0) and listens(address))  # noqa: B023
        assert broker.address == address


@KINDS
async def test_it_never_outlives_a_killed_parent(kind: Kind, tmp_path: Path) -> None:
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom gateway.protocol.broker import private_broker\n"
        "from gateway.thing.clock import SystemClock\n"
        "async def main():\n"
        f"    async with private_broker('{HOST}', 0, Path(sys.argv[1]), SystemClock(), kind='{kind}') as broker:\n"
        "        print(broker.pid, broker.address.port, flush=True)\n"
        "        await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(tmp_path), stdout=asyncio.subprocess.PIPE)
    try:
        assert parent.stdout is not None
        pid, port = (int(word) for word in (await parent.stdout.readline()).split())
        assert listens(BrokerAddress(HOST, port))
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: not lives(pid) and not listens(BrokerAddress(HOST, port)))


@KINDS
async def test_a_taken_port_is_said_with_the_options_that_help(kind: Kind, tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"(?s){port}.*--broker.*--mqtt-port"):
            await asyncio.create_task(start(port, tmp_path, kind))


async def start(port: int, folder: Path, kind: Kind | None = None, host: str = HOST) -> None:
    async with private_broker(host, port, folder, HastyClock(), kind=kind):
        pytest.fail("it should not have started")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "hub.local", "::"])
async def test_it_serves_no_other_machine(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"127\.0\.0\.1"):
        await start(0, tmp_path, host=host)


async def test_without_any_broker_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.broker.running.find", lambda: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ExtraMissing, match=r"apt install mosquitto.*hulian\[broker\]"):
        await start(0, tmp_path)


async def test_without_mosquitto_amqtt_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.broker.running.find", lambda: None)
    async with private_broker(HOST, 0, tmp_path, HastyClock()) as broker:
        assert (broker.kind, broker.version) == ("amqtt", "3.1.1")


async def test_a_broker_that_will_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.broker.running.find", lambda: "/bin/false")
    with pytest.raises(BrokerUnavailable, match="does not start"):
        await start(unused_port(), tmp_path, "mosquitto")


@needs_mosquitto
async def test_one_that_keeps_dying_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind="mosquitto") as broker:
        monkeypatch.setattr("gateway.protocol.broker.running.find", lambda: "/bin/false")
        signalled(broker, signal.SIGKILL)
        async with asyncio.timeout(30):
            assert "mosquitto" in await broker.wait_failed()


@needs_mosquitto
async def test_its_configuration_is_for_our_eyes_only(tmp_path: Path) -> None:
    async with private_broker(HOST, 0, tmp_path / "broker", HastyClock(), kind="mosquitto") as broker:
        path = tmp_path / "broker" / "mosquitto.conf"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert f"listener {broker.address.port} {HOST}" in path.read_text()


@needs_mosquitto
@pytest.mark.parametrize("depth", [1, 4])
async def test_our_own_links_reach_it_however_long_the_path_of_its_folder(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a-folder-with-a-long-name"] * depth)
    async with private_broker(HOST, 0, folder, HastyClock(), kind="mosquitto") as broker, client(broker.own) as link:
        await link.wait_connected(20)
        await link.publish("a", b"here")


@needs_mosquitto
async def test_a_crowd_at_the_door_leaves_room_for_our_own_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosquitto, "_MOST", 3)
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind="mosquitto") as broker:
        crowd = [await asyncio.open_connection(broker.address.host, broker.address.port) for _ in range(8)]
        turned_away = [asyncio.create_task(reader.read(1)) for reader, _ in crowd]
        async with client(broker.own) as link:
            await link.wait_connected(20)
            await link.publish("a", b"here")
        await asyncio.wait(turned_away, timeout=0.2)
        assert sum(task.done() for task in turned_away) == 5
        for _, writer in crowd:
            writer.close()
        await asyncio.gather(*turned_away, return_exceptions=True)


@needs_mosquitto
async def test_packets_over_the_limit_end_their_connection_and_no_other(tmp_path: Path) -> None:
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind="mosquitto") as broker, client(broker.address) as link:
        await link.wait_connected(20)
        reader, writer = await asyncio.open_connection(broker.address.host, broker.address.port)
        writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x" + b"\x30\xff\xff\xff\x7f" + bytes(300_000))
        with suppress(ConnectionError):
            await writer.drain()
            await reader.read()
        writer.close()
        await link.publish("a", b"still there")


@needs_mosquitto
async def test_cancelled_while_it_starts_it_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.protocol.broker.running.find", lambda: "/bin/cat")
    monkeypatch.setattr("gateway.protocol.broker.running.watched", lambda *_, **__: ("/bin/sh", "-c", "echo $$; read -r _"))
    starting = asyncio.create_task(start(0, tmp_path, "mosquitto"))
    await asyncio.sleep(0.2)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not [task for task in asyncio.all_tasks() if "broker" in task.get_name()]


def test_the_search_knows_the_places_off_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(mosquitto, "_OFF_PATH", (str(program),))
    assert mosquitto.find() == str(program)
    program.unlink()
    assert mosquitto.find() is None


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("Client connection from 192.0.2.7 failed: error:0A000086:SSL routines::certificate verify failed.", "192.0.2.7"),
        ("OpenSSL Error[1]: error:0A000086:SSL routines::certificate verify failed", ""),
        ("OpenSSL Error[0]: error:0A0000C7:SSL routines::peer did not return a certificate", ""),
        ("OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading", None),
        ("New client connected from 192.0.2.7:1 as x::certificate verify failed (p5, c1, k30, u'x').", None),
        ("Client x::certificate verify failed disconnected.", None),
    ],
)
def test_a_refusal_is_told_from_what_a_client_could_have_said(line: str, source: str | None) -> None:
    refused = mosquitto.refusal(line)
    assert (refused[1] if refused else None) == source


def test_comings_and_goings_are_not_written_down() -> None:
    assert mosquitto.chatter("New client connected from own.sock:0 as hulian-hub-secret (p5, c1, k30, u'gateway-secret').")
    assert mosquitto.chatter("Client hulian-hub-secret closed its connection.")
    assert not mosquitto.chatter('Error: Unable to load server certificate "server.pem".')
