"""Codes of remotes whose frames say the whole state: numbers in bits, as a data file tells, under a check.

Whatever is asked for, all of it is said, the rest as it was said last. Before anything was said nobody knows whether the appliance is on:
then it has to be asked for too.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.codes import UNSENT, Known, Order, Terms
from gateway.drivers.parts.virtual.encoding import Distance, lowest_first, number_of
from gateway.errors import ConfigurationInvalid, SchemaViolation, StateConflict
from gateway.thing.value import Value

Numbers = dict[str, int]
"""What stands in a frame, by the names of its bits."""
Frame = bytearray


def _nibbles(frame: Frame, low: Collection[int], high: Collection[int], add: int) -> int:
    return (sum(frame[at] & 15 for at in low) + sum(frame[at] >> 4 for at in high) + add) & 15


def _sum(frame: Frame, low: Collection[int], high: Collection[int], add: int) -> int:  # noqa: ARG001 - of whole bytes
    return (sum(frame[at] for at in low) + add) & 255


RULES: Mapping[str, Callable[[Frame, Collection[int], Collection[int], int], int]] = {"nibbles": _nibbles, "sum": _sum}
"""How a check is made: of low and high halves of bytes, of whole bytes."""


class Word:
    """One property in a frame."""

    def __init__(self, name: str, spec: Mapping[str, Any]) -> None:
        self.name = name
        self.number: str | None = spec.get("number")
        self.offset, self.low, self.high = spec.get("offset", 0), spec.get("minimum", 0), spec.get("maximum", 0)
        self.only: Mapping[str, Collection[Value]] = spec.get("only", {})
        if flag := spec.get("flag"):
            self.words: list[tuple[Value, Numbers]] = [(value, dict.fromkeys(flag, int(value))) for value in (True, False)]
        else:
            self.words = list(spec.get("words", {}).items())

    def terms(self) -> dict[str, Any]:
        """Return how narrow it is."""
        if self.number is not None:
            return {"minimum": self.low, "maximum": self.high, "multipleOf": 1}
        return {} if isinstance(self.words[0][0], bool) else {"enum": [value for value, _ in self.words]}

    def write(self, value: Value) -> Numbers:
        """Return the numbers that say a value; SchemaViolation."""
        if self.number is not None:
            whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
            if not whole or not self.low <= value <= self.high:
                raise SchemaViolation(f"the remote says whole numbers from {self.low} to {self.high}, not {value!r}", property=self.name)
            return {self.number: int(value) - self.offset}
        found = next((numbers for word, numbers in self.words if type(word) is type(value) and word == value), None)
        if found is None:
            raise SchemaViolation(
                f"the remote has no {value!r}; it has {', '.join(str(word) for word, _ in self.words)}", property=self.name
            )
        return found

    def read(self, numbers: Numbers) -> Value:
        """Return the value that numbers say, None for none."""
        if self.number is not None:
            value = numbers[self.number] + self.offset
            return value if self.low <= value <= self.high else None
        return next((word for word, said in self.words if all(numbers[name] == number for name, number in said.items())), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where numbers stand in a frame, and its check."""

    frame: Distance
    size: int
    bits: Mapping[str, tuple[int, int, int]]
    fixed: Numbers
    joint: tuple[int, tuple[int, ...]]
    check: Mapping[str, Any]

    def write(self, numbers: Numbers) -> Burst:
        """Return the transmission that says these numbers."""
        data = Frame(self.size)
        for name, number in {**self.fixed, **numbers}.items():
            self._put(data, name, number)
        self._put(data, self.check["bits"], self._checked(data))
        bits = [bit for byte in data for bit in lowest_first(byte, 8)]
        return self.frame.write([*bits[: self.joint[0]], *self.joint[1], *bits[self.joint[0] :]])

    def read(self, burst: Burst) -> Numbers | None:
        """Return the numbers in a transmission, None when it is another's or damaged."""
        heard = self.frame.read(burst)
        end = self.joint[0] + len(self.joint[1])
        if heard is None or tuple(heard[self.joint[0] : end]) != self.joint[1]:
            return None
        bits = heard[: self.joint[0]] + heard[end:]
        data = Frame(number_of(bits[at : at + 8]) for at in range(0, 8 * self.size, 8))
        numbers = {name: data[byte] >> low & (1 << width) - 1 for name, (byte, low, width) in self.bits.items()}
        return numbers if numbers[self.check["bits"]] == self._checked(data) else None

    def _put(self, data: Frame, name: str, number: int) -> None:
        byte, low, width = self.bits[name]
        data[byte] = data[byte] & ~((1 << width) - 1 << low) | number << low

    def _checked(self, data: Frame) -> int:
        return RULES[self.check["rule"]](data, self.check["low"], self.check.get("high", ()), self.check.get("add", 0))


