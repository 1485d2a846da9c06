"""Streams and datagrams of a unit that is not one: what it is told, and how long it is borne."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.drivers.midea.driver import open_session
from gateway.drivers.spi import Registration
from gateway.errors import Offline, TimedOut, Unauthenticated
from tests.drivers.kit import context
from tests.kit.addresses import address

TOKEN, KEY = "ab" * 64, "cd" * 32
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[tuple[str, int]]:
    host = address()
    server = await asyncio.start_server(serve, host, 0)
    async with server:
        yield host, server.sockets[0].getsockname()[1]


def unit(where: tuple[str, int], *, version: str = "2", keyed: bool = False) -> Registration:
    facts = {"type": "ac", "version": version, "model": "HULIANAC"}
    credentials = {"token": TOKEN, "key": KEY} if keyed else {}
    return Registration(driver="midea", key="77", address=where[0], port=where[1], facts=facts, credentials=credentials)


async def test_a_unit_whose_key_is_known_is_never_spoken_to_in_clear() -> None:
    """Whoever answers a search says which version the unit is of: it cannot talk the hub out of the key."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(1000))
        writer.close()

    async with listening(serve) as where:
        with pytest.raises((Offline, TimedOut, Unauthenticated)):
            async with open_session(unit(where, version="2", keyed=True), context()):
                pass
    assert heard[:2] == b"\x83\x70"
    assert bytes.fromhex(KEY) not in heard
