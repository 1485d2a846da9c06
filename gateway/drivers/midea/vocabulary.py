"""How the bits of Midea's messages are read and written: the common readers and writers over them, and some of this make's own.

halves  a temperature in half degrees from -25, made finer by the `tenths` bits unless the `unless` bits are set; 255 says nothing
decimal, binary   `[byte, size]`, two decimal digits a byte or big-endian, times `scale`; all zero says nothing
sum     of several readers, each of which must say something; `little: [byte, size]` is a number with its low byte first
reaches `[place, place]`: the first of `words` when the first number is not below the second, else the second
marks   the list of the names whose bits are set
list    objects whose members are constants or readers; one with a member that says nothing is left out, and so is one not `fitted`

What sets a mark sets all of its bits.
"""

from collections.abc import Mapping
from typing import Any

from gateway.drivers.midea.place import Bits, place
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.writing import Writers
from gateway.thing.value import Value

_NOT_FITTED = 0xFF
_ZERO = 50


def _halves(spec: Mapping[str, Any]) -> Reader:
    byte, tenths = Bits(spec["halves"], 0xFF), place(spec["tenths"])
    unless = place(spec["unless"]) if "unless" in spec else None

    def read(body: bytes) -> Value:
        raw = byte.get(body)
        if raw is None or raw == _NOT_FITTED:
            return None
        part = 0 if unless is not None and unless.get(body) else tenths.get(body) or 0
        if not 0 < part <= 9:  # noqa: PLR2004 - one decimal digit
            return (raw - _ZERO) / 2
        whole = abs(raw - _ZERO) // 2 * 10 + part
        return (whole if raw >= _ZERO else -whole) / 10

    return read


def _decimal(spec: Mapping[str, Any]) -> Reader:
    at, size = spec["decimal"]

    def read(body: bytes) -> Value:
        digits = body[at : at + size].hex()
        return round(int(digits) * spec["scale"], 3) if len(digits) == 2 * size and digits.isdigit() and int(digits) else None

    return read


def _binary(spec: Mapping[str, Any]) -> Reader:
    at, size = spec["binary"]

    def read(body: bytes) -> Value:
        number = int.from_bytes(body[at : at + size], "big") if len(body) >= at + size else 0
        return round(number * spec["scale"], 3) if number else None

    return read


def _little(spec: Mapping[str, Any]) -> Reader:
    at, size = spec["little"]
    least, most = spec["within"]
    scale = spec.get("scale", 1)

    def read(body: bytes) -> Value:
        number = int.from_bytes(body[at : at + size], "little")
        return number * scale if len(body) >= at + size and least <= number <= most else None

    return read


def _sum(spec: Mapping[str, Any]) -> Reader:
    parts = [READERS.reader(entry) for entry in spec["sum"]]

    def read(body: bytes) -> Value:
        numbers = [part(body) for part in parts]
        return None if None in numbers else sum(numbers)

    return read


def _reaches(spec: Mapping[str, Any]) -> Reader:
    filled, full = (place(entry) for entry in spec["reaches"])
    reached, below = spec["words"]

    def read(body: bytes) -> Value:
        most, number = full.get(body), filled.get(body)
        if number is None or not most:
            return None
        return reached if number >= most else below

    return read


def _marks(spec: Mapping[str, Any]) -> Reader:
    marks = {name: place(entry) for name, entry in spec["marks"].items()}

    def read(body: bytes) -> Value:
        bits = {name: mark.get(body) for name, mark in marks.items()}
        return None if None in bits.values() else [name for name, bit in bits.items() if bit]

    return read


def _list(spec: Mapping[str, Any]) -> Reader:
    items = [_item(entry) for entry in spec["list"]]

    def read(body: bytes) -> Value:
        return [made for item in items if (made := item(body)) is not None] or None

    return read


def _item(spec: Mapping[str, Any]) -> Reader:
    fitted = place(spec["fitted"]) if "fitted" in spec else None
    members = {
        name: READERS.reader(entry) if isinstance(entry, Mapping) else _constant(entry) for name, entry in spec.items() if name != "fitted"
    }

    def read(body: bytes) -> Value:
        made = {name: member(body) for name, member in members.items()}
        return None if None in made.values() or (fitted is not None and not fitted.get(body)) else made

    return read


def _constant(value: Value) -> Reader:
    return lambda _: value


_OWN = {
    "halves": _halves,
    "decimal": _decimal,
    "binary": _binary,
    "little": _little,
    "sum": _sum,
    "reaches": _reaches,
    "marks": _marks,
    "list": _list,
}
READERS = Readers(place, _OWN)
WRITERS = Writers(place, on=0xFF)
