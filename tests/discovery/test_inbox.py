import pytest

from gateway.discovery.entry import EntryState, InboxEntry, entry_from
from gateway.discovery.inbox import Inbox, News
from gateway.discovery.pace import Pace
from tests.discovery.kit import recognise, sighting

NOW = 1_800_000_000.0


class Watcher:
    """An inbox that sees one unit here and there, at seconds after NOW."""

    def __init__(self) -> None:
        self.inbox = Inbox(Pace())
        self.away = False

    def see(self, address: str, at: float, key: str = "unit-1", **facts: str) -> News:
        seen = sighting(key, address, at=NOW + at, **facts)
        candidate = recognise(seen)
        assert candidate is not None
        return self.inbox.see(candidate, seen, away=lambda: self.away)[1]

    def unit(self, key: str = "unit-1") -> InboxEntry:
        entry = self.inbox.find(key)
        assert entry is not None
        return entry


def test_a_unit_seen_in_many_places_is_one_entry() -> None:
    watcher = Watcher()
    assert watcher.see("10.0.0.1", 0) is News.NEW
    assert watcher.see("10.0.0.1", 1) is News.SEEN
    watcher.see("192.168.0.1", 2)
    [entry] = watcher.inbox.entries()
    assert {place.address for place in entry.places} == {"10.0.0.1", "192.168.0.1"}
    assert (entry.first_seen, entry.last_seen) == (NOW, NOW + 2)


def test_two_units_at_one_address_are_two_entries() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0, key="unit-1")
    watcher.see("10.0.0.1", 1, key="unit-2")
    assert [entry.key for entry in watcher.inbox.entries()] == ["unit-1", "unit-2"]


def test_a_new_address_is_taken_at_once() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0)
    assert watcher.see("10.0.0.2", 5) is News.MOVED
    assert watcher.unit().address == "10.0.0.2"
    assert watcher.unit().doubt == ""


def test_one_identity_at_two_live_addresses_is_flagged_and_the_address_stays() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0)
    watcher.see("10.0.0.2", 5)
    moves = [watcher.see(address, 6.0 + number) for number, address in enumerate(["10.0.0.1", "10.0.0.2"] * 10)]
    assert News.MOVED not in moves
    assert watcher.unit().address == "10.0.0.2"
    assert "two units with one identity" in watcher.unit().doubt


def test_the_doubt_ends_when_the_double_has_been_silent() -> None:
    watcher = Watcher()
    for address, at in (("10.0.0.1", 0), ("10.0.0.2", 5), ("10.0.0.1", 6)):
        watcher.see(address, at)
    assert watcher.unit().doubt
    watcher.see("10.0.0.2", 400)
    assert watcher.unit().doubt == ""
    assert watcher.unit().address == "10.0.0.2"


def test_when_the_place_in_use_has_been_silent_the_other_one_is_taken() -> None:
    watcher = Watcher()
    for address, at in (("10.0.0.1", 0), ("10.0.0.2", 5), ("10.0.0.1", 6)):
        watcher.see(address, at)
    assert watcher.see("10.0.0.1", 400) is News.MOVED
    assert (watcher.unit().address, watcher.unit().doubt) == ("10.0.0.1", "")


def test_a_unit_may_return_to_an_old_address_much_later() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0)
    watcher.see("10.0.0.2", 1000)
    assert watcher.see("10.0.0.1", 5000) is News.MOVED
    assert watcher.unit().doubt == ""


def test_a_unit_that_cannot_be_reached_where_it_is_taken_to_be_is_taken_to_be_where_it_is_seen() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0)
    watcher.see("10.0.0.2", 5)
    watcher.away = True
    assert watcher.see("10.0.0.1", 10) is News.MOVED
    assert (watcher.unit().address, watcher.unit().doubt) == ("10.0.0.1", "")
    watcher.away = False
    watcher.see("10.0.0.2", 15)
    assert watcher.unit().doubt
    watcher.away = True
    assert watcher.see("10.0.0.2", 20) is News.MOVED
    assert (watcher.unit().address, watcher.unit().doubt) == ("10.0.0.2", "")


def test_facts_of_several_ways_come_together() -> None:
    watcher = Watcher()
    watcher.see("", 0, k="plug")
    assert watcher.unit().address == ""
    assert watcher.see("10.0.0.1", 1, h="abcd") is News.MOVED
    assert watcher.see("", 2) is News.SEEN
    assert (watcher.unit().address, watcher.unit().kind, watcher.unit().facts) == ("10.0.0.1", "plug", {"h": "abcd"})


def test_a_storm_of_made_up_units_stays_bounded_and_keeps_what_was_decided() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0, key="mine")
    mine = watcher.unit("mine")
    watcher.inbox.put(entry_from(mine.document() | {"state": "accepted"}))
    for number in range(3000):
        watcher.see(f"10.0.{number % 200}.9", 1.0 + number, key=f"fake-{number}", **{f"f{n}": "x" * 1000 for n in range(3)})
    assert len(watcher.inbox.entries()) == 1024
    assert watcher.unit("mine").state is EntryState.ACCEPTED
    for entry in watcher.inbox.entries():
        watcher.inbox.put(entry_from(entry.document() | {"state": "ignored"}))
    assert watcher.see("10.0.0.9", 9999, key="one-more") is News.REFUSED


def test_a_name_without_driver_finds_a_unit_only_when_it_is_the_only_one() -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0)
    assert watcher.inbox.find("test:unit-1") == watcher.inbox.find("unit-1")
    watcher.inbox.put(entry_from(watcher.unit().document() | {"driver": "other"}))
    assert watcher.inbox.find("unit-1") is None
    assert watcher.inbox.find("nobody") is None


@pytest.mark.parametrize("state", EntryState)
def test_an_entry_survives_storing(state: EntryState) -> None:
    watcher = Watcher()
    watcher.see("10.0.0.1", 0, needs="1", k="plug", h="abcd")
    document = watcher.unit().document() | {"state": state.value}
    again = entry_from(document)
    assert again.document() == document
    assert again.needs == ("code",)
