"""DNS messages as they come over multicast (RFC 1035 section 4, RFC 6762), read by the judge itself: what was really said."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

A: Final = 1
PTR: Final = 12
TXT: Final = 16
SRV: Final = 33
ANY: Final = 255
_IN: Final = 1
_POINTER: Final = 0xC0
_MOST_JUMPS: Final = 16
_MOST_RECORDS: Final = 512
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer. `ttl` in seconds, 0 is a goodbye; `target`: the name a PTR or SRV points to; `port`: an SRV's."""

    name: str
    type: int
    ttl: int
    data: bytes
    target: str = ""
    port: int = 0


def question(name: str, type: int = PTR) -> bytes:
    """Return a message that asks one question."""
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + _written(name) + struct.pack(">2H", type, _IN)


def records(packet: bytes) -> Iterator[Record]:
    """Yield the records of an answer, none for a question; raise ValueError where it makes no sense."""
    try:
        _, flags, questions, *counts = struct.unpack_from(">6H", packet)
        if not flags & 0x8000:
            return
        at = 12
        for _ in range(questions):
            at = _read(packet, at)[1] + 4
        for _ in range(min(sum(counts), _MOST_RECORDS)):
            name, at = _read(packet, at)
            type_, _, ttl, length = struct.unpack_from(">2HIH", packet, at)
            at += 10
            yield _record(packet, name, type_, ttl, at, length)
            at += length
    except (struct.error, IndexError) as error:
        raise ValueError("a DNS message that ends too soon") from error


def pairs(data: bytes) -> dict[str, str]:
    """Return the pairs of a TXT record; the first value of a repeated key counts (RFC 6763 section 6.4)."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        key, _, value = data[at + 1 : at + 1 + data[at]].partition(b"=")
        found.setdefault(key.decode(errors="replace").lower(), value.decode(errors="replace"))
        at += 1 + data[at]
    return {key: value for key, value in found.items() if key}


def _record(packet: bytes, name: str, type_: int, ttl: int, at: int, length: int) -> Record:
    data = packet[at : at + length]
    if len(data) < length:
        raise ValueError("a record that is longer than its message")
    if type_ == PTR:
        return Record(name, type_, ttl, data, _read(packet, at)[0])
    if type_ == SRV:
        return Record(name, type_, ttl, data, _read(packet, at + 6)[0], struct.unpack_from(">H", packet, at + 4)[0])
    return Record(name, type_, ttl, data)


def _read(packet: bytes, at: int) -> tuple[str, int]:
    """Return the name at a place and where what follows begins."""
    labels: list[str] = []
    end, jumps, length = 0, 0, 0
    while size := packet[at]:
        if size & _POINTER == _POINTER:
            end, jumps = end or at + 2, jumps + 1
            at = struct.unpack_from(">H", packet, at)[0] & 0x3FFF
            if jumps > _MOST_JUMPS:
                raise ValueError("a name that leads round in circles")
            continue
        label = packet[at + 1 : at + 1 + size]
        labels.append(label.decode(errors="replace"))
        length += size + 1
        at += 1 + size
        if length > _LONGEST_NAME:
            raise ValueError("a name that is too long")
    return ".".join(labels) + ".", end or at + 1


def _written(name: str) -> bytes:
    labels = [label.encode() for label in name.strip(".").split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
