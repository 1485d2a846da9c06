"""Whatever arrives, the server goes on: random, mutated and truncated datagrams over a real socket."""

import asyncio
import logging
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.protocol.coap import CoapClient, CoapServer, Limits, Method
from gateway.protocol.coap.quiet import LIBRARY, LibraryLog
from tests.protocol.coap.world import Raw, RawMaker, Tree

DATAGRAMS = 5000
GOOD = (
    b"\x44\x01\x00\x01tokn\xb1p",
    b"\x44\x01\x00\x02tokn\x60\x51p",
    b"\x44\x01\x00\x03tokn\x61\x01\x51p",
    b"\x44\x03\x00\x04tokn\xb1p\x11\x32\xff{}",
    b"\x44\x03\x00\x05tokn\xb1p\xd1\x03\x0e\xff" + b"x" * 1024,
    b"\x44\x03\x00\x06tokn\xb1p\xd1\x03\x16\xff" + b"x" * 10,
    b"\x44\x01\x00\x07tokn\xb1p\xc1\x16",
    b"\x54\x07\x00\x08tokn\x18etagetag\xa1p\x44a=b\xff\xff",
    b"\x44\x45\x00\x09tokn\xff1",
    b"\x40\x00\x00\x0a",
    b"\x60\x00\x00\x0b",
    b"\x70\x00\x00\x0c",
)
"""A request of each sort, a response, a ping, an acknowledgement and a reset, to be mutated."""


def mutated(random: Random) -> bytes:
    """Return junk, or a good datagram with bytes changed, left out, doubled or cut off."""
    if random.random() < 0.2:
        return random.randbytes(random.randrange(80))
    datagram = bytearray(random.choice(GOOD))
    for _ in range(random.randrange(5)):
        at = random.randrange(len(datagram)) if datagram else 0
        match random.randrange(4):
            case 0 if datagram:
                datagram[at] = random.randrange(256)
            case 1:
                datagram[at:at] = random.randbytes(random.randrange(1, 4))
            case 2:
                del datagram[at : at + random.randrange(1, 4)]
            case _:
                del datagram[len(datagram) - random.randrange(1 + len(datagram)) :]
    if len(datagram) > 4:
        datagram[2:4] = random.randbytes(2)
    return bytes(datagram)


@pytest.mark.parametrize("seed", range(2))
async def test_thousands_of_mutated_datagrams_change_nothing(
    tree: Tree, stack: AsyncExitStack, client: CoapClient, complaints: list[dict[str, Any]], seed: int
) -> None:
    tree.values["p",] = b"1" * 3000
    limits = Limits(rate=1e6, burst=1e6, total=1e6)
    server = await stack.enter_async_context(CoapServer("127.0.0.1", 0, tree.handle, tree.watch, limits=limits))
    random = Random(seed)
    peers = [Raw(server.port) for _ in range(4)]
    for peer in peers:
        stack.callback(peer.socket.close)
    for number in range(DATAGRAMS):
        random.choice(peers).send(mutated(random))
        if number % 20 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    tree.write(("q",), b"alive")
    response = await client.request(Method.GET, f"coap://127.0.0.1:{server.port}/q", timeout=30)
    assert response.payload == b"alive"
    assert complaints == []
    counts = server.guard.counts
    assert counts["dropped"] > DATAGRAMS // 5
    assert counts["admitted"] > DATAGRAMS // 10
    assert counts["admitted"] + counts["dropped"] > DATAGRAMS * 0.9, "they arrived"
    assert server.guard.said <= 3
    assert sum(handler.sparsely.said for handler in logging.getLogger(LIBRARY).handlers if isinstance(handler, LibraryLog)) <= 10


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_datagram_leaves_the_server_answering(server: CoapServer, tree: Tree, data: st.DataObject) -> None:
    tree.values["p",] = b"1"
    peer = Raw(server.port)
    try:
        peer.send(data.draw(st.binary(min_size=1, max_size=64) | st.sampled_from(GOOD).flatmap(lambda good: st.just(good[::-1]))))
        peer.send(b"\x40\x00\xab\xcd")
        async with asyncio.timeout(20):
            while await peer.receive(20) != b"\x70\x00\xab\xcd":
                pass
    finally:
        peer.socket.close()


async def test_a_flood_of_noise_leaves_others_served(tree: Tree, server: CoapServer, client: CoapClient, raw: RawMaker, base: str) -> None:
    tree.values["p",] = b"1"
    noisy = raw()
    for _ in range(300):
        noisy.send(b"\xff" * 100)
    assert (await client.request(Method.GET, f"{base}/p", timeout=30)).payload == b"1"
    assert server.guard.said <= 1


async def test_what_is_remembered_of_strangers_stays_bounded(tree: Tree, server: CoapServer, raw: RawMaker) -> None:
    tree.values["p",] = b"1"
    peer = raw()
    for number in range(500):
        peer.send(b"\x41\x03" + number.to_bytes(2, "big") + b"t\xb1p\xff1")
        await peer.receive()
    exchanges = server._endpoint.exchanges
    assert len(exchanges.writes) <= 64
    assert len(exchanges._recent_messages) == 0
