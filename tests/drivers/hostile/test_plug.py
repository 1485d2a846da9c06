"""The one socket of ECHONET Lite: closed and opened again in any order, by many at once, it is never in its own way."""

import asyncio
import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from gateway.drivers.echonet import plug
from gateway.drivers.echonet.plug import shared_plug
from gateway.drivers.echonet.search import search
from gateway.drivers.echonet.talk import conversation
from gateway.drivers.parts import endpoint
from gateway.drivers.spi import SearchContext
from gateway.errors import PortTaken
from tests.drivers.kit import context
from tests.kit.addresses import address

MANY = 40


def fast_loop() -> asyncio.AbstractEventLoop:
    return cast("asyncio.AbstractEventLoop", pytest.importorskip("uvloop").new_event_loop())


LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, fast_loop])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@LOOPS
def test_who_comes_while_it_is_closed_finds_it_open(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    local = address()

    async def use(turns: int) -> None:
        for turn in range(turns):
            async with shared_plug(local) as open_plug:
                assert open_plug.address == local
                await asyncio.sleep(0.0001 * (turn % 3))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(use(MANY))
        assert plug._SHARED.get(asyncio.get_running_loop()) == {}

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.sleep(0))
        before = open_files()
        runner.run(main())
        assert open_files() == before


@LOOPS
def test_opening_that_fails_or_is_given_up_leaves_nothing_open(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    local = address()

    async def given_up() -> None:
        async with shared_plug(local):
            await asyncio.Event().wait()

    async def main() -> None:
        for turn in range(MANY):
            task = asyncio.create_task(given_up())
            for _ in range(turn % 5):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        async with shared_plug(local):
            pass
        with pytest.raises(OSError, match=r"[Cc]annot assign"):
            async with shared_plug("192.0.2.1"):
                pass

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.sleep(0))
        before = open_files()
        runner.run(main())
        assert open_files() == before


async def test_another_program_on_the_port_is_told_as_that() -> None:
    local = address()
    with plug._bound(local, local), pytest.raises(PortTaken, match="another program"):
        async with shared_plug(local):
            pass
    with pytest.raises(OSError, match="assign") as refused:
        plug._bound("192.0.2.1", "192.0.2.1")
    assert refused.value.errno == errno.EADDRNOTAVAIL


@pytest.mark.long
async def test_one_host_to_which_there_is_no_way_does_not_end_the_search() -> None:
    told: list[tuple[str, str]] = []
    asked: list[str] = []
    here = address()
    where = SearchContext(
        interfaces=(),
        unicast=("255.255.255.255", "no such host", here),
        context=context(),
        asked=lambda host, _: asked.append(host),
        dropped=lambda host, why: told.append((host, why)),
    )
    assert [each async for each in search(where)] == []
    assert asked == [here]
    assert {host for host, why in told if "cannot" in why} == {"255.255.255.255", "no such host"}


async def test_a_unit_that_a_person_named_by_its_host_name_is_spoken_to_at_its_address() -> None:
    lent = context()
    async with conversation("localhost", lent.clock, lent.random) as talk:
        assert talk.address == "127.0.0.1"
    for nobody in ("no.such.host.invalid.", "x" * 70 + ".y"):
        with pytest.raises(OSError, match=r"no name of a host|not known|resolution|No address"):
            async with conversation(nobody, lent.clock, lent.random):
                pass


class Told(asyncio.DatagramProtocol):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: ARG002 - it only counts
        self.told.append("open")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - likewise
        self.told.append("closed")


@LOOPS
def test_a_socket_is_closed_when_its_block_is_over(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    told = Told()

    async def main() -> list[str]:
        async with endpoint.endpoint(told, remote_addr=(address(), 9)):
            assert told.told == ["open"]
        return list(told.told)

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(main()) == ["open", "closed"]


class Late:
    """A transport that comes too late."""

    closed = False

    def close(self) -> None:
        self.closed = True


async def test_a_socket_that_opens_after_its_block_is_closed_at_once() -> None:
    told, late = Told(), Late()
    held = endpoint._Held(told)
    await held.end()
    held.connection_made(cast("asyncio.BaseTransport", late))
    assert (late.closed, told.told) == (True, [])
