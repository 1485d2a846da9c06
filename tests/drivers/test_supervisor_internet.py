"""A unit that left because the internet went: said where it is known, asked where it is not, and tried at once when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from gateway.drivers.spi import Registration
from gateway.drivers.supervisor import Limits, Supervisor
from gateway.errors import DeviceFailure, Offline
from gateway.thing.description import Description, Locality
from gateway.thing.internet import Sign
from tests.drivers.kit import RecordingSink, context, until
from tests.drivers.twins import Healthy, Workshop

QUICK = Limits(open=1.0, close=0.5, first_pause=0.02, longest_pause=0.05, internet=0.05)
THERE, GONE, UNTOLD = Sign(there=True), Sign(there=False, since=1_700_000_000.0), Sign(there=None)


class Line:
    """The line of the home, as a test sets it."""

    def __init__(self, sign: Sign) -> None:
        self.sign = sign

    def look(self) -> Sign:
        return self.sign


def kind_of(locality: Locality) -> type[Healthy]:
    class Described(Healthy):
        def describe(self) -> tuple[Description, ...]:
            return (Description(id=self.device, kind="plug", locality=locality),)

    return Described


@asynccontextmanager
async def left(
    locality: Locality, line: Line, error: Exception | None = None, limits: Limits = QUICK
) -> AsyncIterator[tuple[Workshop, RecordingSink, Supervisor]]:
    """Have a unit that stopped answering."""
    workshop, sink = Workshop(), RecordingSink()
    workshop.kinds["ac-1"] = kind_of(locality)
    async with Supervisor(sink, context(), workshop.load, limits=limits, internet=line) as supervisor:
        supervisor.add(Registration(driver="twin", key="ac-1"))
        await until(lambda: sink.attached, "attach")
        workshop.fail_in_open["ac-1"] = error or Offline("no answer")
        workshop.newest("ac-1").queue.put_nowait(error or Offline("no answer"))
        await until(lambda: sink.detached, "offline")
        yield workshop, sink, supervisor


async def test_that_the_internet_went_before_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with left(Locality.NEEDS_INTERNET, Line(GONE)) as (_, sink, supervisor):
        reason = sink.reasons["ac-1"]
        assert reason.startswith("no answer. The internet has been gone since 2023-11-14T22:13:20")
        assert "leave the network" in reason
        await until(lambda: supervisor.status()[0].attempts > 3, "tried again")
        assert supervisor.status()[0].reason == reason
        assert len(sink.detached) == 1, "it is told once"
    assert sum(record.message == "driver.session_lost" for record in caplog.records) == 1


async def test_where_nothing_tells_it_is_asked() -> None:
    async with left(Locality.NEEDS_INTERNET, Line(UNTOLD)) as (_, sink, _supervisor):
        assert "Is the internet there?" in sink.reasons["ac-1"]


async def test_of_a_unit_whose_key_is_from_a_cloud_it_is_only_said_as_possible() -> None:
    async with left(Locality.CLOUD_KEY, Line(GONE)) as (_, sink, _supervisor):
        assert "some units whose key is from a cloud" in sink.reasons["ac-1"]


@pytest.mark.parametrize(
    ("locality", "sign", "error"),
    [
        (Locality.LOCAL, GONE, Offline("no answer")),
        (Locality.NEEDS_INTERNET, THERE, Offline("no answer")),
        (Locality.CLOUD_KEY, UNTOLD, Offline("no answer")),
        (Locality.NEEDS_INTERNET, GONE, DeviceFailure("no answer")),
        (Locality.NEEDS_INTERNET, replace(GONE, since=9e9), Offline("no answer")),
    ],
    ids=["needs none", "it is there", "nothing known", "it answered", "it went later"],
)
async def test_what_is_not_known_is_not_said(locality: Locality, sign: Sign, error: Exception) -> None:
    async with left(locality, Line(sign), error) as (_, sink, _supervisor):
        assert sink.reasons["ac-1"] == "no answer"


async def test_what_comes_to_be_known_later_is_said_later() -> None:
    line = Line(THERE)
    async with left(Locality.NEEDS_INTERNET, line) as (_, sink, _supervisor):
        assert sink.reasons["ac-1"] == "no answer"
        line.sign = GONE
        await until(lambda: "internet has been gone" in sink.reasons["ac-1"], "the reason is told")
        assert len(sink.detached) == 2


async def test_as_soon_as_the_internet_is_back_the_unit_is_tried() -> None:
    line = Line(GONE)
    forever = replace(QUICK, first_pause=10_000.0, longest_pause=10_000.0)
    async with left(Locality.NEEDS_INTERNET, line, limits=forever) as (workshop, sink, _supervisor):
        workshop.fail_in_open.clear()
        await asyncio.sleep(0.2)
        assert not sink.online["ac-1"]
        line.sign = THERE
        await until(lambda: sink.online["ac-1"], "online")
