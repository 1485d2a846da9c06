"""The wiring: which rooms a running gateway is made of, and in which order they start and stop.

    storage -> home -> CoAP, MQTT and Home Assistant -> drivers -> discovery -> control socket and announcements

CoAP and MQTT are up before the first appliance is, so that they miss nothing; on the way out the drivers go first: every
device is shown offline, and whoever waits for a command hears how it ended, while there is still a link to tell it on.
The broker is the user's own, or a private child that is started here.
"""

import asyncio
import ipaddress
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from gateway.discovery import Discovery
from gateway.discovery.credentials import Credentials, seal_older
from gateway.drivers.exposure import in_clear
from gateway.drivers.spi import Context
from gateway.drivers.supervisor import SessionStatus, Supervisor
from gateway.drivers.table import load, names
from gateway.errors import ConfigurationInvalid, SetupError, StateConflict
from gateway.faces.announce import CLOSED, CODE, OPEN, Endpoints, announced
from gateway.faces.coap.face import Keys as CoapKeys
from gateway.faces.coap.face import coap_face
from gateway.faces.coap.pairing import pairing_resources
from gateway.faces.control.calls import Calls, Operations
from gateway.faces.control.pairing import PairingCalls
from gateway.faces.control.passwords import PasswordCalls
from gateway.faces.control.server import control_face
from gateway.faces.control.vault import VaultCalls
from gateway.faces.homeassistant.announcer import Discovery as HomeAssistant
from gateway.faces.homeassistant.face import homeassistant_face
from gateway.faces.mqtt.broker import Broker, existing_broker, own_broker
from gateway.faces.mqtt.doors import Wanted
from gateway.faces.mqtt.face import mqtt_face
from gateway.faces.mqtt.keeper import Rights
from gateway.faces.mqtt.passwords import forgetting, let_tasmota_in, passwords_in
from gateway.home.home import Home
from gateway.lifecycle.ownership import Erasure, finish_erasure, note
from gateway.profile.library import Library
from gateway.protocol.broker.plan import Door
from gateway.protocol.broker.private import Kind, PrivateBroker
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.sealing import PeerKeys
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.forms import DeviceForms
from gateway.protocol.mqtt import BrokerAddress, MqttClient
from gateway.protocol.mqtt.connector import Version as MqttVersion
from gateway.storage.history import HistoryStore
from gateway.storage.restoring import finish_restore
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.identifier import new_identifier
from gateway.thing.timestamp import iso
from gateway.trust.access import Access
from gateway.trust.appliances import Appliances
from gateway.trust.authority import Authority
from gateway.trust.client import Client
from gateway.trust.enrolment import Enrolment
from gateway.trust.journal import Journal
from gateway.trust.opening import Trust, open_trust
from gateway.trust.pairing import Pairing, open_pairing
from gateway.trust.vault import CLIENTS, Vault

