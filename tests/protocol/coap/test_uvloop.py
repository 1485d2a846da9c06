"""On uvloop an ICMP error must not make the endpoint deaf: libuv stops polling a socket that has one."""

import asyncio
from typing import Any

import pytest

from gateway.errors import CommandError
from gateway.protocol.coap.client import CoapClient
from gateway.protocol.coap.message import CONTENT, Method, Request, Response
from gateway.protocol.coap.server import CoapServer

uvloop = pytest.importorskip("uvloop")


async def answer(_request: Request) -> Response:
    return Response(code=CONTENT, payload=b"x" * 5000)


async def refused(client: CoapClient, number: int) -> bool:
    try:
        await client.request(Method.GET, f"coap://127.0.0.{number}:9/x", timeout=5)
    except CommandError:
        return True
    return False


@pytest.mark.parametrize("factory", [uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def test_a_client_hears_answers_after_other_peers_refused(factory: Any) -> None:
    async def talk() -> tuple[int, int]:
        async with CoapServer("127.0.0.1", 0, answer) as server, CoapClient() as client:
            refusals = await asyncio.gather(*(refused(client, number) for number in range(2, 30)))
            response = await client.request(Method.GET, f"coap://127.0.0.1:{server.port}/x", timeout=20)
        return sum(refusals), len(response.payload)

    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(talk()) == (28, 5000)
