"""From values of the profile to bits of a set command: the writers' half of the closed list.

flag    all of the bits, or none
word    the number of the word; `only: {word: [places]}` are bits set with that word and cleared with any other
number  the number itself; `clear: [places]` are bits cleared with it
spans   the first span that holds the value gets value - offset, the other spans get zero; `half` is set for a half

A value that has no form on this wire is refused with SchemaViolation.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeAlias

from gateway.drivers.midea.place import Place, place
from gateway.errors import ConfigurationInvalid, SchemaViolation
from gateway.thing.value import Value

Writer: TypeAlias = Callable[[bytearray, Value], None]


def writer(name: str, spec: Mapping[str, Any]) -> Writer:
    """Return the writer an entry describes for the property `name`; raise ConfigurationInvalid when it describes none."""
    for kind, make in _WRITERS.items():
        if kind in spec:
            return make(name, spec)
    raise ConfigurationInvalid(f"{name}: {dict(spec)!r} names no writer; known: {', '.join(_WRITERS)}")


def _flag(name: str, spec: Mapping[str, Any]) -> Writer:
    where = place(spec["flag"])

    def write(body: bytearray, value: Value) -> None:
        if not isinstance(value, bool):
            raise _refused(name, value)
        where.put(body, 0xFF if value else 0)

    return write


def _word(name: str, spec: Mapping[str, Any]) -> Writer:
    where, words = place(spec["word"]), dict(spec["words"])
    only = {word: [place(entry) for entry in entries] for word, entries in spec.get("only", {}).items()}

    def write(body: bytearray, value: Value) -> None:
        if not isinstance(value, str) or value not in words:
            raise _refused(name, value)
        where.put(body, words[value])
        for word, marks in only.items():
            for mark in marks:
                mark.put(body, 0xFF if word == value else 0)

    return write


def _number(name: str, spec: Mapping[str, Any]) -> Writer:
    where, clear = place(spec["number"]), [place(entry) for entry in spec.get("clear", ())]

    def write(body: bytearray, value: Value) -> None:
        number = _numeric(name, value)
        if not number.is_integer() or not 0 <= number <= where.mask >> where.shift:
            raise _refused(name, value)
        where.put(body, int(number))
        for mark in clear:
            mark.put(body, 0)

    return write


def _spans(name: str, spec: Mapping[str, Any]) -> Writer:
    half = place(spec["half"])
    spans: list[tuple[float, float, Place, int]] = [
        (span["from"], span["to"], place(span["number"]), span["offset"]) for span in spec["spans"]
    ]

    def write(body: bytearray, value: Value) -> None:
        number = _numeric(name, value)
        chosen = next((span for span in spans if span[0] <= int(number) <= span[1]), None)
        if chosen is None or not (2 * number).is_integer():
            raise _refused(name, value)
        for _, _, where, _ in spans:
            where.put(body, 0)
        chosen[2].put(body, int(number) - chosen[3])
        half.put(body, int(number % 1 != 0))

    return write


def _numeric(name: str, value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _refused(name, value)
    return float(value)


def _refused(name: str, value: Value) -> SchemaViolation:
    return SchemaViolation(f"{value!r} cannot be sent to this appliance", property=name)


_WRITERS: dict[str, Callable[[str, Mapping[str, Any]], Writer]] = {"flag": _flag, "word": _word, "spans": _spans, "number": _number}