class StateCodes:
    """The codes of a data file of the form `state`."""

    press_action = ""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.kind: str = data["kind"]
        self.features = tuple(data.get("features", ()))
        self.actions: Mapping[str, frozenset[str]] = {name: frozenset(members) for name, members in data.get("actions", {}).items()}
        self._layout = _layout(data)
        self._words = {name: Word(name, spec) for name, spec in data["values"].items()}
        self._start: Known = data["start"]
        self._excludes: list[Known] = data.get("excludes", [])
        self._calm: Known = data.get("calm", {})
        if self._start.keys() != self._words.keys():
            raise ConfigurationInvalid("`start` and `values` name other properties")

    def narrowing(self, known: Collection[str]) -> Terms:  # noqa: ARG002 - a frame says all of it, known or not
        """Return what the words of a frame cannot say."""
        narrow = {name: terms for name, word in self._words.items() if (terms := word.terms())}
        members = {f"{action}/{name}": narrow[name] for action, names in self.actions.items() for name in sorted(names) if name in narrow}
        return narrow | members

    def order(self, asked: Known, known: Known, true: Collection[str], *, turn: bool) -> Order:  # noqa: ARG002 - no key, no press
        """Return the one frame that says all of it."""
        for name in asked:
            if name not in self._words:
                raise SchemaViolation(f"the remote has no word for {name}", property=name)
        if "power" not in {**known, **asked}:
            raise StateConflict(UNSENT, property="power")
        values = {**self._start, **{name: known[name] for name in self._words if name in known}, **asked}
        values |= self._calmed(asked, values)
        return Order(bursts=(self.burst(values),), shows=values)

    def burst(self, values: Known) -> Burst:
        """Return the transmission that says these values."""
        numbers: Numbers = {}
        for name, word in self._words.items():
            numbers |= word.write(values[name])
        return self._layout.write(numbers)

    def heard(self, burst: Burst) -> dict[str, Value] | None:
        """Return what a transmission says, None when it is another's."""
        numbers = self._layout.read(burst)
        if numbers is None:
            return None
        values = {name: word.read(numbers) for name, word in self._words.items()}
        return None if None in values.values() else values

    def clean(self, burst: Burst) -> Burst | None:
        """Return a transmission of this encoding as its remote means it, None when it is another's; bits nobody knows are kept."""
        numbers = self._layout.read(burst)
        return None if numbers is None or self.heard(burst) is None else self._layout.frame.write(self._layout.frame.read(burst) or [])

    def press(self, key: str, known: Known, *, turn: bool) -> Order:  # noqa: ARG002 - it has none
        """Refuse: such a remote has no keys of its own."""
        raise SchemaViolation(f"the remote says its whole state at once, and has no key {key!r}")

    def _calmed(self, asked: Known, values: Known) -> Known:
        """Return what gives way to what is asked for."""
        chosen = [pair for pair in self._excludes if any(asked.get(name) == value for name, value in pair.items())]
        if not chosen:
            return {}
        losers = [name for pair in self._excludes if pair is not chosen[-1] for name, value in pair.items() if values.get(name) == value]
        return {name: self._calm[name] for name in losers}


def _layout(data: Mapping[str, Any]) -> Layout:
    frame = data["frame"]
    joint = data.get("joint", {"after": 0, "bits": []})
    return Layout(
        frame=Distance(**{**frame, "leader": tuple(frame["leader"]), "parts": tuple(frame["parts"])}),
        size=data["bytes"],
        bits={name: tuple(place) for name, place in data["bits"].items()},
        fixed=dict(data.get("fixed", {})),
        joint=(joint["after"], tuple(joint["bits"])),
        check=data["check"],
    )
