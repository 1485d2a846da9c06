"""The mapping data of the one kind of appliance, read from YAML, checked and made into readers and writers.

A row of `write` may say which word the unit must show for it (`needs`), and there may be several rows for one property. `modes` tells what
stands for the temperature in each mode.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.daikin.modes import Mode, modes_in
from gateway.drivers.daikin.place import Order, Shown, place
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.sheet import Sheet, built, common, document
from gateway.drivers.parts.writing import Writer, Writers
from gateway.errors import ReadOnly
from gateway.thing.value import Value

FILE = Path(__file__).parent / "kinds" / "air_conditioner.yaml"
READERS, WRITERS = Readers(place), Writers(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Sheet):
    """Everything the driver knows about air conditioners.

    `writers`: property to the ways to set it, each with the word a unit must show for it, "" for none. `special`: number of a special mode
    as shown to its number as set.
    """

    readers: Mapping[str, Reader]
    writers: Mapping[str, tuple[tuple[str, Writer], ...]]
    modes: tuple[Mode, ...]
    special: Mapping[str, str]
    features: Mapping[str, frozenset[str]]
    limits: Mapping[str, Mapping[str, Any]]

    def read(self, shown: Shown) -> dict[str, Value]:
        """Return what the words say."""
        return {name: value for name, read in self.readers.items() if (value := read(shown)) is not None}

    def order(self, asked: Mapping[str, Value], shown: Shown) -> Order:
        """Return what has to be asked for; raise ReadOnly for what this unit cannot set, SchemaViolation for a value without a form."""
        order = Order(shown)
        for name, value in asked.items():
            write = next((write for needs, write in self.writers.get(name, ()) if not needs or needs in shown), None)
            if write is None:
                raise ReadOnly(f"{name} cannot be set on this appliance: its adapter has no word for it", property=name)
            write(order, value)
        return order

    def features_of(self, readings: Collection[str]) -> tuple[str, ...]:
        """Return the features of a unit that has shown these readings."""
        return tuple(name for name, gives in self.features.items() if gives.issubset(readings))


@cache
def kind_of(file: Path = FILE) -> Kind:
    """Return the kind; raise ConfigurationInvalid that names the file when it is wrong."""
    return built(_kind, document(file), file)


def _kind(data: Mapping[str, Any]) -> Kind:
    return Kind(
        **common(data),
        readers={name: READERS.reader(spec) for name, spec in data["read"].items()},
        writers={name: _ways(name, spec if isinstance(spec, list) else [spec]) for name, spec in data["write"].items()},
        modes=modes_in(data["modes"]),
        special={str(shown): str(asked) for shown, asked in data["special"].items()},
        features={name: frozenset(spec.get("gives", ())) for name, spec in data["features"].items()},
        limits={name: dict(terms) for name, terms in data["limits"].items()},
    )


def _ways(name: str, rows: list[Mapping[str, Any]]) -> tuple[tuple[str, Writer], ...]:
    return tuple((row.get("needs", ""), WRITERS.writer(name, row)) for row in rows)
