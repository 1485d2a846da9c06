"""How properties are read and written: the common readers and writers over their places, and some of this wire's own.

match     `{code: byte or bytes}`, `is`: this value when the properties are so
clock     hours and minutes (and seconds): minutes, or seconds with `unit: s`; `when`: only then, else `else`; 255 hours say nothing
doors     `{name: code}`: the doors the unit has, 0x41 is open; `or`: those when it has none of the first
share     a place, `of` another, in percent
hours     a unit and a number: hours of operation
fault     `[status, number]`: 0 without a fault, the number with one, 0x3FF where it is not told
spent     a code: a list with the one consumable that is spent, `id` and `kind`, or an empty one

sets      `{word: {code: byte}}`: the first code of a word has to be settable, the others are set where they are
clock     the same as hours and minutes, less than a day
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from gateway.drivers.echonet.place import Number, Shown, Wish
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.writing import Writer, Writers, given, refused
from gateway.thing.value import Value

Parse = Callable[[Any], Number]
OPEN, FAULT, NO_FAULT, SPENT, NOT_SPENT = 0x41, 0x41, 0x42, 0x41, 0x42
UNTOLD_FAULT = 0x03FF
_UNKNOWN_HOURS = 0xFF
_DAY = 24 * 60
_HOURS_OF = {0x41: 1 / 3600, 0x42: 1 / 60, 0x43: 1.0, 0x44: 24.0}


def readers(place: Parse) -> Readers:
    """Return the readers over places that `place` makes."""
    return Readers(place, {name: partial(make, place) for name, make in _READERS.items()})


def writers(place: Parse) -> Writers:
    """Return the writers over places that `place` makes."""
    return Writers(place, {name: partial(make, place) for name, make in _WRITERS.items()})


def _match(place: Parse, spec: Mapping[str, Any]) -> Reader:
    wanted = {place(code): bytes_of(value) for code, value in spec["match"].items()}
    return lambda shown: spec["is"] if all(at.get(shown) in allowed for at, allowed in wanted.items()) else None


def _clock(place: Parse, spec: Mapping[str, Any]) -> Reader:
    hours, minutes, seconds = (place({"epc": spec["clock"], "at": at}) for at in range(3))
    when = {place(code): bytes_of(value) for code, value in spec.get("when", {}).items()}

    def read(shown: Shown) -> Value:
        told = hours.get(shown), minutes.get(shown), seconds.get(shown) or 0
        if when and any(at.get(shown) is None for at in when):
            return None
        if not all(at.get(shown) in allowed for at, allowed in when.items()):
            return spec.get("else")
        if told[0] in (None, _UNKNOWN_HOURS) or told[1] is None:
            return None
        whole = 60 * told[0] + told[1]
        return 60 * whole + told[2] if spec.get("unit") == "s" else whole

    return read


def _doors(place: Parse, spec: Mapping[str, Any]) -> Reader:
    groups = [[(name, place(code)) for name, code in spec.get(group, {}).items()] for group in ("doors", "or")]

    def read(shown: Shown) -> Value:
        told = [[{"id": name, "open": at.get(shown) == OPEN} for name, at in group if at.get(shown) is not None] for group in groups]
        return told[0] or told[1] or None

    return read


def _share(place: Parse, spec: Mapping[str, Any]) -> Reader:
    part, whole = place(spec["share"]), place(spec["of"])

    def read(shown: Shown) -> Value:
        some, most = part.get(shown), whole.get(shown)
        return None if some is None or not most else min(round(100 * some / most), 100)

    return read


def _hours(place: Parse, spec: Mapping[str, Any]) -> Reader:
    unit, number = place(spec["hours"]), place({"epc": spec["hours"], "at": 1, "size": 4})

    def read(shown: Shown) -> Value:
        factor, count = _HOURS_OF.get(unit.get(shown) or 0), number.get(shown)
        return None if factor is None or count is None else round(count * factor, 1)

    return read


def _fault(place: Parse, spec: Mapping[str, Any]) -> Reader:
    status, number = place(spec["fault"][0]), place({"epc": spec["fault"][1], "size": 2})
    return lambda shown: {NO_FAULT: 0, FAULT: number.get(shown) or UNTOLD_FAULT}.get(status.get(shown) or 0)


def _spent(place: Parse, spec: Mapping[str, Any]) -> Reader:
    at, part = place(spec["spent"]), {"id": spec["id"], "kind": spec["kind"], "remaining": 0}
    return lambda shown: {SPENT: [part], NOT_SPENT: []}.get(at.get(shown) or 0)


def _sets(place: Parse, name: str, spec: Mapping[str, Any]) -> Writer:
    words = {(type(word), word): [(place(code), byte) for code, byte in codes.items()] for word, codes in spec["sets"].items()}

    def write(asked: Wish, value: Value) -> None:
        if not isinstance(value, str | bool | int) or (type(value), value) not in words:
            raise refused(name, value)
        (first, byte), *others = words[type(value), value]
        first.put(asked, byte)
        for at, other in others:
            if at.code in asked.settable:
                at.put(asked, other)

    return write


def _set_clock(place: Parse, name: str, spec: Mapping[str, Any]) -> Writer:
    code, factor = place(spec["clock"]).code, 60 if spec.get("unit") == "s" else 1

    def write(asked: Wish, value: Value) -> None:
        minutes = given(name, value) / factor
        if not minutes.is_integer() or not 0 <= minutes < _DAY:
            raise refused(name, value)
        asked.data[code] = bytes(divmod(int(minutes), 60))

    return write


def bytes_of(value: int | list[int]) -> frozenset[int]:
    """Return the bytes written as one or as a list."""
    return frozenset(value if isinstance(value, list) else (value,))


_READERS = {"match": _match, "clock": _clock, "doors": _doors, "share": _share, "hours": _hours, "fault": _fault, "spent": _spent}
_WRITERS = {"sets": _sets, "clock": _set_clock}
