"""A hub with a light and a plug behind CoAP on two sockets, one of this machine and one as if on the LAN.

As a program, `python -m tests.faces.coap_hub FOLDER KEYS PORT`, it is one that can be killed: it lets in who stands in the file KEYS.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiocoap

from gateway.errors import BadSyntax
from gateway.faces.coap.face import Keys, coap_face
from gateway.home.home import Home
from gateway.profile.library import Library
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.message import CHANGED, Request, Response
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.forms import DeviceForms
from gateway.storage.history import HistoryStore
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.principal import LOCAL, Role
from gateway.trust.access import Access
from gateway.trust.client import Client
from gateway.trust.clients import Clients
from tests.faces.conftest import LIGHT, PLUG, VALUES, Scripted
from tests.protocol.coap.locks import Key, Ring, somebody
from tests.protocol.coap.world import Raw

HERE, OUTSIDE = "127.0.23.2", "127.0.23.3"
DOORBELL = ("pair",)


class Trusting(Ring):
    """A keyring that finds the keys of clients that are in."""

    clients: Clients

    def find(self, kid: bytes, kid_context: bytes | None) -> Key | None:
        key = super().find(kid, kid_context)
        client = None if key is None else self.clients.get(key.identity)
        return key if client is not None and client.valid(SystemClock().now()) else None


@dataclass
class Hub:
    home: Home
    light: Scripted
    clients: Clients
    access: Access
    ring: Trusting
    here: CoapServer
    outside: CoapServer
    folder: Path
    stack: AsyncExitStack
    rung: list[Request]

    def url(self, path: str, *, outside: bool = True) -> str:
        server = self.outside if outside else self.here
        return f"coap://{server.host}:{server.port}{path}"

    async def let_in(self, name: str, role: Role) -> tuple[Client, aiocoap.Context]:
        """Let a client in and return it with the library's client under its key, for both sockets."""
        client = await self.clients.add(name, role, LOCAL)
        key = self.ring.add(client.id)
        asking = await self.stack.enter_async_context(somebody(self.folder / client.id, key, self.url("")))
        asking.client_credentials[self.url("/*", outside=False)] = asking.client_credentials[self.url("/*")]
        return client, asking

    def knock(self, server: CoapServer) -> Raw:
        made = Raw(server.port, server.host)
        self.stack.callback(made.socket.close)
        return made


@asynccontextmanager
async def hub_in(folder: Path, port: int = 0) -> AsyncIterator[Hub]:
    clock, random, rung = SystemClock(), Random(1), list[Request]()

    async def pair(request: Request) -> Response:
        rung.append(request)
        if request.payload == b"bad":
            raise BadSyntax("no")
        return Response(code=CHANGED, payload=request.payload)

    async with StateStore(folder / "state.db") as store, HistoryStore(folder / "history.db", clock) as history, AsyncExitStack() as stack:
        clients, ring = Clients(store.clients, clock, random), Trusting()
        ring.clients = clients
        access = Access(clients, clock)
        home = Home(
            identifier="hub-test",
            boot=await store.begin_boot(),
            store=store,
            history=history,
            library=Library(),
            clock=clock,
            forms=lambda device: DeviceForms("hub-test", device, coap="coap://hub"),
        )
        await stack.enter_async_context(home)
        keys = Keys(ring=ring, contexts=await stack.enter_async_context(Contexts(store.sequences, clock)))
        face = coap_face(home, access, HERE, port, clock=clock, lan=(OUTSIDE,), keys=keys, pairing={DOORBELL: pair})
        here, outside = await stack.enter_async_context(face)
        light = Scripted(home, LIGHT)
        for session in (light, Scripted(home, PLUG)):
            await home.attach(session.description, session)
            session.show(VALUES[session.description.id])
        yield Hub(home, light, clients, access, ring, here, outside, folder, stack, rung)


async def _run(folder: Path, known: dict[str, dict[str, str]], port: int) -> None:
    async with hub_in(folder, port) as hub:
        await hub.clients.load()
        for name, parts in known.items():
            if hub.clients.get(name) is None:
                await hub.clients.add(name, Role(parts["role"]), LOCAL, id=name)
            hub.ring.add(name, **{part: bytes.fromhex(parts[part]) for part in ("master_secret", "master_salt", "recipient_id")})
        print(hub.outside.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3])))
