"""How common remotes put numbers into marks and gaps, and how they are read back from what was heard.

| Name | A bit is | Its frame |
|---|---|---|
| nec | a mark of 560, a gap of 560 or 1690 microseconds | leader, address, its inverse, command, its inverse; lowest bit first |
| rc5 | a change in the middle: 889 with, 889 without carrier | two ones, a bit that changes with each press, 5 address, 6 command |
| sirc-12 | a mark of 600 or 1200, a gap of 600 | leader, 7 command, 5 address, lowest bit first; said three times |
| distance | as nec, with times and frame of its own | `Distance`: what frames with a whole state are made of |

General knowledge, written apart from the simulator's. Receivers stretch and jitter: times are read with a tolerance.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.drivers.parts.virtual.burst import Burst

_TOLERANCE, _SLACK = 0.25, 130
"""Share and microseconds by which a heard time may differ from the meant one."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a remote: `address` says whose, `command` which."""

    address: int
    command: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """`write(key, turn)`: `turn` is changed with each press where the encoding tells a new press from a held key."""

    name: str
    addresses: int
    commands: int
    write: Callable[[Key, bool], Burst]
    read: Callable[[Burst], Key | None]


def near(heard: int, meant: int) -> bool:
    """Return whether a heard time can be the one that was meant."""
    return abs(heard - meant) <= meant * _TOLERANCE + _SLACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Frames of marks that are alike and gaps that say the bits. `parts`: bits in each part, a part ends with a mark and `pause`."""

    carrier: int
    leader: tuple[int, int]
    mark: int
    zero: int
    one: int
    parts: tuple[int, ...]
    pause: int = 0

    def write(self, bits: Sequence[int]) -> Burst:
        """Return the transmission of a frame's bits."""
        pulses, at = [*self.leader], 0
        for number, length in enumerate(self.parts):
            pulses += [time for bit in bits[at : at + length] for time in (self.mark, self.one if bit else self.zero)]
            pulses += [self.mark] if number == len(self.parts) - 1 else [self.mark, self.pause]
            at += length
        return Burst(tuple(pulses), self.carrier)

    def read(self, burst: Burst) -> list[int] | None:
        """Return the bits of the first frame in a transmission, None when it is of another encoding."""
        pulses, bits, at = burst.pulses, list[int](), 2
        if len(pulses) < 2 + 2 * sum(self.parts) + 2 * len(self.parts) - 1 or not all(map(near, pulses[:2], self.leader)):
            return None
        for number, length in enumerate(self.parts):
            read = self._bits(pulses[at : at + 2 * length])
            at += 2 * length
            if read is None or not near(pulses[at], self.mark):
                return None
            if number < len(self.parts) - 1 and not near(pulses[at + 1], self.pause):
                return None
            bits += read
            at += 2
        return bits

    def _bits(self, pulses: Sequence[int]) -> list[int] | None:
        for mark, gap in zip(pulses[::2], pulses[1::2], strict=True):
            if not near(mark, self.mark) or not (near(gap, self.zero) or near(gap, self.one)):
                return None
        return [int(gap > (self.zero + self.one) / 2) for gap in pulses[1::2]]


def lowest_first(number: int, width: int) -> list[int]:
    """Return the bits of a number in the order they travel."""
    return [number >> place & 1 for place in range(width)]


def number_of(bits: Iterable[int]) -> int:
    """Return the number that lowest-first bits make."""
    return sum(bit << place for place, bit in enumerate(bits))


_NEC = Distance(carrier=38_000, leader=(9000, 4500), mark=560, zero=560, one=1690, parts=(32,))


def _write_nec(key: Key, _turn: bool) -> Burst:
    words = (key.address, key.address ^ 0xFF, key.command, key.command ^ 0xFF)
    return _NEC.write([bit for word in words for bit in lowest_first(word, 8)])


def _read_nec(burst: Burst) -> Key | None:
    bits = _NEC.read(burst)
    if bits is None:
        return None
    address, inverse, command, check = (number_of(bits[at : at + 8]) for at in range(0, 32, 8))
    return Key(address, command) if (address ^ inverse, command ^ check) == (0xFF, 0xFF) else None


_HALF = 889
_RC5_BITS = 14
_SIX_BITS = 64


def _write_rc5(key: Key, turn: bool) -> Burst:
    word = [1, int(key.command < _SIX_BITS), int(turn)]
    word += lowest_first(key.address, 5)[::-1] + lowest_first(key.command % _SIX_BITS, 6)[::-1]
    halves = [half for bit in word for half in ((False, True) if bit else (True, False))]
    pulses: list[int] = []
    for before, half in pairwise([False, *halves[1:]]):  # the first half is dark: a receiver sees nothing of it
        if half == before and pulses:
            pulses[-1] += _HALF
        else:
            pulses.append(_HALF)
    return Burst(tuple(pulses if halves[-1] else pulses[:-1]), 36_000)


def _read_rc5(burst: Burst) -> Key | None:
    halves = [False]
    for place, time in enumerate(burst.pulses):
        count = 1 if near(time, _HALF) else 2 if near(time, 2 * _HALF) else 0
        if not count or len(halves) > 2 * _RC5_BITS:
            return None
        halves += [place % 2 == 0] * count
    halves += [False] * (2 * _RC5_BITS - len(halves))
    bits = [int(second) for first, second in zip(halves[::2], halves[1::2], strict=True) if first is not second]
    if len(bits) != _RC5_BITS or not bits[0]:
        return None
    return Key(number_of(reversed(bits[3:8])), number_of(reversed(bits[8:])) + (0 if bits[1] else _SIX_BITS))


_SIRC_LEADER, _SIRC_UNIT, _SIRC_PERIOD, _SIRC_BITS = 2400, 600, 45_000, 12


def _write_sirc(key: Key, _turn: bool) -> Burst:
    bits = lowest_first(key.command, 7) + lowest_first(key.address, 5)
    frame = [_SIRC_LEADER, *(time for bit in bits for time in (_SIRC_UNIT, _SIRC_UNIT * (1 + bit)))]
    return Burst((*frame, _SIRC_PERIOD - sum(frame), *frame, _SIRC_PERIOD - sum(frame), *frame), 40_000)


def _read_sirc(burst: Burst) -> Key | None:
    frame = burst.pulses[: 1 + 2 * _SIRC_BITS]
    if len(frame) < 1 + 2 * _SIRC_BITS or not near(frame[0], _SIRC_LEADER) or not all(near(gap, _SIRC_UNIT) for gap in frame[1::2]):
        return None
    if len(burst.pulses) > len(frame) and burst.pulses[len(frame)] < _SIRC_LEADER:
        return None  # it goes on: more bits than these
    if not all(near(mark, _SIRC_UNIT) or near(mark, 2 * _SIRC_UNIT) for mark in frame[2::2]):
        return None
    number = number_of(int(mark > 1.5 * _SIRC_UNIT) for mark in frame[2::2])
    return Key(number >> 7, number & 0x7F)


ENCODINGS: Mapping[str, Encoding] = {
    each.name: each
    for each in (
        Encoding("nec", 256, 256, _write_nec, _read_nec),
        Encoding("rc5", 32, 128, _write_rc5, _read_rc5),
        Encoding("sirc-12", 32, 128, _write_sirc, _read_sirc),
    )
}