LOOPBACK = "127.0.0.1"
LOOPBACK_UNITS = tuple(f"127.0.0.{number}" for number in range(2, 255))
"""Where simulated appliances live: no broadcast reaches an address of its own on loopback, so each is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a gateway is told at start.

    `data`: its folder. `socket`: the control socket. `broker`: an existing one; None starts a private child on
    `mqtt_host:mqtt_port`. Port 0 takes any free one. `lan`: addresses of this machine on which those who were let in are served
    too, under their keys: MQTT over TLS on `mqtts_port`, CoAP with OSCORE on `coap_port`, over DTLS on `coaps_port`.
    `passwords_port`: MQTT over TLS on `lan` for appliances with a password, None: not at all; `plain`: addresses of this machine
    with the same without TLS, on `mqtt_port`: a risk. `interfaces`: local addresses discovery listens and asks on.
    `private_kind`: mosquitto or amqtt; None: mosquitto if it is installed. `accept`: rules for automatic acceptance. `manual`:
    appliances named by hand. `version`: the MQTT version spoken. `homeassistant`: which discovery messages are published.
    `demo`: loopback stays open without keys whatever happens.
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
    passwords_port: int | None = None
    plain: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = (LOOPBACK,)
    accept: tuple[str, ...] = ()
    manual: tuple[str | Mapping[str, Any], ...] = ()
    announce: bool = True
    homeassistant: HomeAssistant = HomeAssistant()  # noqa: RUF009 - it is frozen
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway and where it can be reached.

    `pairing`: None where its libraries are missing. `erased`: set when it is to end and begin anew (`lifecycle.ownership`).
    """

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
    appliances: Appliances
    journal: Journal
    pairing: Pairing | None
    erased: asyncio.Event
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
            "mqttPromises": [asdict(line) for line in self.broker.promises(owned=self.access.clients.has_owner)],
            "homeassistant": self.settings.homeassistant.mode,
            "coap": self.coap.url,
            "coapLan": [server.url for server in self.coap_lan],
            "coapDropped": dict(sum((server.guard.counts for server in self.coap_lan), self.coap.guard.counts)),
            "sessions": [_session(status) for status in self.supervisor.status()],
            "wiresInClear": list(in_clear(self.supervisor.status(), load, self.appliances.knows)),
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
    await finish_erasure(settings.data, clock.now())
    await asyncio.to_thread(finish_restore, settings.data)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(StateStore(settings.data / "state.db"))
        identifier = await store.identifier(lambda: new_identifier("hub", random))
        boot = await store.begin_boot()
        history = await stack.enter_async_context(HistoryStore(settings.data / "history.db", clock))
        trust = await open_trust(
            settings.data,
            secrets=store.secrets,
            journal=store.journal,
            clients=store.clients,
            gateway=identifier,
            clock=clock,
            random=random,
            open=settings.demo,
        )
        credentials = Credentials(trust.vault)
        await seal_older(store, credentials)
        access = trust.access
        broker = await _broker(stack, settings, identifier, trust, clock, private)
        library = Library(cache=settings.data / "cache")
        served: list[CoapServer] = []

        def forms(device: str) -> DeviceForms:
            keyed = not access.open
            base = next((server.url for server in (_outside(served) if keyed else served)), None)
            return DeviceForms(identifier, device, broker.address.url, base, keyed=keyed)

        home = Home(identifier=identifier, boot=boot, store=store, history=history, library=library, clock=clock, forms=forms)
        await stack.enter_async_context(home)

        trust.clients.on_change(partial(_disown, home, clock))
        pairing = await stack.enter_async_context(_pairing(trust, settings, broker, served, identifier, clock))
        contexts = await stack.enter_async_context(Contexts(store.sequences, clock))
        served += await stack.enter_async_context(_coap(home, trust, pairing, contexts, settings, clock))
        trust.clients.on_change(_readdressing(home, access))
        bound_branches = broker.kind != "existing"
        speaking = mqtt_face(home, access, broker.own, bound=bound_branches, version=broker.version, clock=clock, random=random)
        face = await stack.enter_async_context(speaking)
        await stack.enter_async_context(_homeassistant(settings, home, broker, store, clock, random))
        link = MqttClient(broker.own, client_id=f"hulian-{identifier}-drivers", version=broker.version, clock=clock, random=random)
        await stack.enter_async_context(link)
        context = Context(
            gateway=identifier, clock=clock, random=random, library=library, mqtt=link, keys=PeerKeys(trust.appliances, contexts)
        )
        supervisor = await stack.enter_async_context(Supervisor(home, context, load))
        discovery = await stack.enter_async_context(_discovery(settings, context, store, credentials, supervisor))
        erased = asyncio.Event()
        gateway = Gateway(
            home=home,
            supervisor=supervisor,
            discovery=discovery,
            mqtt=face,
            broker=broker,
            coap=served[0],
            coap_lan=tuple(served[1:]),
            clock=clock,
            settings=settings,
            access=access,
            vault=trust.vault,
            authority=trust.authority,
            appliances=trust.appliances,
            journal=trust.journal,
            pairing=pairing,
            erased=erased,
            started=clock.now(),
        )
        operations = Operations(status=gateway.status, forget=gateway.forget, doctor=discovery.doctor)
        coming_in = PairingCalls(pairing, trust.clients, trust.journal, clock, partial(_erase, settings, erased))
        calls = Calls(home, discovery, operations, clock).table() | coming_in.table()
        calls |= VaultCalls(trust.vault, credentials, discovery, trust.journal).table()
        tasmota = partial(let_tasmota_in, trust.clients, trust.vault.compartment(CLIENTS), identifier)
        calls |= PasswordCalls(lambda: broker.doors, tasmota, trust.journal).table()
        await stack.enter_async_context(control_face(settings.socket, calls))
        if settings.announce:
            await stack.enter_async_context(_announced(gateway))
        yield gateway


async def _disown(home: Home, clock: SystemClock, client: Client) -> None:
    """Let a client that is out confirm nothing any more."""
    if not client.valid(clock.now()):
        home.disown(client.id)


