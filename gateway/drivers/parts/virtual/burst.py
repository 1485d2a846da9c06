"""One transmission over infrared: marks (carrier on) and gaps in turn in microseconds, beginning with a mark.

A diode is made for short flashes: what would light it for long is refused before anything is sent. The bounds are far beyond what remotes
send: the longest mark of a common encoding is 9 ms, and its marks are at most two thirds of the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

from gateway.errors import SchemaViolation

LOWEST, HIGHEST = 30_000, 60_000
"""Hertz of a carrier."""
FEWEST, MOST = 2, 1024
"""Marks and gaps."""
LONGEST_MARK, LONGEST_GAP = 20_000, 500_000
"""Microseconds."""
LONGEST = 3.0
"""Seconds of one transmission, without what is said again."""
BRIGHTEST = 0.75
"""Share of the time with the carrier on, of bursts longer than `SHORT` seconds."""
SHORT = 0.1
AGAIN = 20
ALIKE = 0.2
"""Share by which times may differ that were meant to be the same."""


@dataclass(frozen=True, slots=True)
class Burst:
    """`carrier` in hertz."""

    pulses: tuple[int, ...]
    carrier: int = 38_000

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(self.pulses) / 1e6


def checked(burst: Burst, again: int = 0) -> Burst:
    """Return a burst that may be sent, `again` times more; raise SchemaViolation for what no remote sends and a diode should not bear."""
    marks, gaps = burst.pulses[::2], burst.pulses[1::2]
    if not FEWEST <= len(burst.pulses) <= MOST:
        raise SchemaViolation(f"a code has {FEWEST} to {MOST} marks and gaps, not {len(burst.pulses)}", property="raw")
    if min(burst.pulses) < 1 or max(marks) > LONGEST_MARK or max(gaps, default=0) > LONGEST_GAP:
        raise SchemaViolation(f"a mark lasts at most {LONGEST_MARK} microseconds and a gap {LONGEST_GAP}", property="raw")
    if burst.seconds > LONGEST or (burst.seconds > SHORT and sum(marks) > BRIGHTEST * sum(burst.pulses)):
        raise SchemaViolation(f"a code lasts at most {LONGEST:g} s, and its light is on for at most {BRIGHTEST:.0%} of it", property="raw")
    if not LOWEST <= burst.carrier <= HIGHEST:
        raise SchemaViolation(f"a carrier has {LOWEST} to {HIGHEST} Hz, not {burst.carrier}", property="carrier")
    if not 0 <= again <= AGAIN:
        raise SchemaViolation(f"a code is sent at most {AGAIN} times more", property="repeat")
    return burst


def smoothed(burst: Burst) -> Burst:
    """Return a heard burst with times that were meant to be the same made so: each is the mean of those like it."""
    pulses = list(burst.pulses)
    for first in (0, 1):
        places = sorted(range(first, len(pulses), 2), key=pulses.__getitem__)
        for group in _groups(places, pulses):
            mean = round(fmean(pulses[place] for place in group))
            for place in group:
                pulses[place] = mean
    return Burst(tuple(pulses), burst.carrier)


def _groups(places: Sequence[int], pulses: Sequence[int]) -> list[list[int]]:
    """Return places whose times are alike together; a group begins where a time is too far from the shortest of the last."""
    shortest = 0.0
    numbers: list[int] = []
    for place in places:
        if not numbers or pulses[place] > shortest * (1 + ALIKE):
            shortest = pulses[place]
            numbers.append((numbers[-1] if numbers else 0) + 1)
        else:
            numbers.append(numbers[-1])
    return [[place for _, place in group] for _, group in groupby(zip(numbers, places, strict=True), key=lambda each: each[0])]
