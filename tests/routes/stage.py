"""A gateway in the process with real sockets and real keys, in one of the four states, and the eight who knock at it.

The hub's own loopback is 127.0.26.1, its LAN 127.0.26.2: where a test may use loopback only, an address of the block stands for the
LAN, and the one thing that is changed in the program is which addresses it takes for loopback (`lan_on_loopback`). In a network
namespace with a cable nothing is changed (`HULIAN_TEST_LAN` names the address there).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.faces.coap import gate, pairing
from gateway.faces.coap.face import Keys as CoapKeys
from gateway.faces.coap.face import coap_face
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.protocol.coap import translate
from gateway.protocol.coap.guard import Limits
from gateway.protocol.forms import DeviceForms
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.ack import AckState
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.trust.access import Access
from gateway.trust.authority import Authority
from gateway.trust.clients import Clients
from gateway.trust.edhoc import new_key
from gateway.trust.enrolment import Enrolment
from gateway.trust.journal import Journal
from gateway.trust.keys import Keys
from gateway.trust.oscore_key import OscoreKey
from gateway.trust.pairing import Pairing
from gateway.trust.vault import open_vault
from gateway.trust.window import PairingWindow
from tests.routes.coap_wire import MemoryContext, Talker, talker
from tests.routes.papers import request_of
from tests.routes.table import IDENTITIES

GATEWAY = "hub-routes"
LAMP = "lamp-1"
CANARY = "Nachtkästchen"
"""The lamp's title: whoever sees it has seen something of the home."""
HOME_SIDE = "127.0.26.1"
LAN_SIDE = os.environ.get("HULIAN_TEST_LAN", "127.0.26.2")
ON_LOOPBACK = LAN_SIDE.startswith("127.")
SECRET = "what only the owner may know"
VALUES: Mapping[str, Any] = {
    "power": False,
    "brightness": 50,
    "faults": [],
    "life": {"entries": []},
    "claims": [],
    "x-acme-diary": SECRET,
    "x-acme-boost": False,
    "x-acme-burn": False,
}
DESCRIPTION = Description(
    id=LAMP,
    kind="light",
    title=CANARY,
    additions={
        "properties": {
            "x-acme-diary": {"type": "string", "hl:private": True},
            "x-acme-boost": {"type": "boolean", "hl:danger": 2},
            "x-acme-burn": {"type": "boolean", "hl:danger": 3},
        },
        "actions": {
            "x-acme-blink": {"hl:danger": 1},
            "x-acme-heat": {"hl:danger": 2},
            "x-acme-melt": {"hl:danger": 3},
            "x-acme-party": {"synchronous": False, "hl:cancellable": True},
        },
    },
)
ROLES = {identity: Role(identity) for identity in IDENTITIES if identity not in ("nobody", "revoked")} | {"revoked": Role.OWNER}


