"""What a receiver makes of a transmission: the name of its encoding, and the pulses worth keeping."""

from dataclasses import dataclass

from firmware_sim.air import Burst
from firmware_sim.infrared import climate, nec

FEWEST = 8
"""Marks and gaps below which a burst is a lamp or the sun, not a key."""
BAND = (30_000, 60_000)
"""Hertz a receiver hears."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A burst as it is kept: of a known encoding the clean pulses, of an unknown one (`raw`) those that were heard."""

    protocol: str
    burst: Burst
    address: int | None = None


def recognise(burst: Burst) -> Heard | None:
    """Return what a burst is, None when it is noise."""
    if len(burst.pulses) < FEWEST or not BAND[0] <= burst.carrier <= BAND[1]:
        return None
    if (key := nec.decode(burst)) is not None:
        return Heard(nec.NAME, nec.encode(key), key.address)
    if (state := climate.decode(burst)) is not None:
        return Heard(climate.NAME, climate.encode(state))
    return Heard("raw", Burst(burst.pulses, round(burst.carrier, -2)))
