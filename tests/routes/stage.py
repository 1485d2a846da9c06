"""A whole gateway in the process, as `hulian run` starts it, in one of the four states; and the eight who knock at it.

The hub's own loopback is 127.0.26.1, its LAN 127.0.26.2: whoever comes over an address of the LAN is not taken for a program of this
machine, wherever that address lies.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest

from gateway.app import Gateway, Settings, run_gateway
from gateway.faces.coap import gate, pairing
from gateway.home.change import Acknowledged
from gateway.home.home import Home
from gateway.protocol.coap.guard import Limits
from gateway.protocol.topics import Topics
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.enrolment import Enrolment
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.window import HUB, PairingWindow
from tests.routes.coap_wire import MemoryContext, Talker, talker
from tests.routes.control_wire import call
from tests.routes.lamp import LAMP, Lamp, lit
from tests.routes.papers import request_of
from tests.routes.table import IDENTITIES, WAYS, WINDOWED

HOME_SIDE = "127.0.26.1"
LAN_SIDE = "127.0.26.2"
ROLES = {"owner": Role.OWNER} | {
    identity: Role.OWNER if identity == "revoked" else Role(identity) for identity in IDENTITIES if identity not in ("nobody", "owner")
}
"""The owner first: from then on the doors are where they stay."""


@dataclass
class Stage:
    """What the tries work on. `credentials`: what each identity was given when it was let in; `nobody` has none."""

    state: str
    gateway: Gateway
    lamp: Lamp
    credentials: Mapping[str, Mapping[str, Any]]
    ports: Mapping[str, tuple[str, int]]
    talkers: dict[tuple[str, str], Talker] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """Return the home."""
        return self.gateway.home

    @property
    def window(self) -> PairingWindow:
        """Return the pairing window."""
        assert self.gateway.pairing is not None
        return self.gateway.pairing.window

    def client(self, identity: str) -> str:
        """Return the client id of an identity."""
        return str(self.credentials[identity]["client"])

    def fingerprint(self) -> tuple[Any, ...]:
        """Return all that a refused request must leave as it was."""
        clients = self.gateway.access.clients.all()
        twin = self.home.twin(LAMP)
        return dict(twin.values), len(self.lamp.got), len(self.lamp.stopped), clients, self.window.now_open, twin.name, twin.room

    async def windowed(self) -> None:
        """Bring the pairing window to what the state says."""
        if self.state == "first" and self.window.now_open is None:
            await self._arranged(Role.OWNER, HUB)
        elif self.state == "pairing" and self.window.now_open is None:
            await self._arranged(Role.VIEWER, Principal(self.client("owner"), Role.OWNER))
        elif self.state not in WINDOWED and self.window.now_open is not None:
            await self.window.close("stopped")

    async def _arranged(self, role: Role, by: Principal) -> None:
        assert self.gateway.pairing is not None
        await self.gateway.pairing.arrange({"role": role.value}, by)

    async def heard(self) -> None:
        """Return when the gateway has dealt with all that was said on bare topics; its link may just have gone through another door."""
        await self.gateway.mqtt.wait_connected(20)
        async with self.home.subscribe(states=False) as changes:
            topic = Topics(self.home.identifier, LAMP).property_set("power")
            async with asyncio.timeout(20):
                await self.gateway.mqtt.publish(topic, b'"no boolean"')
                async for change in changes:
                    if isinstance(change, Acknowledged) and change.ack.name == "power":
                        return


def settings_of(folder: Path) -> Settings:
    """Return what the gateway of a folder is told."""
    return Settings(
        data=folder / "data",
        socket=folder / "control",
        mqtt_host=HOME_SIDE,
        mqtt_port=0,
        mqtts_port=0,
        coap_host=HOME_SIDE,
        coap_port=0,
        coaps_port=0,
        lan=(LAN_SIDE,),
        interfaces=(),
        announce=False,
    )


def running(settings: Settings) -> AbstractAsyncContextManager[Gateway]:
    """Run a gateway."""
    return run_gateway(settings, clock=SystemClock(), random=SystemRandom())


@asynccontextmanager
async def stage(folder: Path, state: str) -> AsyncIterator[Stage]:
    """Run the gateway in one state; every identity has a socket on loopback, one on the LAN, and a session of DTLS where it gets one."""
    settings = settings_of(folder)
    credentials: Mapping[str, Mapping[str, Any]] = {identity: _from_elsewhere(identity) for identity in ROLES}
    if state == "reset":
        async with running(settings) as before:
            credentials = await let_in(before)
            await call(settings.socket, "reset")
            assert before.erased.is_set()
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(running(settings))
        if state in ("paired", "pairing"):
            credentials = await let_in(gateway)
        servers = dict(zip(WAYS, (gateway.coap, *gateway.coap_lan), strict=False))
        ports = {place: (server.host, server.port) for place, server in servers.items()}
        made = Stage(state, gateway, await lit(gateway.home), credentials, ports)
        await made.windowed()
        await made.heard()
        for number, identity in enumerate(IDENTITIES):
            given = credentials.get(identity)
            context = None if given is None else context_of(given)
            for place, offset in (("loopback", 10), ("lan", 110)):
                made.talkers[identity, place] = await stack.enter_async_context(talker(f"127.0.26.{offset + number}", context))
            if "dtls" in ports:
                await _tunnelled(made, stack, identity, f"127.0.26.{210 + number}")
        yield made


async def _tunnelled(made: Stage, stack: AsyncExitStack, identity: str, host: str) -> None:
    from tests.routes.dtls_wire import tunnel  # noqa: PLC0415 - its library is an extra

    given = made.credentials.get(identity)
    shared = ("nobody", b"nothing at all!!") if given is None else (given["client"], bytes.fromhex(given["psk"]["key"]))
    if known := await stack.enter_async_context(tunnel(host, made.ports["dtls"], *shared)):
        made.talkers[identity, "dtls"] = known


async def let_in(gateway: Gateway) -> dict[str, Mapping[str, Any]]:
    """Let everybody in, and put `revoked` out again."""
    assert gateway.pairing is not None
    enrolment: Enrolment = gateway.pairing.enrolment
    credentials: dict[str, Mapping[str, Any]] = {}
    for identity, role in ROLES.items():
        wanted = {"name": identity, "request": request_of(identity), "device": LAMP}
        credentials[identity] = await enrolment.admit(enrolment.checked(wanted, role), LOCAL.name)
    await gateway.access.clients.revoke(credentials["revoked"]["client"])
    return credentials


def _from_elsewhere(identity: str) -> dict[str, Any]:
    """Return what somebody has who was let in, but into another home."""
    key = OscoreKey.fresh(f"{identity}-elsewhere")
    return {"client": key.identity, "oscore": key.client_document(), "psk": {"key": key.master_secret.hex()}}


def context_of(credentials: Mapping[str, Any]) -> MemoryContext:
    """Return the security context of what a client was given."""
    names = {"secret": "master_secret", "salt": "master_salt", "sender": "sender_id", "recipient": "recipient_id"}
    return MemoryContext(**{name: bytes.fromhex(credentials["oscore"][given]) for name, given in names.items()})


def without_waiting(patch: pytest.MonkeyPatch) -> None:
    """Let nobody wait: how often strangers may knock is tested elsewhere."""
    patch.setattr("gateway.faces.coap.face.LAN_LIMITS", Limits(rate=1e6, burst=1e6, total=1e6))
    for module, names in ((gate, ("PAIRING_RATE", "PAIRING_BURST", "PAIRING_TOTAL")), (pairing, ("RATE", "BURST", "TOTAL"))):
        for name in names:
            patch.setattr(module, name, 1e6)
