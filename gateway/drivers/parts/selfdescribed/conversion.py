"""What stands between a device's own values and the profile's: both ways, and None where a value has no counterpart.

A conversion never raises and never guesses: a text where a number should be, a word nobody knows, a number without end become None, which
the session tells nobody. `raws` and `values` stand in the order of a row's keys and names; None is "not said" there.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from gateway.thing.value import Value

Raws: TypeAlias = Sequence[Value]
_LARGEST = 1e15


class Conversion(Protocol):
    """One way to read and to say values; equal ones are shared by all devices."""

    def told(self, raws: Raws, /) -> tuple[Value, ...]:
        """Return the profile's values for what the device told, None for what cannot be said."""
        ...

    def asked(self, values: Sequence[Value], shown: Raws, /) -> tuple[Value, ...]:
        """Return what the device is asked for so that it shows `values`; `shown`: what it told last. All None: it has no words for it."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """The value as it is, when it is of the right JSON type."""

    type: str

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return it, or None where it is of another type."""
        return (raws[0] if is_of(self.type, raws[0]) else None,)

    def asked(self, values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return it as it is."""
        return (values[0] if is_of(self.type, values[0]) else None,)


@dataclass(frozen=True, slots=True)
class Linear:
    """raw x scale + offset. `digits`: those told; `whole`: the profile has whole numbers; `step`, `whole_raw`: the device's own grain.

    `least`, `most`: ends of the profile's range that a raw value a little beyond them is told as. `grain`: the profile's steps.
    """

    scale: float = 1.0
    offset: float = 0.0
    digits: int = 6
    whole: bool = False
    whole_raw: bool = False
    least: float = -math.inf
    most: float = math.inf
    grain: float = 0

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the number in the profile's unit."""
        raw = number(raws[0])
        return (None if raw is None else self._rounded(raw * self.scale + self.offset, self.whole),)

    def asked(self, values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return the number in the device's unit."""
        value = number(values[0])
        if value is None:
            return (None,)
        raw = (value - self.offset) / self.scale
        return (round(raw) if self.whole_raw else tidy(round(raw, 6)),)

    def _rounded(self, value: float, whole: bool) -> Value:
        if self.grain:
            value = round(value / self.grain) * self.grain
        bounded = min(max(value, self.least), self.most)
        return round(bounded) if whole else tidy(round(bounded, self.digits))


@dataclass(frozen=True, slots=True)
class Reciprocal:
    """per / raw, as colour temperature is told in mired: million divided by kelvin."""

    per: float
    least: float
    most: float

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the whole number in the profile's unit, at the ends of its range the end."""
        raw = number(raws[0])
        return (None if raw is None or raw <= 0 else round(min(max(self.per / raw, self.least), self.most)),)

    def asked(self, values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return the whole number in the device's unit."""
        value = number(values[0])
        return (None if value is None or value <= 0 else round(self.per / value),)


@dataclass(frozen=True, slots=True)
class Words:
    """One word for another; `pairs` are (raw, value), the first of several with one value is what is asked."""

    pairs: tuple[tuple[Value, Value], ...]

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the profile's word."""
        return (next((value for raw, value in self.pairs if equal(raw, raws[0])), None),)

    def asked(self, values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return the device's word."""
        return (next((raw for raw, value in self.pairs if equal(value, values[0])), None),)


@dataclass(frozen=True, slots=True)
class Switched:
    """One word of the device for two properties: `off` is a switch that is off, every other word a mode and a switch that is on."""

    off: str
    words: Words
    modes: bool = True

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return (power, mode); the mode of what is off is not known."""
        if equal(raws[0], self.off):
            return (False, None)
        mode = self.words.told(raws)[0]
        return (None if mode is None else True, mode)

    def asked(self, values: Sequence[Value], shown: Raws) -> tuple[Value, ...]:
        """Return the word; what is to be on without a mode goes on in the mode that was shown, else in the device's first."""
        power, mode = values
        if power is False:
            return (self.off,)
        if mode is not None:
            return self.words.asked((mode,), shown)
        if power is not True:
            return (None,)
        last = shown[0] if shown else None
        return (last if self.words.told((last,))[0] is not None else self.words.pairs[0][0] if self.words.pairs else None,)


@dataclass(frozen=True, slots=True)
class Within:
    """An object whose members are converted one by one: (member of the device, member of the profile, how)."""

    members: tuple[tuple[str, str, Conversion], ...]

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the profile's object; members that cannot be said are left out, an object without any is None."""
        raw = raws[0]
        if not isinstance(raw, Mapping):
            return (None,)
        made = {theirs: how.told((raw[own],))[0] for own, theirs, how in self.members if raw.get(own) is not None}
        return ({name: value for name, value in made.items() if value is not None} or None,)

    def asked(self, values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return the device's object."""
        value = values[0]
        if not isinstance(value, Mapping):
            return (None,)
        made = {own: how.asked((value[theirs],), (None,))[0] for own, theirs, how in self.members if value.get(theirs) is not None}
        return ({name: raw for name, raw in made.items() if raw is not None} or None,)


@dataclass(frozen=True, slots=True)
class Member:
    """The one member of an action's input that is the device's value; `fixed` is sent where the action takes no input."""

    name: str
    how: Conversion
    fixed: Value = None

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the input that would ask for this value."""
        value = self.how.told(raws)[0]
        return (None if value is None else {self.name: value} if self.name else {},)

    def asked(self, values: Sequence[Value], shown: Raws) -> tuple[Value, ...]:
        """Return the device's value for the action's input."""
        if not self.name:
            return (self.fixed,)
        value = values[0]
        return self.how.asked((value.get(self.name),), shown) if isinstance(value, Mapping) else (None,)


@dataclass(frozen=True, slots=True)
class Happened:
    """A word that says that something happened: (raw word, which of the row's events, its data)."""

    events: tuple[tuple[Value, int, Mapping[str, Any]], ...] = field(hash=False)
    count: int = 1

    def told(self, raws: Raws) -> tuple[Value, ...]:
        """Return the data of the one event that happened, None for the others."""
        found = next(((index, data) for word, index, data in self.events if equal(word, raws[0])), None)
        return tuple(found[1] if found is not None and found[0] == index else None for index in range(self.count))

    def asked(self, _values: Sequence[Value], _shown: Raws) -> tuple[Value, ...]:
        """Return nothing: what happened cannot be asked for."""
        return (None,)


def number(value: Value) -> float | None:
    """Return a finite number that is no boolean and not beyond all measure, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
        return None
    return value


def is_of(kind: str, value: Value) -> bool:
    """Return whether a value is of that JSON type; `integer` takes 24.0, as JSON Schema does."""
    if kind in ("number", "integer"):
        found = number(value)
        return found is not None and (kind == "number" or float(found).is_integer())
    return isinstance(value, _TYPES.get(kind, ()))


def equal(one: Value, other: Value) -> bool:
    """Return whether two raw values are the same; `true` is no 1."""
    return type(one) is type(other) and bool(one == other)


def tidy(value: float) -> Value:
    """Return a float that is a whole number as an int: 24.0 and 24 are one value, and the shorter one is told."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_TYPES: Mapping[str, type | tuple[type, ...]] = {"boolean": bool, "string": str, "object": dict, "array": list}
