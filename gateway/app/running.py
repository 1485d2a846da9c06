"""Which rooms a running gateway is made of, and in which order they start and stop.

    ground -> broker -> home -> CoAP, MQTT and Home Assistant -> drivers -> discovery -> control socket and announcements

CoAP and MQTT are up before the first appliance is, so that they miss nothing; on the way out the drivers go first: every
device is shown offline, and whoever waits for a command hears how it ended, while there is still a link to tell it on.
The broker is the user's own, or a private child that is started here.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from gateway.app.describing import Describing
from gateway.app.doors import announcing, coap_of, open_broker, outside, pairing_of, readdressing
from gateway.app.gateway import Gateway, own_version
from gateway.app.ground import Ground, open_ground
from gateway.app.internet import Signs
from gateway.app.recording import Recordings
from gateway.app.rehearsing import play
from gateway.app.remotes import known_codes, speaks_for
from gateway.app.replacing import Replacement
from gateway.app.settings import Settings, check_loopback
from gateway.discovery import Discovery
from gateway.drivers.recording.recorder import Recorder
from gateway.drivers.spi import Context
from gateway.drivers.supervisor import Supervisor
from gateway.drivers.table import load, names
from gateway.errors import Forbidden, StateConflict, Unauthenticated
from gateway.faces.control.alerts import AlertCalls
from gateway.faces.control.boxes import BoxCalls
from gateway.faces.control.calls import Calls, Operations
from gateway.faces.control.credentials import CredentialCalls
from gateway.faces.control.describing import DescriptionCalls
from gateway.faces.control.links import LinkCalls
from gateway.faces.control.login import LoginCalls
from gateway.faces.control.pairing import PairingCalls
from gateway.faces.control.passwords import PasswordCalls
from gateway.faces.control.recording import RecordingCalls
from gateway.faces.control.rehearsing import RehearsalCalls
from gateway.faces.control.remote import RemoteCalls, Remotes
from gateway.faces.control.replacing import ReplacementCalls
from gateway.faces.control.scenes import SceneCalls
from gateway.faces.control.server import Call, control_face
from gateway.faces.control.triggers import TriggerCalls
from gateway.faces.control.vault import VaultCalls
from gateway.faces.homeassistant.face import homeassistant_face
from gateway.faces.mqtt.broker import Broker
from gateway.faces.mqtt.face import mqtt_face
from gateway.faces.mqtt.passwords import let_bridge_in, let_tasmota_in
from gateway.home.home import Home
from gateway.lifecycle.ownership import Erasure, note
from gateway.protocol.broker.private import PrivateBroker
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.sealing import PeerKeys
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.forms import DeviceForms
from gateway.protocol.mqtt import MqttClient
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.alerts.outlets import outlets_of
from gateway.scenes.desk import SceneDesk
from gateway.scenes.rehearsal.rehearsals import Rehearsals
from gateway.scenes.rules.watcher import Watcher
from gateway.scenes.scenes import Scenes
from gateway.storage.kept import KeptUnits
from gateway.thing.clock import SystemClock
from gateway.trust.certificate.shelf import read_shelf
from gateway.trust.client import Client
from gateway.trust.vault import CLIENTS

LOOPBACK_UNITS = tuple(f"127.0.0.{number}" for number in range(2, 255))
"""Where simulated appliances live: no broadcast reaches an address of its own on loopback, so each is asked."""


@asynccontextmanager
async def run_gateway(
    settings: Settings, *, clock: SystemClock, random: Random, private: PrivateBroker | None = None
) -> AsyncIterator[Gateway]:
    """Run a gateway for as long as the context lives; `private`: a private broker that runs already."""
    check_loopback(settings.mqtt_host, "MQTT address")
    check_loopback(settings.coap_host, "CoAP address")
    async with AsyncExitStack() as stack:
        ground = await open_ground(stack, settings, clock, random)
        trust = ground.trust
        broker = await open_broker(stack, ground, private)
        served: list[CoapServer] = []
        home = await stack.enter_async_context(_home(ground, broker, served))
        whole = await _scenes(stack, ground, home)
        desk = SceneDesk(whole.scenes, home)
        pairing = await stack.enter_async_context(pairing_of(ground, broker, served))
        contexts = await stack.enter_async_context(Contexts(ground.store.sequences, clock))
        served += await stack.enter_async_context(coap_of(ground, home, pairing, contexts, desk))
        trust.clients.on_change(readdressing(home, trust.access))
        face = await stack.enter_async_context(_mqtt(ground, home, broker, desk))
        await stack.enter_async_context(_homeassistant(ground, home, broker))
        context = await _context(stack, ground, broker, contexts)
        recorder = Recorder(load)
        internet = Signs(clock)
        supervisor = await stack.enter_async_context(Supervisor(home, context, recorder.driver, internet=internet, names=home.names))
        discovery = await stack.enter_async_context(_discovery(ground, context, supervisor))
        gateway = Gateway(
            home=home,
            scenes=whole.scenes,
            triggers=whole.triggers,
            rehearsals=whole.rehearsals,
            alerts=whole.alerts,
            supervisor=supervisor,
            discovery=discovery,
            mqtt=face,
            broker=broker,
            coap=served[0],
            coap_lan=tuple(served[1:]),
            clock=clock,
            settings=settings,
            access=trust.access,
            vault=trust.vault,
            authority=trust.authority,
            appliances=trust.appliances,
            journal=trust.journal,
            pairing=pairing,
            erased=asyncio.Event(),
            internet=internet,
            recordings=Recordings(recorder, supervisor, clock),
            replacement=Replacement(
                home, whole.scenes, discovery, supervisor, credentials=ground.credentials, kept=context.kept, journal=trust.journal
            ),
            started=clock.now(),
            describing=Describing(home, whole.scenes, discovery, ground.library),
            logins=trust.logins,
            http=[],
        )
        await _let_in(stack, ground, gateway, desk)
        yield gateway


async def _let_in(stack: AsyncExitStack, ground: Ground, gateway: Gateway, desk: SceneDesk) -> None:
    """Open what people use: the control socket, the pages and the API, and say over mDNS that it is there."""
    settings = ground.settings
    calls = _calls(gateway, ground)
    await stack.enter_async_context(control_face(settings.socket, calls))
    if settings.http_port is not None:
        from gateway.app.web import open_web  # noqa: PLC0415 - with all its libraries, only where HTTP is on

        gateway.http.extend(await stack.enter_async_context(open_web(ground, gateway, calls, desk)))
    if settings.announce:
        await stack.enter_async_context(announcing(gateway))


@dataclass(frozen=True, slots=True)
class _Whole:
    """What scenes are made of in a gateway."""

    scenes: Scenes
    alerts: Alerts
    triggers: Watcher
    rehearsals: Rehearsals


async def _scenes(stack: AsyncExitStack, ground: Ground, home: Home) -> _Whole:
    """Open the scenes: whom they tell, what fires them, and the stage they are rehearsed on."""
    settings, kept, clock = ground.settings, ground.store, ground.clock
    outlets = outlets_of(settings.notify_command, settings.notify_webhook, clock)
    alerts = await stack.enter_async_context(Alerts(kept.alerts, clock, outlets))
    opening = Scenes(
        home,
        ground.library,
        clock,
        texts=kept.scenes,
        reports=kept.scene_reports,
        alerts=alerts,
        line_limit=settings.line_limit,
        place=settings.place,
    )
    scenes = await stack.enter_async_context(opening)
    triggers = await stack.enter_async_context(Watcher(scenes, home, clock, kept.firings, settings.place))
    rehearsals = Rehearsals(home, scenes, clock, kept.rehearsals, play)
    await rehearsals.load()
    return _Whole(scenes, alerts, triggers, rehearsals)


def _home(ground: Ground, broker: Broker, served: list[CoapServer]) -> Home:
    access = ground.trust.access

    def forms(device: str) -> DeviceForms:
        keyed = not access.open
        base = next((server.url for server in (outside(served) if keyed else served)), None)
        return DeviceForms(ground.identifier, device, broker.address.url, base, keyed=keyed)

    home = Home(
        identifier=ground.identifier,
        boot=ground.boot,
        store=ground.store,
        history=ground.history,
        library=ground.library,
        clock=ground.clock,
        forms=forms,
        audit=ground.trust.journal.record,
        shelf=partial(read_shelf, ground.settings.data),
    )
    ground.trust.clients.on_change(partial(_disown, home, ground.clock))
    return home


async def _disown(home: Home, clock: SystemClock, client: Client) -> None:
    """Let a client that is out, or may do less now, confirm nothing any more; who has just come in has asked for nothing yet."""
    if client.valid(clock.now()):
        home.disown(client.id, Forbidden("whoever asked may do less since, so it was not done"))
    else:
        home.disown(client.id, Unauthenticated("whoever asked was put out meanwhile, so it was not done"))


def _mqtt(ground: Ground, home: Home, broker: Broker, desk: SceneDesk) -> AbstractAsyncContextManager[MqttClient]:
    bound = broker.kind != "existing"
    clock, random = ground.clock, ground.random
    access = ground.trust.access
    return mqtt_face(home, access, broker.own, bound=bound, version=broker.version, clock=clock, random=random, scenes=desk)


def _homeassistant(ground: Ground, home: Home, broker: Broker) -> AbstractAsyncContextManager[None]:
    chosen = ground.settings.homeassistant
    discovery = chosen if chosen.mode == "off" else replace(chosen, version=own_version())
    announced, clock, random = ground.store.announced, ground.clock, ground.random
    return homeassistant_face(home, broker.own, announced, discovery, version=broker.version, clock=clock, random=random)


async def _context(stack: AsyncExitStack, ground: Ground, broker: Broker, contexts: Contexts) -> Context:
    clock, random, name = ground.clock, ground.random, f"hulian-{ground.identifier}-drivers"
    link = await stack.enter_async_context(MqttClient(broker.own, client_id=name, version=broker.version, clock=clock, random=random))
    keys = PeerKeys(ground.trust.appliances, contexts)
    kept = KeptUnits(ground.store)
    return Context(gateway=ground.identifier, clock=clock, random=random, library=ground.library, mqtt=link, keys=keys, kept=kept)


def _discovery(ground: Ground, context: Context, supervisor: Supervisor) -> Discovery:
    settings = ground.settings
    on_loopback = any(address.startswith("127.") for address in settings.interfaces)
    return Discovery(
        context=context,
        drivers=[load(name) for name in names()],
        store=ground.store,
        credentials=ground.credentials,
        adopt=supervisor.add,
        moved=supervisor.moved,
        dropped=partial(_let_go, supervisor, context),
        away=supervisor.away,
        reached=supervisor.reached,
        interfaces=lambda: settings.interfaces,
        rules=settings.accept,
        manual=settings.manual,
        unicast=LOOPBACK_UNITS if on_loopback else (),
    )


async def _let_go(supervisor: Supervisor, context: Context, driver: str, key: str) -> None:
    """Close the session of a unit that is in the home no longer, and forget what its driver kept of it."""
    await supervisor.remove(driver, key)
    if context.kept is not None:
        await context.kept.put(driver, key, {})


def _calls(gateway: Gateway, ground: Ground) -> Mapping[str, Call]:
    """Return everything the control socket can be asked."""
    trust, discovery, clock = ground.trust, gateway.discovery, ground.clock
    operations = Operations(status=gateway.status, forget=gateway.forget, doctor=discovery.doctor)
    tasmota, bridge = (
        partial(let_in, trust.clients, trust.vault.compartment(CLIENTS), ground.identifier) for let_in in (let_tasmota_in, let_bridge_in)
    )
    calls = Calls(gateway.home, discovery, operations, clock)
    return (
        calls.table()
        | PairingCalls(gateway.pairing, trust.clients, trust.journal, clock, partial(_erase, gateway)).table()
        | VaultCalls(trust.vault, ground.credentials, discovery, trust.journal).table()
        | CredentialCalls(ground.credentials, discovery, lambda: gateway.status()["sessions"]).table()
        | LinkCalls(gateway.home, calls.device).table()
        | SceneCalls(gateway.scenes).table()
        | TriggerCalls(gateway.triggers).table()
        | RehearsalCalls(gateway.rehearsals, calls.device).table()
        | AlertCalls(gateway.alerts, gateway.scenes).table()
        | BoxCalls(gateway.home, calls.device, gateway.status).table()
        | RemoteCalls(gateway.home, calls.device, _remotes(gateway)).table()
        | DescriptionCalls(gateway.describing).table()
        | ReplacementCalls(gateway.replacement, calls.device).table()
        | RecordingCalls(calls.device, gateway.recordings.of, trust.journal).table()
        | LoginCalls(trust.logins, trust.clients, trust.journal, lambda: gateway.http).table()
        | PasswordCalls(lambda: gateway.broker.doors, tasmota, bridge, trust.journal).table()
    )


def _remotes(gateway: Gateway) -> Remotes:
    supervisor = gateway.supervisor
    return Remotes(speaker=supervisor.remote, speaks_for=partial(speaks_for, supervisor), codes=known_codes, forget=gateway.forget)


def _erase(gateway: Gateway, what: Erasure) -> None:
    """Note what is to be erased, and let whoever runs the gateway end it and begin anew."""
    if gateway.settings.demo:
        raise StateConflict("this is a demo: nobody owns it, and deleting its folder resets it")
    note(gateway.settings.data, what)
    gateway.erased.set()
