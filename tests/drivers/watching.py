"""What a driver that listens on the hub's broker has seen there."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from gateway.drivers.spi import Candidate, Context, Driver, Sighting, WatchContext
from tests.drivers.kit import until


@asynccontextmanager
async def watching(driver: Driver, lent: Context, known: Iterable[str] = ()) -> AsyncIterator[tuple[list[Sighting], list[str]]]:
    """Let the driver listen; yield what it has seen, and why it has not used other things. Both grow."""
    seen: list[Sighting] = []
    dropped: list[str] = []
    context = WatchContext(
        context=lent,
        see=seen.append,
        known=frozenset(known).__contains__,
        asked=lambda _where, _what: None,
        dropped=lambda _where, why: dropped.append(why),
    )
    assert driver.watch is not None
    async with driver.watch(context):
        yield seen, dropped


async def heard(driver: Driver, lent: Context) -> Candidate:
    """Return the first device that is seen on the broker."""
    async with watching(driver, lent) as (seen, dropped):
        await until(lambda: seen, f"a device is seen: {dropped}")
        candidate = driver.recognise(seen[0])
    assert candidate is not None
    return candidate
