import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.discovery import EntryState, Pace
from gateway.drivers.spi import Ask, Candidate, SearchContext, Sighting
from gateway.errors import DeviceFailure, SchemaViolation, StateConflict, TimedOut, Unknown
from tests.discovery.kit import QUICK, Home, discovering, driver, sighting
from tests.drivers.kit import until


def states(home: Home) -> dict[str, str]:
    return {key: row.document["state"] for (_, key), row in home.store.inbox.rows.items()}


async def test_what_is_seen_waits_for_a_person() -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("unit-1", k="plug"))
        await until(discovery.inbox, "an entry")
        [entry] = discovery.inbox()
        assert (entry.name, entry.kind, entry.state) == ("test:unit-1", "plug", EntryState.PENDING)
        await until(lambda: states(home) == {"unit-1": "pending"}, "stored")
        assert home.adopted == []
        assert [change.key for change in home.changes] == ["unit-1"]


async def test_accepting_stores_first_and_then_adopts() -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("unit-1"))
        await until(discovery.inbox, "an entry")
        registration = await discovery.accept("unit-1")
        assert (registration.key, registration.address, registration.port) == ("unit-1", "127.0.0.5", 7)
        assert home.adopted == [registration]
        assert home.stored_when_adopted == [True]
        with pytest.raises(StateConflict):
            await discovery.accept("test:unit-1")
        with pytest.raises(Unknown):
            await discovery.accept("nobody")


async def test_what_was_accepted_is_adopted_again_after_a_restart() -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("unit-1"))
        await until(discovery.inbox, "an entry")
        registration = await discovery.accept("unit-1")
    home.adopted.clear()
    async with discovering(home) as discovery:
        assert home.adopted == [registration]
        assert [entry.state for entry in discovery.inbox()] == [EntryState.ACCEPTED]


async def test_a_rule_accepts_without_asking_except_what_needs_an_answer() -> None:
    home = Home()
    async with discovering(home, rules=["test:plug"]) as discovery:
        for seen in (sighting("unit-1", k="plug"), sighting("unit-2", k="light"), sighting("unit-3", k="plug", needs="1")):
            discovery.see(seen)
        await until(lambda: home.adopted, "adopted")
        await until(lambda: len(discovery.inbox()) == 3, "all seen")
        assert [registration.key for registration in home.adopted] == ["unit-1"]


async def test_many_at_once_are_all_accepted() -> None:
    home = Home()
    async with discovering(home, rules=["*"]) as discovery:
        for number in range(500):
            discovery.see(sighting(f"unit-{number}", f"127.0.{number // 250}.{number % 250 + 1}"))
        await until(lambda: len(home.adopted) == 500, "all 500")
        assert len(home.store.registrations.rows) == 500


async def test_ignored_units_stay_ignored_and_forgotten_ones_are_new_again() -> None:
    home = Home()
    async with discovering(home) as discovery:
        for key in ("unit-1", "unit-2"):
            discovery.see(sighting(key))
        await until(lambda: len(discovery.inbox()) == 2, "entries")
        await discovery.accept("unit-1")
        await discovery.ignore("unit-1")
        assert home.dropped == ["test:unit-1"]
        assert home.store.registrations.rows == {}
        await discovery.forget("unit-2")
        assert states(home) == {"unit-1": "ignored"}
        for key in ("unit-1", "unit-2"):
            discovery.see(sighting(key))
        await until(lambda: len(discovery.inbox()) == 2, "seen again")
        assert {entry.key: entry.state for entry in discovery.inbox()} == {"unit-1": EntryState.IGNORED, "unit-2": EntryState.PENDING}


async def test_an_accepted_unit_that_moves_is_followed_and_stored() -> None:
    home = Home()
    async with discovering(home, rules=["*"]) as discovery:
        discovery.see(sighting("unit-1", "127.0.0.5"))
        await until(lambda: home.adopted, "adopted")
        discovery.see(sighting("unit-1", "127.0.0.6"))
        await until(lambda: ("unit-1", "127.0.0.6", 7) in home.moves, "told")
        await until(lambda: home.store.registrations.rows["test", "unit-1"].document["address"] == "127.0.0.6", "stored")
        assert len(discovery.inbox()) == 1


async def test_a_clone_is_named_by_the_doctor_and_moves_nothing_to_and_fro() -> None:
    home = Home()
    async with discovering(home, rules=["*"]) as discovery:
        for address in ("127.0.0.5", "127.0.0.6") * 20:
            discovery.see(sighting("unit-1", address))
        await until(lambda: discovery.doctor()[-1]["doubts"], "a doubt")
        await until(lambda: discovery.doctor()[-1]["waiting"] == 0, "all taken")
        assert discovery.doctor()[-1]["doubts"][0]["unit"] == "test:unit-1"
        assert len({address for _, address, _ in home.moves}) <= 2
        assert discovery.inbox()[0].address == "127.0.0.6"


