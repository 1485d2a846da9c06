"""The frame inside an envelope: what the network module passes on to the appliance's own board.

    offset  size
    0       1    AA
    1       1    length of everything after the first byte
    2       1    type of the appliance (AC: air conditioner)
    3       5    zero
    8       1    version of the appliance's protocol
    9       1    what it is: 02 set, 03 query (and the answers to each), 04 and 05 notices nobody asked for
    10      n    body; its first byte names it, in some types its last two are a message number and a CRC-8
    10+n    1    two's complement of the sum of the bytes from 1 on

The CRC has the polynomial x^8+x^5+x^4+1, bits reflected, starting at zero (the one of 1-Wire).
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce

from firmware_sim.wires.midea.fault import Unreadable

START = 0xAA
HEAD = 10
SHORTEST = HEAD + 2
NUMBERED = 2
"""Bytes that a message number and a CRC take."""
_POLYNOMIAL = 0x8C


class FrameKind(IntEnum):
    """The byte that says what a frame is for."""

    SET = 0x02
    QUERY = 0x03
    MEASURED = 0x04
    CHANGED = 0x05
    ALARM = 0x06
    WHAT_ARE_YOU = 0xA0


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: `body` without its message number and CRC, `number` the message number (0..255), 0 in types that have none.

    `version` is that of the appliance's own protocol.
    """

    appliance: int
    kind: int
    body: bytes
    number: int = 0
    version: int = 3


def encode(frame: Frame, *, numbered: bool = True) -> bytes:
    """Return the frame as it travels; `numbered`: with a message number and a CRC."""
    body = frame.body
    if numbered:
        body += bytes([frame.number])
        body += bytes([crc8(body)])
    head = bytes([HEAD + len(body), frame.appliance, 0, 0, 0, 0, 0, frame.version, frame.kind])
    return bytes([START]) + head + body + bytes([checksum(head + body)])


def decode(data: bytes, *, numbered: bool = True) -> Frame:
    """Read one frame, `numbered` or not; Unreadable when a length or a check is wrong."""
    if len(data) < SHORTEST or data[0] != START or data[1] != len(data) - 1:
        raise Unreadable("not a frame of this length")
    if checksum(data[1:-1]) != data[-1]:
        raise Unreadable("the checksum is wrong")
    body = data[HEAD:-1]
    if not numbered:
        return Frame(appliance=data[2], kind=data[9], body=body)
    if len(body) <= NUMBERED or crc8(body[:-1]) != body[-1]:
        raise Unreadable("the CRC is wrong")
    return Frame(appliance=data[2], kind=data[9], body=body[:-2], number=body[-2])


def checksum(data: bytes) -> int:
    """Return what makes the bytes add up to zero."""
    return -sum(data) & 0xFF


def crc8(data: bytes) -> int:
    """Return the CRC-8 of the bytes."""
    return reduce(lambda crc, byte: _TABLE[crc ^ byte], data, 0)


def _shifted(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_shifted(byte) for byte in range(256))
