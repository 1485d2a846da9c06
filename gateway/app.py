"""The wiring: which rooms a running gateway is made of, and in which order they start and stop.

    storage -> home -> CoAP, MQTT and Home Assistant -> drivers -> discovery -> control socket and announcements

CoAP and MQTT are up before the first appliance is, so that they miss nothing; on the way out the drivers go first: every
device is shown offline, and whoever waits for a command hears how it ended, while there is still a link to tell it on.
The broker is the user's own, or a private child that is started here.
"""

import ipaddress
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from gateway.discovery import Discovery
from gateway.discovery.credentials import Credentials, seal_older
from gateway.drivers.spi import Context
from gateway.drivers.supervisor import SessionStatus, Supervisor
from gateway.drivers.table import load, names
from gateway.errors import ConfigurationInvalid, SetupError
from gateway.faces.announce import CLOSED, CODE, OPEN, Endpoints, announced
from gateway.faces.coap.face import Keys as CoapKeys
from gateway.faces.coap.face import coap_face
from gateway.faces.control.calls import Calls, Operations
from gateway.faces.control.server import control_face
from gateway.faces.homeassistant.announcer import Discovery as HomeAssistant
from gateway.faces.homeassistant.face import homeassistant_face
from gateway.faces.mqtt.face import mqtt_face
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.protocol.broker.private import Kind, PrivateBroker, private_broker
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.forms import DeviceForms
from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.identifier import new_identifier
from gateway.thing.timestamp import iso
from gateway.trust.access import Access
from gateway.trust.authority import Authority
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from gateway.trust.journal import Journal
from gateway.trust.keys import Keys
from gateway.trust.vault import AUTHORITY, Vault, open_vault

LOOPBACK = "127.0.0.1"
LOOPBACK_UNITS = tuple(f"127.0.0.{number}" for number in range(2, 255))
"""Where simulated appliances live: no broadcast reaches an address of its own on loopback, so each is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a gateway is told at start.

    `data`: its folder. `socket`: the control socket. `broker`: an existing one; None starts a private child on
    `mqtt_host:mqtt_port`. Port 0 takes any free one. `lan`: addresses of this machine on which those who were let in are served
    too, under their keys: MQTT over TLS on `mqtts_port`, CoAP with OSCORE on `coap_port`, over DTLS on `coaps_port`.
    `interfaces`: local addresses discovery listens and asks on. `private_kind`: mosquitto or amqtt; None: mosquitto if it is
    installed. `accept`: rules for automatic acceptance. `manual`: appliances named by hand. `version`: the MQTT version spoken.
    `homeassistant`: which discovery messages are published. `demo`: loopback stays open without keys whatever happens.
    """

    data: Path
    socket: Path
    broker: BrokerAddress | None = None
    private_kind: Kind | None = None
    mqtt_host: str = LOOPBACK
    mqtt_port: int = 1883
    mqtt_version: MqttVersion = "auto"
    coap_host: str = LOOPBACK
    coap_port: int = 5683
    lan: tuple[str, ...] = ()
    mqtts_port: int = 8883
    coaps_port: int = 5684
    interfaces: tuple[str, ...] = (LOOPBACK,)
    accept: tuple[str, ...] = ()
    manual: tuple[str | Mapping[str, Any], ...] = ()
    announce: bool = True
    homeassistant: HomeAssistant = HomeAssistant()  # noqa: RUF009 - it is frozen
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Broker:
    """Where MQTT is spoken. `kind`: existing, mosquitto or amqtt; `version`: what our clients try."""

    address: BrokerAddress
    kind: str
    version: MqttVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway and where it can be reached."""

    home: Home
    supervisor: Supervisor
    discovery: Discovery
    mqtt: MqttClient
    broker: Broker
    coap: CoapServer
    coap_lan: tuple[CoapServer, ...]
    clock: SystemClock
    settings: Settings
    access: Access
    vault: Vault
    authority: Authority
    journal: Journal
    started: float

    def status(self) -> dict[str, Any]:
        """Return what `hulian doctor` shows of the gateway itself."""
        return {
            "gateway": self.home.identifier,
            "version": own_version(),
            "boot": self.home.boot,
            "since": iso(self.started),
            "data": str(self.settings.data),
            "mqtt": self.broker.address.url,
            "mqttVersion": self.mqtt.version,
            "mqttConnected": self.mqtt.connected,
            "mqttTrouble": self.mqtt.trouble,
            "broker": self.broker.kind,
            "homeassistant": self.settings.homeassistant.mode,
            "coap": f"coap://{self.coap.host}:{self.coap.port}",
            "coapLan": [f"coap://{server.host}:{server.port}" for server in self.coap_lan],
            "coapDropped": dict(sum((server.guard.counts for server in self.coap_lan), self.coap.guard.counts)),
            "sessions": [_session(status) for status in self.supervisor.status()],
        }

    async def forget(self, device: str) -> None:
        """Take a device out of the home, its registration and session with it."""
        for session in self.supervisor.status():
            if device in session.devices:
                await self.discovery.forget(f"{session.driver}:{session.key}")
        await self.home.forget(device)


def _session(status: SessionStatus) -> dict[str, Any]:
    return {
        "driver": status.driver,
        "key": status.key,
        "devices": list(status.devices),
        "state": status.state.value,
        "since": iso(status.since),
        "reason": status.reason,
        "attempts": status.attempts,
        "address": status.address,
    }


def own_version() -> str:
    """Return the version of this package."""
    from importlib.metadata import version as package_version  # noqa: PLC0415 - it brings half the standard library along

    return package_version("hulian")


def check_loopback(host: str, what: str) -> None:
    """Raise ConfigurationInvalid unless `host` is a loopback address: what is open without keys stays on this machine."""
    try:
        address = ipaddress.ip_address(LOOPBACK if host == "localhost" else host)
    except ValueError as error:
        raise ConfigurationInvalid(f"{what}: {host!r} is not an IP address; use {LOOPBACK}") from error
    if not address.is_loopback:
        raise ConfigurationInvalid(
            f"{what}: {host} is not a loopback address, and this port asks nobody for a key. "
            f"To serve those who were let in on the LAN, use --lan {host} (or `addresses` in the section [lan])"
        )


def make_folder(data: Path) -> None:
    """Make the data folder, for its owner only; raise SetupError when it cannot be one."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SetupError(f"{data} cannot be the data folder: {error.strerror}. Choose another with --data") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise SetupError(f"{data} cannot be written to: choose another data folder with --data, or start as the user it belongs to")