class Lamp:
    """A session that does at once what it gets; a party goes on until it is stopped."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.got: list[Command] = []
        self.stopped: list[str] = []
        self._parties: dict[str, asyncio.Event] = {}

    def describe(self) -> tuple[Description, ...]:
        return (DESCRIPTION,)

    async def reports(self) -> AsyncIterator[Report]:
        await asyncio.Event().wait()
        yield Report(device=LAMP)

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        if command.name == "x-acme-party":
            self._parties[command.id] = asyncio.Event()
            yield Progress(state=AckState.RUNNING)
            await self._parties[command.id].wait()
            yield Progress(state=AckState.CANCELLED)
            return
        if command.operation is not Operation.INVOKE_ACTION:
            values = {command.name: command.input} if command.operation is Operation.WRITE_PROPERTY else command.input
            self.home.report(Report(device=LAMP, values=values))
        yield Progress(state=AckState.COMPLETED)

    async def cancel(self, command_id: str) -> None:
        self.stopped.append(command_id)
        self._parties[command_id].set()


@dataclass
class Stage:
    """What the tries work on. `ids`: the client id of each identity (none for `nobody`)."""

    state: str
    home: Home
    store: StateStore
    access: Access
    window: PairingWindow
    enrolment: Enrolment
    lamp: Lamp
    ids: Mapping[str, str]
    credentials: Mapping[str, Mapping[str, Any]]
    ports: Mapping[str, tuple[str, int]]
    talkers: dict[tuple[str, str], Talker] = field(default_factory=dict)

    def fingerprint(self) -> tuple[Any, ...]:
        """Return all that a refused request must leave as it was."""
        clients = tuple(self.access.clients.all())
        twin = self.home.twin(LAMP)
        return dict(twin.values), len(self.lamp.got), len(self.lamp.stopped), clients, self.window.now_open, twin.name, twin.room

    async def windowed(self) -> None:
        """Bring the pairing window to what the state says."""
        if self.state == "pairing" and self.window.now_open is None:
            await self.window.open(Role.VIEWER, Principal(self.ids["owner"], Role.OWNER))
        elif self.state != "pairing" and self.window.now_open is not None:
            await self.window.close("stopped")


@asynccontextmanager
async def stage(folder: Path, state: str) -> AsyncIterator[Stage]:
    """Open the gateway in one state; every identity has a socket on loopback and one on the LAN."""
    clock, random = SystemClock(), Random(3)
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(StateStore(folder / "state.db"))
        history = await stack.enter_async_context(HistoryStore(folder / "history.db", clock))
        clients = Clients(store.clients, clock, random)
        access = Access(clients, clock)
        vault = await open_vault(folder, store.secrets)
        kept = vault.compartment("clients")
        journal = Journal(store.journal, clock)
        keys = Keys(kept, clients, clock)
        await keys.load()
        window = await stack.enter_async_context(PairingWindow(vault.compartment("pairing"), access, journal, clock))
        enrolment = Enrolment(clients, Authority(vault.compartment("authority"), GATEWAY, clock), keys, kept, gateway=GATEWAY, reach=dict)
        doorbell = Pairing(window, enrolment, journal, clock, key=new_key(), gateway=GATEWAY, addresses=lambda: ())
        home = Home(
            identifier=GATEWAY,
            boot=await store.begin_boot(),
            store=store,
            history=history,
            library=Library(),
            clock=clock,
            forms=lambda device: DeviceForms(GATEWAY, device, "mqtt://127.0.26.1", None),
        )
        await stack.enter_async_context(home)
        clients.on_change(_disown(home, clock))
        showing = coap_face(
            home,
            access,
            HOME_SIDE,
            0,
            clock=clock,
            lan=(LAN_SIDE,),
            keys=CoapKeys(ring=keys, counters=store.sequences),
            pairing=pairing.pairing_resources(doorbell, access, clock),
        )
        servers = await stack.enter_async_context(showing)
        lamp = Lamp(home)
        await home.attach(DESCRIPTION, lamp)
        home.report(Report(device=LAMP, values=VALUES))
        ids, credentials = await _let_in(state, enrolment, access)
        ports = {place: (each.host, each.port) for place, each in zip(("loopback", "lan"), servers, strict=True)}
        made = Stage(state, home, store, access, window, enrolment, lamp, ids, credentials, ports)
        await made.windowed()
        for number, identity in enumerate(IDENTITIES):
            context = context_of(credentials[identity]) if identity in credentials else None
            for place, offset in (("loopback", 10), ("lan", 110)):
                host = f"127.0.26.{offset + number}" if place == "loopback" or ON_LOOPBACK else LAN_SIDE
                made.talkers[identity, place] = await stack.enter_async_context(talker(host, context))
        yield made


def _disown(home: Home, clock: SystemClock) -> Any:
    async def disown(client: Any) -> None:
        if not client.valid(clock.now()):
            home.disown(client.id)

    return disown


async def _let_in(state: str, enrolment: Enrolment, access: Access) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Let everybody in and put `revoked` out again; before, in a fresh hub, nobody; after a reset, nobody any more."""
    if state == "fresh":
        strangers = {identity: OscoreKey.fresh(f"{identity}-elsewhere").client_document() for identity in ROLES}
        return {identity: f"{identity}-elsewhere" for identity in ROLES}, {name: {"oscore": key} for name, key in strangers.items()}
    credentials: dict[str, dict[str, Any]] = {}
    for identity, role in ROLES.items():
        wanted = {"name": identity, "request": request_of(identity), "device": LAMP}
        credentials[identity] = await enrolment.admit(enrolment.checked(wanted, role), LOCAL.name)
    ids = {identity: given["client"] for identity, given in credentials.items()}
    await access.clients.revoke(ids["revoked"])
    if state == "reset":
        await access.clients.clear()
    return ids, credentials


def context_of(credentials: Mapping[str, Any]) -> MemoryContext:
    """Return the security context of what a client was given."""
    names = {"secret": "master_secret", "salt": "master_salt", "sender": "sender_id", "recipient": "recipient_id"}
    return MemoryContext(**{name: bytes.fromhex(credentials["oscore"][given]) for name, given in names.items()})


def lan_on_loopback(patch: pytest.MonkeyPatch) -> None:
    """Let the second address of the block stand for the LAN, and let nobody wait: how often strangers may knock is tested elsewhere."""
    real = translate.request_of

    def request_of_message(message: Any, body: bytes) -> Any:
        made = real(message, body)
        return replace(made, local=made.local and message.remote.local.rpartition(":")[0] != LAN_SIDE)

    if ON_LOOPBACK:
        patch.setattr("gateway.protocol.coap.server.request_of", request_of_message)
    patch.setattr("gateway.faces.coap.face.LAN_LIMITS", Limits(rate=1e6, burst=1e6, total=1e6))
    for module, names in ((gate, ("PAIRING_RATE", "PAIRING_BURST", "PAIRING_TOTAL")), (pairing, ("RATE", "BURST", "TOTAL"))):
        for name in names:
            patch.setattr(module, name, 1e6)
