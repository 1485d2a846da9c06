"""The wiring: which rooms a running gateway is made of, and in which order they start and stop.

    storage -> home -> drivers -> discovery -> faces

Everything below the faces is up before a client can reach it; on the way out the faces go first, so that nothing is
promised that can no longer be kept. The broker is the user's own, or a private child that is started here.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
from pathlib import Path
from random import Random
from typing import Any

from gateway.discovery.discovery import Discovery
from gateway.drivers.spi import Context
from gateway.drivers.supervisor import Supervisor
from gateway.drivers.table import DRIVERS, load
from gateway.errors import ConfigurationInvalid, Unknown
from gateway.faces.announce import announced
from gateway.faces.coap.face import coap_face
from gateway.faces.control.calls import Calls, Operations
from gateway.faces.control.server import control_face
from gateway.faces.mqtt.face import mqtt_face
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.protocol.broker.private import private_broker
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.forms import DeviceForms
from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.storage.database import Database
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.identifier import new_identifier
from gateway.thing.timestamp import iso

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a gateway is told at start.

    `data`: its folder. `socket`: the control socket. `broker`: an existing one; None starts a private child on
    `mqtt_host:mqtt_port`. Port 0 takes any free one. `interfaces`: local addresses discovery listens and asks on.
    `accept`: rules for automatic acceptance. `manual`: appliances named by hand. `version`: the MQTT version spoken.
    """

    data: Path
    socket: Path
    broker: BrokerAddress | None = None
    mqtt_host: str = LOOPBACK
    mqtt_port: int = 1883
    mqtt_version: str = "auto"
    coap_host: str = LOOPBACK
    coap_port: int = 5683
    interfaces: tuple[str, ...] = (LOOPBACK,)
    accept: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()
    announce: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway and where it can be reached."""

    home: Home
    supervisor: Supervisor
    discovery: Discovery
    mqtt: MqttClient
    broker: BrokerAddress
    broker_kind: str
    coap: CoapServer
    clock: SystemClock
    settings: Settings
    library: Library
    started: float = field(default=0.0)

    def status(self) -> dict[str, Any]:
        """Return what `hulian doctor` shows of the gateway itself."""
        return {
            "gateway": self.home.identifier,
            "version": package_version("hulian"),
            "boot": self.home.boot,
            "since": iso(self.started),
            "data": str(self.settings.data),
            "mqtt": self.broker.url,
            "mqttVersion": self.mqtt.version,
            "mqttConnected": self.mqtt.connected,
            "mqttTrouble": self.mqtt.trouble,
            "broker": self.broker_kind,
            "coap": f"coap://{self.coap.host}:{self.coap.port}",
            "coapDropped": dict(self.coap.guard.counts),
            "sessions": [_session(status) for status in self.supervisor.status()],
        }


def _session(status: Any) -> dict[str, Any]:
    return {
        "driver": status.driver,
        "key": status.key,
        "devices": list(status.devices),
        "state": str(status.state),
        "since": iso(status.since),
        "reason": status.reason,
        "attempts": status.attempts,
    }


def check_loopback(host: str, what: str) -> None:
    """Raise ConfigurationInvalid unless `host` is a loopback address: no face goes beyond it before trust exists."""
    try:
        address = ipaddress.ip_address(LOOPBACK if host == "localhost" else host)
    except ValueError as error:
        raise ConfigurationInvalid(f"{what}: {host!r} is not an IP address; use {LOOPBACK}") from error
    if not address.is_loopback:
        raise ConfigurationInvalid(
            f"{what}: {host} is not a loopback address, and this version has no accounts yet: anyone who can reach it "
            f"could switch your appliances. Use {LOOPBACK}, or reach the hub through ssh: ssh -L 1883:{LOOPBACK}:1883 HUB"
        )


@asynccontextmanager
async def run_gateway(settings: Settings, *, clock: SystemClock, random: Random) -> AsyncIterator[Gateway]:
    """Run a gateway for as long as the context lives."""
    check_loopback(settings.mqtt_host, "MQTT address")
    check_loopback(settings.coap_host, "CoAP address")
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(StateStore(settings.data / "state.db"))
        history = await stack.enter_async_context(HistoryStore(settings.data / "history.db", clock=clock))
        identifier = await store.gateway_id(lambda: new_identifier("hub", random))
        boot = await store.begin_boot()
        broker, kind = await _broker(stack, settings, clock)
        library = Library(cache=settings.data / "cache")
        coap_port: dict[str, int] = {}

        def forms(device: str) -> DeviceForms:
            coap = f"coap://{settings.coap_host}:{coap_port.get('port', settings.coap_port)}"
            return DeviceForms(identifier, device, f"mqtt://{broker.host}:{broker.port}", coap)

        home = Home(
            identifier=identifier, boot=boot, store=store, history=history, library=library, clock=clock, random=random, forms=forms
        )
        await stack.enter_async_context(home)
        link = MqttClient(broker, client_id=f"hulian-{identifier}-drivers", version=settings.mqtt_version, clock=clock, random=random)
        await stack.enter_async_context(link)
        coap = await stack.enter_async_context(coap_face(home, settings.coap_host, settings.coap_port, clock=clock))
        coap_port["port"] = coap.port
        context = Context(gateway=identifier, clock=clock, random=random, library=library, mqtt=link)
        supervisor = await stack.enter_async_context(Supervisor(home, context, DRIVERS))
        discovery = await stack.enter_async_context(_discovery(settings, context, store, supervisor))
        face = await stack.enter_async_context(mqtt_face(home, broker, version=settings.mqtt_version, clock=clock, random=random))
        gateway = Gateway(
            home=home,
            supervisor=supervisor,
            discovery=discovery,
            mqtt=face,
            broker=broker,
            broker_kind=kind,
            coap=coap,
            clock=clock,
            settings=settings,
            library=library,
            started=clock.now(),
        )
        calls = Calls(home, discovery, _operations(gateway), clock)
        await stack.enter_async_context(control_face(settings.socket, calls.table()))
        if settings.announce:
            await stack.enter_async_context(_announced(gateway))
        yield gateway
