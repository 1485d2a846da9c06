"""Somebody else says that it is an accepted unit: one that answers at its place stays there, one that is silent is followed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from gateway.discovery.inbox import Inbox, News
from gateway.discovery.pace import Pace
from gateway.drivers.spi import Registration
from gateway.drivers.supervisor import Limits, Supervisor
from gateway.thing.clock import SystemClock
from tests.discovery.kit import Home, discovering, driver, recognise, sighting
from tests.drivers.kit import RecordingSink, context, until
from tests.drivers.twins import PolledSession, Workshop

HERE, THERE, KEY = "10.0.0.1", "10.0.0.66", "unit-1"
LIMITS = Limits(open=0.3, close=0.3, refresh=0.3, first_pause=0.02, longest_pause=0.1, retry=0.02, least_gap=0.0)
NOW = 1_800_000_000.0


class Rare(PolledSession):
    interval = 1000.0


@pytest.fixture
def workshop() -> Workshop:
    workshop = Workshop()
    workshop.kinds[KEY] = Rare
    return workshop


@pytest.fixture
def sink() -> RecordingSink:
    return RecordingSink()


@asynccontextmanager
async def asked_once(workshop: Workshop, sink: RecordingSink, limits: Limits = LIMITS, host: str = HERE) -> AsyncIterator[Supervisor]:
    async with Supervisor(sink, context(), workshop.load, limits=limits) as supervisor:
        supervisor.add(Registration(driver="test", key=KEY, address=host, port=7))
        await until(lambda: KEY in workshop.opened and workshop.newest(KEY).refreshed == 1, "asked once")
        yield supervisor


async def test_a_unit_that_answers_stays_where_it_is_whoever_claims_to_be_it(workshop: Workshop, sink: RecordingSink) -> None:
    async with asked_once(workshop, sink) as supervisor:
        for number in range(5):
            supervisor.moved("test", KEY, f"10.0.1.{number}", 7, {"type": "other"})
            await until(lambda number=number: workshop.newest(KEY).refreshed == number + 2, "it is asked at once")  # type: ignore[misc]
        assert len(workshop.opened[KEY]) == 1
        assert sink.detached == []
        assert supervisor.reached("test", KEY) == (HERE, 7)


async def test_a_unit_that_is_silent_is_followed_at_once(workshop: Workshop, sink: RecordingSink) -> None:
    async with asked_once(workshop, sink) as supervisor:
        workshop.newest(KEY).silent = True
        supervisor.moved("test", KEY, THERE, 7, {})
        await until(lambda: len(workshop.opened[KEY]) == 2, "opened there")
        assert workshop.newest(KEY).address == THERE
        assert sink.detached == []
        await until(lambda: supervisor.reached("test", KEY) == (THERE, 7), "reached there")


async def test_an_old_claim_is_not_followed_when_the_unit_is_silent_later(workshop: Workshop, sink: RecordingSink) -> None:
    workshop.kinds[KEY] = PolledSession
    async with Supervisor(sink, context(), workshop.load, limits=LIMITS) as supervisor:
        supervisor.add(Registration(driver="test", key=KEY, address=HERE, port=7))
        await until(lambda: supervisor.reached("test", KEY) == (HERE, 7), "reached")
        supervisor.moved("test", KEY, THERE, 7, {})
        answered = workshop.newest(KEY).refreshed + 2
        await until(lambda: workshop.newest(KEY).refreshed >= answered, "it answers")
        workshop.newest(KEY).silent = True
        await until(lambda: len(workshop.opened[KEY]) == 2, "opened again")
        assert workshop.newest(KEY).address == HERE


async def test_many_claims_do_not_make_the_hub_ask_without_end(workshop: Workshop, sink: RecordingSink) -> None:
    async with asked_once(workshop, sink, replace(LIMITS, least_gap=1000.0)) as supervisor:
        for number in range(200):
            supervisor.moved("test", KEY, f"10.0.1.{number}", 7, {})
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        assert workshop.newest(KEY).refreshed == 2


async def test_a_name_is_no_place_to_hold_a_unit_to(workshop: Workshop, sink: RecordingSink) -> None:
    async with asked_once(workshop, sink, host="kitchen.lan") as supervisor:
        assert supervisor.reached("test", KEY) is None
        supervisor.moved("test", KEY, HERE, 7, {})
        await until(lambda: len(workshop.opened[KEY]) == 2, "opened at its address")


class Jumping(SystemClock):
    """A clock whose date somebody sets."""

    off = 0.0

    def now(self) -> float:
        return super().now() + self.off


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
async def test_how_long_a_unit_is_away_does_not_depend_on_the_date(workshop: Workshop, sink: RecordingSink, jump: float) -> None:
    clock = Jumping()
    never = replace(LIMITS, first_pause=1000.0, longest_pause=1000.0)
    async with Supervisor(sink, replace(context(), clock=clock), workshop.load, limits=never) as supervisor:
        supervisor.add(Registration(driver="test", key=KEY, address=HERE, port=7))
        await until(lambda: sink.attached, "attached")
        workshop.newest(KEY).queue.put_nowait(OSError("the cable was pulled"))
        await until(supervisor.away, "away")
        clock.off = jump
        assert 0 <= supervisor.away()["test", KEY] < 100


def seen(inbox: Inbox, address: str, at: float, reached: tuple[str, int] | None, **facts: str) -> News:
    found = sighting(KEY, address, at=NOW + at, **facts)
    candidate = recognise(found)
    assert candidate is not None
    return inbox.see(candidate, found, away=lambda: False, reached=reached)[1]


def test_a_claim_changes_neither_where_nor_what_a_unit_is() -> None:
    inbox = Inbox(Pace())
    seen(inbox, HERE, 0, None, k="plug", h="good")
    assert seen(inbox, THERE, 1, (HERE, 7), k="lock", h="evil") is News.CLAIMED
    entry = inbox.find(KEY)
    assert entry is not None
    assert (entry.address, entry.kind, entry.facts) == (HERE, "plug", {"h": "good"})
    assert THERE in entry.doubt
    assert seen(inbox, HERE, 2, (HERE, 7), k="plug") is News.SEEN
    assert seen(inbox, "", 3, (HERE, 7), k="plug") is News.SEEN


def test_a_move_that_the_session_has_made_is_taken_over() -> None:
    inbox = Inbox(Pace())
    seen(inbox, HERE, 0, None)
    seen(inbox, THERE, 1, (HERE, 7))
    assert seen(inbox, THERE, 9, (THERE, 7)) is News.MOVED
    entry = inbox.find(KEY)
    assert entry is not None
    assert (entry.address, entry.doubt) == (THERE, "")
    assert seen(inbox, HERE, 10, (THERE, 7)) is News.CLAIMED


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
def test_a_clock_that_was_set_makes_no_double(jump: float) -> None:
    """The address was at A, then at B; then the date jumps, and the unit is at A again: nobody was at B just now."""
    inbox = Inbox(Pace())
    seen(inbox, HERE, 0, None)
    seen(inbox, THERE, 1000, None)
    assert seen(inbox, HERE, 1000 + jump, None) is News.MOVED


@pytest.fixture
def home() -> Home:
    return Home()


async def test_the_desk_hands_a_claim_to_the_supervisor_and_keeps_what_is_stored(home: Home) -> None:
    named = {"driver": "test", "key": KEY, "host": HERE, "port": 7}
    async with discovering(home, driver(), manual=[named], reached=lambda _driver, _key: (HERE, 7)) as discovery:
        discovery.see(sighting(KEY, THERE, at=NOW, k="lock"))
        await until(lambda: (KEY, THERE, 7) in home.moves, "the supervisor is told")
        assert [(each.address, dict(each.facts)) for each in discovery.registrations()] == [(HERE, {})]
        [entry] = discovery.inbox()
        assert (entry.address, THERE in entry.doubt) == (HERE, True)
