"""Protocol Buffers as they travel: a message is a row of fields, each a number, how it is packed, and its bytes.

Small and our own: a message's shape is data (`Shape`: name of the field -> `Field`), its content a dictionary of what was said. As in
proto3, what equals its type's nothing (0, false, "", no members) is not sent and reads as that; numbers nobody knows are skipped. Whatever
cannot be read, is too deep or ends too early is `Garbled`.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

VARINT, FIXED64, CHUNK, FIXED32 = 0, 1, 2, 5
LONGEST: Final = 10
"""Bytes of a varint."""
_NOTHING: Final = {"bool": False, "string": "", "bytes": b"", "float": 0.0}
_KINDS: Final = {"fixed32": FIXED32, "float": FIXED32, "string": CHUNK, "bytes": CHUNK, "message": CHUNK}


class Garbled(Exception):
    """Bytes that are no message."""


class Unfinished(Garbled):
    """Bytes that may become a number when there are more of them."""


@dataclass(frozen=True, slots=True)
class Field:
    """`type`: bool, uint32, int32, uint64, int64, sint32, enum, fixed32, float, string, bytes or message (then of this `shape`)."""

    number: int
    type: str
    repeated: bool = False
    shape: "Mapping[str, Field] | None" = None


Shape = Mapping[str, Field]


def varint(number: int) -> bytes:
    """Return a whole number in sevens of bits, the lowest first; a negative one as 64 bits of two's complement."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, at: int = 0) -> tuple[int, int]:
    """Return a number and where it ends; raise Garbled when it does not end."""
    number = 0
    for index in range(LONGEST):
        if at + index >= len(data):
            raise Unfinished("a number that breaks off")
        byte = data[at + index]
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004 - the last one
            return number, at + index + 1
    raise Garbled("a number without an end")


def encode(shape: Shape, values: Mapping[str, Any]) -> bytes:
    """Return a message; KeyError for a field it does not have."""
    out = bytearray()
    for name, value in values.items():
        field = shape[name]
        if field.repeated:
            out += _many(field, value)
        elif field.type == "message" or value != _NOTHING.get(field.type, 0):
            out += _head(field.number, _kind(field)) + _packed(field, value)
    return bytes(out)


def decode(shape: Shape, data: bytes, depth: int = 4) -> dict[str, Any]:
    """Return every field of a message, those that were not said as nothing; raise Garbled."""
    if depth == 0:
        raise Garbled("messages within messages without an end")
    said: dict[str, Any] = {name: [] if field.repeated else _nothing(field) for name, field in shape.items()}
    known = {field.number: (name, field) for name, field in shape.items()}
    for number, kind, raw in pieces(data):
        if number not in known:
            continue
        name, field = known[number]
        if field.repeated:
            said[name] += list(_members(field, kind, raw, depth))
        else:
            said[name] = _read(field, kind, raw, depth)
    return said


def pieces(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield (number, packing, content) of each field as it comes; raise Garbled."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise Garbled("a field without a number")
        if kind == VARINT:
            value, at = read_varint(data, at)
            yield number, kind, value
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(kind)
        if kind == CHUNK:
            size, at = read_varint(data, at)
        if size is None or at + size > len(data):
            raise Garbled(f"a field of kind {kind} that breaks off")
        yield number, kind, data[at : at + size]
        at += size


def _head(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind)


def _kind(field: Field) -> int:
    return _KINDS.get(field.type, VARINT)


def _nothing(field: Field) -> Any:
    return None if field.type == "message" else _NOTHING.get(field.type, 0)


def _many(field: Field, values: Any) -> bytes:
    """Numbers travel in one chunk, everything else one by one."""
    if not values:
        return b""
    packed = [_packed(field, value) for value in values]
    if _kind(field) != CHUNK:
        whole = b"".join(packed)
        return _head(field.number, CHUNK) + varint(len(whole)) + whole
    return b"".join(_head(field.number, CHUNK) + each for each in packed)


def _packed(field: Field, value: Any) -> bytes:
    if field.type == "float":
        return struct.pack("<f", value)
    if field.type == "fixed32":
        return struct.pack("<I", value)
    if field.type == "sint32":
        return varint(value << 1 if value >= 0 else (-value << 1) - 1)
    if _kind(field) == VARINT:
        return varint(int(value))
    chunk = encode(field.shape or {}, value) if field.type == "message" else value.encode() if field.type == "string" else bytes(value)
    return varint(len(chunk)) + chunk


def _members(field: Field, kind: int, raw: int | bytes, depth: int) -> Iterator[Any]:
    own = _kind(field)
    if kind == own or not isinstance(raw, bytes):
        yield _read(field, kind, raw, depth)
    elif own == FIXED32 and len(raw) % 4 == 0:
        for at in range(0, len(raw), 4):
            yield _read(field, FIXED32, raw[at : at + 4], depth)
    elif own == VARINT:
        at = 0
        while at < len(raw):
            number, at = read_varint(raw, at)
            yield _read(field, VARINT, number, depth)
    else:
        raise Garbled("members of another kind")


def _read(field: Field, kind: int, raw: int | bytes, depth: int) -> Any:
    if kind != _kind(field):
        raise Garbled(f"field {field.number} comes as another kind")
    if isinstance(raw, int):
        return _number(field.type, raw)
    if field.type == "float":
        return struct.unpack("<f", raw)[0]
    if field.type == "fixed32":
        return struct.unpack("<I", raw)[0]
    if field.type == "message":
        return decode(field.shape or {}, raw, depth - 1)
    if field.type == "bytes":
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError as fault:
        raise Garbled(f"field {field.number} is no text") from fault


def _number(type: str, raw: int) -> int | bool:
    if type == "bool":
        return raw != 0
    if type == "sint32":
        return raw >> 1 ^ -(raw & 1)
    if type in ("int32", "int64"):
        bits = 32 if type == "int32" else 64
        low = raw & (1 << bits) - 1
        return low - (1 << bits) if low >> bits - 1 else low
    return raw & 0xFFFFFFFFFFFFFFFF if type == "uint64" else raw & 0xFFFFFFFF
