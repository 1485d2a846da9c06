"""An appliance that took a write says how it is by itself; one that forgot who observes it, as after a cut, is asked."""

import asyncio
from collections.abc import AsyncGenerator
from random import Random
from typing import Any, cast

import orjson
import pytest

from gateway.drivers.native.coap_line import CoapLine
from gateway.drivers.native.links import Acks
from gateway.drivers.native.taps import Client
from gateway.protocol.coap.message import CHANGED, CONTENT, Method, Response
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL

MOMENT = 0.02


class Hasty(SystemClock):
    """A clock whose waits are over in a moment."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, MOMENT))


class Appliance:
    """The client of one that tells its state before the answer to a write, after it, or not at all."""

    def __init__(self, tells: str) -> None:
        self.tells = tells
        self.asked: list[str] = []
        self.states: asyncio.Queue[bytes] = asyncio.Queue(8)

    async def request(self, method: Method, url: str, **_: Any) -> Response:
        if method is Method.GET:
            self.asked.append(url.rsplit("/", 1)[1])
            return Response(code=CONTENT, payload=orjson.dumps({"power": True}))
        if self.tells == "before":
            await self._tell()
        elif self.tells == "after":
            asyncio.get_running_loop().call_soon(self.states.put_nowait, orjson.dumps({"power": True}))
        return Response(code=CHANGED)

    async def _tell(self) -> None:
        self.states.put_nowait(orjson.dumps({"power": True}))
        while not self.states.empty():
            await asyncio.sleep(0)

    async def observe(self, url: str, *_: Any, **__: Any) -> AsyncGenerator[Response, None]:
        yield Response(code=CONTENT, payload=orjson.dumps({"power": False}) if url.endswith("/s") else b"")
        while True:
            payload = await self.states.get() if url.endswith("/s") else await asyncio.Event().wait()
            yield Response(code=CONTENT, payload=cast("bytes", payload))


@pytest.mark.parametrize(("tells", "asked"), [("before", []), ("after", []), ("never", ["s"])])
async def test_who_says_nothing_after_a_write_is_asked_and_nobody_else(tells: str, asked: list[str]) -> None:
    appliance, heard = Appliance(tells), list[bytes]()
    line = CoapLine(cast("Client", appliance), "coap://127.0.0.7", "", Acks(), Hasty(), Random(1))
    listening = asyncio.create_task(line.listen(heard.append, lambda *_: None, ()))
    while not heard:
        await asyncio.sleep(0)
    on = Command(device="plug-1", operation=Operation.WRITE_PROPERTY, name="power", input=True, principal=LOCAL, id="w1")
    stages = [stage async for stage in line.perform(on, "w1", None)]
    await asyncio.sleep(5 * MOMENT)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert [stage.state.terminal for stage in stages] == [True]
    assert appliance.asked == asked
    assert heard[-1] == orjson.dumps({"power": True})
