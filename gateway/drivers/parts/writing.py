"""From values of the profile to what a wire is asked: the writers' half of the closed list.

flag    set, or not; `numbers: [off, on]` are written, else 0 and 1 (a place of several bits sets them all)
word    the number of the word; `only: {word: [places]}` are set with that word and cleared with any other; `shown: [words]` are what it
        shows at times and nobody sets: refused with StateConflict
number  (value - offset) / scale, whole unless `real: true`, and `within: [least, most]`; `clear: [places]` are cleared with it
sets    `{value: {place: number}}`: every place of the value is written
spans   the first span that holds the value gets value - offset, the other spans get zero; `half` is set for a half

A value that has no form on this wire is refused with SchemaViolation. A wire may add writers of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeAlias

from gateway.drivers.parts.place import Place
from gateway.drivers.parts.reading import Parse, numeric
from gateway.errors import ConfigurationInvalid, SchemaViolation, StateConflict
from gateway.thing.value import Value

Writer: TypeAlias = Callable[[Any, Value], None]
"""Write the value into what is asked."""
_NEAR = 1e-6


@dataclass(frozen=True)
class Writers:
    """The writers of one wire: the common ones over its places, and its `own`. `on` is what sets a mark there."""

    place: Parse
    own: Mapping[str, Callable[[str, Mapping[str, Any]], Writer]] = field(default_factory=dict)
    on: int = 1

    def writer(self, name: str, spec: Mapping[str, Any]) -> Writer:
        """Return the writer an entry describes for the property `name`; raise ConfigurationInvalid when it describes none."""
        for kind, own in self.own.items():
            if kind in spec:
                return own(name, spec)
        for kind, make in _WRITERS.items():
            if kind in spec:
                return make(self, name, spec)
        raise ConfigurationInvalid(f"{name}: {dict(spec)!r} names no writer; known: {', '.join((*self.own, *_WRITERS))}")


def _flag(writers: Writers, name: str, spec: Mapping[str, Any]) -> Writer:
    where = writers.place(spec["flag"])
    off, on = spec.get("numbers", (0, writers.on))

    def write(asked: Any, value: Value) -> None:
        if not isinstance(value, bool):
            raise refused(name, value)
        where.put(asked, on if value else off)

    return write


def _word(writers: Writers, name: str, spec: Mapping[str, Any]) -> Writer:
    where, words = writers.place(spec["word"]), {(type(word), word): raw for word, raw in spec["words"].items()}
    only = {word: [writers.place(entry) for entry in entries] for word, entries in spec.get("only", {}).items()}
    shown = {(type(word), word) for word in spec.get("shown", ())}

    def write(asked: Any, value: Value) -> None:
        if isinstance(value, str | bool | int) and (type(value), value) in shown:
            raise StateConflict(f"{name} is {value!r} at times of its own and cannot be set to it", property=name)
        if not isinstance(value, str | bool | int) or (type(value), value) not in words:
            raise refused(name, value)
        where.put(asked, words[type(value), value])
        for word, marks in only.items():
            for mark in marks:
                mark.put(asked, writers.on if word == value else 0)

    return write


def _sets(writers: Writers, name: str, spec: Mapping[str, Any]) -> Writer:
    rows = {(type(word), word): [(writers.place(where), raw) for where, raw in row.items()] for word, row in spec["sets"].items()}

    def write(asked: Any, value: Value) -> None:
        if not isinstance(value, str | bool | int) or (type(value), value) not in rows:
            raise refused(name, value)
        for where, raw in rows[type(value), value]:
            where.put(asked, raw)

    return write


def _number(writers: Writers, name: str, spec: Mapping[str, Any]) -> Writer:
    where, clear = writers.place(spec["number"]), [writers.place(entry) for entry in spec.get("clear", ())]
    scale, offset, real = spec.get("scale", 1), spec.get("offset", 0), bool(spec.get("real"))
    least, most = spec.get("within", (-inf, inf))

    def write(asked: Any, value: Value) -> None:
        number = (given(name, value) - offset) / scale
        whole = round(number)
        raw: float | int = round(number, 6) if real else whole
        if (not real and abs(number - whole) > _NEAR) or not least <= raw <= most or not where.fits(raw):
            raise refused(name, value)
        where.put(asked, raw)
        for mark in clear:
            mark.put(asked, 0)

    return write


def _spans(writers: Writers, name: str, spec: Mapping[str, Any]) -> Writer:
    half = writers.place(spec["half"])
    spans: list[tuple[float, float, Place, int]] = [
        (span["from"], span["to"], writers.place(span["number"]), span["offset"]) for span in spec["spans"]
    ]

    def write(asked: Any, value: Value) -> None:
        number = given(name, value)
        chosen = next((span for span in spans if span[0] <= int(number) <= span[1]), None)
        if chosen is None or not (2 * number).is_integer():
            raise refused(name, value)
        for _, _, where, _ in spans:
            where.put(asked, 0)
        chosen[2].put(asked, int(number) - chosen[3])
        half.put(asked, int(number % 1 != 0))

    return write


def given(name: str, value: Value) -> float:
    """Return the number a property is to be set to; raise SchemaViolation when it is none."""
    number = numeric(value)
    if number is None:
        raise refused(name, value)
    return float(number)


def refused(name: str, value: Value) -> SchemaViolation:
    """Return the error for a value that has no form on this wire."""
    return SchemaViolation(f"{value!r} cannot be sent to this appliance", property=name)


_WRITERS: dict[str, Callable[[Writers, str, Mapping[str, Any]], Writer]] = {
    "flag": _flag,
    "word": _word,
    "sets": _sets,
    "spans": _spans,
    "number": _number,
}