async def test_an_answer_that_is_missing_is_named_and_one_that_is_there_becomes_a_credential() -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(SchemaViolation) as missing:
            await discovery.accept("unit-1")
        assert missing.value.property == "code"
        registration = await discovery.accept("unit-1", {"code": "1234"})
        assert registration.credentials == {"code": "1234"}
        assert "1234" not in repr(registration)


@pytest.mark.parametrize(("trouble", "error"), [("throw", DeviceFailure), ("hang", TimedOut), ("refuse", StateConflict)])
async def test_pairing_that_fails_leaves_the_unit_pending(trouble: str, error: type[Exception]) -> None:
    async def pair(candidate: Candidate, ask: Ask) -> Mapping[str, str]:  # noqa: ARG001 - the driver's signature
        if trouble == "hang":
            await asyncio.Event().wait()
        raise StateConflict("not now") if trouble == "refuse" else ZeroDivisionError("a mistake")

    home = Home()
    async with discovering(home, driver(pair=pair)) as discovery:
        discovery.see(sighting("unit-1"))
        await until(discovery.inbox, "an entry")
        with pytest.raises(error):
            await discovery.accept("unit-1")
        assert discovery.inbox()[0].state is EntryState.PENDING
        assert home.adopted == []


async def test_a_driver_that_throws_over_a_sighting_harms_no_other() -> None:
    home = Home()
    async with discovering(home) as discovery:
        discovery.see(sighting("bad", explode="1"))
        discovery.see(sighting("unit-1"))
        await until(discovery.inbox, "the good one")
        drops = [drop for place in discovery.doctor() for drop in place.get("dropped", [])]
        assert [drop["who"] for drop in drops] == ["bad"]
        assert "ZeroDivisionError" in drops[0]["why"]


async def test_a_full_disk_ends_nothing_and_what_was_seen_is_stored_once_there_is_room() -> None:
    home = Home()
    home.store.inbox.full = True
    async with discovering(home) as discovery:
        discovery.see(sighting("plug-1"))
        await until(discovery.inbox, "an entry")
        await asyncio.sleep(3 * QUICK.save)
        assert home.store.inbox.rows == {}
        home.store.inbox.full = False
        await until(lambda: ("test", "plug-1") in home.store.inbox.rows, "stored")


async def test_the_gateway_does_not_find_itself() -> None:
    home = Home()
    async with discovering(home, rules=["*"]) as discovery:
        discovery.see(sighting("gw-test"))
        discovery.see(sighting("unit-1"))
        await until(lambda: home.adopted, "the other one")
        assert [registration.key for registration in home.adopted] == ["unit-1"]
        assert "this gateway itself" in str(discovery.doctor())


