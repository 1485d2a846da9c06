"""Targets that are not ours: small servers on real sockets that speak half a protocol, too much of it, or something else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiocoap import Message
from aiocoap.numbers import Code
from aiocoap.numbers.types import Type

from gateway.conformance.order import Order, judged
from gateway.conformance.target import Target
from gateway.conformance.verdict import Outcome, Result
from gateway.profile.library import Library
from gateway.profile.thing_description import thing_description
from gateway.protocol.forms import DeviceForms
from gateway.thing.description import Description
from tests.kit.addresses import address

LIBRARY = Library()
Behave = Callable[[Message], Iterable[Message | bytes]]


class OddAppliance(asyncio.DatagramProtocol):
    """Answers each CoAP request with whatever `behave` makes of it; `asked`: the paths that were asked for."""

    def __init__(self, behave: Behave) -> None:
        self.asked: list[str] = []
        self._behave = behave
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = Message.decode(data)
        if not request.code.is_request():
            return
        self.asked.append("/".join(request.opt.uri_path))
        for said in self._behave(request):
            self._transport.sendto(said if isinstance(said, bytes) else said.encode(), addr)


def answer(request: Message, payload: bytes = b"", code: Code = Code.CONTENT, **options: Any) -> Message:
    """Return a piggy-backed response."""
    response = Message(code=code, payload=payload, **options)
    response.mid, response.token, response.mtype = request.mid, request.token, Type.ACK
    return response


def cut(request: Message, whole: bytes) -> Message:
    """Return the block of a document that was asked for."""
    number = request.opt.block2.block_number if request.opt.block2 is not None else 0
    part = whole[number * 1024 : number * 1024 + 1024]
    return answer(request, part, block2=(number, (number + 1) * 1024 < len(whole), 6), content_format=50)


def serves(td: bytes, others: Behave = lambda request: [answer(request, code=Code.NOT_FOUND)]) -> Behave:
    """Give this description, and do something else about everything else."""
    return lambda request: [cut(request, td)] if request.opt.uri_path[-1:] == ("td",) else others(request)


def light(host: str, **changes: Any) -> dict[str, Any]:
    """Return the description of a light at a host, with changed members."""
    instance = LIBRARY.model("light").instance(Description(id="self", kind="light"))
    td = thing_description(instance, title="Odd", forms=DeviceForms("odd", "self", None, f"coap://{host}"))
    return {**orjson.loads(orjson.dumps(td)), **changes}


@asynccontextmanager
async def appliance(behave: Callable[[str], Behave]) -> AsyncIterator[tuple[str, OddAppliance]]:
    """Run an odd appliance; `behave` is told its host."""
    host = address()
    made = OddAppliance(behave(host))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, local_addr=(host, 5683))
    try:
        yield host, made
    finally:
        transport.close()


@asynccontextmanager
async def server(handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> AsyncIterator[str]:
    """Run something on TCP that may be taken for a broker; yield `mqtt://host:port`."""
    host = address()
    running = await asyncio.start_server(handle, host, 1883)
    async with running:
        yield f"mqtt://{host}:1883"


async def report(name: str, *tests: str, budget: float | None = None) -> Result:
    """Judge a target, and see that nothing of it was a defect of ours."""
    result = await judged(Order(target=Target(name=name, library=LIBRARY), seed=1, tests=tests, budget=budget))
    errored = [(verdict.id, verdict.came) for verdict in result.verdicts if verdict.outcome is Outcome.ERRORED]
    assert errored == [], errored
    return result


def failed(result: Result) -> set[str]:
    """Return the ids of the requirements that were found broken."""
    return {verdict.requirement for verdict in result.verdicts if verdict.outcome is Outcome.FAILED}
