"""The inbox: one entry a unit, however often, wherever and by whatever way it is seen.

The address follows the unit: a new one is taken at once. Only when the unit is seen again where it had left from, it
has a double or two addresses; then the address stays as it is, as long as the unit can be reached there, and the doubt
stands in the entry until one of the two places has been silent for a while.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from gateway.discovery.entry import EntryState, InboxEntry, Place
from gateway.discovery.pace import Pace
from gateway.drivers.spi import Candidate, Sighting

_MOST = 1024
_MOST_OF_ONE = 256
"""Units that nobody decided about, seen at one address: a house full of them behind a bridge, and no more inventions of a neighbour."""
_PLACES = 8
_FACTS = 32
_TEXT = 256


class News(Enum):
    """What a sighting changed.

    CLAIMED: somebody elsewhere says to be a unit that answers at its place. REFUSED: the inbox is full of units that nobody decided about.
    """

    NEW = auto()
    MOVED = auto()
    CHANGED = auto()
    CLAIMED = auto()
    SEEN = auto()
    REFUSED = auto()


@dataclass(slots=True)
class _Move:
    left: tuple[str, int]
    at: float


class Inbox:
    """Entries by (driver, key); pure, told the time with each call."""

    def __init__(self, pace: Pace, entries: Iterable[InboxEntry] = ()) -> None:
        self._pace = pace
        self._entries = {(entry.driver, entry.key): entry for entry in entries}
        self._moves: dict[tuple[str, str], _Move] = {}
        self._let_go: set[tuple[str, str]] = set()

    def entries(self) -> tuple[InboxEntry, ...]:
        """Return all entries, the first seen first."""
        return tuple(sorted(self._entries.values(), key=lambda entry: (entry.first_seen, entry.name)))

    def find(self, name: str) -> InboxEntry | None:
        """Return the entry called `driver:key`, or the only one with that key."""
        driver, _, key = name.partition(":")
        exact = self._entries.get((driver, key))
        if exact is not None:
            return exact
        alike = [entry for entry in self._entries.values() if entry.key == name]
        return alike[0] if len(alike) == 1 else None

    def get(self, driver: str, key: str) -> InboxEntry | None:
        """Return one entry."""
        return self._entries.get((driver, key))

    def put(self, entry: InboxEntry) -> None:
        """Store or replace one entry."""
        self._entries[entry.driver, entry.key] = entry

    def remove(self, entry: InboxEntry) -> None:
        """Forget one entry."""
        self._entries.pop((entry.driver, entry.key), None)
        self._moves.pop((entry.driver, entry.key), None)

    def see(
        self, candidate: Candidate, sighting: Sighting, *, away: Callable[[], bool], reached: tuple[str, int] | None = None
    ) -> tuple[InboxEntry | None, News]:
        """Take what a driver recognised; return the entry and what is new about it.

        `away`: whether the unit cannot be reached where it is taken to be; then it has no double, it is where it is seen. `reached`: where
        it does answer, if that is known; who says it elsewhere is not believed, neither where it is nor what it is.
        """
        old = self._entries.get((candidate.driver, candidate.key))
        if old is None:
            return self._enter(candidate, sighting)
        there = (candidate.address, candidate.port)
        proven = reached is not None and bool(candidate.address)
        if reached is not None and proven and there != reached:
            doubted = replace(old, doubt=_doubt(reached, there), places=_with_place(old.places, candidate, sighting))
            self._entries[old.driver, old.key] = doubted
            return doubted, News.CLAIMED
        known = _retold(old, candidate, sighting)
        entry = self._moved(known, there, sighting.at) if proven else self._placed(known, candidate, sighting, away)
        self._entries[entry.driver, entry.key] = entry
        if (entry.address, entry.port) != (old.address, old.port) or entry.facts != old.facts:
            return entry, News.MOVED
        return entry, News.CHANGED if (entry.doubt, entry.kind, entry.title) != (old.doubt, old.kind, old.title) else News.SEEN

    def _enter(self, candidate: Candidate, sighting: Sighting) -> tuple[InboxEntry | None, News]:
        if not self.make_room(candidate.address):
            return None, News.REFUSED
        entry = InboxEntry(
            driver=candidate.driver,
            key=candidate.key,
            title=candidate.title[:_TEXT],
            kind=candidate.kind,
            state=EntryState.PENDING,
            first_seen=sighting.at,
            last_seen=sighting.at,
            address=candidate.address,
            port=candidate.port,
            facts=_cut(candidate.facts),
            needs=candidate.needs,
            places=_with_place((), candidate, sighting),
        )
        self._entries[entry.driver, entry.key] = entry
        return entry, News.NEW

    def make_room(self, address: str) -> bool:
        """Have room for a unit at an address; return whether there is any.

        A pending entry goes where there are too many: of the address where most are, the one that was not seen for the longest time. So one
        host that invents units pushes out its own.
        """
        pending = [entry for entry in self._entries.values() if entry.state is EntryState.PENDING]
        crowded, count = address, sum(bool(address) and entry.address == address for entry in pending)
        if count < _MOST_OF_ONE and len(self._entries) < _MOST:
            return True
        if count < _MOST_OF_ONE:
            crowded = max(Counter(entry.address for entry in pending).items(), key=lambda item: item[1], default=("", 0))[0]
        oldest = min((entry for entry in pending if entry.address == crowded), key=lambda entry: entry.last_seen, default=None)
        if oldest is None:
            return False
        self.remove(oldest)
        self._let_go.add((oldest.driver, oldest.key))
        return True

    def let_go(self) -> set[tuple[str, str]]:
        """Return driver and key of the units that had to make room since this was last asked."""
        gone, self._let_go = self._let_go, set()
        return gone

    def _placed(self, entry: InboxEntry, candidate: Candidate, sighting: Sighting, away: Callable[[], bool]) -> InboxEntry:
        """Return `entry` with the address it is taken to have after this sighting."""
        there = (candidate.address, candidate.port)
        here = (entry.address, entry.port)
        if not candidate.address:
            return entry
        if there == here:
            return self._moved(entry, there, sighting.at)
        alive = _near(_seen(entry, here), sighting.at, self._pace.quiet)
        if entry.address and self._is_back(entry, there, sighting.at) and alive and not away():
            return replace(entry, doubt=_doubt(here, there))
        return self._moved(entry, there, sighting.at)

    def _moved(self, entry: InboxEntry, there: tuple[str, int], at: float) -> InboxEntry:
        """Return `entry` at a place, where it may be already."""
        here = (entry.address, entry.port)
        if there == here:
            return replace(entry, doubt="") if entry.doubt and not self._alive_elsewhere(entry, here, at) else entry
        self._moves[entry.driver, entry.key] = _Move(here, at)
        return replace(entry, address=there[0], port=there[1], doubt="")

    def _is_back(self, entry: InboxEntry, there: tuple[str, int], at: float) -> bool:
        """Return whether the unit left `there` a moment ago, or is in doubt already."""
        move = self._moves.get((entry.driver, entry.key))
        return bool(entry.doubt) or (move is not None and move.left == there and _near(move.at, at, self._pace.alternation))

    def _alive_elsewhere(self, entry: InboxEntry, here: tuple[str, int], at: float) -> bool:
        return any((place.address, place.port) != here and _near(place.last_seen, at, self._pace.quiet) for place in entry.places)


def _retold(entry: InboxEntry, candidate: Candidate, sighting: Sighting) -> InboxEntry:
    """Return `entry` with what the sighting says about the unit, its address aside."""
    facts = _cut({**entry.facts, **candidate.facts})
    return replace(
        entry,
        title=candidate.title[:_TEXT] if candidate.title != candidate.key else entry.title,
        kind=candidate.kind or entry.kind,
        last_seen=sighting.at,
        facts=entry.facts if facts == entry.facts else facts,  # most say the same each time: once is enough in memory
        needs=candidate.needs,
        places=_with_place(entry.places, candidate, sighting),
    )


def _with_place(places: tuple[Place, ...], candidate: Candidate, sighting: Sighting) -> tuple[Place, ...]:
    if not candidate.address:
        return places
    there = (candidate.address, candidate.port)
    known = next((place for place in places if (place.address, place.port) == there), None)
    place = Place(
        address=candidate.address,
        port=candidate.port,
        source=sighting.source,
        interface=sighting.interface,
        first_seen=known.first_seen if known is not None else sighting.at,
        last_seen=sighting.at,
    )
    others = sorted((other for other in places if other is not known), key=lambda other: other.last_seen)
    return (*others[-(_PLACES - 1) :], place)


def _seen(entry: InboxEntry, there: tuple[str, int]) -> float:
    return max((place.last_seen for place in entry.places if (place.address, place.port) == there), default=0.0)


def _near(then: float, now: float, seconds: float) -> bool:
    """Whether two moments are close; what is to come was noted before the clock was set back, and is long ago."""
    return abs(now - then) <= seconds


def _doubt(here: tuple[str, int], there: tuple[str, int]) -> str:
    return (
        f"seen at {here[0]}:{here[1]} and at {there[0]}:{there[1]} in turn: one unit with two addresses, or two units with one identity; "
        f"{here[0]} is used"
    )


def _cut(facts: Mapping[str, str]) -> dict[str, str]:
    return {str(key)[:_TEXT]: str(value)[:_TEXT] for key, value in list(facts.items())[:_FACTS]}
