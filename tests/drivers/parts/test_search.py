"""A whole building answers at once, while the hub has its hands full."""

import itertools
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

from gateway.drivers.parts.search import Found, Question, search
from gateway.drivers.spi import Context, SearchContext, Sighting
from gateway.thing.clock import SystemClock
from tests.drivers.units import hurried
from tests.kit.addresses import address

BUILDING = 300
BUSY = 0.3


@contextmanager
def building(answers: int) -> Iterator[tuple[str, list[socket.socket]]]:
    """Open a place that is asked, and so many neighbours that answer, each from an address of its own."""
    place, block = address(), os.getpid() & 0xFF
    with ExitStack() as stack:
        plugs = []
        for where in itertools.chain((place,), (f"127.{100 + number // 250}.{block}.{1 + number % 250}" for number in range(answers))):
            plug = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            plug.bind((where, 0))
            plugs.append(plug)
        yield place, plugs


async def test_the_answers_of_a_building_wait_until_there_is_time_for_them(context: Context, clock: SystemClock) -> None:
    with building(BUILDING) as (place, (asked, *neighbours)):
        seen: list[str] = []

        def read(data: bytes, _sender: str) -> Found:
            if not seen:
                time.sleep(BUSY)  # as at the start, when everything is read and opened
            seen.append(data.decode())
            return Found(key=data.decode(), name=data.decode(), port=1)

        where = SearchContext(
            interfaces=(), unicast=(place,), context=context, asked=lambda *_: answer_all(asked, neighbours), dropped=lambda *_: None
        )

        async def all_names() -> set[str]:
            return {sighting.name async for sighting in search(where, "test", (Question(b"?", asked.getsockname()[1]),), read)}

        found = await hurried(all_names(), clock, 0.04)
    assert found == {str(number) for number in range(BUILDING)}


def answer_all(asked: socket.socket, neighbours: list[socket.socket]) -> None:
    """Have everybody answer the first question as soon as it is there, and none of the later ones."""

    def work() -> None:
        _, asker = asked.recvfrom(64)
        for number, neighbour in enumerate(neighbours):
            neighbour.sendto(str(number).encode(), asker)

    threading.Thread(target=work, name="neighbours", daemon=True).start()


async def test_a_named_port_is_asked_beside_the_make_s_own(context: Context, clock: SystemClock) -> None:
    with building(0) as (place, (unit,)):
        where = SearchContext(
            interfaces=(),
            unicast=(f"{place}:{unit.getsockname()[1]}", "no such host:1"),
            context=context,
            asked=lambda *_: answer_all(unit, [unit]),
            dropped=lambda host, _why: dropped.append(host),
        )
        dropped: list[str] = []
        questions = (Question(b"?", 9),)
        found = await hurried(
            names(search(where, "test", questions, lambda data, _: Found(key=data.decode(), name=data.decode(), port=1))), clock, 0.04
        )
    assert (found, dropped) == ({"0"}, ["no such host"])


async def names(sightings: AsyncIterator[Sighting]) -> set[str]:
    return {sighting.name async for sighting in sightings}
