"""A socket that a loop takes over is closed once by each side, in whatever order: a descriptor closed twice may be somebody else's."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from gateway.protocol.lent import lent

LOOPS = pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
Kept = tuple[set[str], set[str]]


def descriptors() -> set[str]:
    return {where for number in Path("/proc/self/fd").iterdir() if (where := _where(number)).startswith("socket:")}


def _where(number: Path) -> str:
    try:
        return str(number.readlink())
    except OSError:
        return ""


def ran(new_loop: Callable[[], asyncio.AbstractEventLoop], work: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    async def served() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            before = descriptors()
            await work(server.sockets[0].getsockname()[1])
            for _ in range(200):
                if descriptors() <= before:
                    return
                await asyncio.sleep(0.01)
            pytest.fail(f"left open: {descriptors() - before}")

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(served())


async def connected(port: int) -> socket.socket:
    plug = socket.socket()
    plug.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", port))
    return lent(plug)


async def taken(plug: socket.socket) -> "asyncio.Task[Any]":
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(loop.create_connection(asyncio.Protocol, sock=plug))
    await asyncio.sleep(0)
    return task


@LOOPS
def test_a_connection_that_ends_leaves_nothing_open(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def work(port: int) -> None:
        transport, _ = await (await taken(await connected(port)))
        transport.close()

    ran(new_loop, work)


def test_one_that_is_given_up_while_the_loop_takes_it_over_closes_nobody_elses() -> None:
    async def work(port: int) -> None:
        plug = await connected(port)
        task = await taken(plug)
        task.cancel()
        await asyncio.wait({task})
        others = [socket.socket() for _ in range(8)]  # one of them gets the number the loop closed
        plug.close()
        for other in others:
            other.getsockname()  # raises where it was closed
            other.close()

    ran(uvloop.new_event_loop, work)


def test_one_whose_owner_closes_it_while_the_loop_takes_it_over_closes_nobody_elses() -> None:
    async def work(port: int) -> None:
        plug = await connected(port)
        task = await taken(plug)
        plug.close()
        others = [socket.socket() for _ in range(8)]
        transport, _ = await task
        transport.abort()
        await asyncio.sleep(0.01)
        for other in others:
            other.getsockname()
            other.close()

    ran(uvloop.new_event_loop, work)
