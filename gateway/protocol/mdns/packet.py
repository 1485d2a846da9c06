"""Is a datagram an mDNS packet that can be passed on? Pure: bytes in, nothing or WireError out.

The library below forgives too much. It takes a name whose label is no UTF-8, and when it later repeats that name in a
question of its own the label has grown too long: one such packet from anybody ends its questions for good. So a packet
passes only when every name in it could be sent back as it came.
"""

import struct

from gateway.errors import WireError

MAX_NAME = 255
MAX_LABEL = 63
MAX_RECORDS = 1024
MAX_JUMPS = 16
"""Compression pointers followed in one name."""

_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_QUESTION_TAIL = 4
_POINTER, _PLAIN = 0b11, 0b00
_A, _CNAME, _PTR, _AAAA, _SRV, _NSEC = 1, 5, 12, 28, 33, 47
_NAME_AT = {_CNAME: 0, _PTR: 0, _SRV: 6, _NSEC: 0}
"""Where a record's data holds a name, by type."""
_LENGTH = {_A: 4, _AAAA: 16}


def check(packet: bytes) -> None:
    """Return when `packet` is sound; raise WireError with the reason otherwise."""
    if len(packet) < _HEADER.size:
        raise WireError("shorter than a header")
    _, _, questions, *records = _HEADER.unpack_from(packet)
    if questions + sum(records) > MAX_RECORDS:
        raise WireError("too many records")
    at = _HEADER.size
    for _ in range(questions):
        at = _skip_name(packet, at) + _QUESTION_TAIL
    for _ in range(sum(records)):
        at = _skip_record(packet, at)
    if at > len(packet):
        raise WireError("records run over")


def _skip_record(packet: bytes, at: int) -> int:
    """Check one record and return the offset after it."""
    at = _skip_name(packet, at)
    if at + _RECORD.size > len(packet):
        raise WireError("records run over")
    kind, _, _, length = _RECORD.unpack_from(packet, at)
    at += _RECORD.size
    end: int = at + length
    if end > len(packet) or length != _LENGTH.get(kind, length):
        raise WireError("record of the wrong length")
    if kind in _NAME_AT and _skip_name(packet, at + _NAME_AT[kind]) > end:
        raise WireError("record of the wrong length")
    return end


def _skip_name(packet: bytes, at: int) -> int:
    """Check the name at `at`, pointers followed, and return the offset after it."""
    after: int | None = None
    size = jumps = 0
    while True:
        if at >= len(packet):
            raise WireError("name runs over")
        length = packet[at]
        if length == 0:
            return at + 1 if after is None else after
        if length >> 6 == _POINTER:
            jumps += 1
            target = int.from_bytes(packet[at : at + 2], "big") & 0x3FFF
            if at + 2 > len(packet) or target >= at or jumps > MAX_JUMPS:
                raise WireError("pointer that leads nowhere")
            after = at + 2 if after is None else after
            at = target
            continue
        if length >> 6 != _PLAIN or at + 1 + length > len(packet):
            raise WireError("name runs over")
        size += 1 + length
        if size >= MAX_NAME:
            raise WireError("name too long")
        _check_label(packet[at + 1 : at + 1 + length])
        at += 1 + length


def _check_label(label: bytes) -> None:
    """Refuse a label that cannot be repeated: no UTF-8, control characters, or dots that would split it wrongly."""
    try:
        text = label.decode()
    except UnicodeDecodeError as error:
        raise WireError("name is not UTF-8") from error
    if any(ord(letter) < ord(" ") or ord(letter) == 127 for letter in text) or not all(text.split(".")):  # noqa: PLR2004 - DEL
        raise WireError("name with unusable characters")
