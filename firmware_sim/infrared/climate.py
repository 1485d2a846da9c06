"""A frame as remotes of split air conditioners send it: the whole state each time, so appliance and remote do not drift apart for long.

Shaped like the eight-byte frames common among Chinese makers (general knowledge, no maker's document; nobody's unit is promised to obey):
leader 9 ms and 4.5 ms, four bytes, the three bits 010, a pause of 20 ms, four bytes, a trailing mark; lowest bit first, 38 kHz.

| Byte | Bits |
|---|---|
| 0 | 0-2 mode, 3 power, 4-5 fan, 6 swing, 7 sleep |
| 1 | 0-3 temperature less 16 |
| 2 | 4 turbo, 5 display |
| 3 | 4-7 always 0101 |
| 4 | 0 vertical swing |
| 7 | 4-7 checksum: low halves of 0 to 3 and high halves of 4 to 6, plus 10 |
"""

from dataclasses import dataclass

from firmware_sim.air import Burst
from firmware_sim.infrared.distance import Timing, bits_of, bytes_of, near, pulses_of, read_bits, starts

NAME, CARRIER = "climate-8", 38_000
TIMING = Timing(leader=(9000, 4500), mark=650, zero=540, one=1640)
PAUSE = 20_000
MODES = ("auto", "cool", "dry", "fan", "heat")
FANS = ("auto", "low", "medium", "high")
LOWEST, HIGHEST = 16, 30
_JOINT = (0, 1, 0)
_FRAME = 2 + 64 + 8 + 64 + 1
_SECOND = 2 + 64 + 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """What the remote's display shows; `temperature` in whole degrees Celsius, 16..30."""

    power: bool
    mode: str = "cool"
    temperature: int = 26
    fan: str = "auto"
    swing: bool = False
    sleep: bool = False
    turbo: bool = False


def encode(state: Climate) -> Burst:
    """Return the transmission that says `state`."""
    data = _bytes(state)
    first = [*pulses_of(TIMING, bits_of(data[:4])), *pulses_of(TIMING, _JOINT), TIMING.mark, PAUSE]
    return Burst((*TIMING.leader, *first, *pulses_of(TIMING, bits_of(data[4:])), TIMING.mark), CARRIER)


def decode(burst: Burst) -> Climate | None:
    """Return the state a transmission says, None when it is of another encoding or its checksum is wrong."""
    pulses = burst.pulses
    if len(pulses) != _FRAME or not starts(TIMING, pulses) or not near(pulses[_SECOND - 1], PAUSE):
        return None
    first, second = read_bits(TIMING, pulses[2 : _SECOND - 2]), read_bits(TIMING, pulses[_SECOND:-1])
    if first is None or second is None or tuple(first[32:]) != _JOINT:
        return None
    data = bytes_of(first[:32]) + bytes_of(second)
    return _state(data) if data[7] >> 4 == _checksum(data) and data[0] & 7 < len(MODES) else None


def _bytes(state: Climate) -> bytes:
    head = MODES.index(state.mode) | state.power << 3 | FANS.index(state.fan) << 4 | state.swing << 6 | state.sleep << 7
    data = bytearray([head, state.temperature - LOWEST, state.turbo << 4 | 0x20, 0x50, int(state.swing), 0, 0, 0])
    data[7] = _checksum(bytes(data)) << 4
    return bytes(data)


def _checksum(data: bytes) -> int:
    return (sum(byte & 15 for byte in data[:4]) + sum(byte >> 4 for byte in data[4:7]) + 10) & 15


def _state(data: bytes) -> Climate:
    return Climate(
        power=bool(data[0] >> 3 & 1),
        mode=MODES[data[0] & 7],
        temperature=min(HIGHEST, LOWEST + (data[1] & 15)),
        fan=FANS[data[0] >> 4 & 3],
        swing=bool(data[0] >> 6 & 1),
        sleep=bool(data[0] >> 7),
        turbo=bool(data[2] >> 4 & 1),
    )
