"""Mapping data of a wire whose units say named words (see `named`), a few at a time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.drivers.parts.named import Shown
from gateway.drivers.parts.reading import Readers
from gateway.drivers.parts.table import Table, rows
from gateway.drivers.parts.withholding import withheld
from gateway.drivers.parts.writing import Writers
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded(Table):
    """`reasons`: property to why nobody can set it here. `words_of`: property to the words it is read from."""

    reasons: Mapping[str, str]
    words_of: Mapping[str, frozenset[str]]

    def says(self, shown: Shown, news: Collection[str]) -> dict[str, Value]:
        """Return what the unit says with these words of all it has shown."""
        return {name: value for name, value in self.read(shown).items() if not self.words_of[name].isdisjoint(news)}

    def order(self, asked: Mapping[str, Value], wordless: str) -> dict[str, Value]:
        """Return the words that ask for these values; raise ReadOnly where there is none, with `wordless` where no reason is known."""
        words: dict[str, Value] = {}
        for name, value in asked.items():
            if name not in self.writers:
                raise withheld(name, self.reasons.get(name, wordless))
            self.writers[name](words, value)
        return words


def worded(data: Mapping[str, Any], readers: Readers, writers: Writers) -> dict[str, Any]:
    """Return what a Worded has beyond a Sheet, as arguments; raise ConfigurationInvalid, KeyError or TypeError where the data are wrong."""
    return {
        **rows(data, readers, writers),
        "reasons": dict(data["withheld"]),
        "words_of": {name: frozenset(word for word in spec.values() if isinstance(word, str)) for name, spec in data["read"].items()},
    }
