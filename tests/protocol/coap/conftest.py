"""A small CoAP world on a loopback address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway.protocol.coap import CoapClient, CoapServer
from tests.protocol.coap.world import Raw, RawMaker, Tree


@pytest.fixture
def tree() -> Tree:
    return Tree()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def server(tree: Tree, stack: AsyncExitStack) -> CoapServer:
    return await stack.enter_async_context(CoapServer("127.0.0.1", 0, tree.handle, tree.watch))


@pytest.fixture
async def client(stack: AsyncExitStack) -> CoapClient:
    return await stack.enter_async_context(CoapClient(host="127.0.0.1"))


@pytest.fixture
def base(server: CoapServer) -> str:
    return f"coap://127.0.0.1:{server.port}"


@pytest.fixture
def raw(server: CoapServer, request: pytest.FixtureRequest) -> RawMaker:
    def make() -> Raw:
        made = Raw(server.port)
        request.addfinalizer(made.socket.close)
        return made

    return make


@pytest.fixture
async def complaints() -> list[dict[str, Any]]:
    """What the loop's exception handler was told."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    return told
