"""An appliance with a certificate: it speaks TLS with the hub's broker, under its own name, with the hub alone."""

import asyncio
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from firmware_sim.home import running_home
from firmware_sim.home_file import read_home
from firmware_sim.plan import UnitPlan
from firmware_sim.refusal import SetupMistake
from firmware_sim.wires.mqtt_link import Broker
from gateway.protocol.broker.mosquitto import find
from tests.kit.authority import Authority, new_authority
from tests.kit.brokers import needs_mosquitto

HOST = "127.0.27.1"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return new_authority()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[int]:
    """A mosquitto that asks for certificates and takes the common name for the user."""
    folder = authority.write(tmp_path_factory.mktemp("broker"), "hub", HOST, stem="server")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    lines = (
        f"listener {port} {HOST}",
        f"cafile {folder / 'authority.pem'}",
        f"certfile {folder / 'server.pem'}",
        f"keyfile {folder / 'server.key'}",
        "require_certificate true",
        "use_identity_as_username true",
        f"acl_file {folder / 'acl'}",
        "user root",
    )
    (folder / "acl").write_text("user lamp-7f3k2m\ntopic readwrite hulian/1/lamp/#\nuser reader\ntopic read #\n")
    (folder / "mosquitto.conf").write_text("\n".join(lines))
    program = find()
    assert program
    with subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL) as broker:
        yield port
        broker.terminate()


@asynccontextmanager
async def reader(folder: Path, port: int) -> AsyncIterator[aiomqtt.Client]:
    url = f"mqtts://{HOST}:{port}"
    broker = Broker.parse(url, folder)
    for _ in range(50):
        try:
            async with aiomqtt.Client(HOST, port, tls_context=broker.tls, identifier="reader") as client:
                yield client
                return
        except aiomqtt.MqttError:
            await asyncio.sleep(0.1)
    raise TimeoutError(url)


@needs_mosquitto
async def test_it_speaks_tls_under_its_own_name_and_under_its_own_root(tmp_path: Path, authority: Authority, port: int) -> None:
    url = f"mqtts://{HOST}:{port}"
    own = authority.credentials(tmp_path / "lamp", "lamp-7f3k2m", url)
    async with reader(authority.credentials(tmp_path / "reader", "reader", url), port) as client:
        await client.subscribe("hulian/1/lamp/self/#")
        plan = UnitPlan(kind="light", wire="native-mqtt", id="lamp", address=HOST, credentials=own)
        async with running_home([plan]), asyncio.timeout(20):
            topics: dict[str, bytes] = {}
            while "hulian/1/lamp/self/avail" not in topics:
                message = await anext(aiter(client.messages))
                topics[str(message.topic)] = bytes(message.payload)
    assert b'"online"' in topics["hulian/1/lamp/self/avail"]
    description = json.loads(topics["hulian/1/lamp/self/td"])
    assert url in json.dumps(description["properties"])


@needs_mosquitto
def test_it_tells_nothing_to_a_broker_that_another_authority_signed(tmp_path: Path, port: int) -> None:
    other = new_authority("another home").credentials(tmp_path / "lamp", "lamp-7f3k2m", f"mqtts://{HOST}:{port}")
    tls = Broker.parse(f"mqtts://{HOST}:{port}", other).tls
    assert tls is not None
    with socket.create_connection((HOST, port)) as wire, pytest.raises(ssl.SSLCertVerificationError):
        tls.wrap_socket(wire, server_hostname=HOST)


def test_a_home_file_names_the_folder_beside_it(tmp_path: Path, authority: Authority) -> None:
    authority.credentials(tmp_path / "keys" / "lamp", "lamp-7f3k2m", "mqtts://192.0.2.1:8883")
    (tmp_path / "home.yaml").write_text("units:\n  - {id: lamp, kind: light, wire: native-mqtt, credentials: keys/lamp}\n")
    (unit,) = read_home(str(tmp_path / "home.yaml"), broker="mqtt://127.0.0.1:1883").units
    assert (unit.broker, unit.credentials) == ("mqtts://192.0.2.1:8883", tmp_path / "keys" / "lamp")


def test_it_is_who_its_credentials_are_for(tmp_path: Path, authority: Authority) -> None:
    folder = authority.credentials(tmp_path / "lamp", "lamp-7f3k2m", "mqtts://192.0.2.1:8883")
    (folder / "connection.json").write_text('{"client": "lamp-7f3k2m", "mqtt": "mqtts://192.0.2.1:8883", "device": "lamp-1"}')
    assert UnitPlan(kind="light", wire="native-mqtt", credentials=folder).id == "lamp-1"
    with pytest.raises(SetupMistake, match="lets in lamp-1, not lamp-2"):
        UnitPlan(kind="light", wire="native-mqtt", credentials=folder, id="lamp-2")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (("client.key", None), "has no client.key"),
        (("connection.json", "{}"), "does not say `client` and `mqtt`"),
        (("connection.json", '{"client": "x", "mqtt": "mqtt://hub"}'), "mqtts://"),
        (("client.pem", "nonsense"), "cannot be used"),
    ],
)
def test_a_folder_that_is_none_is_refused_with_words(
    tmp_path: Path, authority: Authority, spoil: tuple[str, str | None], words: str
) -> None:
    folder = authority.credentials(tmp_path / "lamp", "lamp-7f3k2m", "mqtts://192.0.2.1:8883")
    name, text = spoil
    (folder / name).unlink() if text is None else (folder / name).write_text(text)
    with pytest.raises(SetupMistake, match=words):
        Broker.parse(UnitPlan(kind="light", wire="native-mqtt", credentials=folder).broker or "", folder)


def test_tls_without_a_certificate_and_a_certificate_without_tls_are_refused(tmp_path: Path, authority: Authority) -> None:
    folder = authority.credentials(tmp_path / "lamp", "lamp-7f3k2m", "mqtts://192.0.2.1:8883")
    for url, given in (("mqtts://192.0.2.1", None), ("mqtt://192.0.2.1", folder)):
        with pytest.raises(SetupMistake, match="go together"):
            Broker.parse(url, given)


def test_one_certificate_is_not_shared_by_the_parts_of_an_appliance(tmp_path: Path, authority: Authority) -> None:
    authority.credentials(tmp_path / "set", "set-7f3k2m", "mqtts://192.0.2.1:8883")
    (tmp_path / "home.yaml").write_text("units:\n  - {id: set, kind: integrated-stove, wire: native-mqtt, credentials: set}\n")
    with pytest.raises(SetupMistake, match="one appliance's"):
        read_home(str(tmp_path / "home.yaml"))
