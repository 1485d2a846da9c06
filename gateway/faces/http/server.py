"""Serves one ASGI application on the hub's own loopback, and under TLS on each address of the LAN."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from gateway.errors import ConfigurationInvalid, ExtraMissing, PortTaken
from gateway.faces.http.entrance import Entrance, Limits
from gateway.faces.http.guard import Application, Guard, Names, senders
from gateway.thing.clock import Clock
from gateway.trust.issued import ServerIdentity

KEEP_ALIVE: Final = 15
WEBSOCKET_BYTES: Final = 1 << 20
BACKLOG: Final = 128
OUTSIDE = Limits()
LOCAL = Limits(of_one=OUTSIDE.places)
"""On loopback all are one address."""
LEAVING: Final = 2.0
"""Seconds connections get to end by themselves."""
INSTALL: Final = "pip install 'hulian[http]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One address that is served. `identity`: what it is served with under TLS; None: in clear, on loopback only."""

    host: str
    port: int
    identity: ServerIdentity | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """One address as it is served, with its bound port."""

    host: str
    port: int
    secure: bool

    @property
    def url(self) -> str:
        """Return its address for a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"


def cookie_name(gateway: str, *, secure: bool) -> str:
    """Return the cookie of this hub: cookies know no ports, and two hubs on one machine must not take each other's."""
    return f"__Host-hulian-{gateway}" if secure else f"hulian-{gateway}"


@asynccontextmanager
async def serving(
    application: Application, doors: Sequence[Door], names: Names, *, gateway: str, clock: Clock
) -> AsyncIterator[tuple[Served, ...]]:
    """Serve `application` on each door for as long as the context lives; yields the addresses. Raise PortTaken or ExtraMissing.

    The first door is the one on which the application is started and ended (ASGI's lifespan).
    """
    rates = {local: senders(clock, local=local) for local in (True, False)}
    async with AsyncExitStack() as stack:
        entrances = {local: await stack.enter_async_context(Entrance(clock, LOCAL if local else OUTSIDE)) for local in (True, False)}
        served: list[Served] = []
        for door in doors:
            secure = door.identity is not None
            guard = Guard(
                application, names, rates[not secure], local=not secure, secure=secure, cookie=cookie_name(gateway, secure=secure)
            )
            port = await stack.enter_async_context(_listening(guard, door, entrances[not secure], lifespan=not served))
            served.append(Served(door.host, port, secure))
        yield tuple(served)


@asynccontextmanager
async def _listening(application: Application, door: Door, entrance: Entrance, *, lifespan: bool) -> AsyncIterator[int]:
    server = _server(application, door, lifespan=lifespan)
    listening = _bound(door.host, door.port)
    port = int(listening.getsockname()[1])
    task = asyncio.create_task(server.serve(sockets=[]), name=f"http {door.host}:{port}")
    accepting: asyncio.Task[None] | None = None
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - the library has no event for it
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
            raise ConfigurationInvalid(f"HTTP on {door.host}:{port} did not start: the log says why")
        accepting = entrance.open(listening, partial(_connection, server), None if door.identity is None else _context(door.identity))
        yield port
    finally:
        if accepting is not None:
            accepting.cancel()
        server.should_exit = True
        await asyncio.wait({task}, timeout=LEAVING + 1)
        task.cancel()
        await asyncio.wait({task})
        listening.close()


def _connection(server: Any) -> asyncio.Protocol:
    """Return what serves one connection, as the library itself would make it."""
    made: asyncio.Protocol = server.config.http_protocol_class(
        config=server.config, server_state=server.server_state, app_state=server.lifespan.state
    )
    return made


def _server(application: Application, door: Door, *, lifespan: bool) -> Any:
    try:
        import uvicorn  # noqa: PLC0415 - an extra, and only where HTTP is on
    except ImportError as error:
        raise ExtraMissing(f"HTTP needs libraries that are not installed: {INSTALL}") from error

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Leave signals to whoever runs the hub."""
            yield

    config = uvicorn.Config(
        application,
        http="auto" if door.identity is None else "h11",  # the faster parser has no limit for headers: not for strangers
        ws="websockets-sansio",
        loop="none",
        lifespan="on" if lifespan else "off",
        log_config=None,
        log_level="error",  # below, strangers could fill the log with what is wrong in their requests
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=int(LEAVING),
        ws_max_size=WEBSOCKET_BYTES,
        h11_max_incomplete_event_size=32 << 10,
    )
    config.load()
    return Server(config)


def _context(identity: ServerIdentity) -> ssl.SSLContext:
    """Return TLS with the hub's certificate; its key goes through memory, for it never lies on a disk in clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with os.fdopen(os.memfd_create("hulian-tls"), "wb", buffering=0) as file:
        file.write(identity.certificate + b"\n" + identity.key)
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
    return context


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # said, for asyncio sets TCP_NODELAY only where it is
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise PortTaken(f"{host}:{port} cannot be opened for HTTP: {error.strerror}. Choose another with --http-port") from error
    listening.setblocking(False)
    listening.listen(BACKLOG)
    return listening
