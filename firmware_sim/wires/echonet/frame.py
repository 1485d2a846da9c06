"""One datagram of ECHONET Lite.

    10 81 | number, 2 bytes | source object, 3 | destination object, 3 | service | how many | property, length, data | property, ...

An object is group, class and instance. A request to set and get in one frame (SetGet), and its answers, carry two lists, one after the
other. A get carries empty data; an answer that something did not work (SNA) leaves the data of what did not work empty when getting, and
returns it when setting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from firmware_sim.wires.echonet.fault import Unreadable

HEADER = b"\x10\x81"
Listed = tuple[tuple[int, bytes], ...]
"""Properties with their data, in their order; the same may stand there twice."""


class Service(IntEnum):
    """What a frame is for; `..._NOT` answers that something in the request was not possible."""

    SET_QUIETLY = 0x60
    SET = 0x61
    GET = 0x62
    TELL = 0x63
    SET_AND_GET = 0x6E
    SET_DONE = 0x71
    GOT = 0x72
    TOLD = 0x73
    TOLD_SURELY = 0x74
    HEARD = 0x7A
    SET_AND_GOT = 0x7E
    SET_QUIETLY_NOT = 0x50
    SET_NOT = 0x51
    GET_NOT = 0x52
    TELL_NOT = 0x53
    SET_AND_GET_NOT = 0x5E


_TWO_LISTS = {Service.SET_AND_GET, Service.SET_AND_GOT, Service.SET_AND_GET_NOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`source` and `target` are objects as numbers of three bytes; `second` is the list to get of the two-list services."""

    number: int
    source: int
    target: int
    service: int
    properties: Listed = ()
    second: Listed = ()


def encode(frame: Frame) -> bytes:
    """Return the datagram."""
    head = HEADER + frame.number.to_bytes(2, "big") + frame.source.to_bytes(3, "big") + frame.target.to_bytes(3, "big")
    lists = (frame.properties, frame.second) if frame.service in _TWO_LISTS else (frame.properties,)
    return head + bytes([frame.service]) + b"".join(map(_listed, lists))


def decode(data: bytes) -> Frame:
    """Read a datagram; Unreadable when it is cut short, has more than it says, or is something else."""
    if len(data) < 12 or data[:2] != HEADER:  # noqa: PLR2004 - the shortest frame
        raise Unreadable("not a frame of ECHONET Lite in the specified form")
    rest = data[11:]
    first, rest = _unlisted(rest)
    second, rest = _unlisted(rest) if data[10] in _TWO_LISTS else ((), rest)
    if rest:
        raise Unreadable(f"{len(rest)} bytes too many")
    return Frame(
        number=int.from_bytes(data[2:4], "big"),
        source=int.from_bytes(data[4:7], "big"),
        target=int.from_bytes(data[7:10], "big"),
        service=data[10],
        properties=first,
        second=second,
    )


def _listed(properties: Iterable[tuple[int, bytes]]) -> bytes:
    known = tuple(properties)
    return bytes([len(known)]) + b"".join(bytes([code, len(data)]) + data for code, data in known)


def _unlisted(data: bytes) -> tuple[Listed, bytes]:
    if not data:
        raise Unreadable("the count of properties is missing")
    found: list[tuple[int, bytes]] = []
    at = 1
    for _ in range(data[0]):
        if len(data) < at + 2 or len(data) < at + 2 + data[at + 1]:
            raise Unreadable("a property is cut short")
        found.append((data[at], data[at + 2 : at + 2 + data[at + 1]]))
        at += 2 + data[at + 1]
    return tuple(found), data[at:]
