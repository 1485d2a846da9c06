"""How often discovery asks, and for how long it waits."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """All in seconds.

    `first`, `longest`: the pause between two searches of a driver grows from one to the other: what a bad network ate of the
    first search is had back within seconds. `search`: how long one may take. `interfaces`: how often to look whether the
    machine's interfaces changed. `pair`: how long pairing may take. `save`: pending entries are stored this long after they
    changed. `seen`: an accepted unit's sightings are passed on at most this often. `alternation`: a unit seen at A, at B and
    at A again within this time has a double (or two addresses); `quiet`: a place that was silent for so long counts as left.
    `lost`, `lost_longest`: while a registered unit is away, the pause is a tenth of the time it has been, within these;
    `look`: how often to look whether one is.
    """

    first: float = 4.0
    longest: float = 600.0
    search: float = 60.0
    interfaces: float = 10.0
    pair: float = 180.0
    save: float = 2.0
    seen: float = 10.0
    alternation: float = 120.0
    quiet: float = 300.0
    lost: float = 8.0
    lost_longest: float = 40.0
    look: float = 2.0

    def pause(self, rounds: int, random: Random) -> float:
        """Return the jittered pause in seconds after `rounds` searches (1 or more)."""
        return min(self.longest, self.first * 2.0 ** min(rounds - 1, 16)) * random.uniform(0.8, 1.2)

    def shortened(self, pause: float, away: float | None) -> float:
        """Return the pause while a unit has been away for so many seconds; None: none is."""
        return pause if away is None else min(pause, self.lost_longest, max(self.lost, away / 10))
