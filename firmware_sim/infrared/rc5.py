"""RC5: each bit is a half with and a half without carrier, and the order of the two is the bit; 36 kHz, 889 microseconds each half.

Two ones to begin with (the second, turned over, is the seventh bit of the command), a bit that changes with each new press, five bits of
address, six of command, highest first. A held key is said again every 114 ms. General knowledge of a published standard.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_sim.air import Burst
from firmware_sim.infrared.distance import near

NAME, CARRIER = "rc5", 36_000
HALF = 889
PERIOD = 113_792
_BITS = 14


@dataclass(frozen=True, slots=True)
class Rc5:
    """A key: `address` 0..31, `command` 0..127; `toggle` changes with each press."""

    address: int
    command: int
    toggle: bool = False


def encode(key: Rc5) -> Burst:
    """Return the transmission of a key."""
    number = 1 << 13 | (key.command < 64) << 12 | key.toggle << 11 | key.address << 6 | key.command & 63  # noqa: PLR2004 - six bits
    levels = [level for place in reversed(range(_BITS)) for level in ((0, 1) if number >> place & 1 else (1, 0))]
    return Burst(_pulses(levels[1:]), CARRIER)  # it begins without carrier, which nobody hears


def decode(burst: Burst) -> Rc5 | None:
    """Return the key a transmission means, None when it is no RC5."""
    levels: list[int] = [0]
    for place, pulse in enumerate(burst.pulses):
        halves = 1 if near(pulse, HALF) else 2 if near(pulse, 2 * HALF) else 0
        if not halves:
            return None
        levels += [1 - place % 2] * halves
    levels += [0] * (2 * _BITS - len(levels))
    if len(levels) != 2 * _BITS or any(one == other for one, other in zip(levels[::2], levels[1::2], strict=True)):
        return None
    number = int("".join(str(level) for level in levels[1::2]), 2)
    if not number >> 13:
        return None
    return Rc5(number >> 6 & 31, number & 63 | (0 if number >> 12 & 1 else 64), bool(number >> 11 & 1))


def _pulses(levels: Sequence[int]) -> tuple[int, ...]:
    pulses: list[int] = []
    before = 0
    for level in levels:
        if level == before:
            pulses[-1] += HALF
        else:
            pulses.append(HALF)
        before = level
    return tuple(pulses if before else pulses[:-1])
