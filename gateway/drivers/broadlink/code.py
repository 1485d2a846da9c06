"""Infrared codes as the make writes them: 26, how often again, the length of what follows, and times in ticks of 32.84 microseconds.

A time up to 255 ticks is one byte, a longer one a zero and two bytes with the highest first. A unit that learned a code ends it with a long
gap and zeros; we end with such a gap as well, which keeps two codes apart.
"""

from collections.abc import Iterator

from gateway.drivers.parts.virtual.burst import Burst
from gateway.errors import WireError

INFRARED = 0x26
TICK = 32.84
CARRIER = 38_000
"""Hertz: such a unit does not measure the carrier, and sends everything at this one (from memory)."""
_GAP = 0x0D05
_BYTE, _WORD = 0xFF, 0xFFFF
_HEAD = 4


def write(burst: Burst, again: int = 0) -> bytes:
    """Return the code that has a burst sent, and `again` times more."""
    ticks = [min(max(round(pulse / TICK), 1), _WORD) for pulse in burst.pulses]
    if len(ticks) % 2:
        ticks.append(_GAP)
    body = b"".join(bytes([tick]) if tick <= _BYTE else b"\0" + tick.to_bytes(2, "big") for tick in ticks)
    return bytes([INFRARED, again]) + len(body).to_bytes(2, "little") + body


def read(data: bytes) -> Burst:
    """Return the burst a learned code is of, without the gap at its end; raise WireError for what is no infrared code."""
    length = int.from_bytes(data[2:_HEAD], "little")
    if len(data) < _HEAD or data[0] != INFRARED or not length or len(data) < _HEAD + length:
        raise WireError("no infrared code")
    ticks = list(_ticks(data[_HEAD : _HEAD + length]))
    if len(ticks) % 2 == 0:
        ticks.pop()
    if not ticks:
        raise WireError("a code of nothing")
    return Burst(tuple(round(tick * TICK) for tick in ticks), CARRIER)


def _ticks(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        size = 1 if body[at] else 3
        tick = int.from_bytes(body[at : at + size], "big")
        if at + size > len(body) or not tick:
            raise WireError("a time that is none")
        yield tick
        at += size
