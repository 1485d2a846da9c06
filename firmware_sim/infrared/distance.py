"""Pulse-distance coding: a bit is a short mark, and the gap after it says which; bits of a byte travel lowest first.

Receivers stretch marks by some 50 to 100 microseconds at the cost of the gaps, and jitter; so what is heard is read with a tolerance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOLERANCE = 0.3
"""Share by which a heard time may differ, beside `SLACK` microseconds of stretching."""
SLACK = 120


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds of one encoding."""

    leader: tuple[int, int]
    mark: int
    zero: int
    one: int


def pulses_of(timing: Timing, bits: Iterable[int]) -> list[int]:
    """Return marks and gaps of some bits, without leader and trailing mark."""
    return [length for bit in bits for length in (timing.mark, timing.one if bit else timing.zero)]


def bits_of(data: bytes) -> list[int]:
    """Return the bits in the order they travel."""
    return [byte >> position & 1 for byte in data for position in range(8)]


def bytes_of(bits: Sequence[int]) -> bytes:
    """Return the bytes of bits as they travelled; incomplete bytes are dropped."""
    return bytes(sum(bit << place for place, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits) - 7, 8))


def near(heard: int, meant: int) -> bool:
    """Whether a heard time can be the one that was meant."""
    return abs(heard - meant) <= meant * TOLERANCE + SLACK


def starts(timing: Timing, pulses: Sequence[int]) -> bool:
    """Whether a transmission begins with the leader."""
    return len(pulses) > 1 and near(pulses[0], timing.leader[0]) and near(pulses[1], timing.leader[1])


def read_bits(timing: Timing, pulses: Sequence[int]) -> list[int] | None:
    """Return the bits of marks and gaps, None when something among them is neither a zero nor a one."""
    threshold = (timing.zero + timing.one) / 2
    bits: list[int] = []
    for mark, gap in zip(pulses[::2], pulses[1::2], strict=False):
        if not near(mark, timing.mark) or not (near(gap, timing.zero) or near(gap, timing.one)):
            return None
        bits.append(int(gap > threshold))
    return bits