@asynccontextmanager
async def run_gateway(
    settings: Settings, *, clock: SystemClock, random: Random, private: PrivateBroker | None = None
) -> AsyncIterator[Gateway]:
    """Run a gateway for as long as the context lives; `private`: a private broker that runs already."""
    check_loopback(settings.mqtt_host, "MQTT address")
    check_loopback(settings.coap_host, "CoAP address")
    make_folder(settings.data)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(StateStore(settings.data / "state.db"))
        identifier = await store.identifier(lambda: new_identifier("hub", random))
        boot = await store.begin_boot()
        history = await stack.enter_async_context(HistoryStore(settings.data / "history.db", clock))
        vault = await open_vault(settings.data, store.secrets)
        credentials = Credentials(vault)
        await seal_older(store, credentials)
        journal = Journal(store.journal, clock)
        clients = Clients(store.clients, clock, random)
        await clients.load()
        access = Access(clients, clock, open=settings.demo)
        authority = _authority(vault, identifier, clock, clients)
        broker = await _broker(stack, settings, clock, private)
        library = Library(cache=settings.data / "cache")
        bound: dict[str, str] = {}

        def forms(device: str) -> DeviceForms:
            return DeviceForms(identifier, device, f"mqtt://{broker.address.host}:{broker.address.port}", bound.get("coap"))

        home = Home(identifier=identifier, boot=boot, store=store, history=history, library=library, clock=clock, forms=forms)
        await stack.enter_async_context(home)

        async def disown(client: Client) -> None:
            if not client.valid(clock.now()):
                home.disown(client.id)

        clients.on_change(disown)
        keys = Keys(vault.compartment("clients"), clients, clock)
        await keys.load()
        under = CoapKeys(ring=keys, counters=store.sequences)
        showing = coap_face(home, access, settings.coap_host, settings.coap_port, clock=clock, lan=settings.lan, keys=under)
        coap, *coap_lan = await stack.enter_async_context(showing)
        bound["coap"] = f"coap://{coap.host}:{coap.port}"
        bound_branches = broker.kind != "existing"
        speaking = mqtt_face(home, access, broker.address, bound=bound_branches, version=broker.version, clock=clock, random=random)
        face = await stack.enter_async_context(speaking)
        await stack.enter_async_context(_homeassistant(settings, home, broker, store, clock, random))
        link = MqttClient(broker.address, client_id=f"hulian-{identifier}-drivers", version=broker.version, clock=clock, random=random)
        await stack.enter_async_context(link)
        context = Context(gateway=identifier, clock=clock, random=random, library=library, mqtt=link)
        supervisor = await stack.enter_async_context(Supervisor(home, context, load))
        discovery = await stack.enter_async_context(_discovery(settings, context, store, credentials, supervisor))
        gateway = Gateway(
            home=home,
            supervisor=supervisor,
            discovery=discovery,
            mqtt=face,
            broker=broker,
            coap=coap,
            coap_lan=tuple(coap_lan),
            clock=clock,
            settings=settings,
            access=access,
            vault=vault,
            authority=authority,
            journal=journal,
            started=clock.now(),
        )
        operations = Operations(status=gateway.status, forget=gateway.forget, doctor=discovery.doctor)
        await stack.enter_async_context(control_face(settings.socket, Calls(home, discovery, operations, clock).table()))
        if settings.announce:
            await stack.enter_async_context(_announced(gateway))
        yield gateway


