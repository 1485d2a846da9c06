"""The air of a room, as far as infrared light goes: whoever is in it hears every burst that another one sends.

Light does not go through walls, so there is one `Air` a room. A model that sends or hears takes part by a method `enter(air)`; the home
calls it once, before time begins. Nothing answers in this medium: a sender never learns whether anybody heard. On the way each edge of the
carrier moves a little, differently for each who hears it: an `Air` that was given a `random` does that, one without is still as glass.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol, runtime_checkable

JITTER = 12.0
"""Microseconds by which an edge may come too early or too late."""


@dataclass(frozen=True, slots=True)
class Burst:
    """One transmission: marks (carrier on) and gaps in turn in microseconds, beginning with a mark; `carrier` in hertz."""

    pulses: tuple[int, ...]
    carrier: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(self.pulses) / 1e6


Ear = Callable[[Burst], None]


class Air:
    """The medium: `listen` and `send`."""

    def __init__(self, random: Random | None = None) -> None:
        self._ears: list[Ear] = []
        self._random = random

    def listen(self, ear: Ear) -> Callable[[], None]:
        """Call `ear` with every burst from now on; return what ends it."""
        self._ears.append(ear)
        return lambda: self._ears.remove(ear)

    def send(self, burst: Burst, *, apart_from: Ear | None = None) -> None:
        """Let everyone hear a burst, except the sender's own ear."""
        for ear in tuple(self._ears):
            if ear != apart_from:
                ear(self._travelled(burst))

    def _travelled(self, burst: Burst) -> Burst:
        """Return a burst as it arrives: edges moved, no time lost."""
        if self._random is None:
            return burst
        edges = [self._random.uniform(-JITTER, JITTER) for _ in range(len(burst.pulses) + 1)]
        moved = (pulse + after - before for pulse, before, after in zip(burst.pulses, edges, edges[1:], strict=False))
        return replace(burst, pulses=tuple(max(1, round(pulse)) for pulse in moved))


@runtime_checkable
class Airborne(Protocol):
    """A model that sends or hears infrared."""

    def enter(self, air: Air) -> None:
        """Take part in the air of a room."""
        ...
