"""Bytes and values: JSON and CBOR both ways, SenML on the way out. What no JSON can say is `bad-syntax` in CBOR as well."""

# ruff: noqa: PLR2004 - the numbers are those of RFC 8949

import json
import math
import struct
from collections.abc import Callable, Iterable
from typing import Any

from plug.refusal import Refusal

LINKS, JSON, MERGE_PATCH, CBOR, SENML_JSON, SENML_CBOR, TD = 40, 50, 52, 60, 110, 112, 432
LARGEST, DEEPEST = 16 * 1024, 16
_SENML = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6}


def encode(value: Any, form: int = JSON) -> bytes:
    """Return a value as CBOR (60) or as JSON (any other)."""
    return _cbor(value) if form == CBOR else json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode(payload: bytes, form: int = JSON) -> Any:
    """Return the value in `payload`; Refusal `too-large` or `bad-syntax`."""
    if len(payload) > LARGEST:
        raise Refusal("too-large", f"at most {LARGEST} bytes")
    try:
        value = _Reader(payload).whole() if form == CBOR else json.loads(payload.decode(), parse_constant=_no_such_number)
    except (ValueError, IndexError, struct.error, RecursionError) as error:
        raise Refusal("bad-syntax", str(error) or "it ends too early") from error
    if not _plain(value, 0):
        raise Refusal("bad-syntax", "numbers are finite and at most 64 bits wide, and nothing is nested too deeply")
    return value


def senml(base: str, records: Iterable[tuple[str, Any, str | None]], form: int) -> bytes:
    """Return a SenML pack (RFC 8428) of (name, value, unit): booleans, numbers and texts; the base name is the Thing's id and a colon."""
    pack: list[dict[str, Any]] = []
    for name, value, unit in records:
        kind = "vb" if isinstance(value, bool) else "v" if isinstance(value, int | float) else "vs"
        pack.append({"n": name, **({"u": unit} if unit else {}), kind: value})
    if pack:
        pack[0] = {"bn": base, **pack[0]}
    if form == SENML_JSON:
        return encode(pack)
    return _cbor([{_SENML[label]: value for label, value in record.items()} for record in pack])


def has_senml(value: Any) -> bool:
    """Return whether SenML has a word for a value."""
    return isinstance(value, bool | int | float | str)


def _no_such_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _plain(value: Any, depth: int) -> bool:
    match value:
        case list() | dict() if depth >= DEEPEST:
            return False
        case list():
            return all(_plain(item, depth + 1) for item in value)
        case dict():
            return all(_plain(item, depth + 1) for item in value.values())
        case bool() | None | str():
            return True
        case int():
            return -(1 << 63) <= value < 1 << 64
    return math.isfinite(value)


def _cbor(value: Any) -> bytes:
    match value:
        case None | bool():
            return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case list() | tuple():
            return _head(4, len(value)) + b"".join(map(_cbor, value))
    return _head(5, len(value)) + b"".join(_cbor(name) + _cbor(item) for name, item in value.items())


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes((major << 5 | number,))
    width = next(width for width in range(4) if number < 1 << (8 << width))
    return bytes((major << 5 | 24 + width,)) + number.to_bytes(1 << width, "big")


class _Reader:
    """CBOR as far as JSON goes: no tags, no byte strings, keys are text."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def whole(self) -> Any:
        value = self._value(0)
        if self._at != len(self._data):
            raise ValueError("something stands behind the value")
        return value

    def _take(self, length: int) -> bytes:
        part = self._data[self._at : self._at + length]
        if len(part) < length:
            raise ValueError("it ends too early")
        self._at += length
        return part

    def _value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError("nested too deeply")
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            return self._simple(info)
        if info == 31:
            return self._endless(major, depth)
        number = info if info < 24 else self._number(info)
        return self._sized(major, number, depth)

    def _number(self, info: int) -> int:
        if info > 27:
            raise ValueError("no such length")
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def _sized(self, major: int, number: int, depth: int) -> Any:
        match major:
            case 0:
                return number
            case 1:
                return -1 - number
            case 3:
                return self._take(number).decode()
            case 4:
                return [self._value(depth + 1) for _ in self._counted(number)]
            case 5:
                return dict(self._pair(depth) for _ in self._counted(number))
        raise ValueError("byte strings and tags have no place here")

    def _counted(self, number: int) -> range:
        if number > len(self._data):
            raise ValueError("it ends too early")
        return range(number)

    def _pair(self, depth: int) -> tuple[str, Any]:
        name = self._value(depth + 1)
        if not isinstance(name, str):
            raise ValueError("a name is text")  # noqa: TRY004 - what is wrong is the payload
        return name, self._value(depth + 1)

    def _endless(self, major: int, depth: int) -> Any:
        parts: dict[int, Callable[[], Any]] = {3: self._piece, 4: lambda: self._value(depth + 1), 5: lambda: self._pair(depth)}
        if major not in parts:
            raise ValueError("this cannot be of open length")
        found = []
        while self._data[self._at] != 0xFF:
            found.append(parts[major]())
        self._at += 1
        return "".join(found) if major == 3 else dict(found) if major == 5 else found

    def _piece(self) -> str:
        first = self._take(1)[0]
        if first >> 5 != 3 or first & 31 == 31:
            raise ValueError("a text of open length consists of texts")
        number = first & 31 if first & 31 < 24 else self._number(first & 31)
        return self._take(number).decode()

    def _simple(self, info: int) -> Any:
        match info:
            case 20 | 21 | 22:
                return {20: False, 21: True, 22: None}[info]
            case 25 | 26 | 27:
                code, width = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}[info]
                return struct.unpack(code, self._take(width))[0]
        raise ValueError("no such simple value")
