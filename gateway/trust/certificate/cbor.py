"""Reading the little CBOR (RFC 8949) a certificate is made of: whole numbers, bytes, text, arrays, maps; nothing else is looked at.

What is read here is written again and compared byte for byte before anything is believed (`cose`), so it need not refuse a number that
is longer than it has to be, or keys that come twice: those never come out the same.
"""

from collections.abc import Callable
from typing import Any, Final

from gateway.errors import BadSyntax

DEEPEST: Final = 4
_LENGTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_DIRECT: Final = 24


def cbor_item(text: bytes) -> Any:
    """Return the one value in `text`; raise BadSyntax for whatever a certificate does not hold."""
    reader = _Reader(text)
    value = reader.item(DEEPEST)
    if reader.position != len(text):
        raise BadSyntax("bytes after the end of the CBOR value")
    return value


class _Reader:
    def __init__(self, text: bytes) -> None:
        self._text = text
        self.position = 0

    def item(self, deeper: int) -> Any:
        head = self._take(1)[0]
        if (read := _KINDS.get(head >> 5)) is None or deeper < 0:
            raise BadSyntax("CBOR that no certificate holds: tags, floats, or nested too deep")
        return read(self, self._argument(head & 0x1F), deeper)

    def octets(self, length: int, _deeper: int) -> bytes:
        return self._take(length)

    def text(self, length: int, _deeper: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise BadSyntax("CBOR text that is not UTF-8") from error

    def array(self, count: int, deeper: int) -> list[Any]:
        self._left(count)
        return [self.item(deeper - 1) for _ in range(count)]

    def map(self, count: int, deeper: int) -> dict[Any, Any]:
        self._left(2 * count)
        return dict(self._pair(deeper - 1) for _ in range(count))

    def _pair(self, deeper: int) -> tuple[Any, Any]:
        key = self.item(deeper)
        if type(key) is not int:
            raise BadSyntax("a map key that is no whole number")
        return key, self.item(deeper)

    def _argument(self, detail: int) -> int:
        if detail < _DIRECT:
            return detail
        if (length := _LENGTHS.get(detail)) is None:
            raise BadSyntax("CBOR of unknown length")
        return int.from_bytes(self._take(length), "big")

    def _left(self, members: int) -> None:
        if members > len(self._text) - self.position:
            raise BadSyntax("CBOR ends too early")

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._text):
            raise BadSyntax("CBOR ends too early")
        taken, self.position = self._text[self.position : end], end
        return taken


def _unsigned(_reader: _Reader, number: int, _deeper: int) -> int:
    return number


def _negative(_reader: _Reader, number: int, _deeper: int) -> int:
    return -1 - number


_KINDS: dict[int, Callable[[_Reader, int, int], Any]] = {
    0: _unsigned,
    1: _negative,
    2: _Reader.octets,
    3: _Reader.text,
    4: _Reader.array,
    5: _Reader.map,
}
