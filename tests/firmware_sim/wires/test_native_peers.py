"""Native appliances and programs that know nothing of us: Debian's CoAP and MQTT clients, and a broker that speaks 3.1.1 alone."""

import asyncio
import json
import shutil
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import aiomqtt
import pytest

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.wire import WireOptions
from firmware_sim.wires.native_coap import Wire as CoapWire
from firmware_sim.wires.native_mqtt import Wire as MqttWire

PATIENCE = 40


class Broker(Protocol):
    url: str
    port: int


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name} (apt-get install {package})")
    return found


@asynccontextmanager
async def running(*command: str, **streams: int) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, **streams)  # type: ignore[arg-type]
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


async def output(*command: str) -> str:
    async with running(*command, stdout=PIPE, stderr=PIPE) as process, asyncio.timeout(PATIENCE):
        out, error = await process.communicate()
        return (out + error).decode()


@pytest.mark.interop
async def test_libcoap_reads_writes_and_is_refused(plug: Appliance, network: Network) -> None:
    client = program("coap-client-notls", "libcoap3-bin")
    async with CoapWire(plug, network, WireOptions(modules=("native_coap",), port=0)) as wire:
        base = f"coap://{network.address}:{wire.port}"
        assert "</d/self/s>;obs" in await output(client, "-m", "get", f"{base}/.well-known/core")
        assert json.loads(await output(client, "-m", "get", f"{base}/d/self/td"))["hl:kind"] == "plug"
        assert json.loads(await output(client, "-m", "get", "-b", "64", f"{base}/d/self/s"))["power"] is False
        assert await output(client, "-m", "put", "-t", "50", "-e", "true", f"{base}/d/self/p/power?id=one") == ""
        assert plug.values()["power"] is True
        await output(client, "-m", "ipatch", "-t", "52", "-e", '{"overloadLimit": 1500}', f"{base}/d/self/s")
        assert plug.values()["overloadLimit"] == 1500
        assert "4.22" in await output(client, "-m", "put", "-t", "50", "-e", "7", f"{base}/d/self/p/power")
        assert "4.06" in await output(client, "-m", "get", "-A", "41", f"{base}/d/self/p/power")
        assert "2.01" in await output(client, "-v", "7", "-m", "post", "-e", '{"level": "quick"}', f"{base}/d/self/a/runDiagnostics?id=far")
        assert json.loads(await output(client, "-m", "get", f"{base}/d/self/run/far"))["state"] == "running"


@pytest.mark.interop
async def test_libcoap_observes(plug: Appliance, network: Network) -> None:
    client = program("coap-client-notls", "libcoap3-bin")
    async with CoapWire(plug, network, WireOptions(modules=("native_coap",), port=0)) as wire:
        url = f"coap://{network.address}:{wire.port}/d/self/p/power"
        async with running(client, "-s", "30", "-w", "-m", "get", url, stdout=PIPE, stderr=DEVNULL) as process, asyncio.timeout(PATIENCE):
            assert process.stdout is not None
            assert await process.stdout.readuntil(b"false")
            plug.write({"power": True})
            assert await process.stdout.readuntil(b"true")


@pytest.mark.interop
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_clients_hear_and_command(plug: Appliance, network: Network, mosquitto: Broker, version: str) -> None:
    listener, speaker = program("mosquitto_sub", "mosquitto-clients"), program("mosquitto_pub", "mosquitto-clients")
    where = ("-h", "127.0.0.1", "-p", str(mosquitto.port), "-V", version, "-q", "1")
    options = WireOptions(modules=("native_mqtt",), broker=mosquitto.url)
    async with MqttWire(plug, network, options):
        state = json.loads(await output(listener, *where, "-C", "1", "-t", "hulian/1/plug-1/self/s"))
        assert state["power"] is False
        async with (
            running(listener, *where, "-C", "2", "-t", "hulian/1/plug-1/self/ack", stdout=PIPE) as process,
            asyncio.timeout(PATIENCE),
        ):
            await asyncio.sleep(0.3)
            await output(speaker, *where, "-t", "hulian/1/plug-1/self/p/power/set", "-m", "true")
            out, _ = await process.communicate()
            assert [json.loads(line)["state"] for line in out.splitlines()] == ["accepted", "completed"]


@asynccontextmanager
async def amqtt(folder: Path) -> AsyncIterator[int]:
    """Run the pip-only broker, which never answers an MQTT 5 connect."""
    pytest.importorskip("amqtt", reason="needs amqtt (pip install hulian[broker])")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = folder / "amqtt.yaml"
    configuration.write_text(
        f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{port}\n"
        "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n"
    )
    broker = Path(sys.executable).with_name("amqtt")
    async with running(str(broker), "-c", str(configuration), stdout=DEVNULL, stderr=DEVNULL):
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    break
        yield port


async def test_a_broker_that_never_answers_mqtt_5_is_spoken_to_in_3_1_1(plug: Appliance, network: Network, tmp_path: Path) -> None:
    async with amqtt(tmp_path) as port, aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("hulian/1/plug-1/#", qos=1)
        options = WireOptions(modules=("native_mqtt",), broker=f"mqtt://127.0.0.1:{port}")
        async with MqttWire(plug, network, options), asyncio.timeout(PATIENCE):
            await client.publish("hulian/1/plug-1/self/p/power/set", b"true", qos=1)
            async for message in client.messages:
                if str(message.topic).endswith("/self/ack") and json.loads(bytes(message.payload))["state"] == "completed":
                    break
        assert plug.values()["power"] is True
