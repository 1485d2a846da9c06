"""The NEC encoding, which most remotes of televisions, boxes and fans use: an address, a command, each followed by its inverse.

Leader 9 ms and 4.5 ms; a bit is 562.5 microseconds of 38 kHz and a gap of the same length (0) or three times that (1). While the key is
held a short frame of leader and half a gap follows every 108 ms.
"""

from dataclasses import dataclass

from firmware_sim.air import Burst
from firmware_sim.infrared.distance import Timing, bits_of, bytes_of, near, pulses_of, read_bits, starts

NAME, CARRIER = "nec", 38_000
TIMING = Timing(leader=(9000, 4500), mark=562, zero=563, one=1688)
HELD = (9000, 2250, 562)
"""What follows while the key is held."""
PERIOD = 108_000
_FRAME = 2 + 64 + 1


@dataclass(frozen=True, slots=True)
class Nec:
    """A key: `address` says whose (0..255), `command` which (0..255)."""

    address: int
    command: int


def encode(key: Nec, *, held: int = 0) -> Burst:
    """Return the transmission of a key, followed by `held` frames that say it is still down."""
    data = bytes([key.address, key.address ^ 0xFF, key.command, key.command ^ 0xFF])
    frame = [*TIMING.leader, *pulses_of(TIMING, bits_of(data)), TIMING.mark]
    pulses = list(frame)
    for _ in range(held):
        last = frame if len(pulses) == len(frame) else HELD
        pulses += [PERIOD - sum(last), *HELD]
    return Burst(tuple(pulses), CARRIER)


def decode(burst: Burst) -> Nec | None:
    """Return the key a transmission means, None when it is no NEC or was garbled: the inverses must fit."""
    pulses = burst.pulses
    if len(pulses) < _FRAME or not starts(TIMING, pulses) or not near(pulses[_FRAME - 1], TIMING.mark):
        return None
    bits = read_bits(TIMING, pulses[2 : _FRAME - 1])
    if bits is None:
        return None
    address, inverse, command, check = bytes_of(bits)
    if address ^ inverse != 0xFF or command ^ check != 0xFF:  # noqa: PLR2004 - all bits of a byte
        return None
    return Nec(address, command)
