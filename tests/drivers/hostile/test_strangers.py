"""Streams and datagrams of a unit that is not one: what it is told, and how long it is borne."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.drivers.echonet.lists import object_list
from gateway.drivers.midea import line
from gateway.drivers.midea.opening import open_session
from gateway.drivers.spi import Registration
from gateway.errors import HulianError, Offline, TimedOut, Unauthenticated
from gateway.thing.clock import SystemClock
from tests.drivers.kit import context, until
from tests.kit.addresses import address

TOKEN, KEY = "ab" * 64, "cd" * 32
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[tuple[str, int]]:
    serving: set[asyncio.Task[None]] = set()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        with suppress(OSError, asyncio.CancelledError):
            try:
                await serve(reader, writer)
            finally:
                writer.transport.abort()

    host = address()
    server = await asyncio.start_server(once, host, 0)
    async with server:
        yield host, server.sockets[0].getsockname()[1]
        for task in serving:
            task.cancel()
        await asyncio.sleep(0.02)


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


class Hasty(SystemClock):
    """A clock on which everything takes a tenth of the time."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 10)


async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Accept, and say nothing."""
    await reader.read()


async def at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and close."""
    writer.close()


async def loris(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin a packet and bring it byte by byte."""
    for byte in b"\x5a\x5a\x01\x11\x68\x00" + bytes(200):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer everything with a packet that is none, and with marks of packets that never come."""
    while await reader.read(1000):
        writer.write(b"\x5a\x5a" * 5000 + b"\x83\x70\xff\xff\x20\x03" * 500)
        await writer.drain()


async def oversized(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say that a packet is as long as it can say, and go on without end."""
    while not reader.at_eof():
        writer.write(b"\x5a\x5a\x01\x11\x00\x04" + bytes(1010))
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.long
@pytest.mark.parametrize("serve", [never, at_once, loris, nonsense, oversized])
@pytest.mark.parametrize("keyed", [False, True])
async def test_a_unit_that_is_none_is_given_up_and_nothing_of_it_stays(serve: Serve, keyed: bool) -> None:
    async with listening(serve) as where:
        lent = replace(context(), clock=Hasty())
        tasks = asyncio.all_tasks()
        for _ in range(2):
            with pytest.raises((HulianError, OSError)):
                async with asyncio.timeout(20), open_session(unit(where, version="3" if keyed else "2", keyed=keyed), lent):
                    pass
        await until(lambda: not {task.get_name() for task in asyncio.all_tasks() - tasks if task.get_name().startswith("midea")}, "no task")


def connections(where: tuple[str, int]) -> int:
    """Return the connections to a place that this machine holds open."""
    octets = where[0].split(".")
    theirs = "".join(f"{int(octet):02X}" for octet in reversed(octets)) + f":{where[1]:04X}"
    return sum(row.split()[2] == theirs and row.split()[3] == "01" for row in Path("/proc/net/tcp").read_text().splitlines()[1:])


async def test_a_connection_that_opens_the_moment_it_is_given_up_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit has room for one: one that nobody has in hand would keep the hub itself out."""
    opened = asyncio.open_connection
    tasks: list[asyncio.Task[None]] = []

    async def given_up_at_once(*words: object, **more: object) -> object:
        pair = await opened(*words, **more)  # type: ignore[arg-type]
        tasks[0].cancel()
        return pair

    async def connect(where: tuple[str, int]) -> None:
        async with line.line_to(*where, None, SystemClock(), lambda _: None):
            await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", given_up_at_once)
    async with listening(never) as where:
        tasks.append(asyncio.create_task(connect(where)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        gc.collect()
        await until(lambda: connections(where) == 0, "closed", 3)


def test_an_object_that_a_node_lists_many_times_is_one() -> None:
    assert object_list(bytes([4]) + bytes.fromhex("013001" * 3 + "013002")) == (0x013001, 0x013002)
