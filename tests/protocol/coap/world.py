"""A toy resource tree behind a server, and a bare socket to say anything to it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TypeAlias

from gateway.errors import Precondition, Unknown
from gateway.protocol.coap import Method, Request, Response
from gateway.protocol.coap.message import CHANGED, CONTENT, CREATED, JSON


class Tree:
    """Resources by path; writing one tells everybody who watches it."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], bytes] = {}
        self.requests: list[Request] = []
        self.watching: set[asyncio.Queue[Response | None]] = set()
        self.version = 0
        self.mistakes: dict[tuple[str, ...], BaseException] = {}

    async def handle(self, request: Request) -> Response:
        self.requests.append(request)
        if request.path in self.mistakes:
            raise self.mistakes[request.path]
        if request.method is Method.GET:
            return self.present(request.path)
        if request.method is Method.POST:
            return Response(code=CREATED, location=("run", "7"), location_query=(("since", "4"), ("all", "")))
        if request.if_match and self.etag not in request.if_match:
            raise Precondition("moved on")
        self.write(request.path, request.payload)
        return Response(code=CHANGED, etag=self.etag)

    def watch(self, request: Request) -> AsyncIterator[Response] | None:
        if request.path == ("fixed",):
            return None
        return self.stream(request.path)

    async def stream(self, path: tuple[str, ...]) -> AsyncIterator[Response]:
        queue: asyncio.Queue[Response | None] = asyncio.Queue()
        self.watching.add(queue)
        try:
            yield self.present(path)
            while (response := await queue.get()) is not None:
                yield response
        finally:
            self.watching.discard(queue)

    @property
    def etag(self) -> bytes:
        return self.version.to_bytes(8, "big")

    def present(self, path: tuple[str, ...]) -> Response:
        if path not in self.values:
            raise Unknown(f"no {path}")
        return Response(code=CONTENT, payload=self.values[path], content_format=JSON, etag=self.etag, max_age=5)

    def write(self, path: tuple[str, ...], payload: bytes) -> None:
        self.version += 1
        self.values[path] = payload
        for queue in self.watching:
            queue.put_nowait(self.present(path))

    def end(self) -> None:
        for queue in self.watching:
            queue.put_nowait(None)


class Raw:
    """A bare socket: what it is told to send, byte for byte, and what comes back."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect((host, port))

    def send(self, datagram: bytes) -> None:
        with suppress(BlockingIOError):
            self.socket.send(datagram)

    async def receive(self, within: float = 5.0) -> bytes:
        async with asyncio.timeout(within):
            return await asyncio.get_running_loop().sock_recv(self.socket, 4096)

    async def nothing(self, within: float = 0.3) -> bool:
        try:
            await self.receive(within)
        except TimeoutError:
            return True
        return False


RawMaker: TypeAlias = Callable[[], Raw]


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)
