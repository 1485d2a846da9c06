"""SIRC with 12 bits: the length of the mark is the bit; 40 kHz, seven bits of command and five of address, lowest first.

Leader 2.4 ms and 0.6 ms; a bit is a mark of 0.6 ms (0) or 1.2 ms (1) and a gap of 0.6 ms. A press is said three times, every 45 ms.
General knowledge of a format that many have described.
"""

from dataclasses import dataclass

from firmware_sim.air import Burst
from firmware_sim.infrared.distance import near

NAME, CARRIER = "sirc-12", 40_000
LEADER, UNIT = 2400, 600
PERIOD = 45_000
TIMES = 3
_BITS = 12
_FRAME = 2 + 2 * _BITS - 1


@dataclass(frozen=True, slots=True)
class Sirc:
    """A key: `address` 0..31, `command` 0..127."""

    address: int
    command: int


def encode(key: Sirc) -> Burst:
    """Return the transmission of a key: three frames."""
    number = key.command | key.address << 7
    bits = [pulse for place in range(_BITS) for pulse in (UNIT * (1 + (number >> place & 1)), UNIT)]
    frame = [LEADER, UNIT, *bits[:-1]]
    pause = PERIOD - sum(frame)
    return Burst((*frame, pause) * (TIMES - 1) + tuple(frame), CARRIER)


def decode(burst: Burst) -> Sirc | None:
    """Return the key a transmission means, by its first frame; None when it is no SIRC of 12 bits."""
    pulses = burst.pulses
    if len(pulses) < _FRAME or not near(pulses[0], LEADER) or not near(pulses[1], UNIT):
        return None
    if len(pulses) > _FRAME and pulses[_FRAME] < 3 * UNIT:
        return None
    marks, gaps = pulses[2:_FRAME:2], pulses[3:_FRAME:2]
    if not all(near(gap, UNIT) for gap in gaps) or not all(near(mark, UNIT) or near(mark, 2 * UNIT) for mark in marks):
        return None
    number = sum((mark > UNIT * 1.5) << place for place, mark in enumerate(marks))
    return Sirc(number >> 7, number & 127)
