"""How the bits of Midea's messages are read and written: the common readers and writers over them, and three of this make's own.

halves  a temperature in half degrees from -25, made finer by the `tenths` bits unless the `unless` bits are set; 255 says nothing
decimal, binary   `[byte, size]`, two decimal digits a byte or big-endian, times `scale`; all zero says nothing

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


READERS = Readers(place, {"halves": _halves, "decimal": _decimal, "binary": _binary})
WRITERS = Writers(place, on=0xFF)