class Searching:
    """A driver's search that finds what it is told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.rounds = 0
        self.unicast: tuple[str, ...] = ()
        self.trouble: Exception | None = None
        self.found: list[Sighting] = []

    async def __call__(self, wanted: SearchContext) -> AsyncIterator[Sighting]:
        self.rounds += 1
        self.unicast = wanted.unicast
        for interface in wanted.interfaces:
            wanted.asked(interface, "broadcast")
        for host in wanted.unicast:
            wanted.asked(host, "unicast")
            wanted.dropped(host, "it speaks version 9")
        if self.trouble is not None:
            raise self.trouble
        for found in self.found:
            yield found


async def test_a_search_is_repeated_and_a_failing_one_is_tried_again() -> None:
    home, searching = Home(), Searching()
    searching.trouble = ZeroDivisionError("a mistake")
    async with discovering(home, driver(search=searching)) as discovery:
        await until(lambda: searching.rounds >= 3, "tried again")
        assert "ZeroDivisionError" in str(discovery.doctor())
        searching.trouble = None
        searching.found = [replace(sighting("unit-1"), at=0.0)]
        await until(discovery.inbox, "found")
        assert discovery.inbox()[0].last_seen > 1_700_000_000


async def test_the_doctor_tells_what_was_asked_where_and_why_an_answer_was_not_used() -> None:
    home, searching = Home(), Searching()
    async with discovering(home, driver(search=searching), unicast=["127.0.0.77"]) as discovery:
        discovery.see(Sighting(source="mdns", service="_other._tcp.local.", name="Speaker", interface="127.0.0.1"))
        discovery.see(sighting("unit-1"))
        await until(lambda: discovery.inbox() and searching.rounds, "all taken")
        places = {place["where"]: place for place in discovery.doctor()}
        interface, host = places["127.0.0.1"], places["127.0.0.77"]
        assert interface["kind"] == "interface"
        assert [line["what"] for line in interface["asked"]] == ["test: broadcast"]
        assert [(line["who"], line["outcome"]) for line in interface["answered"]] == [("test:unit-1", "new")]
        assert [(line["who"], line["why"]) for line in interface["dropped"]] == [("Speaker", "no driver knows it as _other._tcp.local.")]
        assert {"driver": "test", "socket": "UDP 9999"} in interface["listens"]
        assert (host["kind"], host["dropped"][0]["why"]) == ("host", "it speaks version 9")


async def test_who_answers_at_a_named_address_is_accepted_and_others_are_not() -> None:
    home, searching = Home(), Searching()
    searching.found = [sighting("unit-1", "127.0.0.8"), sighting("unit-2", "127.0.0.9")]
    async with discovering(home, driver(search=searching), manual=["test://127.0.0.8"]) as discovery:
        await until(lambda: home.adopted, "accepted")
        await until(lambda: len(discovery.inbox()) == 2, "both seen")
        assert [registration.key for registration in home.adopted] == ["unit-1"]
        assert searching.unicast == ("127.0.0.8",)


async def test_a_unit_named_in_full_is_registered_once_without_being_seen() -> None:
    home = Home()
    named: dict[str, Any] = {"driver": "test", "key": "unit-1", "host": "127.0.0.8", "credentials": {"code": "1"}}
    async with discovering(home, manual=[named]) as discovery:
        assert [registration.key for registration in home.adopted] == ["unit-1"]
        assert discovery.inbox()[0].state is EntryState.ACCEPTED
    async with discovering(home, manual=[named]):
        assert len(home.adopted) == 2
        assert home.adopted[0] == home.adopted[1]


async def test_asking_now_does_not_wait_for_the_pause() -> None:
    home, searching = Home(), Searching()
    async with discovering(home, driver(search=searching)) as discovery:
        await until(lambda: searching.rounds >= 1, "the first round")
        discovery._searches[0]._pace = replace(discovery._pace, first=1000.0, longest=1000.0)
        await asyncio.sleep(0.5)
        before = searching.rounds
        discovery.ask()
        await until(lambda: searching.rounds > before, "asked again")


SLOW = replace(QUICK, first=1000.0, longest=1000.0, lost=0.2, lost_longest=0.5, look=0.05)


async def test_a_unit_that_lost_its_session_is_searched_for_soon_and_until_it_is_found() -> None:
    home, searching, away = Home(), Searching(), {("test", "unit-1"): 0.0}
    named = {"driver": "test", "key": "unit-1", "host": "127.0.0.8"}
    async with discovering(home, driver(search=searching), manual=[named], away=away.copy, pace=SLOW):
        await until(lambda: searching.rounds >= 4, "searched again and again")
        searching.found = [replace(sighting("unit-1", "127.0.0.9"), at=0.0)]
        await until(lambda: ("unit-1", "127.0.0.9", 7) in home.moves, "found elsewhere")
        away.clear()
        await asyncio.sleep(1.0)
        before = searching.rounds
        await asyncio.sleep(1.0)
        assert searching.rounds == before


async def test_what_another_driver_lost_is_not_searched_for() -> None:
    home, searching = Home(), Searching()
    async with discovering(home, driver(search=searching), away=lambda: {("other", "unit-1"): 0.0}, pace=SLOW):
        await until(lambda: searching.rounds >= 1, "the first round")
        await asyncio.sleep(1.0)
        assert searching.rounds == 1


@given(rounds=st.integers(1, 100), away=st.none() | st.floats(0, 1e9))
def test_the_pause_is_short_while_a_unit_is_away_and_never_longer_than_usual(rounds: int, away: float | None) -> None:
    pace = Pace()
    usual = pace.pause(rounds, Random(1))
    pause = pace.shortened(usual, away)
    assert 0 < pause <= usual
    assert pause == usual if away is None else pause <= pace.lost_longest
    assert away is None or away > 300 or pause <= 30


def test_what_the_first_search_missed_is_had_soon_and_what_was_away_for_long_within_a_minute() -> None:
    pace, searching = Pace(), 3.0
    assert 2 * searching + pace.pause(1, Random(1)) < 15
    assert searching + pace.shortened(pace.longest, 1e9) + pace.look < 60


async def test_a_machine_without_a_network_says_so_and_starts_when_there_is_one() -> None:
    home = Home()
    addresses: list[str] = []
    listening = driver(services=("_hulian-test._udp.local.",))
    async with discovering(home, listening, interfaces=lambda: tuple(addresses)) as discovery:
        await until(lambda: "check cable" in str(discovery.doctor()), "the doctor says so")
        addresses.append("127.0.0.1")
        await until(lambda: "mDNS _hulian-test" in str(discovery.doctor()), "it listens")
        assert "check cable" not in str(discovery.doctor())
