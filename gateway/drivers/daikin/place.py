"""Where something stands in an adapter's words, as the mapping data say it.

f_rate                          a word: a number where it looks like one, else as it is; `-`, `--` and `M` are no value
{word: stemp, decimals: 1}      it is written `22.0`, never `22`
{word: f_dir, bit: 0}           one bit of a number; the others stay
{word: adv, has: 2, able: {word: en_spmode, bit: 0}}     whether `2/13` has a 2 in it; says nothing on a model that is not able
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.drivers.parts.place import Place
from gateway.drivers.parts.reading import numeric
from gateway.errors import ConfigurationInvalid, SchemaViolation
from gateway.thing.value import Value

Shown = Mapping[str, str]
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?\Z").match
NOTHING = frozenset({"-", "--", "M"})


@dataclass
class Order:
    """What is to be asked: `words` of the page that sets, and special modes by number, on or off. `shown`: how things stand."""

    shown: Shown
    words: dict[str, str] = field(default_factory=dict)
    special: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Word:
    """A whole word."""

    name: str
    decimals: int | None = None

    def get(self, shown: Shown) -> Value:
        """Return it, None where it is not told."""
        text = shown.get(self.name)
        return None if text is None or text in NOTHING else _number(text)

    def put(self, order: Order, raw: Value) -> None:
        """Write it; None leaves it as it is."""
        if raw is None:
            return
        order.words[self.name] = str(raw) if self.decimals is None or not isinstance(raw, int | float) else f"{raw:.{self.decimals}f}"

    def fits(self, raw: Value) -> bool:
        """Whether it can be written with these decimals."""
        number = numeric(raw)
        return self.decimals is None or (number is not None and round(number, self.decimals) == number)


@dataclass(frozen=True)
class Bit:
    """One bit of a word that is a number."""

    name: str
    bit: int

    def get(self, shown: Shown) -> Value:
        """Return 0 or 1, None where there is no number."""
        text = shown.get(self.name, "")
        return (int(text) >> self.bit) & 1 if text.isdecimal() else None

    def put(self, order: Order, raw: Value) -> None:
        """Set it or not; what the word shows otherwise stays."""
        before = order.words.get(self.name, order.shown.get(self.name, "0"))
        number = int(before) if before.isdecimal() else 0
        order.words[self.name] = str(number & ~(1 << self.bit) | (bool(raw) << self.bit))

    def fits(self, raw: Value) -> bool:
        """Whether it is a bit."""
        return raw in (0, 1)


@dataclass(frozen=True)
class Special:
    """A special mode: it stands in a list of numbers with strokes between, and is set on a page of its own."""

    name: str
    number: str
    able: Place

    def get(self, shown: Shown) -> Value:
        """Return 1 or 0, None on a model that has no such mode."""
        if self.name not in shown or not self.able.get(shown):
            return None
        return int(self.number in shown[self.name].split("/"))

    def put(self, order: Order, raw: Value) -> None:
        """Have it on or off, where it is not so already; raise SchemaViolation on a model that has no such mode."""
        if (now := self.get(order.shown)) is None and raw:
            raise SchemaViolation("this model has no such special mode")
        if now is not None and bool(now) is not bool(raw):
            order.special[self.number] = bool(raw)

    def fits(self, raw: Value) -> bool:
        """Whether it is on or off."""
        return raw in (0, 1)


def place(spec: Any) -> Place:
    """Return the place a piece of mapping data means; raise ConfigurationInvalid when it means none."""
    if isinstance(spec, str):
        return Word(spec)
    if isinstance(spec, Mapping) and "word" in spec:
        if "bit" in spec:
            return Bit(spec["word"], spec["bit"])
        if "has" in spec:
            return Special(spec["word"], str(spec["has"]), place(spec["able"]))
        return Word(spec["word"], spec.get("decimals"))
    raise ConfigurationInvalid(f"{spec!r} is no place among an adapter's words")


def _number(text: str) -> Value:
    if not _NUMBER(text):
        return text
    number = float(text)
    return int(number) if number.is_integer() else number
