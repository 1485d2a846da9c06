"""Mapping data of a wire on which everything a unit shows is one set of places, and a feature is there once it has been shown."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.sheet import Sheet
from gateway.drivers.parts.writing import Writer, Writers
from gateway.thing.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Sheet):
    """A sheet with a row for each property.

    `features`: with what they give; one is there once the unit has shown all of that. `limits`: property to the terms that are tighter than
    the profile's.
    """

    readers: Mapping[str, Reader]
    writers: Mapping[str, Writer]
    features: Mapping[str, frozenset[str]]
    limits: Mapping[str, Mapping[str, Any]]

    def read(self, shown: Any) -> dict[str, Value]:
        """Return what the unit says in what it shows."""
        return {name: value for name, read in self.readers.items() if (value := read(shown)) is not None}

    def features_of(self, told: Collection[str]) -> tuple[str, ...]:
        """Return the features of a unit that has told a value of these properties."""
        return tuple(name for name, gives in self.features.items() if gives.issubset(told))


def rows(data: Mapping[str, Any], readers: Readers, writers: Writers) -> dict[str, Any]:
    """Return what a Table has beyond a Sheet, as arguments; raise ConfigurationInvalid, KeyError or TypeError where the data are wrong."""
    return {
        "readers": {name: readers.reader(spec) for name, spec in data["read"].items()},
        "writers": {name: writers.writer(name, spec) for name, spec in data["write"].items()},
        "features": {name: frozenset(spec.get("gives", ())) for name, spec in data.get("features", {}).items()},
        "limits": {name: dict(terms) for name, terms in data.get("limits", {}).items()},
    }
