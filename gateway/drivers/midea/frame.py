"""The inner layer: what the network module hands to the appliance's board and back.

AA, length without the AA, type of the appliance, five zeros, protocol version at 8, purpose at 9, then the body and a checksum. The body
begins with a byte that names it; that of a type whose messages are numbered ends with a message number and a CRC-8 (polynomial 31,
reflected). Some boards put a second checksum where the CRC belongs, and some compute no right one for single properties (B0, B1): both are
taken, all else that does not add up is not.
"""

from dataclasses import dataclass

from gateway.errors import WireError

MARK = 0xAA
HEAD = 10
LEAST = HEAD + 2
SET, QUERY = 0x02, 0x03
"""Purpose of a frame, kept in its answer."""
_UNCHECKED = frozenset({0xB0, 0xB1})


@dataclass(frozen=True, slots=True)
class Frame:
    """`body` without its CRC, and with its message number where its type has one (the last byte, meaningless in answers).

    `version` is that of the type's own protocol, as the appliance says it; questions say 0.
    """

    appliance: int
    purpose: int
    body: bytes
    version: int = 0


def encode_frame(frame: Frame, *, numbered: bool = True) -> bytes:
    """Return the frame's bytes; `frame.body` has at most 200. `numbered`: its type has a message number and a CRC."""
    body = frame.body + bytes([crc(frame.body)]) if numbered else frame.body
    inner = bytes([HEAD + len(body), frame.appliance, 0, 0, 0, 0, 0, frame.version, frame.purpose]) + body
    return bytes([MARK]) + inner + bytes([checksum(inner)])


def decode_frame(data: bytes, *, numbered: bool = True) -> Frame:
    """Check one frame; raise WireError when a length, the checksum or, in a numbered one, the CRC is wrong."""
    if len(data) < LEAST or data[0] != MARK or data[1] != len(data) - 1:
        raise WireError("not a frame, or not all of it")
    if sum(data[1:]) & 0xFF:
        raise WireError("the frame's checksum is wrong")
    if not numbered:
        return Frame(data[2], data[9], data[HEAD:-1], data[8])
    if len(data) <= LEAST:
        raise WireError("the body has no room for its CRC")
    body, check = data[HEAD:-2], data[-2]
    if check not in {crc(body), checksum(body)} and body[0] not in _UNCHECKED:
        raise WireError("the body's CRC is wrong")
    return Frame(data[2], data[9], body, data[8])


def checksum(data: bytes) -> int:
    """Return the byte that brings the sum to zero."""
    return (0x100 - sum(data)) & 0xFF


def crc(data: bytes) -> int:
    """Return the CRC-8."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8C if value & 1 else 0)
    return value
