"""The mapping data of the one kind of appliance, read from YAML, checked and made into readers and writers.

This wire has one writer of its own: `either`, several rows of which the first counts whose word (`needs`) the unit shows. `modes` tells
what stands for the temperature in each mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.daikin.modes import Mode, modes_in
from gateway.drivers.daikin.place import Order, Shown, place
from gateway.drivers.parts.reading import Readers
from gateway.drivers.parts.sheet import built, common, document
from gateway.drivers.parts.table import Table, rows
from gateway.drivers.parts.writing import Writer, Writers
from gateway.errors import ReadOnly
from gateway.thing.value import Value

FOLDER = Path(__file__).parent / "kinds"
FILE = FOLDER / "air-conditioner.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Table):
    """Everything the driver knows about air conditioners.

    `special`: number of a special mode as shown to its number as set.
    """

    modes: tuple[Mode, ...]
    special: Mapping[str, str]

    def order(self, asked: Mapping[str, Value], shown: Shown) -> Order:
        """Return what has to be asked for; raise ReadOnly for what this unit cannot set, SchemaViolation for a value without a form."""
        order = Order(shown)
        for name, value in asked.items():
            if name not in self.writers:
                raise _without_word(name)
            self.writers[name](order, value)
        return order


@cache
def kind_of(file: Path = FILE) -> Kind:
    """Return the kind; raise ConfigurationInvalid that names the file when it is wrong."""
    return built(_kind, document(file), file)


def _kind(data: Mapping[str, Any]) -> Kind:
    return Kind(
        **common(data),
        **rows(data, READERS, WRITERS),
        modes=modes_in(data["modes"]),
        special={str(shown): str(asked) for shown, asked in data["special"].items()},
    )


def _either(name: str, spec: Mapping[str, Any]) -> Writer:
    ways = [(row["needs"], WRITERS.writer(name, row)) for row in spec["either"]]

    def write(order: Order, value: Value) -> None:
        way = next((way for word, way in ways if word in order.shown), None)
        if way is None:
            raise _without_word(name)
        way(order, value)

    return write


def _without_word(name: str) -> ReadOnly:
    return ReadOnly(f"{name} cannot be set on this appliance: its adapter has no word for it", property=name)


READERS, WRITERS = Readers(place), Writers(place, {"either": _either})
