"""Pages hear of changes gathered: of their own appliance, and once of all together."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from gateway.faces.web.watch import Watch
from gateway.home.change import Change, Removed, Snapshot
from gateway.home.home import Home
from gateway.thing.clock import SystemClock

DEVICES = tuple(f"lamp-{number}" for number in range(200))


class Stream:
    """The change stream of a home of 200, and nothing else of it: what is given is told to the one who reads."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Change] = asyncio.Queue()

    def devices(self) -> tuple[str, ...]:
        return DEVICES

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Change]]:
        async def changes() -> AsyncIterator[Change]:
            while True:
                yield await self.told.get()

        yield changes()


async def test_two_hundred_changes_are_one_look_for_what_sums_up_the_home() -> None:
    stream, heard = Stream(), Counter[str]()
    watch = Watch(cast("Home", stream), SystemClock())
    everything = asyncio.Event()

    def summed_up() -> None:
        heard["any"] += 1
        everything.set()

    watch.any.subscribe(summed_up)
    watch.arrived.subscribe(lambda: heard.update(["arrived"]))
    for device in DEVICES[:2]:
        watch.device(device, lambda device=device: heard.update([device]))  # type: ignore[misc]
    stream.told.put_nowait(Snapshot(1, DEVICES))
    stream.told.put_nowait(Removed(2, DEVICES[1]))
    async with asyncio.TaskGroup() as tasks:
        running: list[asyncio.Task[Any]] = [tasks.create_task(work()) for work in (watch.read, watch.tell, watch.overlook)]
        async with asyncio.timeout(10):
            await everything.wait()
        for each in running:
            each.cancel()
    assert heard == {"any": 1, "arrived": 1, DEVICES[0]: 1, DEVICES[1]: 1}
