"""An infrared code as the make keeps it: 0x26, how often it is said again, the length, and marks and gaps in ticks of 32.84 microseconds.

A time of more than 255 ticks is a zero and two bytes, highest first. Learned codes end with a long gap, `00 0d 05` (some 109 ms), and are
filled with zeros.
"""

from collections.abc import Iterable, Sequence

INFRARED = 0x26
TICK = 32.84
"""Microseconds; older notes of users say 8192/269, which is 30.45."""
END = 0x0D05
_BYTE = 255
_HEAD = 4


class NoCode(Exception):
    """Bytes that are no infrared code."""


def encode(pulses: Iterable[int], *, again: int = 0) -> bytes:
    """Return the code of marks and gaps in microseconds, as a unit gives it that has learned it."""
    ticks = [max(1, round(pulse / TICK)) for pulse in pulses]
    if len(ticks) % 2:
        ticks.append(END)
    body = b"".join(_written(tick) for tick in ticks)
    return bytes([INFRARED, again]) + len(body).to_bytes(2, "little") + body


def decode(code: bytes) -> tuple[tuple[int, ...], int]:
    """Return marks and gaps in microseconds without a gap at the end, and how often they are said again; NoCode."""
    if len(code) < _HEAD or code[0] != INFRARED:
        raise NoCode("no infrared code")
    length = int.from_bytes(code[2:4], "little")
    if not 0 < length <= len(code) - _HEAD:
        raise NoCode("it ends before its end")
    ticks = _ticks(code[_HEAD : _HEAD + length])
    if len(ticks) % 2 == 0:
        ticks.pop()
    return tuple(round(tick * TICK) for tick in ticks), code[1]


def _written(tick: int) -> bytes:
    return bytes([tick]) if tick <= _BYTE else b"\0" + min(tick, 0xFFFF).to_bytes(2, "big")


def _ticks(body: Sequence[int]) -> list[int]:
    ticks, place = [], 0
    while place < len(body):
        if body[place]:
            ticks.append(body[place])
            place += 1
        elif place + 2 < len(body):
            ticks.append(body[place + 1] << 8 | body[place + 2])
            place += 3
        else:
            raise NoCode("a long time without its bytes")
    if not ticks or 0 in ticks:
        raise NoCode("a time of no length")
    return ticks
