"""A thousand devices that describe themselves, announced at once: how soon all of them are in the inbox, and what they weigh there.

Behind Zigbee2MQTT: five bridges with two hundred devices each, no two of which are of one model, for that is the worst case; each says its
whole list in one retained message.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiomqtt

from firmware_sim.wires.zigbee2mqtt.model import model, models
from gateway.cli.places import socket_path
from gateway.protocol.broker.private import private_broker
from gateway.protocol.mqtt import BrokerAddress
from gateway.thing.clock import SystemClock
from tests.benchmarks.process import GatewayProcess, gateway_process
from tests.kit.demo import ask

BRIDGES = 5
EACH = 200
SETTLING = 12.0
"""Seconds after which what was only needed for reading is given back."""
PATIENCE = 90.0
TOGETHER = 8
"""Announcements on their way to the broker at the same time."""


def lists() -> dict[str, bytes]:
    """Return the list of each bridge by its base topic."""
    names = models()
    rows = {bridge: [_row(bridge * EACH + number, names) for number in range(EACH)] for bridge in range(BRIDGES)}
    return {f"bridge-{bridge}": json.dumps(listed).encode() for bridge, listed in rows.items()}


def _row(number: int, names: tuple[str, ...]) -> dict[str, Any]:
    known = model(names[number % len(names)])
    own = {"type": "numeric", "name": f"reading_{number}", "property": f"reading_{number}", "access": 1, "unit": "W"}
    definition = known.definition()
    return {
        "ieee_address": f"0x00158d0000{number:06x}",
        "friendly_name": f"device {number}",
        "type": known.about["type"],
        "power_source": known.about["power_source"],
        "definition": {**definition, "model": f"{definition['model']}-{number}", "exposes": [*definition["exposes"], own]},
    }


async def measure_zigbee2mqtt() -> dict[str, Any]:
    """Return the seconds until all are in the inbox, KiB of the gateway for each, and the MiB that were announced."""
    said = lists()
    with tempfile.TemporaryDirectory(prefix="hulian-selfdescribed-") as folder:
        data = Path(folder)
        async with private_broker("127.0.0.1", 0, data / "broker", SystemClock()) as broker:
            with gateway_process(data / "hub", broker.address.url, uvloop=True, verbose=False) as gateway:
                await _found(data / "hub", 0)
                await asyncio.sleep(SETTLING)
                before = gateway.resident_mebibytes()
                began = time.perf_counter()
                await asyncio.gather(*(_say(broker.address, base, payload) for base, payload in said.items()))
                await _found(data / "hub", BRIDGES * EACH)
                seconds = time.perf_counter() - began
                await asyncio.sleep(SETTLING)
                return _figures(gateway, before, seconds, sum(map(len, said.values())))


async def _say(address: BrokerAddress, base: str, payload: bytes) -> None:
    """Connect as a bridge does, and say that it runs and what it has."""
    async with aiomqtt.Client(address.host, address.port, identifier=base) as client:
        await client.publish(f"{base}/bridge/state", b'{"state":"online"}', qos=1, retain=True)
        await client.publish(f"{base}/bridge/devices", payload, retain=True)
        await client.publish(f"{base}/bridge/event", b"{}", qos=1)


async def _found(data: Path, count: int) -> None:
    """Return once so many units are in the inbox, and the control socket answers."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(OSError, ConnectionError):
                answer = await asyncio.to_thread(ask, str(socket_path(data)), {"call": "inbox"})
                if len(answer.get("result", ())) >= count:
                    return
            await asyncio.sleep(0.1)


def _figures(gateway: GatewayProcess, before: float, seconds: float, size: int) -> dict[str, Any]:
    count = BRIDGES * EACH
    weight = (gateway.resident_mebibytes() - before) * 1024 / count
    return {
        "devices": count,
        "announced_mib": size / 2**20,
        "inbox_s": seconds,
        "kib_each": weight,
        "gateway_mib": gateway.resident_mebibytes(),
    }


async def measure_mqttdiscovery() -> dict[str, Any]:
    """Return the same for a thousand devices that announce themselves, half of them whole, half by entities, each a model of its own."""
    said = list(announcements())
    with tempfile.TemporaryDirectory(prefix="hulian-selfdescribed-") as folder:
        data = Path(folder)
        async with private_broker("127.0.0.1", 0, data / "broker", SystemClock()) as broker:
            with gateway_process(data / "hub", broker.address.url, uvloop=True, verbose=False) as gateway:
                await _found(data / "hub", 0)
                await asyncio.sleep(SETTLING)
                before = gateway.resident_mebibytes()
                began = time.perf_counter()
                await _announce(broker.address, said)
                await _found(data / "hub", BRIDGES * EACH)
                seconds = time.perf_counter() - began
                await asyncio.sleep(SETTLING)
                return _figures(gateway, before, seconds, sum(len(body) for _, body in said))


async def _announce(address: BrokerAddress, said: list[tuple[str, bytes]]) -> None:
    """Say everything, a few at a time, as many firmwares would."""
    async with aiomqtt.Client(address.host, address.port, identifier="firmwares") as client:
        for start in range(0, len(said), TOGETHER):
            await asyncio.gather(*(client.publish(topic, body, qos=1, retain=True) for topic, body in said[start : start + TOGETHER]))


def announcements() -> Iterator[tuple[str, bytes]]:
    """Yield topic and message of every announcement."""
    for number in range(BRIDGES * EACH):
        node, base = f"node{number}", f"maker{number % BRIDGES}/node{number}"
        shared = {"dev": {"ids": [node], "name": f"device {number}", "mf": "Maker", "mdl": f"M{number}"}, "o": {"name": "firmware"}}
        parts = dict(_parts(base, number))
        if number % 2:
            yield f"homeassistant/device/{node}/config", json.dumps({**shared, "avty_t": f"{base}/up", "cmps": parts}).encode()
            continue
        for name, part in parts.items():
            body = {key: value for key, value in part.items() if key != "p"}
            yield f"homeassistant/{part['p']}/{node}/{name}/config", json.dumps({**shared, **body, "avty_t": f"{base}/up"}).encode()


def _parts(base: str, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a relay, a lamp, some readings, and one of its own, of which no other device has the like."""
    yield (
        "relay",
        {"p": "switch", "stat_t": f"{base}/s", "cmd_t": f"{base}/c", "val_tpl": "{{ value_json.relay }}", "uniq_id": f"r{number}"},
    )
    yield (
        "lamp",
        {"p": "light", "schema": "json", "stat_t": f"{base}/l", "cmd_t": f"{base}/l/set", "brightness": True, "uniq_id": f"l{number}"},
    )
    for about, unit in (("temperature", "°C"), ("humidity", "%"), ("power", "W"), ("energy", "kWh")):
        template = f"{{{{ value_json.{about} | float | round(1) }}}}"
        yield (
            about,
            {
                "p": "sensor",
                "stat_t": f"{base}/s",
                "dev_cla": about,
                "unit_of_meas": unit,
                "val_tpl": template,
                "uniq_id": f"{about}{number}",
            },
        )
    own = f"{{{{ value_json.reading_{number} }}}}"
    yield f"reading_{number}", {"p": "sensor", "stat_t": f"{base}/s", "unit_of_meas": "W", "val_tpl": own, "uniq_id": f"o{number}"}
