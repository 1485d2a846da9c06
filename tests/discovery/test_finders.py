"""The finders on real wires: a broker of our own, mDNS on loopback, and simulated appliances."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.discovery import EntryState
from gateway.drivers.native import DRIVER
from gateway.protocol.broker import private_broker
from gateway.protocol.mqtt import MqttClient
from gateway.thing.clock import SystemClock
from tests.discovery.kit import Home, discovering
from tests.drivers.kit import context, until
from tests.drivers.native_bench import link, native


class Broker:
    """The gateway's link and an appliance's, on one broker."""

    def __init__(self, gateway: MqttClient, appliance: MqttClient) -> None:
        self.gateway = gateway
        self._appliance = appliance

    async def keeps(self, device: str, tail: str, body: Any) -> None:
        payload = body if isinstance(body, bytes) else orjson.dumps(body)
        await self._appliance.publish(f"hulian/1/{device}/self/{tail}", payload, retain=True)

    async def has(self, device: str, state: str = "online") -> None:
        await self.keeps(device, "td", {"hl:kind": "plug", "title": f"Plug {device}"})
        await self.keeps(device, "avail", {"state": state})


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with (
        private_broker("127.0.0.1", 0, tmp_path, SystemClock()) as child,
        link(child, "gw-test") as gateway,
        link(child, "someone") as appliance,
    ):
        yield Broker(gateway, appliance)


async def test_an_appliance_on_the_broker_is_found_before_and_after_the_start(broker: Broker) -> None:
    home = Home()
    await broker.has("plug-1")
    async with discovering(home, DRIVER._replace(services=(), search=None), mqtt=broker.gateway) as discovery:
        await until(discovery.inbox, "what was there")
        await broker.has("plug-2")
        await until(lambda: len(discovery.inbox()) == 2, "what came")
        assert {entry.key: (entry.title, entry.kind) for entry in discovery.inbox()} == {
            "plug-1": ("Plug plug-1", "plug"),
            "plug-2": ("Plug plug-2", "plug"),
        }
        registration = await discovery.accept("plug-1")
        assert registration.facts == {"mqtt": "1"}


async def test_what_the_broker_keeps_of_one_that_is_gone_is_no_unit_and_the_doctor_says_why(broker: Broker) -> None:
    home = Home()
    await broker.has("ghost", "offline")
    await broker.keeps("bad", "td", b"\xff{")
    await broker.has("gw-test")
    await broker.has("plug-1")
    async with discovering(home, DRIVER._replace(services=(), search=None), mqtt=broker.gateway) as discovery:
        await until(discovery.inbox, "the one that is there")
        assert [entry.key for entry in discovery.inbox()] == ["plug-1"]
        [place] = [place for place in discovery.doctor() if place["where"] == "broker"]
        assert {drop["who"]: drop["why"].partition(":")[0] for drop in place["dropped"]} == {
            "ghost": "offline",
            "bad": "its description is not a JSON object of a usable size",
        }
        await broker.keeps("ghost", "avail", {"state": "online"})
        await until(lambda: len(discovery.inbox()) == 2, "it came back")


async def test_an_announced_appliance_is_found_with_its_address_and_followed_by_its_id() -> None:
    home = Home()
    lent = context()
    async with native(lent, "native-coap") as bench, discovering(home, DRIVER) as discovery:
        await until(lambda: any(entry.key == bench.device for entry in discovery.inbox()), "found")
        entry = next(entry for entry in discovery.inbox() if entry.key == bench.device)
        assert (entry.kind, entry.address, entry.port, entry.state) == ("plug", "127.0.0.1", bench.unit.port, EntryState.PENDING)
        assert entry.facts["coap"] == "1"
        registration = await discovery.accept(f"native:{bench.device}")
        assert registration.address == "127.0.0.1"
        asked = [line["what"] for place in discovery.doctor() if place["where"] == "127.0.0.1" for line in place["asked"]]
        assert "mDNS _wot._udp.local." in asked


async def test_one_appliance_on_both_wires_is_one_entry(broker: Broker) -> None:
    home = Home()
    name = f"plug-{secrets.token_hex(4)}"
    lent = context()
    async with native(lent, "native-coap", id=name) as bench, discovering(home, DRIVER, mqtt=broker.gateway) as discovery:
        await until(lambda: any(entry.key == name for entry in discovery.inbox()), "announced")
        await broker.has(name)
        await until(lambda: discovery._desk.inbox.get("native", name).facts.get("mqtt") == "1", "seen on the broker")  # type: ignore[union-attr]
        mine = [entry for entry in discovery.inbox() if entry.key == name]
        assert len(mine) == 1
        assert (mine[0].address, mine[0].port, mine[0].facts["coap"]) == ("127.0.0.1", bench.unit.port, "1")


async def test_a_named_address_that_speaks_only_coap_is_taken_in() -> None:
    async with native(context(), "native-coap") as bench:
        home, where = Home(), (bench.unit.network.address, bench.unit.port)
        async with discovering(home, DRIVER, manual=[f"native://{where[0]}:{where[1]}"], interfaces=lambda: ()):
            await until(lambda: home.adopted, "accepted")
    adopted = home.adopted[0]
    assert (adopted.driver, adopted.key, adopted.address, adopted.port) == ("native", bench.device, *where)
    assert adopted.facts["coap"] == "1"
    assert "mqtt" not in adopted.facts
