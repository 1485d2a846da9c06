"""Frames: ECHONET Lite has one shape for all of them.

Two fixed bytes, the number of the transaction (2), the object that speaks and the object spoken to (3 each: group, class, instance), the
service (ESV, 1), the count of properties (1), and each property as code (EPC), length and data. Only the services that set and get at once
carry a second list. A request without data and its answer name the same properties in the same order; an answer that could not be given in
full has a service of its own (0x5_), with nothing as the data of what could not be got, and what was asked as the data of what was not set.
"""

from dataclasses import dataclass

from gateway.errors import WireError

SET, GET = 0x61, 0x62
SET_DONE, GOT, TOLD, TOLD_SURELY, HEARD = 0x71, 0x72, 0x73, 0x74, 0x7A
SET_PARTLY, GOT_PARTLY = 0x51, 0x52
NODE = 0x0EF001
"""The object every node has: its own profile."""
CONTROLLER = 0x05FF01
"""The object this gateway speaks as."""
_TWO_LISTS = frozenset({0x6E, 0x7E, 0x5E})
_START = bytes([0x10, 0x81])
_HEAD = 12

Properties = tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`source` and `target` are objects, three bytes as one number; `also` is the second list, empty for most services."""

    number: int
    service: int
    source: int = CONTROLLER
    target: int = NODE
    properties: Properties = ()
    also: Properties = ()


def encode_frame(frame: Frame) -> bytes:
    """Return the datagram."""
    parts = [
        _START,
        frame.number.to_bytes(2, "big"),
        frame.source.to_bytes(3, "big"),
        frame.target.to_bytes(3, "big"),
        bytes([frame.service]),
        _written(frame.properties),
    ]
    return b"".join([*parts, _written(frame.also)] if frame.service in _TWO_LISTS else parts)


def decode_frame(data: bytes) -> Frame:
    """Read a datagram; raise WireError for one that is cut short, too long, or of another protocol."""
    if len(data) < _HEAD:
        raise WireError(f"{len(data)} bytes are too few for a frame")
    if not data.startswith(_START):
        raise WireError(f"not a frame of ECHONET Lite: it begins with {data[:2].hex()}")
    properties, end = _read(data, _HEAD - 1)
    also: Properties = ()
    if data[10] in _TWO_LISTS:
        also, end = _read(data, end)
    if end != len(data):
        raise WireError(f"{len(data) - end} bytes behind the end of the frame")
    return Frame(
        number=int.from_bytes(data[2:4], "big"),
        source=int.from_bytes(data[4:7], "big"),
        target=int.from_bytes(data[7:10], "big"),
        service=data[10],
        properties=properties,
        also=also,
    )


def _written(properties: Properties) -> bytes:
    listed = bytearray([len(properties)])
    for code, data in properties:
        listed += bytes([code, len(data)]) + data
    return bytes(listed)


def _read(data: bytes, at: int) -> tuple[Properties, int]:
    """Return the properties whose count stands at a place, and where they end."""
    if at >= len(data):
        raise WireError("the frame ends before its count of properties")
    count, at = data[at], at + 1
    properties: list[tuple[int, bytes]] = []
    for _ in range(count):
        end = at + 2 + data[at + 1] if at + 1 < len(data) else len(data) + 1
        if end > len(data):
            raise WireError(f"the frame ends within property {len(properties) + 1} of {count}")
        properties.append((data[at], data[at + 2 : end]))
        at = end
    return tuple(properties), at
