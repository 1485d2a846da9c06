"""The mains of a home: volts over time, the same for the same plan and seed. Times are physical seconds since midnight of the first day.

A supply is its usual voltage, disturbed for a while now and then; of disturbances that overlap the one that began last counts.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

DAY = 86400.0
BLOCK = 600.0
"""Seconds for which a weak supply keeps its voltage."""
SHORTEST, LONGEST = 0.02, 8 * 3600.0
"""Seconds of an interruption."""
RAMP = 3600.0
"""Seconds in which a village comes home and switches on."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """From `start` (inclusive) to `end` there are `volts`."""

    start: float
    end: float
    volts: float


@dataclass(frozen=True, kw_only=True)
class Weakness:
    """A line that is too long: low all day, lower in the evening (`start` to `end`, seconds of the day), now and then nothing or nearly so.

    `interruptions` and `flapping` are what to expect in a day; a flapping is a series of brown-outs within minutes.
    """

    seed: int = 0
    usual: float = 208.0
    low: float = 154.0
    start: float = 18 * 3600.0
    end: float = 22.5 * 3600.0
    interruptions: float = 1.0
    flapping: float = 0.3


@dataclass(frozen=True, kw_only=True)
class MainsPlan:
    """What a home file says about the supply; `clock` is the second of the day at which the simulation begins."""

    clock: float = 12 * 3600.0
    nominal: float = 220.0
    daily: tuple[Disturbance, ...] = ()
    once: tuple[Disturbance, ...] = ()
    weak: Weakness | None = None


class Mains:
    """Volts by time; asked in any order it says the same."""

    def __init__(self, plan: MainsPlan) -> None:
        self.plan = plan
        self._days: dict[int, tuple[Disturbance, ...]] = {}

    def volts(self, at: float) -> float:
        """Return the voltage at a moment."""
        current = [one for one in self._near(at) if one.start <= at < one.end]
        return max(current, key=lambda one: one.start).volts if current else self._undisturbed(at)

    def next_change(self, at: float) -> float:
        """Return the first moment after `at` at which the voltage may differ; infinity for a steady supply."""
        edges = [edge for one in self._near(at) for edge in (one.start, one.end) if edge > at]
        if self.plan.weak is not None:
            edges.append((at // BLOCK + 1) * BLOCK)
        return min(edges, default=math.inf)

    def disturbances(self, day: int) -> tuple[Disturbance, ...]:
        """Return what begins on a day, the first being 0."""
        if day not in self._days:
            if len(self._days) > 3:  # noqa: PLR2004 - yesterday, today and tomorrow are asked for
                self._days.clear()
            repeated = (Disturbance(day * DAY + one.start, day * DAY + one.end, one.volts) for one in self.plan.daily)
            weak = _troubles(self.plan.weak, day) if self.plan.weak is not None else ()
            self._days[day] = (*repeated, *weak)
        return self._days[day]

    def _near(self, at: float) -> Iterator[Disturbance]:
        yield from self.plan.once
        for day in range(max(0, int(at // DAY) - 1), int(at // DAY) + 2):
            yield from self.disturbances(day)

    def _undisturbed(self, at: float) -> float:
        return self.plan.nominal if self.plan.weak is None else _sagging(self.plan.weak, at, self.plan.nominal)


def _sagging(weak: Weakness, at: float, nominal: float) -> float:
    """Return the voltage of a weak line: it falls within an hour as the evening begins, and wanders by some volts."""
    block = at // BLOCK
    second = block * BLOCK % DAY
    depth = min(1.0, max(0.0, (second - weak.start + RAMP) / RAMP)) * (second < weak.end)
    wander = Random(f"mains:{weak.seed}:{block:.0f}").gauss(0, 2.5)  # noqa: S311 - a voltage is no secret
    return min(nominal, max(weak.low, weak.usual - depth * (weak.usual - weak.low) + wander))


def _troubles(weak: Weakness, day: int) -> tuple[Disturbance, ...]:
    """Draw the interruptions and brown-outs that begin on a day."""
    random = Random(f"mains:{weak.seed}:day:{day}")  # noqa: S311 - chance of the weather
    found = [_interruption(random, day) for _ in range(_count(random, weak.interruptions))]
    for _ in range(_count(random, weak.flapping)):
        found += _flaps(random, day * DAY + random.uniform(weak.start, weak.end))
    return tuple(found)


def _interruption(random: Random, day: int) -> Disturbance:
    """Draw one; short ones are as likely as long ones on a scale of magnitudes."""
    start = day * DAY + random.uniform(0, DAY)
    seconds = math.exp(random.uniform(math.log(SHORTEST), math.log(LONGEST)))
    return Disturbance(start, start + min(LONGEST, max(SHORTEST, seconds)), 0.0)


def _flaps(random: Random, start: float) -> Iterator[Disturbance]:
    for _ in range(random.randint(3, 10)):
        end = start + random.uniform(0.1, 4.0)
        yield Disturbance(start, end, random.uniform(35.0, 89.0))
        start = end + random.uniform(0.5, 20.0)


def _count(random: Random, mean: float) -> int:
    """Draw how often something happens in a day that happens `mean` times on average (Poisson, at most 50)."""
    limit, product, count = math.exp(-mean), random.random(), 0
    while product > limit and count < 50:  # noqa: PLR2004 - more is no supply
        product *= random.random()
        count += 1
    return count
