"""The CoAP face: a server on each address, all behind one gate, and one table from (resource, method) to what answers it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from gateway.errors import ReadOnly
from gateway.faces.coap.door import door
from gateway.faces.coap.gate import Gate, Path
from gateway.faces.coap.reading import Reading
from gateway.faces.coap.recent import Recent
from gateway.faces.coap.refusals import note_refusals
from gateway.faces.coap.scenes import SceneResources
from gateway.faces.coap.watching import Watching
from gateway.faces.coap.writing import Writing
from gateway.home.home import Home
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.guard import Limits
from gateway.protocol.coap.keys import Keyring, SharedKeys
from gateway.protocol.coap.message import Method, Request, Response
from gateway.protocol.coap.oscore import Oscore
from gateway.protocol.coap.server import CoapServer, Handle
from gateway.protocol.resources import Resource, Route, parse_path
from gateway.scenes.desk import SceneDesk
from gateway.thing.clock import Clock
from gateway.thing.log import Log
from gateway.trust.access import Access
from gateway.trust.client import Client
from gateway.trust.journal import Journal

Answer = Callable[[Route, Request], Awaitable[Response]]
_log = Log()
LAN_LIMITS = Limits(strangers=200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Under which keys requests may come: `ring` those of OSCORE, with their `contexts`; `shared` those of DTLS."""

    ring: Keyring
    contexts: Contexts
    shared: SharedKeys | None = None


@asynccontextmanager
async def coap_face(
    home: Home,
    access: Access,
    host: str,
    port: int,
    *,
    clock: Clock,
    lan: Sequence[str] = (),
    coaps_port: int | None = None,
    keys: Keys | None = None,
    pairing: Mapping[Path, Handle] | None = None,
    journal: Journal | None = None,
    scenes: SceneDesk | None = None,
) -> AsyncIterator[tuple[CoapServer, ...]]:
    """Show the home on `host` (loopback) and on each address of `lan` for as long as the context lives.

    Yields the servers with their bound ports: that of `host` first, those of the LAN, those of DTLS on `coaps_port`, where its
    library is installed. Without `keys` nobody gets in over the LAN. `pairing`: resources that need no key.
    `journal`: where it is written down who was turned away. `scenes`: those of the home.
    """
    recent = Recent(home)
    principal = door(access)
    reading = Reading(home, recent, principal, lambda: not access.open)
    resources = SceneResources(scenes, principal)
    routes = Routes(reading, Writing(home, principal, clock), resources)
    gate = Gate(principal, routes.handle, Watching(home, reading, resources).watch, pairing or {}, clock)
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        following = tasks.create_task(recent.follow(), name="coap face: events")
        stack.callback(following.cancel)
        oscore = None if keys is None else Oscore(keys.ring, keys.contexts)
        build = partial(CoapServer, handle=gate.handle, watch=gate.watch, clock=clock, admit=gate.admit)
        starting = [build(host, port, oscore=oscore)]
        starting += [build(address, port, oscore=oscore, lan=True, limits=LAN_LIMITS) for address in lan]
        if coaps_port is not None and keys is not None and keys.shared is not None and _dtls_is_here():
            starting += [build(address, coaps_port, dtls=keys.shared, lan=True, limits=LAN_LIMITS) for address in lan]
        servers = [await stack.enter_async_context(server) for server in starting]
        access.clients.on_change(_put_out(servers, None if keys is None else keys.contexts, clock))
        if journal is not None:
            noting = tasks.create_task(note_refusals(servers, journal, clock), name="coap face: refusals")
            stack.callback(noting.cancel)
        yield tuple(servers)


def _dtls_is_here() -> bool:
    """Return whether the extra `dtls` is installed: without it the home is served all the same, over OSCORE."""
    here = find_spec("mbedtls") is not None
    if not here:
        _log.info("no CoAP over DTLS: the extra `dtls` is not installed")
    return here


def _put_out(servers: list[CoapServer], contexts: Contexts | None, clock: Clock) -> Callable[[Client], Awaitable[None]]:
    """Return what ends at once whatever is under way for a client that is no longer in."""

    async def changed(client: Client) -> None:
        if client.valid(clock.now()):
            return
        for server in servers:
            server.cut(client.id)
        if contexts is not None:
            await contexts.forget(client.id)

    return changed


class Routes:
    """Which method of which resource is answered by what: what is in `table` is there, everything else is 4.05. Stands behind the gate."""

    def __init__(self, reading: Reading, writing: Writing, scenes: SceneResources) -> None:
        self.reading = reading
        self.table: dict[tuple[Resource, Method], Answer] = {
            **dict.fromkeys(((resource, Method.GET) for resource in reading.resources), self._read),
            (Resource.PROPERTY, Method.PUT): writing.put_property,
            (Resource.STATE, Method.IPATCH): writing.patch_state,
            (Resource.ACTION, Method.POST): writing.invoke,
            (Resource.RUN, Method.DELETE): writing.cancel,
            **{(resource, Method.GET): scenes.read for resource in (Resource.SCENES, Resource.SCENE, Resource.SCENE_RUN)},
            (Resource.SCENE, Method.POST): scenes.run,
            (Resource.SCENE, Method.PUT): scenes.put,
            (Resource.SCENE, Method.DELETE): scenes.remove,
            (Resource.SCENE_RUN, Method.DELETE): scenes.undo,
        }

    async def handle(self, request: Request) -> Response:
        """Answer one request; CommandErrors become error responses in the server."""
        route = parse_path(request.path)
        answer = self.table.get((route.resource, request.method))
        if answer is None:
            raise ReadOnly(f"{request.method.name} is not possible on {route.text}")
        return await answer(route, request)

    async def _read(self, route: Route, request: Request) -> Response:
        return self.reading.read(route, request)
