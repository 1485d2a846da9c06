"""A key that is given before its unit is found, after it, and a wrong one."""

import re
from collections.abc import Mapping

import pytest

from gateway.discovery import EntryState, Pace
from gateway.drivers.spi import Ask, Candidate, Secret
from gateway.errors import DeviceFailure, SchemaViolation
from tests.discovery.kit import QUICK, Home, discovering, driver, sighting
from tests.drivers.kit import until

RIGHT = {"code": "the-right-one"}


class Lock:
    """A unit that says at once whether the key is right, and counts how often it was asked."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def pair(self, candidate: Candidate, ask: Ask) -> Mapping[str, str]:
        code = await ask("code", f"what opens {candidate.key}")
        self.tried.append(code)
        if code != RIGHT["code"]:
            raise DeviceFailure("the unit does not know this key")
        return {"code": code}


async def test_a_unit_whose_key_was_given_is_accepted_when_it_is_found() -> None:
    home, lock = Home(), Lock()
    async with discovering(home, driver(pair=lock.pair)) as discovery:
        assert not (await discovery.give("test", "unit-1", RIGHT)).registered
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.registrations, "accepted")
        assert [each.credentials for each in home.adopted] == [RIGHT]


async def test_a_unit_that_waits_is_accepted_when_its_key_is_given() -> None:
    home, lock = Home(), Lock()
    async with discovering(home, driver(pair=lock.pair)) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        assert discovery.missing(discovery.inbox()[0]) == ("code",)
        assert (await discovery.give("test", "unit-1", RIGHT)) == (True, "")
        assert [each.credentials for each in home.adopted] == [RIGHT]
        assert discovery.missing(discovery.inbox()[0]) == ()


async def test_a_wrong_key_is_told_at_once_and_the_unit_is_not_asked_again_with_it() -> None:
    home, lock = Home(), Lock()
    async with discovering(home, driver(pair=lock.pair)) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        given = await discovery.give("test", "unit-1", {"code": "a-wrong-one"})
        assert given == (False, "the unit does not know this key")
        for _ in range(3):
            discovery.see(sighting("unit-1", needs="1"))
        discovery.see(sighting("unit-2"))
        await until(lambda: len(discovery.inbox()) == 2, "all were seen")
        assert lock.tried == ["a-wrong-one"]
        assert (await discovery.give("test", "unit-1", RIGHT)).registered
        assert lock.tried == ["a-wrong-one", RIGHT["code"]]


async def test_after_a_while_it_is_tried_again_for_the_unit_may_have_been_busy() -> None:
    home, lock = Home(), Lock()
    soon = Pace(first=0.05, longest=0.2, pair=1.0, save=0.05, seen=0.0, quiet=0.0)
    async with discovering(home, driver(pair=lock.pair), pace=soon) as discovery:
        await discovery.give("test", "unit-1", {"code": "a-wrong-one"})
        discovery.see(sighting("unit-1", needs="1"))
        await until(lambda: lock.tried, "tried")
        discovery.see(sighting("unit-1", needs="1"))
        await until(lambda: len(lock.tried) == 2, "tried again")


async def test_a_key_for_one_unit_takes_in_no_other_and_an_ignored_one_stays_away() -> None:
    home = Home()
    async with discovering(home, pace=QUICK) as discovery:
        discovery.see(sighting("unit-2", needs="1"))
        await until(discovery.inbox, "an entry")
        await discovery.ignore("unit-2")
        await discovery.give("test", "unit-1", RIGHT)
        await discovery.give("test", "unit-2", RIGHT)
        discovery.see(sighting("unit-2", needs="1"))
        discovery.see(sighting("unit-3", needs="1"))
        await until(lambda: len(discovery.inbox()) == 2, "all were seen")
        assert {entry.key: entry.state for entry in discovery.inbox()} == {"unit-2": EntryState.IGNORED, "unit-3": EntryState.PENDING}
        assert home.adopted == []


async def test_half_of_what_a_unit_asks_for_takes_nothing_in() -> None:
    home = Home()
    async with discovering(home) as discovery:
        await discovery.give("test", "unit-1", {"another": "thing"})
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(SchemaViolation, match="needs code"):
            await discovery.accept("unit-1")
        assert home.adopted == []


async def test_what_cannot_be_a_key_is_not_kept_and_not_tried() -> None:
    home, lock = Home(), Lock()
    formed = driver(pair=lock.pair)._replace(secrets=lambda: {"code": Secret(re.compile("[a-z-]{4,}"), "four letters or more")})
    async with discovering(home, formed) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(SchemaViolation, match="four letters or more"):
            await discovery.give("test", "unit-1", {"code": "1234"})
        with pytest.raises(SchemaViolation, match="four letters or more"):
            await discovery.accept("unit-1", {"code": "1234"})
        with pytest.raises(SchemaViolation, match="what opens unit-1: it is four letters"):
            await discovery.accept("unit-1")
        assert home.credentials.drivers() == ()
        assert lock.tried == []
        assert discovery.asks() == {"test": {"code": "four letters or more"}}
        await discovery.accept("unit-1", RIGHT)
        assert lock.tried == [RIGHT["code"]]


async def test_of_what_not_every_unit_asks_for_one_is_enough() -> None:
    home, lock = Home(), Lock()
    one = Secret(re.compile("[a-z-]{4,}"), "four letters or more", optional=True)
    either = driver(pair=lock.pair)._replace(secrets=lambda: {"code": one, "password": one})
    async with discovering(home, either) as discovery:
        with pytest.raises(SchemaViolation, match="there is no code"):
            await discovery.give("test", "unit-1", {})
        await discovery.give("test", "unit-1", {"password": "let-me-in"})
        assert home.credentials.readable("test", "unit-1") == {"password": "let-me-in"}


async def test_the_doctor_tells_who_still_asks_for_what() -> None:
    home = Home()
    async with discovering(home) as discovery:
        for key in ("unit-1", "unit-2"):
            discovery.see(sighting(key, needs="1"))
        await until(lambda: len(discovery.inbox()) == 2, "seen")
        await discovery.ignore("unit-2")
        (inbox,) = [place for place in discovery.doctor() if place["kind"] == "inbox"]
        assert inbox["asking"] == [{"unit": "test:unit-1", "missing": ["code"]}]
        await discovery.give("test", "unit-1", RIGHT)
        (inbox,) = [place for place in discovery.doctor() if place["kind"] == "inbox"]
        assert inbox["asking"] == []
