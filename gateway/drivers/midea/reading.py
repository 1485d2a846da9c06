"""From bits to values of the profile: a closed list of readers, each made from one entry of the mapping data.

flag    true when any of the bits is set
word    the number's word: `words: {number: word}`; a number without one says nothing
steps   the word of the first step the number does not exceed
number  number * scale + offset, plus half where `half` is set; `absent` numbers say nothing
halves  a temperature in half degrees from -25, made finer by the `tenths` bits unless the `unless` bits are set; 255 says nothing
decimal, binary   `[byte, size]`, two decimal digits a byte or big-endian, times `scale`; all zero says nothing
is      this value when the `if` bits are set
first   the first of several readers that says anything

A body that is too short says nothing either. `lossy` marks what cannot be written back as it was; it is for the reader of the data.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gateway.drivers.midea.place import Place, place
from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

Reader: TypeAlias = Callable[[bytes], Value]
"""Body to value; None: the body does not say."""
_NOT_FITTED = 0xFF
_ZERO = 50


def reader(spec: Mapping[str, Any]) -> Reader:
    """Return the reader an entry describes; raise ConfigurationInvalid when it describes none."""
    for name, make in _READERS.items():
        if name in spec:
            return make(spec)
    raise ConfigurationInvalid(f"{dict(spec)!r} names no reader; known: {', '.join(_READERS)}")


def _flag(spec: Mapping[str, Any]) -> Reader:
    where = place(spec["flag"])

    def read(body: bytes) -> Value:
        number = where.get(body)
        return None if number is None else number != 0

    return read


def _word(spec: Mapping[str, Any]) -> Reader:
    where, words = place(spec["word"]), dict(spec["words"])
    return lambda body: words.get(where.get(body))


def _steps(spec: Mapping[str, Any]) -> Reader:
    where, steps = place(spec["steps"]), sorted(spec["words"].items())

    def read(body: bytes) -> Value:
        number = where.get(body)
        return None if number is None else next((word for most, word in steps if number <= most), None)

    return read


def _number(spec: Mapping[str, Any]) -> Reader:
    where, absent = place(spec["number"]), frozenset(spec.get("absent", ()))
    scale, offset = spec.get("scale", 1), spec.get("offset", 0)
    half = place(spec["half"]) if "half" in spec else None

    def read(body: bytes) -> Value:
        number = where.get(body)
        if number is None or number in absent:
            return None
        value = number * scale + offset
        return value if half is None else value + (0.5 if half.get(body) else 0.0)

    return read


def _halves(spec: Mapping[str, Any]) -> Reader:
    byte, tenths = Place(spec["halves"], 0xFF), place(spec["tenths"])
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


def _is(spec: Mapping[str, Any]) -> Reader:
    where, value = place(spec["if"]), spec["is"]
    return lambda body: value if where.get(body) else None


def _first(spec: Mapping[str, Any]) -> Reader:
    readers = [reader(entry) for entry in spec["first"]]
    return lambda body: next((value for read in readers if (value := read(body)) is not None), None)


_READERS: dict[str, Callable[[Mapping[str, Any]], Reader]] = {
    "first": _first,
    "is": _is,
    "flag": _flag,
    "word": _word,
    "steps": _steps,
    "number": _number,
    "halves": _halves,
    "decimal": _decimal,
    "binary": _binary,
}
