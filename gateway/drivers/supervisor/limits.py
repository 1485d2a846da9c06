"""How long the supervisor waits, how often it tries, and how much it takes."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All times in seconds.

    `open`, `close`, `refresh`: how long a driver may take for each. `answer`: to the first stage of a command;
    `long`: between later stages, for how long a write may take is the home's to say, by its latency.
    `misses`: refreshes in a row that may fail before the device counts as offline, `retry` the pause after a miss.
    `first_pause`, `longest_pause`: the back-off; `steady`: a session that lived so long starts the back-off anew;
    `least_gap`: a fresh sighting does not shorten the back-off below this.
    `rate`, `burst`: reports a second and at once before a session counts as a flooder; then its reports are merged and
    let through every `flush`.
    `at_once`: units opened without a pause at the start; each further one widens the random pause by `step`.
    `internet`: between two looks whether it is there.
    """

    open: float = 20.0
    close: float = 5.0
    refresh: float = 10.0
    answer: float = 15.0
    long: float = 900.0
    misses: int = 3
    retry: float = 3.0
    first_pause: float = 1.0
    longest_pause: float = 300.0
    steady: float = 30.0
    least_gap: float = 5.0
    rate: float = 200.0
    burst: int = 400
    flush: float = 0.25
    at_once: int = 16
    step: float = 0.003
    internet: float = 20.0

    def pause(self, attempts: int, random: Random) -> float:
        """Return a full-jitter pause in seconds after `attempts` (1 or more) failures in a row."""
        return random.uniform(0.0, min(self.longest_pause, self.first_pause * 2.0 ** min(attempts - 1, 32)))

    def stagger(self, waiting: int, random: Random) -> float:
        """Return the pause before the first opening when `waiting` other units have not been opened yet."""
        return 0.0 if waiting < self.at_once else random.uniform(0.0, self.step * (waiting - self.at_once + 1))
