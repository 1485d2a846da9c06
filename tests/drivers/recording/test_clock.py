"""Time that stands still until the player moves it, and then wakes everybody in turn."""

import asyncio
import time

from gateway.drivers.recording.clock import PlayedClock, Threads


async def test_who_sleeps_again_and_again_wakes_at_each_moment_on_the_way() -> None:
    clock, woken = PlayedClock(1000.0), []

    async def tick() -> None:
        while True:
            await clock.sleep(1.0)
            woken.append(clock.monotonic())

    task = asyncio.create_task(tick())
    await Threads().settle()
    await clock.until(3.5)
    assert woken == [1.0, 2.0, 3.0]
    assert (clock.monotonic(), clock.now(), clock.next_due()) == (3.5, 1003.5, 4.0)
    task.cancel()
    await Threads().settle()
    assert clock.next_due() is None


async def test_it_never_goes_back_and_who_sleeps_no_time_at_all_waits_for_the_player() -> None:
    clock = PlayedClock(0.0)
    await clock.until(5.0)
    await clock.until(1.0)
    assert clock.monotonic() == 5.0
    task = asyncio.create_task(clock.sleep(-1.0))
    await Threads().settle()
    assert not task.done()
    await clock.until(5.0)
    await Threads().settle()
    assert task.done()


async def test_who_reads_something_in_a_thread_is_waited_for_and_time_stands_still() -> None:
    threads = Threads()
    clock, read = PlayedClock(0.0, threads), []
    asyncio.get_running_loop().set_default_executor(threads)

    async def reader() -> None:
        await asyncio.to_thread(time.sleep, 0.05)
        await asyncio.to_thread(time.sleep, 0.05)
        read.append(clock.monotonic())
        await clock.sleep(1.0)

    task = asyncio.create_task(reader())
    await threads.settle()
    assert read == [0.0]
    assert clock.next_due() == 1.0
    task.cancel()
