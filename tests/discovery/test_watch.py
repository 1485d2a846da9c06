"""What announces itself on the broker: a driver's ear is held open, and one that fails is begun again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from gateway.discovery import Discovery
from gateway.drivers.parts.beside import beside
from gateway.drivers.spi import Sighting, WatchContext
from gateway.protocol.mqtt import MqttClient
from tests.discovery.kit import Home, discovering, driver
from tests.drivers.kit import until
from tests.drivers.zigbee2mqtt.small_broker import SmallBroker


class Ears:
    """A driver's watch that fails as often as it is told, in work of its own, and then hears a unit."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.begun = self.ended = 0
        self.lent: WatchContext | None = None

    @asynccontextmanager
    async def watch(self, lent: WatchContext) -> AsyncIterator[None]:
        self.begun += 1
        self.lent = lent
        try:
            async with beside(self._hear(lent), "hearing"):
                yield
        finally:
            self.ended += 1

    async def _hear(self, lent: WatchContext) -> None:
        if self.begun <= self.failures:
            raise ZeroDivisionError("a mistake in the driver")
        lent.see(Sighting(source="broker", service="test", name="lamp", facts={"id": "lamp"}))
        await asyncio.Event().wait()


def listening(home: Home, ears: Ears) -> Any:
    return discovering(home, driver()._replace(watch=ears.watch), mqtt=cast("MqttClient", SmallBroker()))


async def test_what_is_heard_is_in_the_inbox_and_the_ear_is_closed_with_discovery() -> None:
    ears, home = Ears(0), Home()
    async with listening(home, ears) as discovery:
        await until(discovery.inbox, "the unit")
        (entry,) = discovery.inbox()
        assert (entry.key, ears.begun, ears.ended) == ("lamp", 1, 0)
        assert entry.last_seen > 0, "when it was heard is noted, though the driver did not say"
    assert ears.ended == 1


async def test_an_ear_whose_work_fails_is_begun_again_and_the_doctor_says_of_what() -> None:
    ears, home = Ears(2), Home()
    async with listening(home, ears) as discovery:
        await until(discovery.inbox, "the unit, at the third try")
        assert (ears.begun, ears.ended) == (3, 2)
        assert "ZeroDivisionError: a mistake in the driver" in str(discovery.doctor())


async def test_a_unit_that_is_accepted_or_ignored_need_not_be_read() -> None:
    ears, home = Ears(0), Home()
    async with listening(home, ears) as discovery:
        await until(discovery.inbox, "the unit")
        assert ears.lent is not None
        assert not ears.lent.known("lamp")
        await _decided(discovery)
        assert ears.lent.known("lamp")
        assert not ears.lent.known("another")


async def _decided(discovery: Discovery) -> None:
    await discovery.ignore("test:lamp")
