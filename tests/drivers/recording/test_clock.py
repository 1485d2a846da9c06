"""Time that stands still until the player moves it, and then wakes everybody in turn."""

import asyncio

from gateway.drivers.recording.clock import PlayedClock, settle


async def test_who_sleeps_again_and_again_wakes_at_each_moment_on_the_way() -> None:
    clock, woken = PlayedClock(1000.0), []

    async def tick() -> None:
        while True:
            await clock.sleep(1.0)
            woken.append(clock.monotonic())

    task = asyncio.create_task(tick())
    await settle()
    await clock.until(3.5)
    assert woken == [1.0, 2.0, 3.0]
    assert (clock.monotonic(), clock.now(), clock.next_due()) == (3.5, 1003.5, 4.0)
    task.cancel()
    await settle()
    assert clock.next_due() is None


async def test_it_never_goes_back_and_who_sleeps_no_time_at_all_waits_for_the_player() -> None:
    clock = PlayedClock(0.0)
    await clock.until(5.0)
    await clock.until(1.0)
    assert clock.monotonic() == 5.0
    task = asyncio.create_task(clock.sleep(-1.0))
    await settle()
    assert not task.done()
    await clock.until(5.0)
    await settle()
    assert task.done()
