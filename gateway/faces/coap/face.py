"""The CoAP face: one server, one table from (resource, method) to what answers it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from gateway.errors import ReadOnly
from gateway.faces.coap.door import Door, door
from gateway.faces.coap.reading import Reading
from gateway.faces.coap.recent import Recent
from gateway.faces.coap.watching import Watching
from gateway.faces.coap.writing import Writing
from gateway.home.home import Home
from gateway.protocol.coap.message import Method, Request, Response
from gateway.protocol.coap.server import CoapServer
from gateway.protocol.resources import Resource, Route, parse_path
from gateway.thing.clock import Clock
from gateway.trust.access import Access
from gateway.trust.roles import Permission, require

Answer = Callable[[Route, Request], Awaitable[Response]]


@asynccontextmanager
async def coap_face(home: Home, access: Access, host: str, port: int, *, clock: Clock) -> AsyncIterator[CoapServer]:
    """Show the home on a CoAP address for as long as the context lives; yields the server with its bound port."""
    recent = Recent(home)
    principal = door(access)
    routes = Routes(Reading(home, recent, principal), Writing(home, principal, clock), principal)
    watching = Watching(home, routes.reading, recent, principal)
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(recent.follow(), name="coap face: events")
        async with CoapServer(host, port, routes.handle, watching.watch, clock=clock) as server:
            yield server
        following.cancel()


class Routes:
    """Which method of which resource is answered by what; everything else is 4.05. What is in `table` is there, and nothing else."""

    def __init__(self, reading: Reading, writing: Writing, principal: Door) -> None:
        self.reading = reading
        self._principal = principal
        self.table: dict[tuple[Resource, Method], Answer] = {
            **dict.fromkeys(((resource, Method.GET) for resource in reading.resources), self._read),
            (Resource.PROPERTY, Method.PUT): writing.put_property,
            (Resource.STATE, Method.IPATCH): writing.patch_state,
            (Resource.ACTION, Method.POST): writing.invoke,
            (Resource.RUN, Method.DELETE): writing.cancel,
        }

    async def handle(self, request: Request) -> Response:
        """Answer one request; CommandErrors become error responses in the server. Nobody gets past the first line without a key."""
        require(self._principal(request), Permission.READ)
        route = parse_path(request.path)
        answer = self.table.get((route.resource, request.method))
        if answer is None:
            raise ReadOnly(f"{request.method.name} is not possible on {route.text}")
        return await answer(route, request)

    async def _read(self, route: Route, request: Request) -> Response:
        return self.reading.read(route, request)
