"""From what a wire shows to values of the profile: a closed list of readers, each made from one entry of the mapping data.

flag    true when what stands there is not zero
word    its word: `words: {number: word}`; a number without one says nothing
steps   the word of the first step the number does not exceed
number  number * scale + offset, plus half where `half` is set; `absent` numbers, and those not `within: [least, most]`, say nothing
is      this value when `if` is set
first   the first of several readers that says anything

A place where nothing stands says nothing either. A wire may add readers of its own. `lossy` marks what cannot be written back as it was,
and `note` tells where a fact is from; both are for the reader of the data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gateway.drivers.parts.place import Place
from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

Reader: TypeAlias = Callable[[Any], Value]
"""What is shown to value; None: it does not say."""
Parse: TypeAlias = Callable[[Any], Place]
_DIGITS = 6
_MOST = 2**63


@dataclass(frozen=True)
class Readers:
    """The readers of one wire: the common ones over its places, and its `own`, by the name an entry calls them."""

    place: Parse
    own: Mapping[str, Callable[[Mapping[str, Any]], Reader]] = field(default_factory=dict)

    def reader(self, spec: Mapping[str, Any]) -> Reader:
        """Return the reader an entry describes; raise ConfigurationInvalid when it describes none."""
        for name, own in self.own.items():
            if name in spec:
                return own(spec)
        for name, make in _READERS.items():
            if name in spec:
                return make(self, spec)
        raise ConfigurationInvalid(f"{dict(spec)!r} names no reader; known: {', '.join((*self.own, *_READERS))}")


def _flag(readers: Readers, spec: Mapping[str, Any]) -> Reader:
    where = readers.place(spec["flag"])

    def read(shown: Any) -> Value:
        raw = where.get(shown)
        return None if raw is None else bool(raw)

    return read


def _word(readers: Readers, spec: Mapping[str, Any]) -> Reader:
    where, words = readers.place(spec["word"]), dict(spec["words"])

    def read(shown: Any) -> Value:
        raw = where.get(shown)
        return words.get(raw) if isinstance(raw, bool | int | str) else None

    return read


def _steps(readers: Readers, spec: Mapping[str, Any]) -> Reader:
    where, steps = readers.place(spec["steps"]), sorted(spec["words"].items())

    def read(shown: Any) -> Value:
        number = numeric(where.get(shown))
        return None if number is None else next((word for most, word in steps if number <= most), None)

    return read


def _number(readers: Readers, spec: Mapping[str, Any]) -> Reader:
    where, absent = readers.place(spec["number"]), frozenset(spec.get("absent", ()))
    scale, offset = spec.get("scale", 1), spec.get("offset", 0)
    least, most = spec.get("within", (None, None))
    half = readers.place(spec["half"]) if "half" in spec else None

    def read(shown: Any) -> Value:
        number = numeric(where.get(shown))
        if number is None or number in absent or (least is not None and not least <= number <= most):
            return None
        value = number * scale + offset
        value = round(value, _DIGITS) if isinstance(value, float) else value
        return value if half is None else value + (0.5 if half.get(shown) else 0.0)

    return read


def _is(readers: Readers, spec: Mapping[str, Any]) -> Reader:
    where, value = readers.place(spec["if"]), spec["is"]
    return lambda shown: value if where.get(shown) else None


def _first(readers: Readers, spec: Mapping[str, Any]) -> Reader:
    several = [readers.reader(entry) for entry in spec["first"]]
    return lambda shown: next((value for read in several if (value := read(shown)) is not None), None)


def numeric(raw: Value) -> float | int | None:
    """Return a number as it is, None for anything else and for what no appliance measures."""
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) and -_MOST < raw < _MOST else None


_READERS: dict[str, Callable[[Readers, Mapping[str, Any]], Reader]] = {
    "first": _first,
    "is": _is,
    "flag": _flag,
    "word": _word,
    "steps": _steps,
    "number": _number,
}
