"""Who can come in where: the broker, CoAP, pairing, and what is announced of it all.

What is served is filled in as it opens: pairing and Thing Descriptions ask for it when somebody comes.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from gateway.app.gateway import Gateway
from gateway.app.ground import Ground
from gateway.app.settings import LOOPBACK, Settings
from gateway.faces.announce import CLOSED, CODE, OPEN, Endpoints, announced
from gateway.faces.coap.face import Keys as CoapKeys
from gateway.faces.coap.face import coap_face
from gateway.faces.coap.pairing import pairing_resources
from gateway.faces.mqtt.broker import Broker, existing_broker, own_broker
from gateway.faces.mqtt.doors import Wanted
from gateway.faces.mqtt.keeper import Rights
from gateway.faces.mqtt.passwords import forgetting, passwords_in
from gateway.home.home import Home
from gateway.protocol.broker.plan import Door
from gateway.protocol.broker.private import PrivateBroker
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.server import CoapServer
from gateway.scenes.desk import SceneDesk
from gateway.trust.access import Access
from gateway.trust.client import Client
from gateway.trust.enrolment import Enrolment
from gateway.trust.pairing import Pairing, open_pairing
from gateway.trust.vault import CLIENTS


async def open_broker(stack: AsyncExitStack, ground: Ground, running: PrivateBroker | None) -> Broker:
    """Return the broker: somebody else's, or a private child whose rights follow the register of clients."""
    settings, trust = ground.settings, ground.trust
    if settings.broker is not None:
        return existing_broker(settings.broker, settings.mqtt_version)
    wanted = Wanted(
        loopback=Door((settings.mqtt_host,), settings.mqtt_port),
        lan=settings.lan,
        mqtts_port=settings.mqtts_port,
        names=("localhost", f"{ground.identifier}.local"),
        passwords_port=settings.passwords_port,
        plain=settings.plain,
        plain_port=settings.mqtt_port,
    )
    keys = trust.vault.compartment(CLIENTS)
    trust.clients.on_change(forgetting(keys))
    rights = Rights(wanted, trust.access, trust.authority, ground.identifier, passwords_in(keys))
    folder = settings.data / "broker"
    starting = own_broker(rights, folder, ground.clock, kind=settings.private_kind, running=running, journal=trust.journal)
    return await stack.enter_async_context(starting)


def pairing_of(ground: Ground, broker: Broker, served: list[CoapServer]) -> AbstractAsyncContextManager[Pairing | None]:
    """Let clients pair, and tell them where the hub can be reached."""
    trust = ground.trust
    enrolment = Enrolment(
        trust.clients,
        trust.authority,
        trust.keys,
        trust.vault.compartment(CLIENTS),
        gateway=ground.identifier,
        reach=lambda: _reach(ground.settings, broker, served),
    )

    def addresses() -> tuple[tuple[str, int], ...]:
        return tuple((each.host, each.port) for each in outside(served))

    return open_pairing(trust.vault, trust.access, enrolment, trust.journal, ground.clock, gateway=ground.identifier, addresses=addresses)


def coap_of(
    ground: Ground, home: Home, pairing: Pairing | None, contexts: Contexts, scenes: SceneDesk
) -> AbstractAsyncContextManager[tuple[CoapServer, ...]]:
    """Serve CoAP on loopback and on the LAN."""
    settings, trust = ground.settings, ground.trust
    return coap_face(
        home,
        trust.access,
        settings.coap_host,
        settings.coap_port,
        clock=ground.clock,
        lan=settings.lan,
        coaps_port=settings.coaps_port,
        keys=CoapKeys(ring=trust.keys, contexts=contexts, shared=trust.keys),
        pairing={} if pairing is None else pairing_resources(pairing, trust.access, ground.clock),
        journal=trust.journal,
        scenes=scenes,
    )


def outside(served: list[CoapServer]) -> list[CoapServer]:
    """Return the servers of CoAP on the LAN; where there are none, the one on loopback."""
    return [server for server in served[1:] if server.url.startswith("coap:")] or served[:1]


def _reach(settings: Settings, broker: Broker, served: list[CoapServer]) -> dict[str, Any]:
    """Return the addresses a client is told: those of the LAN, where there are any."""
    reach: dict[str, Any] = {"coap": [server.url for server in outside(served)]}
    if coaps := [server.url for server in served if server.url.startswith("coaps:")]:
        reach["coaps"] = coaps
    if door := broker.doors.certificates:
        host = next((host for host in door.hosts if host in settings.lan), door.hosts[0])
        reach["mqtt"] = f"mqtts://{host}:{door.port}"
    elif broker.private is not None:
        reach["mqtt"] = broker.address.url
    if settings.http_port is not None and settings.lan and settings.https_port:
        reach["https"] = f"https://{settings.lan[0]}:{settings.https_port}"
    return reach


def readdressing(home: Home, access: Access) -> Callable[[Client], Awaitable[None]]:
    """Return what has the Thing Descriptions made anew when it begins, or ceases, to take a key to come in."""
    said = access.open

    async def changed(_client: Client) -> None:
        nonlocal said
        if said is not access.open:
            said = access.open
            home.readdressed()

    return changed


def announcing(gateway: Gateway) -> AbstractAsyncContextManager[None]:
    """Say over mDNS what is served, on the LAN where it is served there."""
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