def _readdressing(home: Home, access: Access) -> Callable[[Client], Awaitable[None]]:
    """Return what has the Thing Descriptions made anew when it begins, or ceases, to take a key to come in."""
    said = access.open

    async def changed(_client: Client) -> None:
        nonlocal said
        if said is not access.open:
            said = access.open
            home.readdressed()

    return changed


def _pairing(
    trust: Trust, settings: Settings, broker: Broker, served: list[CoapServer], identifier: str, clock: SystemClock
) -> AbstractAsyncContextManager[Pairing | None]:
    """Let clients pair; `served` is filled later: its servers are asked when somebody does."""
    enrolment = Enrolment(
        trust.clients,
        trust.authority,
        trust.keys,
        trust.vault.compartment(CLIENTS),
        gateway=identifier,
        reach=lambda: _reach(settings, broker, served),
    )

    def addresses() -> tuple[tuple[str, int], ...]:
        return tuple((each.host, each.port) for each in _outside(served))

    return open_pairing(trust.vault, trust.access, enrolment, trust.journal, clock, gateway=identifier, addresses=addresses)


def _coap(
    home: Home, trust: Trust, pairing: Pairing | None, contexts: Contexts, settings: Settings, clock: SystemClock
) -> AbstractAsyncContextManager[tuple[CoapServer, ...]]:
    return coap_face(
        home,
        trust.access,
        settings.coap_host,
        settings.coap_port,
        clock=clock,
        lan=settings.lan,
        coaps_port=settings.coaps_port,
        keys=CoapKeys(ring=trust.keys, contexts=contexts, shared=trust.keys),
        pairing={} if pairing is None else pairing_resources(pairing, trust.access, clock),
        journal=trust.journal,
    )


def _outside(served: list[CoapServer]) -> list[CoapServer]:
    """Return the servers of CoAP on the LAN; where there are none, the one on loopback."""
    return [server for server in served[1:] if server.url.startswith("coap:")] or served[:1]


def _reach(settings: Settings, broker: Broker, served: list[CoapServer]) -> dict[str, Any]:
    """Return the addresses a client is told: those of the LAN, where there are any."""
    reach: dict[str, Any] = {"coap": [server.url for server in _outside(served)]}
    if coaps := [server.url for server in served if server.url.startswith("coaps:")]:
        reach["coaps"] = coaps
    if door := broker.doors.certificates:
        host = next((host for host in door.hosts if host in settings.lan), door.hosts[0])
        reach["mqtt"] = f"mqtts://{host}:{door.port}"
    elif broker.private is not None:
        reach["mqtt"] = broker.address.url
    return reach


def _erase(settings: Settings, erased: asyncio.Event, what: Erasure) -> None:
    """Note what is to be erased, and let whoever runs the gateway end it and begin anew."""
    if settings.demo:
        raise StateConflict("this is a demo: nobody owns it, and deleting its folder resets it")
    note(settings.data, what)
    erased.set()


async def _broker(
    stack: AsyncExitStack, settings: Settings, identifier: str, trust: Trust, clock: SystemClock, running: PrivateBroker | None
) -> Broker:
    if settings.broker is not None:
        return existing_broker(settings.broker, settings.mqtt_version)
    wanted = Wanted(
        loopback=Door((settings.mqtt_host,), settings.mqtt_port),
        lan=settings.lan,
        mqtts_port=settings.mqtts_port,
        names=("localhost", f"{identifier}.local"),
        passwords_port=settings.passwords_port,
        plain=settings.plain,
        plain_port=settings.mqtt_port,
    )
    keys = trust.vault.compartment(CLIENTS)
    trust.clients.on_change(forgetting(keys))
    rights = Rights(wanted, trust.access, trust.authority, identifier, passwords_in(keys))
    starting = own_broker(rights, settings.data / "broker", clock, kind=settings.private_kind, running=running, journal=trust.journal)
    return await stack.enter_async_context(starting)


def _homeassistant(
    settings: Settings, home: Home, broker: Broker, store: StateStore, clock: SystemClock, random: Random
) -> AbstractAsyncContextManager[None]:
    chosen = settings.homeassistant
    discovery = chosen if chosen.mode == "off" else replace(chosen, version=own_version())
    return homeassistant_face(home, broker.own, store.announced, discovery, version=broker.version, clock=clock, random=random)


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
        mqtts=gateway.broker.doors.certificates.port if private and settings.lan else None,
    )

    def pairing() -> str:
        return CODE if access.pairing else OPEN if access.open and not settings.lan else CLOSED

    return announced(gateway.home.identifier, endpoints, boot=gateway.home.boot, pairing=pairing, clock=gateway.clock)
