"""What this wire adds to the common readers and writers.

Reading:
share   per cent of `of`, `of` itself at most: a motor's turns a minute
left    minutes left of a timer that counts in units of `per` minutes, rounded up to a step of `step`
parts   consumables: `[{id, kind, remaining: place}]`; one that is not shown is left out

Writing:
switch  true or false, as JSON has them: devices take a string for false, and some a number
share   per cent of `of`, rounded to `step`, `least` at least; `with: {place: raw}` is asked for before it
left    minutes in units of `per`, which must come out even
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

from gateway.drivers.miio.place import place
from gateway.drivers.parts.reading import Reader, Readers, numeric
from gateway.drivers.parts.writing import Writer, Writers, given, refused
from gateway.thing.value import Value

_NEAR = 1e-6


def _read_share(spec: Mapping[str, Any]) -> Reader:
    where, whole = place(spec["share"]), float(spec["of"])

    def read(shown: Any) -> Value:
        number = numeric(where.get(shown))
        return None if number is None else max(0, min(100, round(100 * number / whole)))

    return read


def _read_left(spec: Mapping[str, Any]) -> Reader:
    where, unit, step = place(spec["left"]), spec.get("per", 1), spec.get("step", 10)

    def read(shown: Any) -> Value:
        number = numeric(where.get(shown))
        return None if number is None else step * ceil(max(0, number) * unit / step - _NEAR)

    return read


def _read_parts(spec: Mapping[str, Any]) -> Reader:
    parts = [(place(part["remaining"]), {"id": part["id"], "kind": part["kind"]}) for part in spec["parts"]]

    def read(shown: Any) -> Value:
        told = [(numeric(where.get(shown)), part) for where, part in parts]
        return [part | {"remaining": left} for left, part in told if left is not None] or None

    return read


def _write_switch(name: str, spec: Mapping[str, Any]) -> Writer:
    where = place(spec["switch"])

    def write(asked: Any, value: Value) -> None:
        if not isinstance(value, bool):
            raise refused(name, value)
        where.put(asked, value)

    return write


def _write_share(name: str, spec: Mapping[str, Any]) -> Writer:
    where, whole, step, least = place(spec["share"]), spec["of"], spec["step"], spec["least"]
    first = [(place(key), raw) for key, raw in spec.get("with", {}).items()]

    def write(asked: Any, value: Value) -> None:
        raw = step * round(given(name, value) * whole / 100 / step)
        if not least <= raw <= whole:
            raise refused(name, value)
        for other, wanted in first:
            other.put(asked, wanted)
        where.put(asked, raw)

    return write


def _write_left(name: str, spec: Mapping[str, Any]) -> Writer:
    where, unit = place(spec["left"]), spec.get("per", 1)

    def write(asked: Any, value: Value) -> None:
        number = given(name, value) / unit
        if number != int(number):
            raise refused(name, value)
        where.put(asked, int(number))

    return write


READERS = Readers(place, {"share": _read_share, "left": _read_left, "parts": _read_parts})
WRITERS = Writers(place, {"switch": _write_switch, "share": _write_share, "left": _write_left})
