"""A wire for the contract's own tests: lines of JSON with a checksum before them, over TCP; the search is a datagram to the same port.

    ask    1a2b3c4d {"n": 7, "key": "k", "ask": "state"}       or "set": {...}, or "ask": "who"
    answer 5e6f7a8b {"n": 7, "state": {...}}                   or "error": "key"; without `n` when nobody asked

Its unit serves one client: a newer one takes its place.
"""

import asyncio
import contextlib
import json
import zlib
from types import TracebackType
from typing import Any, Self, cast

from firmware_sim.appliance import Appliance
from firmware_sim.network import Network
from firmware_sim.notice import Changed, Notice
from firmware_sim.wire import WireOptions
from firmware_sim.wires.datagrams import Datagrams
from firmware_sim.wires.press import press

PORT = 5999
KEY = "open-sesame"


def line(document: dict[str, Any]) -> bytes:
    body = json.dumps(document).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def document(data: bytes) -> dict[str, Any] | None:
    """Return what a line says, None when it is damaged."""
    checksum, _, body = data.strip().partition(b" ")
    return json.loads(body) if body and checksum == b"%08x" % zlib.crc32(body) else None


class Wire:
    def __init__(self, appliance: Appliance, network: Network, options: WireOptions) -> None:
        self._appliance, self._network = appliance, network
        self._key = options.facts.get("key", KEY)
        self._stack = contextlib.AsyncExitStack()
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._door: Datagrams | None = None
        self._free = 0.0

    @property
    def port(self) -> int | None:
        return PORT

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            server = await asyncio.start_server(self._serve, self._network.address, PORT)
            stack.push_async_callback(self._end)
            stack.callback(server.close)
            self._door = await stack.enter_async_context(Datagrams(self._network, PORT, self._introduce))
            stack.callback(self._appliance.listen(self._heard))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stack.aclose()

    def _introduce(self, data: bytes, peer: tuple[str, int]) -> None:
        if data == b"who" and self._door is not None:
            said = {"id": self._appliance.identifier, "kind": self._appliance.kind, "features": list(self._appliance.features)}
            self._door.say(line(said), peer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hang_up()
        self._writer = writer
        self._tasks.add(cast("asyncio.Task[Any]", asyncio.current_task()))
        with contextlib.suppress(OSError):
            while data := await reader.readline():
                if not self._network.drops() and (asked := document(data)) is not None:
                    self._say(self._answer(asked))
        writer.close()
        self._tasks.discard(cast("asyncio.Task[Any]", asyncio.current_task()))

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("key") != self._key:
            return {"n": asked["n"], "error": "key"}
        if "set" in asked:
            press(self._appliance, asked["set"])
        return {"n": asked["n"], "state": self._appliance.values()}

    def _heard(self, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self._say({"state": self._appliance.values()})

    def _say(self, said: dict[str, Any]) -> None:
        for after in self._network.copies():
            asyncio.get_running_loop().call_later(after, self._write, self._network.worn(line(said)))

    def _write(self, data: bytes) -> None:
        if self._writer is None or self._network.mute:
            return
        loop, piece = asyncio.get_running_loop(), self._network.pieces or len(data) or 1
        for start in range(0, len(data), piece):
            self._free = max(self._free + 0.0001, loop.time())
            loop.call_at(self._free, self._writer.write, data[start : start + piece])

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None

    async def _end(self) -> None:
        self._hang_up()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.sleep(0)  # what was aborted is closed in the next turn of the loop