def _authority(vault: Vault, identifier: str, clock: SystemClock, clients: Clients) -> Authority:
    def certified() -> bool:
        return any(client.serial for client in clients.valid())

    return Authority(vault.compartment(AUTHORITY), identifier, clock, expected=certified)


async def _broker(stack: AsyncExitStack, settings: Settings, clock: SystemClock, running: PrivateBroker | None) -> Broker:
    if settings.broker is not None:
        return Broker(settings.broker, "existing", settings.mqtt_version)
    private = running
    if private is None:
        folder = settings.data / "broker"
        broker = private_broker(settings.mqtt_host, settings.mqtt_port, folder, clock, kind=settings.private_kind)
        private = await stack.enter_async_context(broker)
    return Broker(private.address, private.kind, private.version)


def _homeassistant(
    settings: Settings, home: Home, broker: Broker, store: StateStore, clock: SystemClock, random: Random
) -> AbstractAsyncContextManager[None]:
    chosen = settings.homeassistant
    discovery = chosen if chosen.mode == "off" else replace(chosen, version=own_version())
    return homeassistant_face(home, broker.address, store.announced, discovery, version=broker.version, clock=clock, random=random)


def _discovery(settings: Settings, context: Context, store: StateStore, credentials: Credentials, supervisor: Supervisor) -> Discovery:
    on_loopback = any(address.startswith("127.") for address in settings.interfaces)
    return Discovery(
        context=context,
        drivers=[load(name) for name in names()],
        store=store,
        credentials=credentials,
        adopt=supervisor.add,
        moved=supervisor.moved,
        dropped=supervisor.remove,
        away=supervisor.away,
        interfaces=lambda: settings.interfaces,
        rules=settings.accept,
        manual=settings.manual,
        unicast=LOOPBACK_UNITS if on_loopback else (),
    )


def _announced(gateway: Gateway) -> AbstractAsyncContextManager[None]:
    settings, access, private = gateway.settings, gateway.access, gateway.broker.kind != "existing"
    endpoints = Endpoints(
        addresses=settings.lan or (LOOPBACK,),
        coap=gateway.coap.port,
        mqtt=gateway.broker.address.port if private and not settings.lan else None,
        mqtts=settings.mqtts_port if private and settings.lan else None,
    )

    def pairing() -> str:
        return CODE if access.pairing else OPEN if access.open and not settings.lan else CLOSED

    return announced(gateway.home.identifier, endpoints, boot=gateway.home.boot, pairing=pairing, clock=gateway.clock)
