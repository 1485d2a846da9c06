"""Whoever can write any sender into a datagram gets neither memory nor anything larger than what was sent."""

import asyncio
import gc
from pathlib import Path

import pytest

from gateway.errors import Unauthenticated
from gateway.protocol.coap import CoapServer, Limits, Request
from gateway.protocol.coap.contexts import Contexts
from gateway.protocol.coap.oscore import Oscore
from gateway.thing.clock import SystemClock
from tests.protocol.coap.locks import Ring, Shelf
from tests.protocol.coap.world import Tree

HOST = "127.0.23.8"
SORTS = (
    b"\x44\x01%btokn\xb1p",
    b"\x44\x01%btokn\x60\x51p",
    b"\x44\x03%btokn\xb1p\xd1\x03\x0e\xff" + b"x" * 1024,
    b"\x44\x02%btokn\x96\x09\x01kid1\xff" + b"y" * 30,
    b"\x44\x05%btokn\x60\x36\x09\x01kid1\xff" + b"y" * 30,
    b"\x54\x02%btokn\x96\x09\x01kid1\xff" + b"y" * 30,
    b"\x54\x01%btokn\xb1p",
    b"\x40\x00%b",
    b"\x54\x45%btokn\x61\x01\xff1",
    b"\xff\xff%bjunk",
)


def only_with_a_key(request: Request) -> None:
    if not request.identity:
        raise Unauthenticated("come with a key of your own")


async def flood(server: CoapServer, first: int, count: int) -> None:
    """Let `count` datagrams of every sort arrive, each from another address."""
    for number in range(first, first + count):
        datagram = SORTS[number % len(SORTS)].replace(b"%b", (number & 0xFFFF).to_bytes(2, "big"))
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        server._endpoint._received((address, 1024 + number % 60_000), datagram)
        if number % 50 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.5)
    gc.collect()


def kept(server: CoapServer) -> dict[str, int]:
    """Return how much the server keeps of anybody."""
    exchanges, tokens = server._endpoint.exchanges, server._endpoint.tokens
    tables = {
        "requests": tokens.incoming_requests,
        "exchanges": exchanges._active_exchanges,
        "backlogs": exchanges._backlogs,
        "acknowledgements": exchanges._piggyback_opportunities,
        "tasks": server._pipes,
        "uploads": server._kept[True][0]._parts,
        "answers": server._kept[True][1]._cut,
        "clients' replies": [*exchanges.reads._peers, *exchanges.writes._peers],
    }
    return {name: len(table) for name, table in tables.items()}


async def flooded(tree: Tree, limits: Limits, count: int) -> int:
    """Flood a server; return the bytes its process grew by between the first tenth and the end."""
    ring = Ring()
    ring.add("phone", recipient_id=b"kid1")
    async with (
        Contexts(Shelf(), SystemClock()) as contexts,
        CoapServer(
            HOST, 0, tree.handle, tree.watch, limits=limits, oscore=Oscore(ring, contexts), lan=True, admit=only_with_a_key
        ) as server,
    ):
        await flood(server, 0, count // 10)
        before = resident()
        await flood(server, count // 10, count - count // 10)
        assert not any(kept(server).values()), kept(server)
        assert len(server._endpoint.exchanges.strange._peers) <= 256
        assert len(server.guard._strangers) <= limits.peers
        assert tree.requests == []
        return resident() - before


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def test_invented_addresses_leave_nothing_behind(tree: Tree) -> None:
    await flooded(tree, Limits(rate=1e6, burst=1e6, total=1e6, strangers=1e6), 3000)


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_the_memory_of_a_hub_is_flat_under_a_hundred_thousand_invented_addresses(tree: Tree) -> None:
    assert await flooded(tree, Limits(rate=1e6, burst=1e6, total=1e6, strangers=1e6), 100_000) < 3 * 2**20
