"""CBOR (RFC 8949) in, as far as it says the same as JSON; what only CBOR can say is refused.

cbor2 writes our CBOR, but it is not let near what strangers send: it compiles regular expressions, builds numbers of any
width and loops of shared values for whoever names the tag, and none of that can be switched off. This reader knows no tags.
"""

import math
import struct
from collections.abc import Callable
from typing import Any, Final

from gateway.errors import BadSyntax
from gateway.thing.value import Value

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE: Final = 31
_BREAK: Final = 0xFF
_SIMPLE_VALUES = {20: False, 21: True, 22: None}
_FLOATS = {25: struct.Struct(">e"), 26: struct.Struct(">f"), 27: struct.Struct(">d")}
_LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_DIRECT: Final = 24
_SMALLEST: Final = -(2**63)


def cbor_value(payload: bytes, nesting: int, *, integer_keys: bool = False) -> Value:
    """Return the one value `payload` holds; BadSyntax for anything else, and for containers nested deeper than `nesting`.

    `integer_keys`: maps may also have integers as keys, as SenML's do.
    """
    reader = _Reader(payload, nesting, (str, int) if integer_keys else (str,))
    value = reader.item()
    if reader.position != len(payload):
        raise BadSyntax("bytes after the end of the CBOR value")
    return value


class _Reader:
    __slots__ = ("_bytes", "_keys", "_left", "position")

    def __init__(self, payload: bytes, nesting: int, keys: tuple[type, ...]) -> None:
        self._bytes = payload
        self._left = nesting
        self._keys = keys
        self.position = 0

    def item(self) -> Value:
        """Read one value."""
        head = self._take(1)[0]
        kind, detail = head >> 5, head & 0x1F
        if (read := _READERS.get(kind)) is None:
            raise BadSyntax("CBOR byte strings and tags have no JSON form")
        return read(self, detail)

    def unsigned(self, detail: int) -> int:
        """Read the number that stands in or after a head."""
        if detail < _DIRECT:
            return detail
        if (length := _LENGTHS.get(detail)) is None:
            raise BadSyntax("not CBOR: reserved length")
        return int.from_bytes(self._take(length), "big")

    def negative(self, detail: int) -> int:
        """Read a negative integer."""
        if (number := -1 - self.unsigned(detail)) < _SMALLEST:
            raise BadSyntax("a number wider than 64 bits")
        return number

    def text(self, detail: int) -> str:
        """Read a text string, in one piece or in several."""
        if detail != _INDEFINITE:
            return self._piece(detail)
        pieces = []
        while not self._at_break():
            head = self._take(1)[0]
            if head >> 5 != _TEXT or head & 0x1F == _INDEFINITE:
                raise BadSyntax("not CBOR: a text string in pieces holds something else")
            pieces.append(self._piece(head & 0x1F))
        return "".join(pieces)

    def array(self, detail: int) -> list[Value]:
        """Read an array."""
        return self._members(detail, self.item)

    def map(self, detail: int) -> dict[Any, Value]:
        """Read a map; of a key that comes twice the last counts."""
        return dict(self._members(detail, self._pair))

    def simple(self, detail: int) -> Value:
        """Read a float, true, false or null."""
        if (form := _FLOATS.get(detail)) is not None:
            (number,) = form.unpack(self._take(form.size))
            if not math.isfinite(number):
                raise BadSyntax(f"{number} is no JSON number")
            return number
        if detail not in _SIMPLE_VALUES:
            raise BadSyntax("a CBOR simple value that has no JSON form")
        return _SIMPLE_VALUES[detail]

    def _pair(self) -> tuple[Any, Value]:
        key = self.item()
        if type(key) not in self._keys:
            raise BadSyntax("a map key that is not text")
        return key, self.item()

    def _members(self, detail: int, read: Callable[[], Any]) -> list[Any]:
        self._left -= 1
        if self._left < 0:
            raise BadSyntax("nested too deep")
        if detail == _INDEFINITE:
            members = []
            while not self._at_break():
                members.append(read())
        else:
            members = [read() for _ in range(self._counted(detail))]
        self._left += 1
        return members

    def _piece(self, detail: int) -> str:
        try:
            return self._take(self.unsigned(detail)).decode()
        except UnicodeDecodeError as error:
            raise BadSyntax("CBOR text that is not UTF-8") from error

    def _counted(self, detail: int) -> int:
        """Return a count of members that the rest of the payload could hold."""
        if (count := self.unsigned(detail)) > len(self._bytes) - self.position:
            raise BadSyntax("CBOR ends too early")
        return count

    def _at_break(self) -> bool:
        if self.position < len(self._bytes) and self._bytes[self.position] == _BREAK:
            self.position += 1
            return True
        return False

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._bytes):
            raise BadSyntax("CBOR ends too early")
        taken, self.position = self._bytes[self.position : end], end
        return taken


_READERS: dict[int, Callable[[_Reader, int], Value]] = {
    _UNSIGNED: _Reader.unsigned,
    _NEGATIVE: _Reader.negative,
    _TEXT: _Reader.text,
    _ARRAY: _Reader.array,
    _MAP: _Reader.map,
    _SIMPLE: _Reader.simple,
}
